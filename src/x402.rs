//! X402: paying in USDC by a signature of the payer's wallet.
//!
//! Vocabulary: no I/O. The platform asks with a [`PaymentRequired`], the wallet answers with a [`PaymentPayload`], and the
//! platform ends it with a [`SettlementResponse`] or a [`PaymentError`]. Both versions of the protocol are spoken: version 2
//! (`amount`, networks such as `eip155:8453`, the header `PAYMENT-SIGNATURE`) and version 1 (`maxAmountRequired`, networks
//! such as `base`, the header `X-PAYMENT`).
//!
//! Source: the x402 protocol as the platform speaks it since July 2026.

mod payment_payload;
mod payment_required;
mod settlement;

pub use self::payment_payload::{Expiry, PayloadError, PaymentPayload, Unfit};
pub use self::payment_required::{PaymentRequired, PaymentRequirements, Resource};
pub use self::settlement::{Charged, PaymentError, SettlementResponse};

/// A version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Version 1: still met here and there.
    One,
    /// Version 2: what the platform sends since July 2026.
    Two,
}

impl Version {
    /// Reads a version number; `None` for one that nobody here has heard of.
    #[must_use]
    pub fn read(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            _ => None,
        }
    }

    /// The number, as messages carry it.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// The request header that carries the signature.
    #[must_use]
    pub fn signature_header(self) -> &'static str {
        match self {
            Self::One => "x-payment",
            Self::Two => "payment-signature",
        }
    }
}

/// The response headers that may carry a receipt, the newer one first.
pub const SETTLEMENT_HEADERS: [&str; 2] = ["payment-response", "x-payment-response"];

/// The response header that may carry a challenge.
pub const PAYMENT_REQUIRED_HEADER: &str = "payment-required";

/// A chain's name for people; the challenge's own word where it is not a known one.
fn network_name(network: &str) -> &str {
    match network {
        "eip155:8453" | "base" => "Base",
        "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp" | "solana" => "Solana",
        other => other,
    }
}

/// Whether two addresses are the same. Those of Base are hexadecimal, in either case; those of Solana mind the case.
fn same_address(one: &str, other: &str) -> bool {
    if one.starts_with("0x") || one.starts_with("0X") {
        one.eq_ignore_ascii_case(other)
    } else {
        one == other
    }
}

//! X402: paying in USDC by a signature of the payer's wallet.
//!
//! Vocabulary: no I/O. The platform asks with a [`PaymentRequired`], of which [`RequiredTerms`] are remembered; the wallet
//! answers with a [`PaymentPayload`], which is checked against them and is a [`CheckedPayment`] then; and the platform ends it
//! with a [`SettlementResponse`] or a [`PaymentError`].
//!
//! One scheme is spoken, `exact`, with one token, USDC, on the chains of [`Chains`]; everything else of a challenge is left
//! out, never guessed at. Both versions of the protocol are spoken: version 2 (`amount`, networks such as `eip155:8453`, the
//! header `PAYMENT-SIGNATURE`) and version 1 (`maxAmountRequired`, networks such as `base`, the header `X-PAYMENT`).
//!
//! Source: the x402 protocol as the platform speaks it since July 2026, and its reference implementation.

mod authorization;
mod check;
mod exact;
#[cfg(test)]
pub(crate) mod fixtures;
mod header;
mod network;
mod payment_error;
mod payment_payload;
mod payment_required;
mod price;
mod settlement;
mod terms;

pub use self::check::{CheckedPayment, Unfit};
pub(crate) use self::header::decode as decode_header;
pub use self::network::{Chains, Network};
pub use self::payment_error::{Charged, PaymentError};
pub use self::payment_payload::{Expiry, PayloadError, PaymentPayload};
pub use self::payment_required::{PaymentRequired, PaymentRequirements, Resource};
pub use self::price::{PriceMisfit, fits_price, is_dollar};
pub use self::settlement::SettlementResponse;
pub use self::terms::RequiredTerms;

/// The only scheme that is spoken: exactly the amount that is asked for is paid.
pub const SCHEME: &str = "exact";

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

/// The response header that may carry a challenge, or why a signed payment failed.
pub const PAYMENT_REQUIRED_HEADER: &str = "payment-required";

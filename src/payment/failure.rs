//! Why there is no status to report: code, outcome, and what to do about it.

mod of_platform;
mod x402;

use std::fmt;

use serde::Serialize;

pub(super) use self::of_platform::Call;
use super::advice::Advice;
use crate::order::OrderId;
use crate::text::{Identifier, Text};
use crate::x402::PaymentError;

/// Why there is no status to report, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong, for programs.
    pub code: Code,
    /// What went wrong, for the person: plain words.
    pub message: String,
    /// What to do now.
    pub advice: Advice,
    /// Whether the same call may succeed when it is repeated.
    pub retryable: bool,
    /// Whether anything may have changed.
    pub outcome: Outcome,
    /// Which order it is about.
    pub order_id: Option<OrderId>,
    /// What the platform answered, where it did.
    pub platform: Box<PlatformAnswer>,
    /// Why a signed payment was not settled.
    pub payment_error: Option<Box<PaymentError>>,
}

/// What the platform answered to a call that failed; all of it is somebody else's text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformAnswer {
    /// The HTTP status.
    pub status: Option<u16>,
    /// What its support asks for.
    pub trace_id: Option<Identifier>,
    /// What it said.
    pub said: Option<Text>,
    /// Its own code for it.
    pub code: Option<Identifier>,
}

/// What went wrong. The names are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// An argument is missing, unknown or malformed.
    InvalidArguments,
    /// A setting cannot be used.
    Misconfigured,
    /// No token, or one that the platform does not accept.
    Unauthenticated,
    /// The order belongs to somebody else.
    Forbidden,
    /// There is no such order.
    OrderNotFound,
    /// The order is not free and no pay way was given.
    PayWayRequired,
    /// The platform does not take this pay way (or surface) for this order.
    PayWayRefused,
    /// The order is in a state in which it cannot be paid.
    OrderNotPayable,
    /// The platform asks for a payment first, and not by a challenge that a wallet can sign.
    PaymentRequired,
    /// A signed X402 payment was not settled.
    X402PaymentFailed,
    /// A signed X402 payment of the order has no known end yet, so nothing else may be paid for it.
    PaymentInFlight,
    /// Another payment of the order is open, and it was not told before: the signed one was not sent.
    OtherPaymentOpen,
    /// A signed payment pays more than the order costs, or than the operator allows.
    AmountRefused,
    /// The journal cannot be used, so no signed payment is sent.
    JournalUnavailable,
    /// Too many requests.
    RateLimited,
    /// The platform cannot be reached, or failed.
    Unavailable,
    /// No answer in time, and nothing was at stake.
    Timeout,
    /// A payment may or may not have been started.
    OutcomeUnknown,
    /// The answer cannot be understood.
    BadResponse,
    /// The payment link is withheld because it may not be shown.
    UnsafePayUrl,
    /// A fault of this program.
    InternalError,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 21] = [
        Self::InvalidArguments,
        Self::Misconfigured,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::OrderNotFound,
        Self::PayWayRequired,
        Self::PayWayRefused,
        Self::OrderNotPayable,
        Self::PaymentRequired,
        Self::X402PaymentFailed,
        Self::PaymentInFlight,
        Self::OtherPaymentOpen,
        Self::AmountRefused,
        Self::JournalUnavailable,
        Self::RateLimited,
        Self::Unavailable,
        Self::Timeout,
        Self::OutcomeUnknown,
        Self::BadResponse,
        Self::UnsafePayUrl,
        Self::InternalError,
    ];

    /// What it means, for people who read about it.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::InvalidArguments => "An argument is missing, unknown or malformed; nothing was sent",
            Self::Misconfigured => "A setting of the server cannot be used, so it does nothing at all",
            Self::Unauthenticated => "No token, or one that the platform does not accept",
            Self::Forbidden => "The order belongs to another account",
            Self::OrderNotFound => "There is no such order",
            Self::PayWayRequired => "The order is not free and no pay way was given",
            Self::PayWayRefused => {
                "The platform refuses this payment of an order that waits for one, or the settings do not allow the way"
            }
            Self::OrderNotPayable => {
                "The order is expired, failed or refunded, or the platform refused the payment and does not say why"
            }
            Self::PaymentRequired => "The platform asks for a payment first, and not by X402",
            Self::X402PaymentFailed => {
                "A signed X402 payment was not settled; `payment_error` has `code`, `stage` and `charged`: `no`, `yes` or \
                 `unknown`"
            }
            Self::PaymentInFlight => {
                "A signed X402 payment of the order has no known end yet, so nothing else is paid for it"
            }
            Self::OtherPaymentOpen => {
                "Another payment of the order is open, so the signed X402 payment was not sent; the same call again sends it"
            }
            Self::AmountRefused => {
                "A signed X402 payment pays more than the order costs, or than `--x402-max` allows; nothing was sent"
            }
            Self::JournalUnavailable => {
                "The payment journal cannot be used, so a signed X402 payment was not sent; links work without it"
            }
            Self::RateLimited => {
                "Too many requests, for the platform or for this server's own limits; nothing was done"
            }
            Self::Unavailable => "The platform cannot be reached, or failed; nothing was done",
            Self::Timeout => "No answer in time; nothing was at stake",
            Self::OutcomeUnknown => {
                "The connection failed after a payment was asked for, and looking at the order did not tell either"
            }
            Self::BadResponse => "The answer cannot be understood, or is about another order",
            Self::UnsafePayUrl => "The payment link is withheld because it is not a link that may be shown",
            Self::InternalError => "A fault of this program in the middle of the call",
        }
    }
}

/// Whether anything may have changed on the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing was changed, and nobody was charged.
    NothingChanged,
    /// It cannot be told; look at the order before anything else.
    Unknown,
}

impl Failure {
    pub(super) fn new(code: Code, id: OrderId, message: impl Into<String>, advice: Advice) -> Self {
        Self {
            order_id: Some(id),
            ..Self::bare(code, message, advice)
        }
    }

    /// A call whose arguments cannot be read, or do not fit together. Nothing was sent.
    #[must_use]
    pub fn invalid_arguments(message: impl Into<String>, advice: Advice) -> Self {
        Self::bare(Code::InvalidArguments, message, advice)
    }

    /// A call to a server with a setting that cannot be used. Nothing was sent.
    #[must_use]
    pub fn misconfigured(message: impl Into<String>, advice: Advice) -> Self {
        Self::bare(Code::Misconfigured, message, advice)
    }

    /// A fault of this program in the middle of a call; whatever was sent may have had its effect.
    #[must_use]
    pub fn internal_error() -> Self {
        Self::unsettled(Code::InternalError, "This program failed in the middle of the call.")
    }

    /// A call that the client cancelled; what was sent for it goes on.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::unsettled(
            Code::OutcomeUnknown,
            "The call was cancelled; what was sent for it goes on.",
        )
    }

    /// A wait that ended with the session, before the platform said how the order stands.
    pub(super) fn session_ended(id: OrderId) -> Self {
        Self {
            retryable: true,
            ..Self::new(
                Code::Timeout,
                id,
                "The session ended before the platform said how the order stands.",
                Advice::Look,
            )
        }
    }

    fn unsettled(code: Code, message: &str) -> Self {
        Self {
            outcome: Outcome::Unknown,
            ..Self::bare(code, message, Advice::LookFirst)
        }
    }

    fn bare(code: Code, message: impl Into<String>, advice: Advice) -> Self {
        Self {
            code,
            message: message.into(),
            advice,
            retryable: false,
            outcome: Outcome::NothingChanged,
            order_id: None,
            platform: Box::default(),
            payment_error: None,
        }
    }

    /// One word for it, for the journal.
    pub(super) fn word(&self) -> String {
        let code = self.payment_error.as_ref().and_then(|error| error.code.as_ref());
        match code {
            Some(code) => code.to_string(),
            None => self.code.to_string(),
        }
    }
}

impl fmt::Display for Code {
    /// The name of the interface.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Serialize::serialize(self, formatter)
    }
}

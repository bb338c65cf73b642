//! Why there is no status to report: code, outcome, and what to do about it.

mod of_platform;
mod x402;

use std::fmt;

use serde::Serialize;

pub(super) use self::of_platform::Call;
use crate::order::OrderId;
use crate::text::Text;
use crate::x402::PaymentError;

/// Why there is no status to report, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What went wrong, for programs.
    pub code: Code,
    /// What went wrong, for people.
    pub message: String,
    /// What to do now.
    pub hint: String,
    /// Whether the same call may succeed when it is repeated.
    pub retryable: bool,
    /// Whether anything may have changed.
    pub outcome: Outcome,
    /// Which order it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// The HTTP status of the platform's answer, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The platform's trace id, which its support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<Text>,
    /// Why a signed payment was not settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_error: Option<Box<PaymentError>>,
}

/// What went wrong. The names are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// An argument is missing, unknown or malformed.
    InvalidArguments,
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
    pub const ALL: [Self; 17] = [
        Self::InvalidArguments,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::OrderNotFound,
        Self::PayWayRequired,
        Self::PayWayRefused,
        Self::OrderNotPayable,
        Self::PaymentRequired,
        Self::X402PaymentFailed,
        Self::PaymentInFlight,
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
            Self::Unauthenticated => "No token, or one that the platform does not accept",
            Self::Forbidden => "The order belongs to another account",
            Self::OrderNotFound => "There is no such order",
            Self::PayWayRequired => "The order is not free and no pay way was given",
            Self::PayWayRefused => {
                "The platform refuses this payment of an order that waits for one, or `--pay-ways` does not allow the way"
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

pub(super) const LOOK_FIRST: &str = "Call `check_order_status` for this order before anything else; do not pay again until it tells how the order stands.";

impl Failure {
    pub(super) fn new(code: Code, id: OrderId, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: hint.into(),
            retryable: false,
            outcome: Outcome::NothingChanged,
            order_id: Some(id),
            http_status: None,
            trace_id: None,
            payment_error: None,
        }
    }

    /// A call whose arguments cannot be read. Nothing was sent.
    #[must_use]
    pub fn invalid_arguments(message: String) -> Self {
        Self {
            code: Code::InvalidArguments,
            message,
            hint: "Nothing was sent. Correct the arguments as the tool's input schema says and call again.".into(),
            retryable: false,
            outcome: Outcome::NothingChanged,
            order_id: None,
            http_status: None,
            trace_id: None,
            payment_error: None,
        }
    }

    /// The second round of a call whose state cannot be taken, for a reason. Nothing was sent.
    #[must_use]
    pub fn refused_state(id: OrderId, reason: &impl fmt::Display) -> Self {
        Self {
            hint: "Nothing was sent. Call `check_order_status`: it tells how the order stands, with its payment link."
                .into(),
            order_id: Some(id),
            ..Self::invalid_arguments(format!("requestState: {reason}."))
        }
    }

    /// A fault of this program in the middle of a call; whatever was sent may have had its effect.
    #[must_use]
    pub fn internal_error() -> Self {
        Self::unsettled(Code::InternalError, "This server failed in the middle of the call.")
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
                "Nothing was changed. Call `check_order_status` again in a new session.",
            )
        }
    }

    fn unsettled(code: Code, message: &str) -> Self {
        Self {
            code,
            message: message.into(),
            hint: LOOK_FIRST.into(),
            retryable: false,
            outcome: Outcome::Unknown,
            order_id: None,
            http_status: None,
            trace_id: None,
            payment_error: None,
        }
    }
}

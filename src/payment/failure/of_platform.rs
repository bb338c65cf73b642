//! What is said when a call fails, by what it was about and what the platform made of it.

use std::fmt;

use super::{Code, Failure, LOOK_FIRST, Outcome};
use crate::order::{OrderId, OrderState};
use crate::pay_url::UnsafePayUrl;
use crate::pay_way::{PayWay, PayWays};
use crate::platform::{self, BadResponse, Effort, ErrorKind, PayRequest, Said};
use crate::text::capitalized;
use crate::token::TOKEN_PAGE;

/// Which call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::payment) enum Call {
    Pay,
    Check,
}

const NEW_ORDER: &str = "Create a new order on Ace Data Cloud and pay that one.";

impl Failure {
    /// What an error of the platform means for a call.
    pub(in crate::payment) fn of_platform(
        call: Call,
        id: OrderId,
        error: &platform::Error,
        service_token: bool,
    ) -> Self {
        let new = |code, hint: &str| Self::new(code, id, sentence(error), hint);
        let failure = match &error.kind {
            ErrorKind::PaymentFailed(reason) => return Self::payment_failed(id, error, reason),
            _ if call == Call::Pay && error.may_have_happened() => {
                let code = match error.kind {
                    ErrorKind::BadResponse(BadResponse::OtherOrder) => Code::BadResponse,
                    _ => Code::OutcomeUnknown,
                };
                let message = format!("{} Whether a payment was started is unknown.", sentence(error));
                Self {
                    outcome: Outcome::Unknown,
                    ..Self::new(code, id, message, LOOK_FIRST)
                }
            }
            ErrorKind::NoToken => new(Code::Unauthenticated, &missing_token_hint()),
            ErrorKind::Unauthenticated => new(Code::Unauthenticated, &token_hint(service_token)),
            ErrorKind::Forbidden => new(
                Code::Forbidden,
                "Use the platform token of the account that created the order.",
            ),
            ErrorKind::NotFound => new(
                Code::OrderNotFound,
                "Check the order id, and that the token is of the same account.",
            ),
            ErrorKind::PaymentRequired => new(
                Code::PaymentRequired,
                "Ask the person for another way to pay, or settle it on https://platform.acedata.cloud.",
            ),
            ErrorKind::Refused if call == Call::Check => new(
                Code::BadResponse,
                "Nothing is lost. If it stays so, ask Ace Data Cloud's support.",
            ),
            ErrorKind::Refused => new(
                Code::OrderNotPayable,
                "Call `check_order_status` to see how the order stands.",
            ),
            ErrorKind::RateLimited { retry_after } => {
                let wait = retry_after.map_or_else(|| "a minute".to_owned(), |wait| format!("{} s", wait.as_secs()));
                let hint = format!("Nothing was done. Wait {wait}, then call again.");
                Self {
                    retryable: true,
                    ..new(Code::RateLimited, &hint)
                }
            }
            ErrorKind::Busy => Self {
                retryable: true,
                ..new(
                    Code::RateLimited,
                    "Nothing was sent. Wait a few seconds, then call again, fewer at once.",
                )
            },
            ErrorKind::Certificate => new(
                Code::Unavailable,
                "Nothing was sent. Do not work around this. Check this machine's clock, the base URL, and whether a proxy \
                 inspects TLS; its certificate must then be one of the system's.",
            ),
            ErrorKind::Unreachable(_) => {
                let hint = "Nothing was sent. Check the network, a proxy and the base URL, then call again.";
                Self {
                    retryable: true,
                    ..new(Code::Unavailable, hint)
                }
            }
            ErrorKind::Timeout => Self {
                retryable: true,
                ..new(Code::Timeout, "Nothing is lost. Call again.")
            },
            ErrorKind::Interrupted | ErrorKind::ServerError | ErrorKind::Gateway => Self {
                retryable: true,
                ..new(Code::Unavailable, "Nothing is lost. Call again in a few seconds.")
            },
            ErrorKind::BadResponse(_) => new(
                Code::BadResponse,
                "Check the base URL and any proxy; if they are right, ask Ace Data Cloud's support.",
            ),
        };
        failure.with(error)
    }

    /// A 400 for an order that can still be paid: it is about how.
    pub(in crate::payment) fn pay_way(
        id: OrderId,
        request: &PayRequest,
        allowed: &PayWays,
        refusal: &platform::Error,
    ) -> Self {
        let failure = match request.pay_way {
            None => Self::new(
                Code::PayWayRequired,
                id,
                format!(
                    "This order is not free, so it needs a pay way.{}",
                    Quoted(&refusal.said)
                ),
                format!("Ask the person how to pay, and call `pay_order` again with `pay_way`: one of {allowed}."),
            ),
            Some(way) => {
                let without_surface = if request.surface.is_some() {
                    "Try without `surface`. "
                } else {
                    ""
                };
                Self::new(
                    Code::PayWayRefused,
                    id,
                    format!(
                        "The platform refused this payment by {}.{}",
                        way.label(),
                        Quoted(&refusal.said)
                    ),
                    format!("{without_surface}{}", another_way(way, allowed)),
                )
            }
        };
        failure.with(refusal)
    }

    /// A pay way that the operator of this server does not allow. Nothing was sent.
    pub(in crate::payment) fn pay_way_not_allowed(id: OrderId, way: PayWay, allowed: &PayWays) -> Self {
        Self::new(
            Code::PayWayRefused,
            id,
            format!("Paying by {} is switched off on this server.", way.label()),
            another_way(way, allowed),
        )
    }

    /// A payment where the operator allows to look only. Nothing was sent.
    #[must_use]
    pub fn read_only(id: OrderId, set_by: &impl fmt::Display) -> Self {
        Self::new(
            Code::PayWayRefused,
            id,
            format!("Nothing can be paid: {set_by} allows to look only."),
            "Unset it to pay, or call `check_order_status`.",
        )
    }

    /// The payment of an order takes longer than the call that asked for it; it goes on.
    pub(in crate::payment) fn under_way(id: OrderId) -> Self {
        Self {
            outcome: Outcome::Unknown,
            ..Self::new(
                Code::OutcomeUnknown,
                id,
                "The payment of this order is still under way.",
                LOOK_FIRST,
            )
        }
    }

    /// Another payment of the same order, by another request, has been under way for the whole of this call.
    pub(in crate::payment) fn busy(id: OrderId) -> Self {
        Self {
            retryable: true,
            ..Self::new(
                Code::RateLimited,
                id,
                "Another payment of this order is still under way.",
                "Nothing was sent for this call. Call `check_order_status` to see how the order stands.",
            )
        }
    }

    /// A 400 for an order that cannot be paid, in a state that was looked up or not.
    pub(in crate::payment) fn not_payable(id: OrderId, state: Option<&OrderState>, refusal: &platform::Error) -> Self {
        let failure = match state {
            Some(state) if state.is_final() => {
                let hint = if *state == OrderState::Refunded {
                    "Nothing is left to pay."
                } else {
                    NEW_ORDER
                };
                Self::new(
                    Code::OrderNotPayable,
                    id,
                    format!("The order is `{state}` and cannot be paid any more."),
                    hint,
                )
            }
            Some(state) => Self::new(
                Code::OrderNotPayable,
                id,
                format!(
                    "The order is in the state `{state}`, in which it cannot be paid.{}",
                    Quoted(&refusal.said)
                ),
                "Call `check_order_status` later to see how the order stands.",
            ),
            None => Self::new(
                Code::OrderNotPayable,
                id,
                sentence(refusal),
                "Call `check_order_status` to see how the order stands.",
            ),
        };
        failure.with(refusal)
    }

    /// A payment link that may not be shown, found by a call.
    pub(in crate::payment) fn unsafe_pay_url(call: Call, id: OrderId, reason: UnsafePayUrl) -> Self {
        Self {
            outcome: if call == Call::Pay {
                Outcome::Unknown
            } else {
                Outcome::NothingChanged
            },
            ..Self::new(
                Code::UnsafePayUrl,
                id,
                format!("The order is `Pending`, and its payment link is withheld: {reason}."),
                "Do not look for the link elsewhere. Open the order on https://platform.acedata.cloud, or ask its support.",
            )
        }
    }

    pub(in crate::payment) fn with(self, error: &platform::Error) -> Self {
        Self {
            http_status: error.status,
            trace_id: error.said.trace_id.clone(),
            ..self
        }
    }
}

/// The meaning of an error as a sentence, with how much was tried and the platform's own words where there are any.
pub(in crate::payment) fn sentence(error: &platform::Error) -> String {
    let effort = match error.effort {
        Effort { tries: 0 | 1, .. } => String::new(),
        Effort { tries, elapsed } => format!(" (after {tries} tries in {} s)", elapsed.as_secs().max(1)),
    };
    format!(
        "{}{effort}.{}",
        capitalized(&error.kind.to_string()),
        Quoted(&error.said)
    )
}

/// What else can be paid by.
fn another_way(refused: PayWay, allowed: &PayWays) -> String {
    match allowed.without(refused) {
        Some(others) => format!("Ask the person for another way to pay: {others}."),
        None => "This server allows no other way to pay.".to_owned(),
    }
}

fn missing_token_hint() -> String {
    format!(
        "Create a platform token at {TOKEN_PAGE}, set it as `ACEDATACLOUD_PLATFORM_TOKEN` (or write it into a file for \
         `--token-file`) where this server is configured, and restart the server. Never paste a token into the conversation."
    )
}

fn token_hint(service_token: bool) -> String {
    let wrong_kind = if service_token {
        "The configured token looks like a service token; a platform token is needed. "
    } else {
        ""
    };
    format!(
        "{wrong_kind}Check that the token was copied whole and is not revoked, or create a platform token at {TOKEN_PAGE}, set it as `ACEDATACLOUD_PLATFORM_TOKEN` where this server is \
         configured, and restart the server. Never paste a token into the conversation."
    )
}

/// The platform's words as such: they are somebody else's text.
pub(in crate::payment) struct Quoted<'a>(pub(super) &'a Said);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.detail, &self.0.code) {
            (Some(detail), Some(code)) => write!(formatter, " The platform said: \"{detail}\" ({code})."),
            (Some(detail), None) => write!(formatter, " The platform said: \"{detail}\"."),
            (None, Some(code)) => write!(formatter, " The platform's code: {code}."),
            (None, None) => Ok(()),
        }
    }
}

//! Why a call fails, by what it was about and what the platform made of it.

use super::{Code, Failure, Outcome, PlatformAnswer, Tried};
use crate::money::Money;
use crate::order::{OrderId, OrderState};
use crate::pay_url::UnsafePayUrl;
use crate::pay_way::{PayWay, PayWays};
use crate::payment::advice::{Advice, Thing};
use crate::payment::single_flight::NotYet;
use crate::platform::{self, BadResponse, Effort, ErrorKind, PayRequest};
use crate::text::capitalized;

/// Which call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::payment) enum Call {
    Pay,
    Check,
}

impl Failure {
    /// What an error of the platform means for a call.
    pub(in crate::payment) fn of_platform(
        call: Call,
        id: OrderId,
        error: &platform::Error,
        token_is_of_service: bool,
    ) -> Self {
        let new = |code, advice| Self::new(code, id, sentence(error), advice);
        let passing = |code, advice| Self {
            retryable: true,
            ..new(code, advice)
        };
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
                    ..Self::new(code, id, message, Advice::LookFirst)
                }
            }
            ErrorKind::NoToken => new(Code::Unauthenticated, Advice::SetToken),
            ErrorKind::Unauthenticated => new(
                Code::Unauthenticated,
                Advice::CheckToken {
                    is_of_service: token_is_of_service,
                },
            ),
            ErrorKind::Forbidden => new(Code::Forbidden, Advice::Check(Thing::TokenOwner)),
            ErrorKind::NotFound => new(Code::OrderNotFound, Advice::Check(Thing::OrderId)),
            ErrorKind::PaymentRequired => new(Code::PaymentRequired, Advice::PayOtherwiseOrOnPlatform),
            ErrorKind::Refused if call == Call::Check => new(Code::BadResponse, Advice::AskSupport),
            ErrorKind::Refused => new(Code::OrderNotPayable, Advice::Look),
            ErrorKind::RateLimited { retry_after } => passing(Code::RateLimited, Advice::Wait(*retry_after)),
            ErrorKind::Busy => passing(Code::RateLimited, Advice::FewerAtOnce),
            ErrorKind::KeptBack => passing(Code::Unavailable, Advice::TryAgain),
            ErrorKind::Certificate => new(Code::Unavailable, Advice::Check(Thing::Certificate)),
            ErrorKind::Unreachable(_) => passing(Code::Unavailable, Advice::Check(Thing::Network)),
            ErrorKind::Timeout => passing(Code::Timeout, Advice::TryAgain),
            ErrorKind::Interrupted | ErrorKind::ServerError | ErrorKind::Gateway => {
                passing(Code::Unavailable, Advice::TryAgain)
            }
            ErrorKind::BadResponse(_) => new(Code::BadResponse, Advice::Check(Thing::Address)),
        };
        failure.with(error)
    }

    /// A payment by link of which nobody knows whether it was started.
    pub(in crate::payment) fn start_unknown(id: OrderId, error: &platform::Error, tried: Tried) -> Self {
        let message = format!(
            "{}. Whether a payment was started is unknown ({tried}); nobody is charged by that alone.",
            capitalized(&error.kind.to_string())
        );
        Self {
            outcome: Outcome::Unknown,
            ..Self::new(Code::OutcomeUnknown, id, message, Advice::LookThenPay)
        }
        .with(error)
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
                "This order is not free, so how to pay it has to be chosen.",
                Advice::ChoosePayWay(allowed.clone()),
            ),
            Some(way) => Self::new(
                Code::PayWayRefused,
                id,
                format!("The platform refused this payment by {}.", way.label()),
                Advice::PayOtherwise {
                    ways: allowed.without(way),
                    without_surface: request.surface.is_some(),
                },
            ),
        };
        failure.with(refusal)
    }

    /// A pay way that the operator does not allow. Nothing was sent.
    pub(in crate::payment) fn pay_way_not_allowed(id: OrderId, way: PayWay, allowed: &PayWays) -> Self {
        Self::new(
            Code::PayWayRefused,
            id,
            format!("Paying by {} is switched off here.", way.label()),
            Advice::PayOtherwise {
                ways: allowed.without(way),
                without_surface: false,
            },
        )
    }

    /// A payment where the operator allows only to look. Nothing was sent.
    pub(in crate::payment) fn read_only(id: OrderId) -> Self {
        Self::new(
            Code::PayWayRefused,
            id,
            "Nothing can be paid here: the settings allow only to look.",
            Advice::AllowPaying,
        )
    }

    /// An order that costs more than it may, or an amount that is not known. Nothing was started.
    pub(in crate::payment) fn price_above_limit(id: OrderId, cost: Option<&str>, most: Money) -> Self {
        let message = match cost {
            Some(cost) => format!("The order costs {cost}, which is above the limit of {most}. Nothing was started."),
            None => format!(
                "What the order costs is not known, so it may be above the limit of {most}. Nothing was started."
            ),
        };
        Self::new(Code::PriceAboveLimit, id, message, Advice::AskAboutPrice)
    }

    /// The same where the price changed as the payment was started. The link is withheld.
    pub(in crate::payment) fn price_rose_above_limit(id: OrderId, cost: Option<&str>, most: Money) -> Self {
        let costs = match cost {
            Some(cost) => format!("The order now costs {cost}, which is above the limit of {most}."),
            None => format!("What the order costs now is not known, so it may be above the limit of {most}."),
        };
        let message = format!("{costs} Its payment was started, which charges nobody, and the link is withheld.");
        Self {
            outcome: Outcome::Unknown,
            ..Self::new(Code::PriceAboveLimit, id, message, Advice::AskAboutPrice)
        }
    }

    /// What somebody is told who asked for a payment and cannot be told what came of it.
    pub(in crate::payment) fn not_yet(id: OrderId, why: NotYet) -> Self {
        let unsent = |message: &str, advice| Self {
            retryable: true,
            ..Self::new(Code::RateLimited, id, message, advice)
        };
        match why {
            NotYet::UnderWay => Self {
                outcome: Outcome::Unknown,
                ..Self::new(
                    Code::OutcomeUnknown,
                    id,
                    "The payment of this order is still under way.",
                    Advice::LookThenPay,
                )
            },
            NotYet::NoTurn => unsent(
                "Another payment of this order is still under way. Nothing was sent now.",
                Advice::Look,
            ),
            NotYet::Settling => Self::payment_in_flight(id),
            NotYet::Stopped => Self {
                code: Code::Unavailable,
                ..unsent("The program is ending. Nothing was sent.", Advice::TryAgain)
            },
        }
    }

    /// A 400 for an order that cannot be paid, in a state that was looked up or not.
    pub(in crate::payment) fn not_payable(id: OrderId, state: Option<&OrderState>, refusal: &platform::Error) -> Self {
        match state {
            Some(state) => Self::over(id, state),
            None => Self::new(Code::OrderNotPayable, id, sentence(refusal), Advice::Look),
        }
        .with(refusal)
    }

    /// An order in a state in which it cannot be paid.
    pub(in crate::payment) fn over(id: OrderId, state: &OrderState) -> Self {
        let new = |message: String, advice| Self::new(Code::OrderNotPayable, id, message, advice);
        if !state.is_final() {
            let message = format!("The order is in the state \"{state}\", in which it cannot be paid.");
            return new(message, Advice::LookLater);
        }
        let advice = if *state == OrderState::Refunded {
            Advice::Nothing
        } else {
            Advice::NewOrder
        };
        let state = state.as_str().to_lowercase();
        new(format!("The order is {state} and cannot be paid any more."), advice)
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
                format!("The order waits for its payment, and its payment link is withheld: {reason}."),
                Advice::OpenOrderOnPlatform,
            )
        }
    }

    /// With what the platform's answer says of itself.
    pub(in crate::payment) fn with(self, error: &platform::Error) -> Self {
        Self {
            platform: Box::new(PlatformAnswer {
                status: error.status,
                trace_id: error.said.trace_id.clone(),
                said: error.said.detail.clone(),
                code: error.said.code.clone(),
            }),
            ..self
        }
    }
}

/// The meaning of an error as a sentence, with how much was tried.
fn sentence(error: &platform::Error) -> String {
    let effort = match error.effort {
        Effort { tries: 0 | 1, .. } => String::new(),
        Effort { tries, elapsed } => format!(" (after {tries} tries in {} s)", elapsed.as_secs().max(1)),
    };
    format!("{}{effort}.", capitalized(&error.kind.to_string()))
}

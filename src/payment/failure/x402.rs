//! Why a signed payment failed, or may not be sent.

use super::of_platform::sentence;
use super::{Code, Failure, Outcome};
use crate::order::OrderId;
use crate::payment::advice::{Advice, Remedy};
use crate::platform;
use crate::x402::{Charged, PaymentError, Unfit};

impl Failure {
    /// The platform's 402 in answer to a signed payment.
    pub(in crate::payment) fn payment_failed(id: OrderId, error: &platform::Error, reason: &PaymentError) -> Self {
        let why = reason.code.as_ref().map_or(String::new(), |code| format!(" ({code})"));
        let (ending, advice) = match reason.charged {
            Charged::No => {
                let remedy = Remedy::of(reason.code.as_ref().map_or("", |code| code.as_str()));
                (", and nobody was charged", Advice::SignAnew(remedy))
            }
            Charged::Yes => (
                ", although the platform says that the payer was charged",
                Advice::AwaitOrAskSupport,
            ),
            Charged::Unknown => ("; whether the payer was charged is unknown", Advice::AwaitSettlement),
        };
        let message = format!("The X402 payment failed{why}{ending}.");
        let is_certain = reason.charged == Charged::No;
        Self {
            outcome: if is_certain {
                Outcome::NothingChanged
            } else {
                Outcome::Unknown
            },
            retryable: is_certain && reason.retryable,
            payment_error: Some(Box::new(reason.clone())),
            ..Self::new(Code::X402PaymentFailed, id, message, advice).with(error)
        }
    }

    /// A signed payment whose end cannot be told.
    pub(in crate::payment) fn settlement_unknown(id: OrderId, error: &platform::Error) -> Self {
        let message = format!("{} Whether the payer was charged is unknown.", sentence(error));
        Self {
            outcome: Outcome::Unknown,
            ..Self::new(Code::OutcomeUnknown, id, message, Advice::AwaitSettlement)
        }
        .with(error)
    }

    /// A signed payment that does not fit the order. Nothing was sent.
    pub(in crate::payment) fn unfit_signature(id: OrderId, unfit: &Unfit) -> Self {
        let message = format!("The signed payment does not fit the order, and was not sent: {unfit}.");
        Self {
            order_id: Some(id),
            ..Self::invalid_arguments(message, Advice::SignAnew(Remedy::Terms))
        }
    }

    /// Something is to be paid while a signed payment of the order has no known end. Nothing was sent.
    pub(in crate::payment) fn payment_in_flight(id: OrderId) -> Self {
        Self::new(
            Code::PaymentInFlight,
            id,
            "A signed USDC payment of this order was sent, and its end is not known yet. Nothing was sent now.",
            Advice::AwaitSettlement,
        )
    }
}

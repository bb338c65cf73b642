//! Why a signed payment failed, or may not be sent.

use super::{Code, Failure, Outcome, Tried};
use crate::journal::JournalError;
use crate::money::Money;
use crate::order::OrderId;
use crate::pay_way::StatedPayWay;
use crate::payment::advice::{Advice, Remedy};
use crate::platform;
use crate::text::capitalized;
use crate::x402::{Charged, PaymentError, PriceMisfit, Unfit};

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
    pub(in crate::payment) fn settlement_unknown(id: OrderId, error: &platform::Error, looks: u32) -> Self {
        let tried = Tried {
            requests: 1,
            looks,
            time: error.effort.elapsed,
        };
        let message = format!(
            "{}. Whether the payer was charged is unknown ({tried}).",
            capitalized(&error.kind.to_string())
        );
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

    /// The journal cannot be used, and no signed payment is sent without it. Nothing was sent.
    pub(in crate::payment) fn journal_unavailable(id: OrderId, error: &JournalError) -> Self {
        tracing::error!(%error, hint = error.hint(), "a signed payment is refused");
        Self::without_journal(id, error.hint())
    }

    /// The same where it could be opened and not written any more.
    pub(in crate::payment) fn journal_unwritable(id: OrderId) -> Self {
        Self::without_journal(id, "check the disk or the database that it is in")
    }

    fn without_journal(id: OrderId, mend: &'static str) -> Self {
        Self::new(
            Code::JournalUnavailable,
            id,
            "The payment journal cannot be used, and without it a signed payment could be made twice. Nothing was sent.",
            Advice::MendJournal(mend),
        )
    }

    /// Another payment of the order is open, which is told once before a signed one is sent beside it. Nothing was sent.
    pub(in crate::payment) fn other_session(id: OrderId, way: &StatedPayWay) -> Self {
        Self {
            retryable: true,
            ..Self::new(
                Code::OtherPaymentOpen,
                id,
                format!(
                    "Another payment of this order, by {}, has been started. If somebody pays it, the signed payment would be a \
                     second one, so it was not sent.",
                    way.label()
                ),
                Advice::ConfirmSigned,
            )
        }
    }

    /// More is to be paid than the operator allows. Nothing was sent.
    pub(in crate::payment) fn above_limit(id: OrderId, amount: Money, most: Money) -> Self {
        Self::new(
            Code::AmountRefused,
            id,
            format!(
                "The signed payment pays {amount} USDC, and at most {most} USDC are allowed here. It was not sent."
            ),
            Advice::PayOtherwise {
                ways: None,
                without_surface: false,
            },
        )
    }

    /// More is to be paid than the order costs, or that cannot be told. Nothing was sent.
    pub(in crate::payment) fn above_price(id: OrderId, misfit: &PriceMisfit) -> Self {
        Self::new(
            Code::AmountRefused,
            id,
            format!("The signed payment does not fit what the order costs, and was not sent: {misfit}."),
            Advice::AskSupport,
        )
    }

    /// The platform does not say what is to be signed for the order. Nothing was sent.
    pub(in crate::payment) fn no_terms(id: OrderId) -> Self {
        Self::new(
            Code::BadResponse,
            id,
            "The platform does not say what has to be signed for this order, so the signed payment was not sent.",
            Advice::Look,
        )
    }

    /// The same failure of a question that came before a signed payment, which was not sent.
    pub(in crate::payment) fn not_sent(failure: Self) -> Self {
        Self {
            message: format!("{} The signed payment was not sent.", failure.message),
            outcome: Outcome::NothingChanged,
            ..failure
        }
    }
}

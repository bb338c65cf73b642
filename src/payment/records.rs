//! What is written down of payments, and when: the journal, in the terms of payments on one platform.
//!
//! What cannot be written down before a signed payment is sent keeps it back. Anything else that cannot be written down is
//! logged and goes on.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::journal::{
    Admission, Attempt, AttemptId, Ending, How, Intent, Journal, JournalError, LinkAttempt, Outcome, Payment, Receipt,
    Signed, UnixMillis,
};
use crate::order::{Order, OrderId, OrderState};
use crate::pay_way::{PayWay, StatedPayWay};
use crate::platform::{PayRequest, SignedPayment};
use crate::text::{Identifier, Text, Word};
use crate::x402::{CheckedPayment, SettlementResponse};

/// Tells the time: the wall clock's, or another one's in tests. It changes what is said and written, never what is allowed.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// A clock of its own.
    #[must_use]
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(SystemTime::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}

/// The journal of the payments on one platform.
#[derive(Debug)]
pub(super) struct Records {
    journal: Journal,
    platform: String,
    clock: Clock,
}

impl Records {
    pub(super) fn new(journal: Journal, platform: String, clock: Clock) -> Self {
        Self {
            journal,
            platform,
            clock,
        }
    }

    pub(super) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// The signed payment that holds an order: one whose end is not known, or that has charged the payer.
    pub(super) async fn holder(&self, id: OrderId) -> Result<Option<Attempt>, JournalError> {
        self.journal.holder(&self.platform, id).await
    }

    /// The signed payment that stands against another one: the holder, or one that the order's own end has closed. Nobody knows
    /// whether that charged, and an order that is over waits for no payment, whatever a part of the platform that lags behind
    /// says of it.
    pub(super) async fn obstacle(&self, id: OrderId) -> Result<Option<Attempt>, JournalError> {
        let holder = self.holder(id).await?;
        if holder.is_some() {
            return Ok(holder);
        }
        let latest = self.journal.latest(&self.platform, id).await?;
        Ok(latest.filter(|attempt| attempt.how == How::Signed && attempt.outcome == Outcome::Closed))
    }

    /// The newest attempt to pay an order, where it can be told.
    pub(super) async fn latest(&self, id: OrderId) -> Option<Attempt> {
        let latest = self.journal.latest(&self.platform, id).await;
        latest.unwrap_or_else(|error| {
            tracing::debug!(%error, "the journal cannot tell the latest attempt");
            None
        })
    }

    /// Takes note of a final state: the signed payment that holds the order has come to its end with it.
    pub(super) async fn saw(&self, id: OrderId, state: &OrderState) -> Option<Attempt> {
        let noted = self.journal.order_final(&self.platform, id, state, self.at()).await;
        noted.unwrap_or_else(|error| {
            not_written(&error);
            None
        })
    }

    /// Writes down a signed payment that is about to be sent, unless another one holds the order.
    pub(super) async fn admit(
        &self,
        order: &Order,
        payment: &SignedPayment,
        checked: &CheckedPayment,
    ) -> Result<Admission, JournalError> {
        let text = |text: &str| Text::fact(text);
        let seconds = |seconds: Option<u64>| seconds.and_then(|seconds| i64::try_from(seconds).ok());
        let intent = Intent {
            payment: Payment {
                surface: payment.surface.clone(),
                ..self.payment(order, Some(PayWay::X402))
            },
            signed: Signed {
                amount: text(&checked.amount.to_string()),
                asset: text(checked.asset()),
                network: text(checked.network.id()),
                payee: text(&checked.payee),
                payer: checked.payer.as_deref().and_then(text),
                nonce: checked.nonce.as_deref().and_then(text),
                valid_after: seconds(checked.valid_after),
                valid_before: seconds(checked.valid_before),
                payload_hash: text(&checked.digest),
            },
            begun_at: self.at(),
        };
        self.journal.admit_signed(&intent).await
    }

    /// Marks a signed payment as sent; false, and nothing may be sent, where that cannot be written down.
    pub(super) async fn mark_sent(&self, attempt: AttemptId, at: UnixMillis) -> bool {
        match self.journal.mark_sent(attempt, at).await {
            Ok(_) => true,
            Err(error) => {
                tracing::error!(%error, "a signed payment is held back: the journal cannot be written");
                false
            }
        }
    }

    /// Writes down how a signed payment ended. Where that fails, it goes on holding its order.
    pub(super) async fn end(
        &self,
        attempt: AttemptId,
        outcome: Outcome,
        code: Option<&str>,
        receipt: Option<&SettlementResponse>,
    ) {
        let ending = Ending {
            receipt: receipt.map(|receipt| Receipt {
                transaction: receipt.transaction.as_ref().and_then(|hash| Text::fact(hash.as_str())),
                network: receipt
                    .network
                    .as_ref()
                    .and_then(|network| Text::fact(network.as_str())),
                payer: receipt.payer.as_ref().and_then(|payer| Text::fact(payer.as_str())),
            }),
            ..self.ending(outcome, code)
        };
        if let Err(error) = self.journal.end(attempt, ending).await {
            not_written(&error);
        }
    }

    /// Lets the order of a signed payment be paid again.
    pub(super) async fn release(&self, attempt: AttemptId) -> Result<Attempt, JournalError> {
        let ending = self.ending(Outcome::Released, None);
        self.journal.end(attempt, ending).await
    }

    /// Writes down a payment by link; what cannot be written down is returned, since links go on without a journal.
    pub(super) async fn link(
        &self,
        order: &Order,
        request: &PayRequest,
        outcome: Outcome,
        code: Option<&str>,
    ) -> Option<JournalError> {
        let link = LinkAttempt {
            payment: Payment {
                surface: request.surface.clone(),
                ..self.payment(order, request.pay_way)
            },
            begun_at: self.at(),
            ending: self.ending(outcome, code),
        };
        let error = self.journal.record_link(&link).await.err()?;
        not_written(&error);
        Some(error)
    }

    /// Whether it was told of an order what a word stands for.
    pub(super) async fn told(&self, id: OrderId, word: &str) -> Result<bool, JournalError> {
        self.journal.told(&self.platform, id, word).await
    }

    /// Remembers that it was told.
    pub(super) async fn tell(&self, id: OrderId, word: &str) -> Result<(), JournalError> {
        self.journal.tell(&self.platform, id, word, self.at()).await
    }

    pub(super) fn at(&self) -> UnixMillis {
        self.now().into()
    }

    fn ending(&self, outcome: Outcome, code: Option<&str>) -> Ending {
        Ending {
            outcome,
            code: code.and_then(Text::fact),
            receipt: None,
            at: self.at(),
        }
    }

    fn payment(&self, order: &Order, pay_way: Option<PayWay>) -> Payment {
        let price = order.price.and_then(Result::ok);
        Payment {
            platform: self.platform.clone(),
            order: order.id,
            pay_way: pay_way.map(StatedPayWay::Known),
            surface: None,
            price: price.and_then(|price| Text::fact(&price.to_string())),
            currency: order
                .currency
                .as_ref()
                .and_then(|currency| Text::fact(currency.as_str())),
        }
    }
}

/// What the journal holds of a signed payment that has charged: the platform's proof, where it came, and what was signed.
pub(super) fn receipt(attempt: &Attempt) -> Option<SettlementResponse> {
    if attempt.outcome != Outcome::Charged {
        return None;
    }
    let (receipt, signed) = (attempt.receipt.clone().unwrap_or_default(), &attempt.signed);
    let network = receipt.network.as_ref().or(signed.network.as_ref());
    let payer = receipt.payer.as_ref().or(signed.payer.as_ref());
    Some(SettlementResponse {
        success: true,
        amount: signed.amount.as_ref().and_then(|amount| amount.as_str().parse().ok()),
        transaction: receipt.transaction.and_then(|hash| Identifier::read(hash.as_str())),
        network: network.and_then(|network| Word::read(network.as_str())),
        payer: payer.and_then(|payer| Identifier::read(payer.as_str())),
    })
}

/// The platform's proof of a signed payment, with what was signed.
pub(super) fn with_terms(proof: SettlementResponse, checked: &CheckedPayment) -> SettlementResponse {
    let payer = || checked.payer.as_deref().and_then(Identifier::read);
    SettlementResponse {
        amount: Some(checked.amount),
        network: proof.network.or_else(|| Word::read(checked.network.id())),
        payer: proof.payer.or_else(payer),
        ..proof
    }
}

fn not_written(error: &JournalError) {
    tracing::warn!(%error, hint = error.hint(), "the payment journal cannot be used");
}

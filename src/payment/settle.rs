//! Signed payments: sent once, looked up where the end is unclear, and never sent again in the dark.
//!
//! A signature moves money, so the rules differ from those of a payment that a person still has to make. Before anything is
//! sent its terms are checked against the order's challenge, the order is looked at, and the intent is written down; while the
//! end of one is unknown nothing else is paid for that order, by any process.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::conditions::Conditions;
use super::deadlines::{LOOK_TIME, SETTLEMENT_TIME};
use super::failure::{Call, Failure};
use super::look::looks;
use super::single_flight::Landing;
use super::status::{Note, OrderStatus, Trigger};
use super::{Inner, records};
use crate::journal::{Admission, AttemptId, Outcome};
use crate::money::Money;
use crate::order::{Order, OrderId, OrderState};
use crate::pay_way::{PayWay, StatedPayWay};
use crate::platform::{self, ErrorKind, PayRequest, Settled, SignedPayment, Started};
use crate::text::{Currency, Identifier};
use crate::x402::{Charged, CheckedPayment, RequiredTerms, SettlementResponse, fits_price};

/// How long the terms of a challenge are good enough to check a signed payment against; after that they are asked for again.
pub(super) const TERMS_LAST: Duration = Duration::from_secs(600);

/// A signed payment that may be sent.
struct Ready {
    checked: CheckedPayment,
    order: Order,
}

/// What becomes of a signed payment before it is sent.
enum Prepared {
    Ready(Box<Ready>),
    /// The order is paid, or over, or being paid by this.
    Answered(Box<OrderStatus>),
}

impl Inner {
    /// Sends a signed payment, unless it or another one is open, or it is kept back before it leaves. A try is begun until
    /// `start_by` at the latest.
    pub(super) async fn settle(
        &self,
        id: OrderId,
        payment: &SignedPayment,
        most: Option<Money>,
        start_by: Instant,
        kept_back: &CancellationToken,
    ) -> Landing {
        // What only looks and asks may be dropped anywhere.
        let prepared = tokio::select! {
            biased;
            () = kept_back.cancelled() => return None,
            prepared = self.prepare(id, payment, most, start_by, kept_back) => prepared,
        };
        let ready = match prepared {
            Ok(Prepared::Ready(ready)) => ready,
            Ok(Prepared::Answered(status)) => return Some(Ok(*status)),
            Err(failure) => return Some(Err(failure)),
        };
        let attempt = match self.records.admit(&ready.order, payment, &ready.checked).await {
            Ok(Admission::Admitted(attempt)) => attempt,
            Ok(Admission::Held(holder)) => {
                return Some(self.held(id, *holder, Some(&ready.checked.digest), start_by).await);
            }
            Err(error) => return Some(Err(Failure::journal_unavailable(id, &error))),
        };
        let outcome = self
            .send(id, payment, attempt, &ready.checked, start_by, kept_back)
            .await?;
        let unread = (!ready.checked.is_readable()).then_some(Note::UnreadTransaction);
        Some(outcome.map(|mut status| {
            status.notes.extend(unread);
            status
        }))
    }

    /// Everything that comes before a signed payment is written down and sent.
    async fn prepare(
        &self,
        id: OrderId,
        payment: &SignedPayment,
        most: Option<Money>,
        start_by: Instant,
        kept_back: &CancellationToken,
    ) -> Result<Prepared, Failure> {
        let answered = |status| Ok(Prepared::Answered(Box::new(status)));
        let digest = payment.signature.digest();
        let holder = self.records.obstacle(id).await;
        if let Some(holder) = holder.map_err(|error| Failure::journal_unavailable(id, &error))? {
            return answered(self.held(id, holder, Some(&digest), start_by).await?);
        }
        let unfit = |unfit| Failure::unfit_signature(id, &unfit);
        payment.signature.check_time(self.records.now()).map_err(unfit)?;
        let terms = match self.offers.get(id) {
            Some(terms) => terms,
            None => match self.terms(id, payment, start_by, kept_back).await? {
                Ok(terms) => terms,
                Err(status) => return answered(status),
            },
        };
        let checked = payment.signature.check(&terms, self.records.now()).map_err(unfit)?;
        let order = self.look(id, start_by).await;
        let order = order.map_err(|error| Failure::not_sent(self.failure(Call::Check, id, &error)))?;
        match &order.state {
            OrderState::Pending => {}
            state if state.is_paid() => return answered(self.known(order, Trigger::AlreadyPaid).await?),
            state => return Err(Failure::over(id, state)),
        }
        Conditions { most, reuse: false }.admit(&order)?;
        if checked.amount > self.rules.most_usdc {
            return Err(Failure::above_limit(id, checked.amount, self.rules.most_usdc));
        }
        let currency = order.currency.as_ref().map(Currency::as_str);
        fits_price(checked.amount, order.price, currency).map_err(|misfit| Failure::above_price(id, &misfit))?;
        if let Some(most) = most.filter(|most| checked.amount > *most) {
            let cost = format!("{} USDC", checked.amount);
            return Err(Failure::price_above_limit(id, Some(&cost), most));
        }
        self.tell_of_other_session(&order).await?;
        Ok(Prepared::Ready(Box::new(Ready { checked, order })))
    }

    /// The terms that a signed payment is checked against, asked for anew; or how the order stands, where there are none.
    async fn terms(
        &self,
        id: OrderId,
        payment: &SignedPayment,
        deadline: Instant,
        kept_back: &CancellationToken,
    ) -> Result<Result<RequiredTerms, OrderStatus>, Failure> {
        let request = PayRequest {
            pay_way: Some(PayWay::X402),
            surface: payment.surface.clone(),
        };
        match self.platform.pay(id, &request, deadline, kept_back).await {
            Ok(Started::PaymentRequired(challenge)) => {
                let terms = challenge.terms(std::time::Instant::now());
                self.offers.keep(id, terms.clone());
                Ok(Ok(terms))
            }
            Ok(Started::Order(order)) if order.state == OrderState::Pending => Err(Failure::no_terms(id)),
            Ok(Started::Order(order)) => self.known(self.took(*order), Trigger::AlreadyPaid).await.map(Err),
            // The signed payment itself was not sent, whatever came of the question.
            Err(error) if error.kind == ErrorKind::Refused => {
                self.refused(id, &request, error, deadline).await.map(Err)
            }
            Err(error) => Err(Failure::not_sent(self.failure(Call::Check, id, &error))),
        }
    }

    /// Tells once that another payment of the order is open, before a signed one is sent beside it.
    async fn tell_of_other_session(&self, order: &Order) -> Result<(), Failure> {
        let by_x402 = StatedPayWay::Known(PayWay::X402);
        let has_session = order.pay_url.is_some() || order.pay_id.is_some();
        let Some(other) = order.pay_way.as_ref().filter(|way| has_session && **way != by_x402) else {
            return Ok(());
        };
        let unavailable = |error| Failure::journal_unavailable(order.id, &error);
        let word = format!("open {}", other.as_str());
        if self.records.told(order.id, &word).await.map_err(unavailable)? {
            return Ok(());
        }
        self.records.tell(order.id, &word).await.map_err(unavailable)?;
        Err(Failure::other_session(order.id, other))
    }

    /// Sends a signed payment that is written down, and writes down how that ended.
    async fn send(
        &self,
        id: OrderId,
        payment: &SignedPayment,
        attempt: AttemptId,
        checked: &CheckedPayment,
        start_by: Instant,
        kept_back: &CancellationToken,
    ) -> Landing {
        let sent_at = self.records.at();
        let answer_by = Instant::now() + SETTLEMENT_TIME;
        let mark = || self.records.mark_sent(attempt, sent_at);
        let sent = self
            .platform
            .settle(id, payment, start_by, answer_by, kept_back, mark)
            .await;
        let error = match sent {
            Ok(settled) => return Some(self.settled(attempt, checked, settled).await),
            Err(error) => error,
        };
        if error.kind == ErrorKind::KeptBack {
            self.records.end(attempt, Outcome::NotSent, None, None).await;
            let was_dropped = kept_back.is_cancelled();
            return (!was_dropped).then(|| Err(Failure::journal_unwritable(id)));
        }
        if !is_certain(&error) {
            return Some(self.look_after(id, attempt, &error).await);
        }
        let outcome = match error.kind {
            ErrorKind::Refused => {
                let request = PayRequest {
                    pay_way: Some(PayWay::X402),
                    surface: payment.surface.clone(),
                };
                self.refused(id, &request, error, Instant::now() + LOOK_TIME).await
            }
            _ => Err(self.failure(Call::Pay, id, &error)),
        };
        let code = match &outcome {
            Ok(_) => "already_paid".to_owned(),
            Err(failure) => failure.word(),
        };
        self.records.end(attempt, Outcome::Failed, Some(&code), None).await;
        if let Err(failure) = &outcome {
            self.untold.keep(id, failure.clone());
        }
        Some(outcome)
    }

    async fn settled(
        &self,
        attempt: AttemptId,
        checked: &CheckedPayment,
        settled: Settled,
    ) -> Result<OrderStatus, Failure> {
        let Settled { order, receipt } = settled;
        let proof = receipt.as_ref().filter(|receipt| receipt.success);
        let has_charged = order.state.is_paid() || proof.is_some();
        let outcome = if has_charged {
            Outcome::Charged
        } else {
            Outcome::Unknown
        };
        self.records.end(attempt, outcome, None, proof).await;
        if has_charged {
            log_paid(checked, proof);
        }
        let proof = proof.cloned();
        let mut status = self.known(self.took(order), Trigger::Settled).await?;
        // The journal may not have taken it.
        let unwritten = || proof.map(|proof| records::with_terms(proof, checked));
        status.receipt = status.receipt.or_else(unwritten);
        Ok(status)
    }

    /// Looks at the order after an end that is unclear: only a paid order is a clear answer.
    async fn look_after(
        &self,
        id: OrderId,
        attempt: AttemptId,
        error: &platform::Error,
    ) -> Result<OrderStatus, Failure> {
        let is_charged = matches!(&error.kind, ErrorKind::PaymentFailed(reason) if reason.charged == Charged::Yes);
        let outcome = if is_charged { Outcome::Charged } else { Outcome::Unknown };
        self.records.end(attempt, outcome, Some(&word(error)), None).await;
        match self.look(id, Instant::now() + LOOK_TIME).await {
            Ok(order) if order.state.is_paid() => self.known(order, Trigger::Settled).await,
            looked => Err(match &error.kind {
                ErrorKind::PaymentFailed(_) => self.failure(Call::Pay, id, error),
                _ => Failure::settlement_unknown(id, error, looks(&looked)),
            }),
        }
    }

    /// A signed payment is under way for longer than somebody can wait.
    pub(super) fn settling(&self, id: OrderId) -> OrderStatus {
        self.as_of(Self::by_x402(id), Trigger::Settling)
    }
}

/// One line that answers what was paid, how much, to whom and by which transaction; of the order it tells nothing.
fn log_paid(checked: &CheckedPayment, receipt: Option<&SettlementResponse>) {
    let transaction = receipt.and_then(|receipt| receipt.transaction.as_ref());
    tracing::info!(
        amount = %checked.amount,
        asset = "USDC",
        network = checked.network.label(),
        payee = checked.payee,
        transaction = transaction.map(Identifier::as_str),
        "an order was paid by X402"
    );
}

/// One word for an unclear end, for the journal.
fn word(error: &platform::Error) -> String {
    match (&error.kind, error.status) {
        (ErrorKind::PaymentFailed(reason), _) if reason.code.is_some() => {
            reason.code.as_ref().map(ToString::to_string).unwrap_or_default()
        }
        (_, Some(status)) => format!("http_{status}"),
        (_, None) => "no_answer".to_owned(),
    }
}

/// Whether a signed payment was certainly not made. A refusal is trusted where its status leaves no doubt that the platform
/// itself refused before it did anything; any other may come from something on the way, or from a payment at work.
fn is_certain(error: &platform::Error) -> bool {
    match (error.status, &error.kind) {
        (_, ErrorKind::PaymentFailed(reason)) => reason.charged == Charged::No,
        (_, ErrorKind::BadResponse(_)) => false,
        (Some(400 | 401 | 403 | 404 | 429), _) => true,
        (Some(_), _) => false,
        (None, _) => !error.may_have_happened(),
    }
}

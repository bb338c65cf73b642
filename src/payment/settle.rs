//! Signed payments: sent once, looked up where the end is unclear, and never sent again in the dark.
//!
//! A signature moves money, so the rules differ from those of a payment that a person still has to make: nothing is posted
//! a second time, and while the end of one is unknown nothing else is paid for that order.

use std::time::SystemTime;

use tokio::time::Instant;

use super::Inner;
use super::deadlines::{LOOK_TIME, SETTLEMENT_TIME};
use super::failure::Call;
use super::failure::Failure;
use super::signed_payments::{End, SignedPayments};
use super::status::{OrderStatus, Trigger};
use crate::order::{Order, OrderId, OrderState};
use crate::pay_way::{PayWay, StatedPayWay};
use crate::platform::{self, ErrorKind, PayRequest, Settled, SignedPayment};
use crate::x402::Charged;

impl Inner {
    /// Sends a signed payment, unless it or another one is open. A try is begun until `start_by` at the latest.
    pub(super) async fn settle(
        &self,
        id: OrderId,
        payment: &SignedPayment,
        start_by: Instant,
    ) -> Result<OrderStatus, Failure> {
        let signature = &payment.signature;
        if let Some(status) = self.admitted(id, Some(signature), start_by).await? {
            return Ok(status);
        }
        let now = SystemTime::now();
        let checked = match self.signed_payments.challenge(id) {
            Some(terms) => signature.check(&terms, now).map(drop),
            None => signature.check_time(now),
        };
        checked.map_err(|unfit| Failure::unfit_signature(id, &unfit))?;
        self.signed_payments.sending(id, signature, now);
        // Whatever happens from here on, the end is unknown until it is known.
        let unresolved = Unresolved {
            signed_payments: &self.signed_payments,
            id,
        };
        let answer_by = Instant::now() + SETTLEMENT_TIME;
        let sent = self.platform.settle(id, payment, start_by, answer_by).await;
        drop(unresolved);
        let error = match sent {
            Ok(settled) => return self.settled(settled),
            Err(error) => error,
        };
        if !is_certain(&error) {
            return self.look_after(id, &error).await;
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
        match &outcome {
            // It was refused because the order is paid, by whatever means.
            Ok(_) => self.signed_payments.ended(id, End::Charged),
            Err(failure) => self.signed_payments.ended(id, End::Failed(Box::new(failure.clone()))),
        }
        outcome
    }

    /// How an order stands, with what this process knows of a signed payment of it.
    pub(super) fn with_signed_payment(&self, order: Order) -> Result<OrderStatus, Failure> {
        let id = order.id;
        match self.signed_payments.end(id, SystemTime::now()) {
            Some(End::Failed(failure)) if order.state == OrderState::Pending => {
                self.signed_payments.told(id);
                // It is about the payment: asking again would not change it.
                let retryable = false;
                Err(Failure { retryable, ..*failure })
            }
            _ => self.seen(order, Trigger::Checked),
        }
    }

    /// The same without telling of a failure: somebody else is to be told of that.
    pub(super) fn seen(&self, order: Order, trigger: Trigger) -> Result<OrderStatus, Failure> {
        let id = order.id;
        let is_open = match self.signed_payments.end(id, SystemTime::now()) {
            // Money that arrived, or came back, is no question any more.
            Some(End::UnderWay | End::Unknown | End::Charged) => {
                !order.state.is_paid() && order.state != OrderState::Refunded
            }
            Some(End::Failed(_)) | None => false,
        };
        let trigger = if is_open { Trigger::Settling } else { trigger };
        Ok(OrderStatus {
            receipt: self.signed_payments.receipt(id),
            ..self.status(order, trigger)?
        })
    }

    /// A signed payment is under way for longer than somebody can wait.
    pub(super) fn settling(&self, id: OrderId) -> OrderStatus {
        let pay_way = Some(StatedPayWay::Known(PayWay::X402));
        let order = Order {
            pay_way,
            ..Order::bare(id, OrderState::Pending)
        };
        self.as_of(order, Trigger::Settling)
    }

    fn settled(&self, settled: Settled) -> Result<OrderStatus, Failure> {
        let Settled { order, receipt } = settled;
        let has_charged = order.state.is_paid() || receipt.as_ref().is_some_and(|receipt| receipt.success);
        if let Some(receipt) = &receipt {
            self.signed_payments.proven(order.id, receipt);
        }
        let end = if has_charged { End::Charged } else { End::Unknown };
        self.signed_payments.ended(order.id, end);
        self.seen(order, Trigger::Settled)
    }

    /// Looks at the order after an end that is unclear: only a paid order is a clear answer.
    async fn look_after(&self, id: OrderId, error: &platform::Error) -> Result<OrderStatus, Failure> {
        let is_charged = matches!(&error.kind, ErrorKind::PaymentFailed(reason) if reason.charged == Charged::Yes);
        self.signed_payments
            .ended(id, if is_charged { End::Charged } else { End::Unknown });
        match self.look(id, Instant::now() + LOOK_TIME).await {
            Ok(order) if order.state.is_paid() => self.status(order, Trigger::Settled),
            _ => Err(match &error.kind {
                ErrorKind::PaymentFailed(_) => self.failure(Call::Pay, id, error),
                _ => Failure::settlement_unknown(id, error),
            }),
        }
    }
}

/// Until it is dropped, a signed payment counts as under way; then its end is unknown, also after a fault of this program.
struct Unresolved<'a> {
    signed_payments: &'a SignedPayments,
    id: OrderId,
}

impl Drop for Unresolved<'_> {
    fn drop(&mut self) {
        self.signed_payments.ended(self.id, End::Unknown);
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

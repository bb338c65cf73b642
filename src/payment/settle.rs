//! Signed payments: sent once, looked up where the end is unclear, and never sent again in the dark.
//!
//! A signature moves money, so the rules differ from those of a payment that a person still has to make: nothing is posted
//! a second time, and while the end of one is unknown nothing else is paid for that order.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::LOOK_TIME;
use super::explain::Call;
use super::failure::Failure;
use super::ledger::{Admission, End};
use super::standing::{Occasion, Standing};
use super::teller::Teller;
use crate::order::{Order, OrderId, OrderState};
use crate::pay_way::{PayWay, StatedPayWay};
use crate::platform::{self, ErrorKind, PayRequest, Settled, SignedPayment};
use crate::x402::PaymentSignature;

/// How long a settlement may take.
///
/// Source: the platform waits for the chain, and its documentation asks clients to allow 150 s.
const SETTLEMENT_TIME: Duration = Duration::from_secs(150);

impl Teller {
    /// Sends a signed payment, unless it or another one is open.
    pub(super) async fn settle(&self, id: OrderId, payment: &SignedPayment) -> Result<Standing, Failure> {
        let signature = &payment.signature;
        if let Some(standing) = self.admitted(id, Some(signature), Instant::now() + LOOK_TIME).await? {
            return Ok(standing);
        }
        let now = SystemTime::now();
        let challenge = self.ledger.challenge(id);
        signature
            .check(challenge.as_ref(), now)
            .map_err(|unfit| Failure::unfit_signature(id, &unfit))?;
        self.ledger.sending(id, signature, now);
        let deadline = Instant::now() + SETTLEMENT_TIME;
        let error = match self.platform.settle(id, payment, deadline).await {
            Ok(settled) => return self.settled(settled),
            Err(error) => error,
        };
        if error.may_have_happened() {
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
        self.ledger.ended(
            id,
            match &outcome {
                Ok(_) => End::Settled(None),
                Err(failure) => End::Failed(Box::new(failure.clone())),
            },
        );
        outcome
    }

    /// Refuses at once what could only wait in vain.
    pub(super) fn may_pay(&self, id: OrderId, signature: Option<&PaymentSignature>) -> Result<(), Failure> {
        match self.ledger.admit(id, signature, SystemTime::now()) {
            Admission::InFlight => Err(Failure::payment_in_flight(id)),
            Admission::Free | Admission::Same | Admission::LookFirst => Ok(()),
        }
    }

    /// Whether something may be paid for an order now, with that signature or in another way: `None` for yes, or how the
    /// order stands where that answers the call already.
    pub(super) async fn admitted(
        &self,
        id: OrderId,
        signature: Option<&PaymentSignature>,
        deadline: Instant,
    ) -> Result<Option<Standing>, Failure> {
        match self.ledger.admit(id, signature, SystemTime::now()) {
            Admission::Free => Ok(None),
            Admission::InFlight => Err(Failure::payment_in_flight(id)),
            Admission::Same => self.check(id, deadline).await.map(Some),
            Admission::LookFirst => {
                let order = self.look(id, deadline).await;
                let order = order.map_err(|error| self.failure(Call::Check, id, &error))?;
                // Any other state is for the platform to refuse.
                let paid = order
                    .state
                    .is_paid()
                    .then(|| self.standing(order, Occasion::AlreadyPaid));
                paid.transpose()
            }
        }
    }

    /// How an order stands, with what this process knows of a signed payment of it.
    pub(super) fn with_signed_payment(&self, order: Order) -> Result<Standing, Failure> {
        let id = order.id;
        match self.ledger.end(id, SystemTime::now()) {
            Some(End::UnderWay | End::Unknown) if order.state == OrderState::Pending => {
                self.standing(order, Occasion::Settling)
            }
            Some(End::Failed(failure)) if order.state == OrderState::Pending => {
                self.ledger.told(id);
                // It is about the payment: asking again would not change it.
                let retryable = false;
                Err(Failure { retryable, ..*failure })
            }
            Some(End::Settled(receipt)) => Ok(Standing {
                receipt,
                ..self.standing(order, Occasion::Checked)?
            }),
            _ => self.standing(order, Occasion::Checked),
        }
    }

    /// A signed payment is under way for longer than the call that sent it.
    pub(super) fn settling(&self, id: OrderId) -> Result<Standing, Failure> {
        let pay_way = Some(StatedPayWay::Known(PayWay::X402));
        let order = Order {
            pay_way,
            ..Order::bare(id, OrderState::Pending)
        };
        self.standing(order, Occasion::Settling)
    }

    fn settled(&self, settled: Settled) -> Result<Standing, Failure> {
        let Settled { order, receipt } = settled;
        let is_settled = order.state.is_paid();
        let (end, occasion) = if is_settled {
            (End::Settled(receipt.clone()), Occasion::Settled)
        } else {
            (End::Unknown, Occasion::Settling)
        };
        self.ledger.ended(order.id, end);
        Ok(Standing {
            receipt,
            ..self.standing(order, occasion)?
        })
    }

    /// Looks at the order after an end that is unclear: only a paid order is a clear answer.
    async fn look_after(&self, id: OrderId, error: &platform::Error) -> Result<Standing, Failure> {
        self.ledger.ended(id, End::Unknown);
        match self.look(id, Instant::now() + LOOK_TIME).await {
            Ok(order) if order.state.is_paid() => self.standing(order, Occasion::Settled),
            _ => Err(match &error.kind {
                ErrorKind::PaymentFailed(_) => self.failure(Call::Pay, id, error),
                _ => self.failure(Call::Pay, id, error).settlement_unknown(),
            }),
        }
    }
}

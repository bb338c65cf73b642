//! Whether something may be paid for an order now.
//!
//! It is asked twice. [`Inner::may_pay`] refuses at once, before a call takes its turn, what could only wait in vain for a
//! settlement that takes minutes. [`Inner::admitted`] decides, in the turn: while the call waited, another one may have sent
//! a signed payment.

use std::time::SystemTime;

use tokio::time::Instant;

use super::Inner;
use super::failure::{Call, Failure};
use super::signed_payments::Admission;
use super::status::{OrderStatus, Trigger};
use crate::order::OrderId;
use crate::x402::PaymentPayload;

impl Inner {
    /// Refuses at once what could only wait in vain.
    pub(super) fn may_pay(&self, id: OrderId, signature: Option<&PaymentPayload>) -> Result<(), Failure> {
        match self.signed_payments.admit(id, signature, SystemTime::now()) {
            Admission::InFlight => Err(Failure::payment_in_flight(id)),
            Admission::Free | Admission::LookOnly | Admission::LookFirst => Ok(()),
        }
    }

    /// Whether something may be paid for an order now, with that signature or in another way: `None` for yes, or how the
    /// order stands where that answers the call already.
    pub(super) async fn admitted(
        &self,
        id: OrderId,
        signature: Option<&PaymentPayload>,
        deadline: Instant,
    ) -> Result<Option<OrderStatus>, Failure> {
        let admission = self.signed_payments.admit(id, signature, SystemTime::now());
        match admission {
            Admission::Free => return Ok(None),
            Admission::InFlight => return Err(Failure::payment_in_flight(id)),
            Admission::LookOnly | Admission::LookFirst => {}
        }
        let order = self.look(id, deadline).await;
        let order = order.map_err(|error| self.failure(Call::Check, id, &error))?;
        let status = if order.state.is_paid() {
            let receipt = self.signed_payments.receipt(id);
            OrderStatus {
                receipt,
                ..self.status(order, Trigger::AlreadyPaid)?
            }
        } else if admission == Admission::LookFirst {
            // Any other state than `Pending` is for the platform to refuse.
            return Ok(None);
        } else {
            self.with_signed_payment(order)?
        };
        Ok(Some(status))
    }
}

//! Whether something may be paid for an order now: nothing, while a signed payment of it has no known end or has charged.
//!
//! The journal says so, whichever process sent that payment. It is asked before a payment by link is started and again before
//! its link is shown, since another process may have sent a signed payment meanwhile. For a signed payment it is asked once
//! more as the intent is written down, which admits one of any number of processes.

use tokio::time::Instant;

use super::Inner;
use super::failure::{Call, Failure};
use super::records;
use super::status::{Note, OrderStatus, Trigger};
use crate::journal::{Attempt, Outcome};
use crate::order::{Order, OrderId, OrderState};
use crate::text::Text;

/// What the journal says of an order.
pub(super) enum Hold {
    /// Nothing is known that stands against a payment; or the journal cannot tell, which is noted.
    Free(Option<Note>),
    /// This signed payment holds it.
    Held(Box<Attempt>),
}

impl Inner {
    /// What the journal says of an order, for payments that go on without one.
    pub(super) async fn hold(&self, id: OrderId) -> Hold {
        match self.records.obstacle(id).await {
            Ok(None) => Hold::Free(None),
            Ok(Some(attempt)) => Hold::Held(Box::new(attempt)),
            Err(error) => {
                tracing::warn!(%error, hint = error.hint(), "the payment journal cannot be used");
                Hold::Free(Some(Note::NoJournal))
            }
        }
    }

    /// What answers a call that would pay while that payment holds the order: how it stands, where it is paid or over, or where
    /// the call asks for that payment itself.
    ///
    /// # Errors
    /// [`Failure`]: the payment's end is not known, so nothing is sent.
    pub(super) async fn held(
        &self,
        id: OrderId,
        holder: Attempt,
        digest: Option<&str>,
        deadline: Instant,
    ) -> Result<OrderStatus, Failure> {
        let order = self.look(id, deadline).await;
        let order = order.map_err(|error| self.failure(Call::Check, id, &error))?;
        let is_the_same = digest.is_some() && holder.signed.payload_hash.as_ref().map(Text::as_str) == digest;
        if order.state == OrderState::Pending && !is_the_same && holder.outcome != Outcome::Charged {
            return Err(Failure::payment_in_flight(id));
        }
        self.with_holder(order, holder, Trigger::AlreadyPaid).await
    }

    /// How an order stands that a signed payment holds.
    pub(super) async fn with_holder(
        &self,
        order: Order,
        holder: Attempt,
        trigger: Trigger,
    ) -> Result<OrderStatus, Failure> {
        let holder = if order.state.is_final() || order.state.is_paid() {
            self.records.saw(order.id, &order.state).await.unwrap_or(holder)
        } else {
            holder
        };
        // Money that arrived, or came back, is no question any more.
        let trigger = if order.state.is_paid() || order.state == OrderState::Refunded {
            trigger
        } else {
            Trigger::Settling
        };
        // What was signed proves nothing of an order that is not paid; the platform's own proof does.
        let is_paid = order.state.is_paid();
        let receipt = records::receipt(&holder).filter(|receipt| is_paid || receipt.transaction.is_some());
        Ok(OrderStatus {
            receipt,
            ..self.status(order, trigger)?
        })
    }
}

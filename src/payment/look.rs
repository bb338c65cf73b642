//! Looking at an order, and what this installation knows of it.

use tokio::time::Instant;

use super::Inner;
use super::admission::Hold;
use super::failure::{Call, Failure};
use super::status::{Note, OrderStatus, Trigger};
use crate::order::{Order, OrderId, OrderState};
use crate::pay_way::{PayWay, StatedPayWay};
use crate::platform;

impl Inner {
    /// Asks how an order stands, and says what is known of a signed payment of it.
    pub(super) async fn check(&self, id: OrderId, deadline: Instant) -> Result<OrderStatus, Failure> {
        let looked = self.look(id, deadline).await;
        self.checked(id, looked).await
    }

    /// The same for somebody who asks again and again: everybody else goes first.
    pub(super) async fn poll(&self, id: OrderId, deadline: Instant) -> Result<OrderStatus, Failure> {
        let looked = self.platform.poll(id, deadline).await;
        self.checked(id, looked.map(|order| self.unless_behind(order))).await
    }

    async fn checked(&self, id: OrderId, looked: Result<Order, platform::Error>) -> Result<OrderStatus, Failure> {
        let order = match looked {
            Ok(order) => order,
            Err(error) => return Err(self.failure(Call::Check, id, &error)),
        };
        let waits = order.state == OrderState::Pending;
        if let Some(failure) = self.untold.take(id).filter(|_| waits) {
            // It is about the payment: asking again would not change it.
            let retryable = false;
            return Err(Failure { retryable, ..failure });
        }
        let mut status = self.known(order, Trigger::Checked).await?;
        if status.may_be_started() && self.has_asked_wallet(id).await {
            status.notes.push(Note::AskedWallet);
        }
        Ok(status)
    }

    /// How an order stands that was looked at, with what the journal knows of it.
    pub(super) async fn known(&self, order: Order, trigger: Trigger) -> Result<OrderStatus, Failure> {
        match self.hold(order.id).await {
            Hold::Held(holder) => self.with_holder(order, *holder, trigger).await,
            Hold::Free(note) => {
                let mut status = self.status(order, trigger)?;
                status.notes.extend(note);
                Ok(status)
            }
        }
    }

    /// Asks the platform for an order.
    pub(super) async fn look(&self, id: OrderId, deadline: Instant) -> Result<Order, platform::Error> {
        let looked = self.platform.refresh(id, deadline).await;
        looked.map(|order| self.unless_behind(order))
    }

    /// An order, in the state that it was last seen in where this one comes before that: the platform's own parts can lag
    /// behind each other.
    fn unless_behind(&self, mut order: Order) -> Order {
        if let Some(seen) = self.seen.get(order.id).filter(|seen| is_before(&order.state, seen)) {
            order.state = seen;
            order.pay_url = None;
        }
        self.took(order)
    }

    /// Takes note of an order that the platform has just described: its link has to be on a host that the operator allows, and
    /// no earlier state may overrule this one.
    pub(super) fn took(&self, mut order: Order) -> Order {
        order.pay_url = order.pay_url.map(|link| link?.allowed_by(&self.rules.hosts));
        if order.state.is_paid() || order.state.is_final() {
            self.seen.keep(order.id, order.state.clone());
        }
        order
    }

    /// How an order stands; a link that may not be shown is a failure while there is something to pay.
    pub(super) fn status(&self, order: Order, trigger: Trigger) -> Result<OrderStatus, Failure> {
        match order.pay_url {
            // While a signed payment is open, and where only looking is allowed, no link is shown at all.
            Some(Err(reason))
                if order.state == OrderState::Pending && trigger != Trigger::Settling && !self.rules.read_only =>
            {
                let call = if trigger == Trigger::Checked {
                    Call::Check
                } else {
                    Call::Pay
                };
                Err(Failure::unsafe_pay_url(call, order.id, reason))
            }
            _ => Ok(self.as_of(order, trigger)),
        }
    }

    /// How an order stands, as it is.
    pub(super) fn as_of(&self, order: Order, trigger: Trigger) -> OrderStatus {
        OrderStatus {
            trigger,
            platform: self.platform.other_host(),
            read_only: self.rules.read_only,
            ways: self.rules.ways.clone(),
            page: self.rules.pages.as_ref().map(|pages| pages.of(order.id)),
            ..OrderStatus::started(order, self.rules.environment)
        }
    }

    /// An order that is paid by X402, of which nothing else is known just now.
    pub(super) fn by_x402(id: OrderId) -> Order {
        Order {
            pay_way: Some(StatedPayWay::Known(PayWay::X402)),
            ..Order::bare(id, OrderState::Pending)
        }
    }

    pub(super) fn failure(&self, call: Call, id: OrderId, error: &platform::Error) -> Failure {
        Failure::of_platform(call, id, error, self.platform.has_service_token())
    }
}

/// How often an order was asked about.
pub(super) fn looks(looked: &Result<Order, platform::Error>) -> u32 {
    looked.as_ref().err().map_or(1, |error| error.effort.tries)
}

/// Whether a state comes before another one that was seen already.
fn is_before(now: &OrderState, seen: &OrderState) -> bool {
    let step = |state: &OrderState| match state {
        OrderState::Pending | OrderState::Other(_) => 0,
        OrderState::Paid => 1,
        OrderState::Finished | OrderState::Expired | OrderState::Failed | OrderState::Refunded => 2,
    };
    step(now) < step(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_state_is_overruled_by_another_final_one_alone() {
        let states = ["Pending", "OnHold", "Paid", "Finished", "Expired", "Failed", "Refunded"];
        let read = |name: &str| OrderState::read(name).unwrap();
        for (seen, before) in [
            ("Paid", &["Pending", "OnHold"][..]),
            ("Finished", &["Pending", "OnHold", "Paid"]),
            ("Expired", &["Pending", "OnHold", "Paid"]),
        ] {
            let found: Vec<_> = states
                .into_iter()
                .filter(|now| is_before(&read(now), &read(seen)))
                .collect();
            assert_eq!(found, before, "{seen}");
        }
    }
}

//! Carrying out one call: post, look where the end is unclear, and decide what that means.
//!
//! What is signed is in `settle.rs`: it moves money, so nothing is posted twice there.

use tokio::time::Instant;

use super::Inner;
use super::deadlines::LOOK_TIME;
use super::failure::Call;
use super::failure::Failure;
use super::status::{OrderStatus, Trigger};
use crate::order::{Order, OrderId, OrderState};
use crate::pay_way::{PayWay, StatedPayWay};
use crate::platform::{self, BadResponse, Effort, ErrorKind, PayRequest, Started};

impl Inner {
    /// Asks how an order stands, and says what this process knows of a signed payment of it.
    pub(super) async fn check(&self, id: OrderId, deadline: Instant) -> Result<OrderStatus, Failure> {
        let looked = self.look(id, deadline).await;
        self.checked(id, looked)
    }

    /// The same for somebody who asks again and again: everybody else goes first.
    pub(super) async fn poll(&self, id: OrderId, deadline: Instant) -> Result<OrderStatus, Failure> {
        let looked = self.platform.poll(id, deadline).await;
        let looked = self.noted(id, looked);
        self.checked(id, looked)
    }

    fn checked(&self, id: OrderId, looked: Result<Order, platform::Error>) -> Result<OrderStatus, Failure> {
        match looked {
            Ok(order) => self.with_signed_payment(order),
            Err(error) => Err(self.failure(Call::Check, id, &error)),
        }
    }

    /// Asks how an order stands, for somebody who is not to be told of failures; `None` when that cannot be told.
    pub(super) async fn glance(&self, id: OrderId, deadline: Instant) -> Option<OrderStatus> {
        let order = self.look(id, deadline).await.ok()?;
        self.seen(order, Trigger::Checked).ok()
    }

    /// Asks the platform for an order.
    pub(super) async fn look(&self, id: OrderId, deadline: Instant) -> Result<Order, platform::Error> {
        let looked = self.platform.refresh(id, deadline).await;
        self.noted(id, looked)
    }

    /// What was looked at, which the signed payments are told of.
    fn noted(&self, id: OrderId, looked: Result<Order, platform::Error>) -> Result<Order, platform::Error> {
        if let Ok(order) = &looked {
            self.signed_payments.seen(id, &order.state);
        }
        looked
    }

    /// Starts a payment, unless a signed one of the order is open.
    pub(super) async fn pay(
        &self,
        id: OrderId,
        request: &PayRequest,
        deadline: Instant,
    ) -> Result<OrderStatus, Failure> {
        match self.admitted(id, None, deadline).await? {
            Some(status) => Ok(status),
            None => self.start(id, request, deadline).await,
        }
    }

    /// Posts the payment; where its end is unclear, looks at the order, and posts once more only where that is safe.
    async fn start(&self, id: OrderId, request: &PayRequest, deadline: Instant) -> Result<OrderStatus, Failure> {
        let started = Instant::now();
        let error = match self.platform.pay(id, request, deadline - LOOK_TIME).await {
            Ok(started) => return self.started(id, started),
            Err(error) if is_unclear(&error) => error,
            Err(error) => return self.refused(id, request, error, deadline).await,
        };
        let unknown = |further_tries| {
            let effort = Effort {
                tries: error.effort.tries + further_tries,
                elapsed: started.elapsed(),
            };
            Err(self.failure(
                Call::Pay,
                id,
                &platform::Error {
                    effort,
                    ..error.clone()
                },
            ))
        };
        let order = match self.look(id, deadline).await {
            Ok(order) => order,
            Err(look) => return unknown(look.effort.tries),
        };
        match next_step(&order, request) {
            NextStep::Started => return self.status(order, Trigger::Started),
            NextStep::AlreadyPaid => return self.status(order, Trigger::AlreadyPaid),
            NextStep::NotPayable => return Err(Failure::not_payable(id, Some(&order.state), &error)),
            NextStep::Unclear => return unknown(1),
            NextStep::PostAgain => {}
        }
        let again = match self.platform.pay(id, request, deadline).await {
            Ok(started) => return self.started(id, started),
            Err(again) => again,
        };
        // Either request may have arrived meanwhile, so whatever the second one brought, only the order can tell.
        let tries = 1 + again.effort.tries;
        match self.look(id, deadline).await {
            Err(look) => unknown(tries + look.effort.tries),
            Ok(order) => match next_step(&order, request) {
                NextStep::Started => self.status(order, Trigger::Started),
                NextStep::AlreadyPaid => self.status(order, Trigger::AlreadyPaid),
                NextStep::NotPayable => Err(Failure::not_payable(id, Some(&order.state), &again)),
                NextStep::Unclear | NextStep::PostAgain => unknown(tries + 1),
            },
        }
    }

    fn started(&self, id: OrderId, started: Started) -> Result<OrderStatus, Failure> {
        match started {
            Started::Order(order) => self.status(*order, Trigger::Started),
            Started::PaymentRequired(challenge) => {
                self.signed_payments.challenged(id, &challenge);
                let pay_way = Some(StatedPayWay::Known(PayWay::X402));
                let order = Order {
                    pay_way,
                    ..Order::bare(id, OrderState::Pending)
                };
                Ok(OrderStatus {
                    challenge: Some(challenge),
                    ..self.status(order, Trigger::Started)?
                })
            }
        }
    }

    /// Explains a refusal. The platform gives the same one for several reasons, so the order is looked at first.
    pub(super) async fn refused(
        &self,
        id: OrderId,
        request: &PayRequest,
        refusal: platform::Error,
        deadline: Instant,
    ) -> Result<OrderStatus, Failure> {
        if refusal.kind != ErrorKind::Refused {
            return Err(self.failure(Call::Pay, id, &refusal));
        }
        match self.look(id, deadline).await {
            Ok(order) if order.state.is_paid() => self.status(order, Trigger::AlreadyPaid),
            Ok(order) if order.state == OrderState::Pending => {
                Err(Failure::pay_way(id, request, &self.allowed, &refusal))
            }
            Ok(order) => Err(Failure::not_payable(id, Some(&order.state), &refusal)),
            Err(_) if refusal.said.about_pay_way => Err(Failure::pay_way(id, request, &self.allowed, &refusal)),
            Err(_) => Err(Failure::not_payable(id, None, &refusal)),
        }
    }

    pub(super) fn status(&self, order: Order, trigger: Trigger) -> Result<OrderStatus, Failure> {
        match order.pay_url {
            // While a signed payment is open no link is shown at all.
            Some(Err(reason)) if order.state == OrderState::Pending && trigger != Trigger::Settling => {
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
            ways: self.allowed.clone(),
            ..OrderStatus::started(order, self.environment)
        }
    }

    pub(super) fn failure(&self, call: Call, id: OrderId, error: &platform::Error) -> Failure {
        Failure::of_platform(call, id, error, self.platform.has_service_token())
    }
}

/// Whether a payment may have been started, and looking at the order can tell. An answer about another order is no such
/// case: then the platform, or what is between, mixes up orders.
fn is_unclear(error: &platform::Error) -> bool {
    error.may_have_happened() && error.kind != ErrorKind::BadResponse(BadResponse::OtherOrder)
}

/// What follows from an order that was looked at because the end of a payment request was unclear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextStep {
    /// The payment session is there.
    Started,
    /// The order is paid, by this session or an earlier one.
    AlreadyPaid,
    /// No session for this pay way is there: the request had no effect, and may be posted once more.
    PostAgain,
    /// The order cannot be paid any more.
    NotPayable,
    /// It cannot be told.
    Unclear,
}

fn next_step(order: &Order, request: &PayRequest) -> NextStep {
    match &order.state {
        state if state.is_paid() => NextStep::AlreadyPaid,
        state if state.is_final() => NextStep::NotPayable,
        OrderState::Pending => {
            let asked = request.pay_way.map(StatedPayWay::Known);
            let has_session = order.pay_url.is_some() || order.pay_id.is_some();
            if has_session && asked.is_some() && order.pay_way == asked {
                NextStep::Started
            } else {
                NextStep::PostAgain
            }
        }
        _ => NextStep::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::pay_url::{PayUrl, PlainHttp, UnsafePayUrl};
    use crate::text::Text;

    #[test]
    fn what_follows_an_unclear_end_depends_on_the_order() {
        let id = "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap();
        let link = || Some(PayUrl::parse("https://buy.stripe.com/x", PlainHttp::Refused));
        let order = |state: &str, way: Option<&str>| Order {
            pay_way: way.and_then(StatedPayWay::read),
            ..Order::bare(id, OrderState::read(state).unwrap())
        };
        for (order, expected) in [
            (
                Order {
                    pay_url: link(),
                    ..order("Pending", Some("Stripe"))
                },
                NextStep::Started,
            ),
            (
                Order {
                    pay_id: Text::fact("plink_1"),
                    ..order("Pending", Some("STRIPE"))
                },
                NextStep::Started,
            ),
            (
                Order {
                    pay_url: Some(Err(UnsafePayUrl::Scheme)),
                    ..order("Pending", Some("STRIPE"))
                },
                NextStep::Started,
            ),
            (order("Pending", None), NextStep::PostAgain),
            (order("Pending", Some("Stripe")), NextStep::PostAgain),
            (
                Order {
                    pay_url: link(),
                    ..order("Pending", Some("AliPay"))
                },
                NextStep::PostAgain,
            ),
            (
                Order {
                    pay_url: link(),
                    ..order("Paid", Some("Stripe"))
                },
                NextStep::AlreadyPaid,
            ),
            (order("Finished", None), NextStep::AlreadyPaid),
            (order("Expired", None), NextStep::NotPayable),
            (order("Failed", Some("Stripe")), NextStep::NotPayable),
            (order("Refunded", Some("Stripe")), NextStep::NotPayable),
            (order("OnHold", Some("Stripe")), NextStep::Unclear),
        ] {
            let request = PayRequest {
                pay_way: Some(PayWay::Stripe),
                surface: None,
            };
            assert_eq!(next_step(&order, &request), expected, "{order:?}");
        }
        let free = PayRequest {
            pay_way: None,
            surface: None,
        };
        assert_eq!(next_step(&order("Pending", None), &free), NextStep::PostAgain);
        assert_eq!(next_step(&order("Finished", None), &free), NextStep::AlreadyPaid);
    }
}

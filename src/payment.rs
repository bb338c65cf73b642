//! The use cases: start the payment of an order, and ask how it stands.
//!
//! A service: it knows the rules of money, and neither MCP nor HTTP. Every front (the tools today) calls these
//! functions and shows what they return.

mod desk;
mod failure;
mod message;
mod wait;

use std::sync::Arc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use tokio::time::Instant;

use self::desk::Desk;
use self::failure::Call;
pub use self::failure::{Code, Failure, Outcome};
pub use self::wait::LONGEST_WAIT;
use crate::order::{Order, OrderId, OrderState};
use crate::pay_url::{LinkKind, PayUrl};
use crate::pay_way::{PayWay, PayWays, StatedPayWay};
use crate::platform::{self, BadResponse, Effort, ErrorKind, PayRequest, Platform, Started};
use crate::x402::Challenge;

/// How long a call may take in all, tries and waits included: clients give up after a minute.
const CALL_TIME: Duration = Duration::from_secs(45);

/// How much of that is kept back to look at the order when the end of a payment request is unclear.
const LOOK_TIME: Duration = Duration::from_secs(12);

/// How much of the longest wait is kept back for the last look.
const LAST_LOOK: Duration = Duration::from_secs(2);

/// Payments of orders on one platform.
#[derive(Debug)]
pub struct Payments {
    teller: Arc<Teller>,
    desk: Desk,
}

/// How an order stands, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The order, as the platform last described it.
    pub order: Order,
    /// What a wallet has to sign, where the order is paid by X402 and waits for that.
    pub challenge: Option<Challenge>,
    /// Whether real money is at stake.
    pub environment: Environment,
    /// How long was waited for a change, where that was asked for.
    pub waited: Option<Duration>,
    occasion: Occasion,
}

/// Whether real money is at stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// The live platform.
    Live,
    /// A sandbox on this machine: nothing is real.
    Sandbox,
}

impl JsonSchema for Environment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Environment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": [Self::Live, Self::Sandbox]})
    }
}

/// What to do next about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NextAction {
    /// The person opens the payment link.
    OpenPayUrl,
    /// The person scans the payment link as a QR code with WeChat.
    ScanQrCode,
    /// A wallet signs the X402 challenge.
    SignX402,
    /// Ask again how the order stands.
    CheckAgain,
    /// This order cannot be paid any more.
    CreateNewOrder,
    /// Nothing is left to do.
    None,
}

impl NextAction {
    const ALL: [Self; 6] = [
        Self::OpenPayUrl,
        Self::ScanQrCode,
        Self::SignX402,
        Self::CheckAgain,
        Self::CreateNewOrder,
        Self::None,
    ];
}

impl JsonSchema for NextAction {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NextAction".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": Self::ALL})
    }
}

/// What led to a standing; it decides what there is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occasion {
    /// A payment was started just now.
    Started,
    /// A payment was asked for, and the order turned out to be paid already.
    AlreadyPaid,
    /// Somebody asked how the order stands.
    Checked,
}

impl Payments {
    /// Payments on `platform`, by the pay ways that the operator allows; `environment` labels every answer.
    #[must_use]
    pub fn new(platform: Platform, environment: Environment, allowed: PayWays) -> Self {
        Self {
            teller: Arc::new(Teller {
                platform,
                environment,
                allowed,
            }),
            desk: Desk::default(),
        }
    }

    /// Whether real money is at stake.
    #[must_use]
    pub fn environment(&self) -> Environment {
        self.teller.environment
    }

    /// The pay ways that the operator allows.
    #[must_use]
    pub fn allowed(&self) -> &PayWays {
        &self.teller.allowed
    }

    /// Starts the payment of a pending order. Nobody is charged by this alone.
    ///
    /// An order that is paid already is a success that says so. Two calls for the same order and request at the same time
    /// are one payment. Dropping the future stops the waiting, not the payment: the next call sees what came of it.
    ///
    /// # Errors
    /// [`Failure`]; where its outcome is unknown, a payment may have been started, and [`Payments::check`] tells.
    pub async fn pay(&self, id: OrderId, request: &PayRequest) -> Result<Standing, Failure> {
        if let Some(way) = request.pay_way.filter(|way| !self.allowed().allow(*way)) {
            return Err(Failure::pay_way_not_allowed(id, way, self.allowed()));
        }
        let deadline = Instant::now() + CALL_TIME;
        let start = || {
            let (teller, request) = (Arc::clone(&self.teller), request.clone());
            async move { teller.pay(id, &request, deadline).await }
        };
        let outcome = self.desk.pay(id, request, deadline - LOOK_TIME, start).await;
        outcome.unwrap_or_else(|| Err(Failure::busy(id)))
    }

    /// Asks how an order stands. It never charges and is safe to repeat.
    ///
    /// A payment of the order that is under way is waited for, so that the answer knows of it.
    ///
    /// # Errors
    /// [`Failure`], whose outcome is always "nothing changed".
    pub async fn check(&self, id: OrderId) -> Result<Standing, Failure> {
        let deadline = Instant::now() + CALL_TIME;
        self.desk.settled(id, deadline - LOOK_TIME).await;
        self.look(id, deadline).await
    }

    async fn look(&self, id: OrderId, deadline: Instant) -> Result<Standing, Failure> {
        let looked = self.teller.check(id, deadline).await;
        if looked.is_ok() {
            self.desk.looked_at(id);
        }
        looked
    }

    /// Asks how an order stands until it leaves `Pending`, for `time` at most ([`LONGEST_WAIT`] at the longest).
    ///
    /// Running out of time is no error. `report` is told how long was waited so far, again and again. Dropping the future
    /// stops the waiting at once, and the platform is asked no more.
    ///
    /// # Errors
    /// [`Failure`] as for [`Payments::check`]; one that may pass ends the wait only when nothing better was heard.
    pub async fn wait<R: Future<Output = ()>>(
        &self,
        id: OrderId,
        time: Duration,
        report: impl FnMut(Duration) -> R,
    ) -> Result<Standing, Failure> {
        let started = Instant::now();
        let time = time.min(LONGEST_WAIT.saturating_sub(LAST_LOOK));
        let deadline = started + CALL_TIME.max(time + LAST_LOOK);
        self.desk.settled(id, deadline - LOOK_TIME).await;
        let left = time.saturating_sub(started.elapsed());
        wait::until_it_leaves_pending(left, || self.look(id, deadline), report).await
    }

    /// Waits for payments that are still under way, for so long at most. None can be started afterwards that is waited for.
    pub async fn idle(&self, patience: Duration) {
        self.desk.idle(patience).await;
    }
}

/// Who carries out a call, whoever waits for it.
#[derive(Debug)]
struct Teller {
    platform: Platform,
    environment: Environment,
    allowed: PayWays,
}

impl Teller {
    async fn check(&self, id: OrderId, deadline: Instant) -> Result<Standing, Failure> {
        match self.platform.refresh(id, deadline).await {
            Ok(order) => self.standing(order, Occasion::Checked),
            Err(error) => Err(self.failure(Call::Check, id, &error)),
        }
    }

    /// Posts the payment; where its end is unclear, looks at the order, and posts once more only where that is safe.
    async fn pay(&self, id: OrderId, request: &PayRequest, deadline: Instant) -> Result<Standing, Failure> {
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
        let order = match self.platform.refresh(id, deadline).await {
            Ok(order) => order,
            Err(look) => return unknown(look.effort.tries),
        };
        match sequel(&order, request) {
            Sequel::Started => return self.standing(order, Occasion::Started),
            Sequel::AlreadyPaid => return self.standing(order, Occasion::AlreadyPaid),
            Sequel::NotPayable => return Err(Failure::not_payable(id, Some(&order.state), &error)),
            Sequel::Unclear => return unknown(1),
            Sequel::PostAgain => {}
        }
        let again = match self.platform.pay(id, request, deadline).await {
            Ok(started) => return self.started(id, started),
            Err(again) => again,
        };
        // Either request may have arrived meanwhile, so whatever the second one brought, only the order can tell.
        let tries = 1 + again.effort.tries;
        match self.platform.refresh(id, deadline).await {
            Err(look) => unknown(tries + look.effort.tries),
            Ok(order) => match sequel(&order, request) {
                Sequel::Started => self.standing(order, Occasion::Started),
                Sequel::AlreadyPaid => self.standing(order, Occasion::AlreadyPaid),
                Sequel::NotPayable => Err(Failure::not_payable(id, Some(&order.state), &again)),
                Sequel::Unclear | Sequel::PostAgain => unknown(tries + 1),
            },
        }
    }

    fn started(&self, id: OrderId, started: Started) -> Result<Standing, Failure> {
        match started {
            Started::Order(order) => self.standing(*order, Occasion::Started),
            Started::Challenge(challenge) => {
                let pay_way = Some(StatedPayWay::Known(PayWay::X402));
                let order = Order {
                    pay_way,
                    ..Order::bare(id, OrderState::Pending)
                };
                Ok(Standing {
                    challenge: Some(challenge),
                    ..self.standing(order, Occasion::Started)?
                })
            }
        }
    }

    /// Explains a refusal. The platform gives the same one for several reasons, so the order is looked at first.
    async fn refused(
        &self,
        id: OrderId,
        request: &PayRequest,
        refusal: platform::Error,
        deadline: Instant,
    ) -> Result<Standing, Failure> {
        if refusal.kind != ErrorKind::Refused {
            return Err(self.failure(Call::Pay, id, &refusal));
        }
        match self.platform.refresh(id, deadline).await {
            Ok(order) if order.state.is_paid() => self.standing(order, Occasion::AlreadyPaid),
            Ok(order) if order.state == OrderState::Pending => {
                Err(Failure::pay_way(id, request, &self.allowed, &refusal))
            }
            Ok(order) => Err(Failure::not_payable(id, Some(&order.state), &refusal)),
            Err(_) if refusal.said.about_pay_way => Err(Failure::pay_way(id, request, &self.allowed, &refusal)),
            Err(_) => Err(Failure::not_payable(id, None, &refusal)),
        }
    }

    fn standing(&self, order: Order, occasion: Occasion) -> Result<Standing, Failure> {
        match order.pay_url {
            Some(Err(reason)) if order.state == OrderState::Pending => {
                let call = if occasion == Occasion::Checked {
                    Call::Check
                } else {
                    Call::Pay
                };
                Err(Failure::unsafe_pay_url(call, order.id, reason))
            }
            _ => Ok(Standing {
                order,
                challenge: None,
                environment: self.environment,
                waited: None,
                occasion,
            }),
        }
    }

    fn failure(&self, call: Call, id: OrderId, error: &platform::Error) -> Failure {
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
enum Sequel {
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

fn sequel(order: &Order, request: &PayRequest) -> Sequel {
    match &order.state {
        state if state.is_paid() => Sequel::AlreadyPaid,
        state if state.is_final() => Sequel::NotPayable,
        OrderState::Pending => {
            let asked = request.pay_way.map(StatedPayWay::Known);
            let has_session = order.pay_url.is_some() || order.pay_id.is_some();
            if has_session && asked.is_some() && order.pay_way == asked {
                Sequel::Started
            } else {
                Sequel::PostAgain
            }
        }
        _ => Sequel::Unclear,
    }
}

impl Standing {
    /// The payment link, while there is something to pay: a link of a paid order would invite a second payment.
    #[must_use]
    pub fn pay_url(&self) -> Option<&PayUrl> {
        let link = self.order.pay_url.as_ref()?.as_ref().ok()?;
        (self.order.state == OrderState::Pending).then_some(link)
    }

    /// What to do next.
    #[must_use]
    pub fn next_action(&self) -> NextAction {
        match &self.order.state {
            OrderState::Pending if self.challenge.is_some() => NextAction::SignX402,
            OrderState::Pending => match self.pay_url().map(PayUrl::kind) {
                Some(LinkKind::Open) => NextAction::OpenPayUrl,
                Some(LinkKind::Scan) => NextAction::ScanQrCode,
                None => NextAction::CheckAgain,
            },
            OrderState::Paid | OrderState::Other(_) => NextAction::CheckAgain,
            OrderState::Expired | OrderState::Failed => NextAction::CreateNewOrder,
            OrderState::Finished | OrderState::Refunded => NextAction::None,
        }
    }

    /// One or two plain sentences for the person: what stands, and what to do.
    #[must_use]
    pub fn message(&self) -> String {
        message::message(self)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::pay_url::{PlainHttp, UnsafePayUrl};
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
                Sequel::Started,
            ),
            (
                Order {
                    pay_id: Text::fact("plink_1"),
                    ..order("Pending", Some("STRIPE"))
                },
                Sequel::Started,
            ),
            (
                Order {
                    pay_url: Some(Err(UnsafePayUrl::Scheme)),
                    ..order("Pending", Some("STRIPE"))
                },
                Sequel::Started,
            ),
            (order("Pending", None), Sequel::PostAgain),
            (order("Pending", Some("Stripe")), Sequel::PostAgain),
            (
                Order {
                    pay_url: link(),
                    ..order("Pending", Some("AliPay"))
                },
                Sequel::PostAgain,
            ),
            (
                Order {
                    pay_url: link(),
                    ..order("Paid", Some("Stripe"))
                },
                Sequel::AlreadyPaid,
            ),
            (order("Finished", None), Sequel::AlreadyPaid),
            (order("Expired", None), Sequel::NotPayable),
            (order("Failed", Some("Stripe")), Sequel::NotPayable),
            (order("Refunded", Some("Stripe")), Sequel::NotPayable),
            (order("OnHold", Some("Stripe")), Sequel::Unclear),
        ] {
            let request = PayRequest {
                pay_way: Some(PayWay::Stripe),
                surface: None,
            };
            assert_eq!(sequel(&order, &request), expected, "{order:?}");
        }
        let free = PayRequest {
            pay_way: None,
            surface: None,
        };
        assert_eq!(sequel(&order("Pending", None), &free), Sequel::PostAgain);
        assert_eq!(sequel(&order("Finished", None), &free), Sequel::AlreadyPaid);
    }
}

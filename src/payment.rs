//! The use cases: start the payment of an order, send a signed one, and ask how an order stands.
//!
//! A service: it knows the rules of money, and neither MCP, nor the terminal, nor HTTP. Every edge calls these functions and
//! puts what they return into its own words.

mod admission;
pub mod advice;
mod conditions;
mod deadlines;
mod failure;
mod look;
mod memory;
mod message;
mod records;
mod release;
mod settle;
mod shared_looks;
mod single_flight;
mod start;
mod status;
mod wait;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use self::advice::Advice;
pub use self::conditions::Conditions;
pub use self::deadlines::LONGEST_WAIT;
use self::deadlines::{AFTER_OFFER, CALL_TIME, LAST_LOOK, LAST_WORD, LOOK_TIME, SETTLEMENT_TIME};
pub(crate) use self::deadlines::{
    AFTER_SIGNAL, ASKING_TIME, LAST_ANSWER, LAST_ANSWER_AFTER_SIGNAL, LAST_REQUESTS, LAST_WRITES, MOST_WAITED,
};
use self::failure::Call;
pub use self::failure::{Code, Failure, Outcome, PlatformAnswer};
use self::memory::Memory;
pub use self::records::Clock;
use self::records::Records;
use self::settle::TERMS_LAST;
use self::shared_looks::SharedLooks;
use self::single_flight::{Deadlines, Landed, Landing, NotYet, Request, SingleFlight};
use self::start::Given;
use self::status::Trigger;
pub use self::status::{Environment, Note, OfferResponse, OrderPages, OrderStatus, Withheld};
pub use self::wait::Until;
use crate::journal::Journal;
use crate::money::Money;
use crate::order::{OrderId, OrderState};
use crate::pay_hosts::PayHosts;
use crate::pay_way::{PayWay, PayWays};
use crate::platform::{PayRequest, Platform, SignedPayment};
use crate::x402::RequiredTerms;

/// How long what was seen of an order is remembered: longer than any order waits for its payment.
const REMEMBERED: Duration = Duration::from_secs(2 * 24 * 3600);

/// Payments of orders on one platform.
#[derive(Debug)]
pub struct Payments {
    inner: Arc<Inner>,
    flights: SingleFlight,
    looks: SharedLooks,
}

/// What the operator allows, and whether it is for real.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Whether real money is at stake; it labels every answer.
    pub environment: Environment,
    /// Whether nothing may be paid: orders can be looked at, and no link is shown.
    pub read_only: bool,
    /// How orders may be paid; links of other ways are not shown.
    pub ways: PayWays,
    /// Where payment pages may be.
    pub hosts: PayHosts,
    /// The most that one signed payment may move, in USDC.
    pub most_usdc: Money,
    /// Where the public pages of orders are.
    pub pages: Option<OrderPages>,
}

impl Rules {
    /// Every pay way, payment pages on any host, at most 100 USDC by one signed payment, and no public pages.
    #[must_use]
    pub fn usual(environment: Environment) -> Self {
        Self {
            environment,
            read_only: false,
            ways: PayWays::default(),
            hosts: PayHosts::default(),
            most_usdc: Money::from(100),
            pages: None,
        }
    }

    /// Lets a payment through that the operator allows. Nothing has been sent.
    fn permit(&self, id: OrderId, way: Option<PayWay>) -> Result<(), Failure> {
        match way {
            _ if self.read_only => Err(Failure::read_only(id)),
            Some(way) if !self.ways.allow(way) => Err(Failure::pay_way_not_allowed(id, way, &self.ways)),
            _ => Ok(()),
        }
    }
}

/// What every use case needs, whoever waits for it.
#[derive(Debug)]
struct Inner {
    platform: Platform,
    rules: Rules,
    records: Records,
    /// What wallets were asked to sign.
    offers: Memory<RequiredTerms>,
    /// The payment sessions that were given to somebody.
    given: Memory<Given>,
    /// States that no earlier one may overrule.
    seen: Memory<OrderState>,
    /// Failures of signed payments that nobody has been told of.
    untold: Memory<Failure>,
}

impl Payments {
    /// Payments on `platform`, as the rules allow. What is paid is written down in `journal`, at the time of `clock`.
    #[must_use]
    pub fn new(platform: Platform, rules: Rules, journal: Journal, clock: Clock) -> Self {
        let records = Records::new(journal, platform.journal_name(), clock);
        let inner = Inner {
            platform,
            rules,
            records,
            offers: Memory::of(TERMS_LAST),
            given: Memory::of(REMEMBERED),
            seen: Memory::of(REMEMBERED),
            untold: Memory::of(REMEMBERED),
        };
        Self {
            inner: Arc::new(inner),
            flights: SingleFlight::default(),
            looks: SharedLooks::default(),
        }
    }

    /// Whether real money is at stake.
    #[must_use]
    pub fn environment(&self) -> Environment {
        self.inner.rules.environment
    }

    /// The platform's host, where it is another one than the live platform's own; it is told with every answer.
    #[must_use]
    pub fn platform(&self) -> Option<String> {
        self.inner.platform.other_host()
    }

    /// The pay ways that the operator allows.
    #[must_use]
    pub fn allowed(&self) -> &PayWays {
        &self.inner.rules.ways
    }

    /// Starts the payment of a pending order, on conditions. Nobody is charged by this alone.
    ///
    /// An order that is paid already is a success that says so. Two calls for the same order and request at the same time
    /// are one payment. Dropping the future stops the waiting, not a payment that is under way: the next call sees what came
    /// of it.
    ///
    /// # Errors
    /// [`Failure`]; where its outcome is unknown, a payment may have been started, and [`Payments::check`] tells.
    pub async fn pay(&self, id: OrderId, request: &PayRequest, conditions: Conditions) -> Result<OrderStatus, Failure> {
        self.inner.rules.permit(id, request.pay_way)?;
        let deadline = Instant::now() + CALL_TIME;
        if !conditions.need_a_look() {
            return self.start(id, request, deadline).await;
        }
        let looked = self.inner.look(id, Instant::now() + LOOK_TIME).await;
        let looked = looked.map_err(|error| self.inner.failure(Call::Check, id, &error))?;
        conditions.admit(&looked)?;
        if conditions.reuse && self.inner.has_session(&looked, request).await {
            return self.inner.known(looked, Trigger::Started).await;
        }
        conditions.hold(self.start(id, request, deadline).await?, &looked)
    }

    async fn start(&self, id: OrderId, request: &PayRequest, deadline: Instant) -> Result<OrderStatus, Failure> {
        let start = |kept_back: CancellationToken| {
            let (inner, request) = (Arc::clone(&self.inner), request.clone());
            async move { inner.pay(id, &request, deadline, &kept_back).await }
        };
        match self.ask(id, Request::Start(request.clone()), deadline, start).await {
            Ok(Landed::Now(outcome)) => outcome,
            Ok(Landed::Before(outcome)) => self.since(id, outcome, deadline).await,
            Err(not_yet) => Err(Failure::not_yet(id, not_yet)),
        }
    }

    /// Sends a payment by X402 that the payer's wallet has signed: **it charges the payer**, by `most` at the most where that is
    /// given, as the order's price may be.
    ///
    /// Settlement can take longer than this call: then the status says that it goes on, and [`Payments::check`] tells the
    /// end. While the end is unknown, nothing else is paid for that order, and the same signature is only looked up.
    ///
    /// # Errors
    /// [`Failure`]; where its outcome is unknown, the payer may be charged, and [`Payments::check`] tells.
    pub async fn settle(
        &self,
        id: OrderId,
        payment: &SignedPayment,
        most: Option<Money>,
    ) -> Result<OrderStatus, Failure> {
        self.inner.rules.permit(id, Some(PayWay::X402))?;
        let deadline = Instant::now() + CALL_TIME;
        let start = |kept_back: CancellationToken| {
            let (inner, payment) = (Arc::clone(&self.inner), payment.clone());
            async move { inner.settle(id, &payment, most, deadline, &kept_back).await }
        };
        match self.ask(id, Request::Settle(payment.clone()), deadline, start).await {
            Ok(Landed::Now(outcome)) => {
                self.inner.untold.take(id);
                outcome
            }
            Ok(Landed::Before(outcome)) => self.since(id, outcome, deadline).await,
            Err(NotYet::UnderWay) => Ok(self.inner.settling(id)),
            Err(not_yet) => Err(Failure::not_yet(id, not_yet)),
        }
    }

    async fn ask<F>(
        &self,
        id: OrderId,
        request: Request,
        deadline: Instant,
        start: impl Fn(CancellationToken) -> F,
    ) -> Result<Landed, NotYet>
    where
        F: Future<Output = Landing> + Send + 'static,
    {
        let deadlines = Deadlines {
            turn: deadline - LOOK_TIME,
            answer: deadline + LAST_WORD,
        };
        self.flights.pay(id, &request, deadlines, start).await
    }

    /// What came of a payment that nobody waited for, as the order stands by now: what is remembered is looked at before it is
    /// said.
    async fn since(
        &self,
        id: OrderId,
        outcome: Result<OrderStatus, Failure>,
        deadline: Instant,
    ) -> Result<OrderStatus, Failure> {
        let now = self.inner.check(id, deadline).await?;
        Ok(match outcome {
            Ok(then) => then.told_now(now),
            Err(_) => now,
        })
    }

    /// Asks how an order stands. It never charges and is safe to repeat.
    ///
    /// A payment of the order that is being started is waited for, so that the answer knows of it; the settlement of a
    /// signed one is not, since that can take minutes: the answer says that it goes on, or how it ended.
    ///
    /// # Errors
    /// [`Failure`], whose outcome is always "nothing changed".
    pub async fn check(&self, id: OrderId) -> Result<OrderStatus, Failure> {
        let deadline = Instant::now() + CALL_TIME;
        self.flights.started(id, deadline - LOOK_TIME).await;
        self.look(id, deadline).await
    }

    /// Looks at an order again after its payment link was offered to the person, whatever came of that. It never pays.
    ///
    /// The link stays in the answer while the order waits for its payment and can be looked at; otherwise it may be paid already,
    /// and the answer says so. What the person answered holds for the link and the price that were offered, and the order may
    /// still cost `most` at most.
    ///
    /// # Errors
    /// [`Failure`] when the order has a new link that may not be shown, or costs more by now.
    pub async fn after_offer(
        &self,
        offered: OrderStatus,
        response: OfferResponse,
        most: Option<Money>,
    ) -> Result<OrderStatus, Failure> {
        let id = offered.order.id;
        let was = offered.order.clone();
        let looked = self.inner.look(id, Instant::now() + AFTER_OFFER).await;
        self.flights.looked_at(id);
        let Ok(order) = looked else {
            return Ok(OrderStatus {
                trigger: Trigger::Unseen,
                ..offered
            });
        };
        let now = self.inner.known(order, Trigger::Checked).await?;
        let mut status = offered.told_now(now);
        let is_as_offered = status.order.pay_url == was.pay_url && status.order.price == was.price;
        if status.pay_url().is_some() && is_as_offered {
            status.trigger = Trigger::Offered(response);
        }
        Conditions { most, reuse: false }.hold(status, &was)
    }

    async fn look(&self, id: OrderId, deadline: Instant) -> Result<OrderStatus, Failure> {
        let looked = self.inner.check(id, deadline).await;
        if looked.is_ok() {
            self.flights.looked_at(id);
        }
        looked
    }

    /// The same for a wait: it shares its looks with other waits of the order, and lets everybody else go first.
    async fn poll(&self, id: OrderId, deadline: Instant) -> Result<OrderStatus, Failure> {
        let begin = || {
            let inner = Arc::clone(&self.inner);
            async move { inner.poll(id, deadline).await }
        };
        let looked = self.looks.look(id, begin).await;
        if looked.is_ok() {
            self.flights.looked_at(id);
        }
        looked
    }

    /// Asks how an order stands until what is waited for has come, for `time` at most ([`LONGEST_WAIT`] at the longest).
    ///
    /// Running out of time is no error. Neither is `ending`, which ends the wait at once with what is known by then; where
    /// nothing is, the first look has a moment left. `report` is told how long was waited so far, again and again. Dropping
    /// the future stops the waiting at once, and the platform is asked no more.
    ///
    /// # Errors
    /// [`Failure`] as for [`Payments::check`]; one that may pass ends the wait only when nothing better was heard.
    pub async fn wait<R: Future<Output = ()>>(
        &self,
        id: OrderId,
        until: Until,
        time: Duration,
        ending: impl Future<Output = ()>,
        report: impl FnMut(Duration) -> R,
    ) -> Result<OrderStatus, Failure> {
        let started = Instant::now();
        let time = time.min(MOST_WAITED);
        let deadline = started + CALL_TIME.max(time + LAST_LOOK);
        let ending = ending.shared();
        tokio::select! {
            () = self.flights.started(id, deadline - LOOK_TIME) => {}
            () = ending.clone() => {}
        }
        let left = time.saturating_sub(started.elapsed());
        let ask = || async move {
            if time.is_zero() {
                self.look(id, deadline).await
            } else {
                self.poll(id, deadline).await
            }
        };
        let waited = wait::wait(until, left, ask, ending, report).await;
        waited.unwrap_or_else(|| Err(Failure::session_ended(id)))
    }

    /// How the order of a signed payment stands that is still under way, for somebody who cannot wait for its end.
    #[must_use]
    pub fn settling(&self, id: OrderId) -> OrderStatus {
        self.inner.settling(id)
    }

    /// Lets no signed payment leave any more: one of which nothing has been sent is dropped. What is under way goes on.
    pub fn stop(&self) {
        self.flights.stop();
    }

    /// Waits for payments that are still under way, for so long at most. A signed one is waited for until its end, or until
    /// `stopped`: it may charge the payer, and should not be torn down half-way. None can be started afterwards.
    pub async fn idle(&self, patience: Duration, stopped: impl Future<Output = ()>) {
        self.stop();
        if self.flights.is_settling() {
            tokio::select! {
                () = self.flights.idle(SETTLEMENT_TIME) => return,
                () = stopped => {}
            }
        }
        self.flights.idle(patience).await;
    }
}

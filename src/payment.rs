//! The use cases: start the payment of an order, send a signed one, and ask how an order stands.
//!
//! A service: it knows the rules of money, and neither MCP nor HTTP. Every front (the tools today) calls these
//! functions and shows what they return.

mod admission;
mod deadlines;
mod failure;
mod message;
mod settle;
mod signed_payments;
mod single_flight;
mod start;
mod status;
mod wait;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;

pub use self::deadlines::LONGEST_WAIT;
use self::deadlines::{AFTER_OFFER, CALL_TIME, LAST_LOOK, LAST_WORD, LOOK_TIME, SETTLEMENT_TIME};
pub(crate) use self::deadlines::{
    AFTER_SIGNAL, ASKING_TIME, LAST_ANSWER, LAST_ANSWER_AFTER_SIGNAL, LAST_REQUESTS, LAST_WRITES,
};
pub use self::failure::{Code, Failure, Outcome};
use self::signed_payments::SignedPayments;
use self::single_flight::{Deadlines, NotYet, Request, SingleFlight};
pub use self::status::{Environment, NextAction, OfferResponse, OrderStatus};
use crate::order::OrderId;
use crate::pay_way::{PayWay, PayWays};
use crate::platform::{PayRequest, Platform, SignedPayment};

/// Payments of orders on one platform.
#[derive(Debug)]
pub struct Payments {
    inner: Arc<Inner>,
    flights: SingleFlight,
}

/// What every use case needs, whoever waits for it.
#[derive(Debug)]
struct Inner {
    platform: Platform,
    signed_payments: SignedPayments,
    environment: Environment,
    allowed: PayWays,
}

impl Inner {
    fn new(platform: Platform, environment: Environment, allowed: PayWays) -> Self {
        Self {
            platform,
            signed_payments: SignedPayments::default(),
            environment,
            allowed,
        }
    }

    fn environment(&self) -> Environment {
        self.environment
    }

    fn allowed(&self) -> &PayWays {
        &self.allowed
    }
}

impl Payments {
    /// Payments on `platform`, by the pay ways that the operator allows; `environment` labels every answer.
    #[must_use]
    pub fn new(platform: Platform, environment: Environment, allowed: PayWays) -> Self {
        Self {
            inner: Arc::new(Inner::new(platform, environment, allowed)),
            flights: SingleFlight::default(),
        }
    }

    /// Whether real money is at stake.
    #[must_use]
    pub fn environment(&self) -> Environment {
        self.inner.environment()
    }

    /// The pay ways that the operator allows.
    #[must_use]
    pub fn allowed(&self) -> &PayWays {
        self.inner.allowed()
    }

    /// Starts the payment of a pending order. Nobody is charged by this alone.
    ///
    /// An order that is paid already is a success that says so. Two calls for the same order and request at the same time
    /// are one payment. Dropping the future stops the waiting, not the payment: the next call sees what came of it.
    ///
    /// # Errors
    /// [`Failure`]; where its outcome is unknown, a payment may have been started, and [`Payments::check`] tells.
    pub async fn pay(&self, id: OrderId, request: &PayRequest) -> Result<OrderStatus, Failure> {
        if let Some(way) = request.pay_way.filter(|way| !self.allowed().allow(*way)) {
            return Err(Failure::pay_way_not_allowed(id, way, self.allowed()));
        }
        let deadline = Instant::now() + CALL_TIME;
        let start = || {
            let (inner, request) = (Arc::clone(&self.inner), request.clone());
            async move { inner.pay(id, &request, deadline).await }
        };
        self.inner.may_pay(id, None)?;
        match self.ask(id, Request::Start(request.clone()), deadline, start).await {
            Ok(outcome) => outcome,
            Err(NotYet::UnderWay) => Err(Failure::under_way(id)),
            Err(NotYet::NoTurn) => Err(Failure::busy(id)),
        }
    }

    /// Sends a payment by X402 that the payer's wallet has signed: **it charges the payer.**
    ///
    /// Settlement can take longer than this call: then the status says that it goes on, and [`Payments::check`] tells the
    /// end. While the end is unknown, nothing else is paid for that order, and the same signature is only looked up.
    ///
    /// # Errors
    /// [`Failure`]; where its outcome is unknown, the payer may be charged, and [`Payments::check`] tells.
    pub async fn settle(&self, id: OrderId, payment: &SignedPayment) -> Result<OrderStatus, Failure> {
        if !self.allowed().allow(PayWay::X402) {
            return Err(Failure::pay_way_not_allowed(id, PayWay::X402, self.allowed()));
        }
        let deadline = Instant::now() + CALL_TIME;
        let start = || {
            let (inner, payment) = (Arc::clone(&self.inner), payment.clone());
            async move { inner.settle(id, &payment, deadline).await }
        };
        self.inner.may_pay(id, Some(&payment.signature))?;
        match self.ask(id, Request::Settle(payment.clone()), deadline, start).await {
            Ok(outcome) => {
                self.inner.signed_payments.told(id);
                outcome
            }
            Err(NotYet::UnderWay) => Ok(self.inner.settling(id)),
            Err(NotYet::NoTurn) => Err(Failure::busy(id)),
        }
    }

    async fn ask<F>(
        &self,
        id: OrderId,
        request: Request,
        deadline: Instant,
        start: impl Fn() -> F,
    ) -> Result<Result<OrderStatus, Failure>, NotYet>
    where
        F: Future<Output = Result<OrderStatus, Failure>> + Send + 'static,
    {
        let deadlines = Deadlines {
            turn: deadline - LOOK_TIME,
            answer: deadline + LAST_WORD,
        };
        self.flights.pay(id, &request, deadlines, start).await
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
    /// The link stays in the answer while the order waits for its payment; where the order cannot be looked at now, the
    /// answer is how it stood when the link was offered.
    pub async fn after_offer(&self, offered: OrderStatus, response: OfferResponse) -> OrderStatus {
        let id = offered.order.id;
        let looked = self.inner.glance(id, Instant::now() + AFTER_OFFER).await;
        self.flights.looked_at(id);
        offered.after_offer(looked, response)
    }

    async fn look(&self, id: OrderId, deadline: Instant) -> Result<OrderStatus, Failure> {
        let looked = self.inner.check(id, deadline).await;
        if looked.is_ok() {
            self.flights.looked_at(id);
        }
        looked
    }

    /// Asks how an order stands until it leaves `Pending`, for `time` at most ([`LONGEST_WAIT`] at the longest).
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
        time: Duration,
        ending: impl Future<Output = ()>,
        report: impl FnMut(Duration) -> R,
    ) -> Result<OrderStatus, Failure> {
        let started = Instant::now();
        let time = time.min(LONGEST_WAIT.saturating_sub(LAST_LOOK));
        let deadline = started + CALL_TIME.max(time + LAST_LOOK);
        let ending = ending.shared();
        tokio::select! {
            () = self.flights.started(id, deadline - LOOK_TIME) => {}
            () = ending.clone() => {}
        }
        let left = time.saturating_sub(started.elapsed());
        let waited = wait::until_it_leaves_pending(left, || self.look(id, deadline), ending, report).await;
        waited.unwrap_or_else(|| Err(Failure::session_ended(id)))
    }

    /// How the order of a signed payment stands that is still under way, for somebody who cannot wait for its end.
    #[must_use]
    pub fn settling(&self, id: OrderId) -> OrderStatus {
        self.inner.settling(id)
    }

    /// Waits for payments that are still under way, for so long at most. A signed one is waited for until its end, or until
    /// `stopped`: it may charge the payer, and should not be torn down half-way. None can be started afterwards that is
    /// waited for.
    pub async fn idle(&self, patience: Duration, stopped: impl Future<Output = ()>) {
        if self.inner.signed_payments.is_busy() {
            tokio::select! {
                () = self.flights.idle(SETTLEMENT_TIME) => return,
                () = stopped => {}
            }
        }
        self.flights.idle(patience).await;
    }
}

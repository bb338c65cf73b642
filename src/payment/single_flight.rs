//! One payment of an order at a time.
//!
//! A payment runs in a task of its own: who asked for it may stop waiting, and a request that is under way is not torn down
//! half-way. One that nobody waits for any more before its first byte has left is dropped, and so is a signed one at the end of
//! the process. What came of a payment that nobody waited for is kept for a while, for the next who asks the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::{Failure, OrderStatus, failure};
use crate::order::OrderId;
use crate::platform::{PayRequest, SignedPayment};

/// How long what came of a payment is kept when nobody waited for it and nobody has looked at the order since.
const KEPT: Duration = Duration::from_secs(60);

type Outcome = Result<OrderStatus, Failure>;

/// What came of a payment; `None` when it was dropped before anything was sent.
pub(super) type Landing = Option<Outcome>;

/// The payments under way, and those whose outcome nobody has seen.
#[derive(Debug, Default)]
pub(super) struct SingleFlight {
    flights: Mutex<HashMap<OrderId, Flight>>,
    tasks: TaskTracker,
    /// Cancelled when no signed payment may leave any more.
    stopped: CancellationToken,
}

/// What is asked for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request {
    /// To start a payment.
    Start(PayRequest),
    /// To send a signed payment.
    Settle(SignedPayment),
}

/// What somebody who asked for a payment is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Landed {
    /// What came of it, just now.
    Now(Outcome),
    /// What came of it a while ago, when nobody waited for it: the order may stand otherwise by now.
    Before(Outcome),
}

/// Why somebody who asked for a payment is not told what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotYet {
    /// It goes on, and its outcome is not known in time.
    UnderWay,
    /// Another one is under way; this one was not started in time, and nothing was sent.
    NoTurn,
    /// A signed payment is being settled, which can take minutes; nothing was sent.
    Settling,
    /// No signed payment leaves any more; nothing was sent.
    Stopped,
}

/// One payment: what was asked for, and what came of it once it is known.
#[derive(Debug, Clone)]
struct Flight {
    request: Request,
    landed: watch::Receiver<Option<Ended>>,
    /// Held by everybody who waits for it: without them it is not to start.
    waiting: Weak<DropGuard>,
}

/// What came of a payment, and when it was known.
#[derive(Debug, Clone)]
struct Ended {
    landing: Landing,
    at: Instant,
}

/// Until when somebody who asks for a payment waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    /// For a payment of another request to end.
    pub(super) turn: Instant,
    /// For the outcome.
    pub(super) answer: Instant,
}

/// What to do for somebody who asks for a payment.
enum Turn {
    /// Wait for this payment, and take its outcome.
    Join(Flight, Option<Arc<DropGuard>>),
    /// Take what came of this payment a while ago.
    Take(Flight),
    /// Wait for this payment, of another request, and ask again.
    After(Flight),
    /// There is none.
    None(NotYet),
}

impl SingleFlight {
    /// Pays an order: joins the payment that is under way for the same request, or waits for another one to end and
    /// starts its own. Dropping the future stops the waiting; a payment of which nothing has been sent stops with the last who
    /// waits for it: the token that `start` is given is cancelled then.
    ///
    /// A payment that does not end before the deadline for an answer goes on all the same.
    pub(super) async fn pay<F>(
        &self,
        id: OrderId,
        request: &Request,
        deadlines: Deadlines,
        start: impl Fn(CancellationToken) -> F,
    ) -> Result<Landed, NotYet>
    where
        F: Future<Output = Landing> + Send + 'static,
    {
        loop {
            match self.turn(id, request, deadlines.turn, &start) {
                Turn::Join(flight, _waiting) => {
                    let Ok(ended) = timeout_at(deadlines.answer, flight.ended()).await else {
                        return Err(NotYet::UnderWay);
                    };
                    self.forget(id, &flight);
                    match ended {
                        Some(Some(outcome)) => return Ok(Landed::Now(outcome)),
                        Some(None) if self.stopped.is_cancelled() => return Err(NotYet::Stopped),
                        // It was dropped because nobody else waited for it: this one starts anew.
                        Some(None) => {}
                        None => return Ok(Landed::Now(Err(Failure::internal_error()))),
                    }
                }
                Turn::Take(flight) => {
                    self.forget(id, &flight);
                    if let Some(Some(outcome)) = flight.ended().await {
                        return Ok(Landed::Before(outcome));
                    }
                }
                Turn::After(flight) => {
                    let _ = timeout_at(deadlines.turn, flight.ended()).await;
                }
                Turn::None(why) => return Err(why),
            }
        }
    }

    /// Waits until no payment of an order is being started, or the deadline has come.
    pub(super) async fn started(&self, id: OrderId, deadline: Instant) {
        let flight = self.flights().get(&id).cloned();
        if let Some(flight) = flight.filter(|flight| matches!(flight.request, Request::Start(_))) {
            let _ = timeout_at(deadline, flight.ended()).await;
        }
    }

    /// Forgets a payment of an order that has ended: somebody has looked at the order since, and knows better.
    pub(super) fn looked_at(&self, id: OrderId) {
        let mut flights = self.flights();
        if flights.get(&id).is_some_and(|flight| !flight.is_running()) {
            flights.remove(&id);
        }
    }

    /// Lets no signed payment leave any more: what has not left yet is dropped.
    pub(super) fn stop(&self) {
        self.stopped.cancel();
    }

    /// Whether a signed payment is under way.
    pub(super) fn is_settling(&self) -> bool {
        let mut flights = self.flights();
        flights.retain(|_, flight| flight.is_running() || flight.is_worth_keeping());
        flights.values().any(|flight| flight.is_running() && flight.is_signed())
    }

    /// Waits until no payment at all is under way, for so long at most.
    pub(super) async fn idle(&self, patience: Duration) {
        self.tasks.close();
        if timeout(patience, self.tasks.wait()).await.is_err() {
            tracing::warn!("payments were still under way at the end");
        }
    }

    fn turn<F>(&self, id: OrderId, request: &Request, deadline: Instant, start: impl Fn(CancellationToken) -> F) -> Turn
    where
        F: Future<Output = Landing> + Send + 'static,
    {
        let mut flights = self.flights();
        flights.retain(|_, flight| flight.is_running() || flight.is_worth_keeping());
        match flights.get(&id) {
            Some(flight) if flight.request == *request => {
                let flight = flight.clone();
                return if flight.is_running() {
                    let waiting = flight.waiting.upgrade();
                    Turn::Join(flight, waiting)
                } else {
                    Turn::Take(flight)
                };
            }
            Some(flight) if flight.is_running() && flight.is_signed() => return Turn::None(NotYet::Settling),
            Some(flight) if flight.is_running() => {
                let flight = flight.clone();
                return if Instant::now() < deadline {
                    Turn::After(flight)
                } else {
                    Turn::None(NotYet::NoTurn)
                };
            }
            _ if request.is_signed() && self.stopped.is_cancelled() => return Turn::None(NotYet::Stopped),
            _ => {}
        }
        let (sender, landed) = watch::channel(None);
        let departure = if request.is_signed() {
            self.stopped.child_token()
        } else {
            CancellationToken::new()
        };
        let payment = start(departure.clone());
        self.tasks.spawn(async move {
            let landing = payment.await;
            let _ = sender.send(Some(Ended {
                landing,
                at: Instant::now(),
            }));
        });
        let waiting = Arc::new(departure.drop_guard());
        let flight = Flight {
            request: request.clone(),
            landed,
            waiting: Arc::downgrade(&waiting),
        };
        flights.insert(id, flight.clone());
        Turn::Join(flight, Some(waiting))
    }

    /// Forgets a payment whose outcome somebody has seen: the next call acts anew.
    fn forget(&self, id: OrderId, seen: &Flight) {
        let mut flights = self.flights();
        if flights
            .get(&id)
            .is_some_and(|flight| flight.landed.same_channel(&seen.landed))
        {
            flights.remove(&id);
        }
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<OrderId, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    fn is_signed(&self) -> bool {
        matches!(self, Self::Settle(_))
    }
}

impl Flight {
    fn is_signed(&self) -> bool {
        self.request.is_signed()
    }

    fn is_running(&self) -> bool {
        self.landed.has_changed().is_ok() && self.landed.borrow().is_none()
    }

    /// Whether the next call should be told of it: it ended a short while ago, and may have changed something.
    fn is_worth_keeping(&self) -> bool {
        self.landed.borrow().as_ref().is_some_and(|ended| {
            let changed_something = match &ended.landing {
                None => false,
                Some(Ok(_)) => true,
                Some(Err(failure)) => failure.outcome != failure::Outcome::NothingChanged,
            };
            changed_something && ended.at.elapsed() < KEPT
        })
    }

    /// Waits for the outcome; `None` when the payment ended without one, by a fault of this program.
    async fn ended(&self) -> Option<Landing> {
        let mut landed = self.landed.clone();
        let ended = landed.wait_for(Option::is_some).await;
        ended.ok().and_then(|ended| Some(ended.as_ref()?.landing.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use pretty_assertions::assert_eq;
    use tokio::time::sleep;

    use super::*;
    use crate::order::{Order, OrderState};
    use crate::pay_way::PayWay;
    use crate::payment::status::Environment;
    use crate::x402::{Network, Version, fixtures};

    const SECOND: Duration = Duration::from_secs(1);

    /// Counts the payments that are started; each takes a second and answers with its number as the state.
    #[derive(Clone, Default)]
    struct Counter(Arc<AtomicU32>);

    impl Counter {
        fn start(&self, id: OrderId) -> impl Future<Output = Landing> + Send + 'static + use<> {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            async move {
                sleep(SECOND).await;
                let order = Order::bare(id, OrderState::read(&number.to_string()).unwrap());
                Some(Ok(OrderStatus::started(order, Environment::Live)))
            }
        }

        /// The same, and dropped where it is kept back in its first second.
        fn start_unless(
            &self,
            id: OrderId,
            kept_back: CancellationToken,
        ) -> impl Future<Output = Landing> + Send + 'static + use<> {
            let flight = self.start(id);
            async move {
                tokio::select! {
                    landing = flight => landing,
                    () = kept_back.cancelled() => None,
                }
            }
        }
    }

    fn id(last: u8) -> OrderId {
        format!("a1b2c3d4-e5f6-7890-abcd-ef12345678{last:02}").parse().unwrap()
    }

    /// One deadline for everything.
    fn until(deadline: Instant) -> Deadlines {
        Deadlines {
            turn: deadline,
            answer: deadline,
        }
    }

    fn by(pay_way: PayWay) -> Request {
        Request::Start(PayRequest {
            pay_way: Some(pay_way),
            surface: None,
        })
    }

    /// What came of it, with a mark where that was a while ago.
    fn state(landed: Result<Landed, NotYet>) -> String {
        match landed.unwrap() {
            Landed::Now(outcome) => outcome.unwrap().order.state.to_string(),
            Landed::Before(outcome) => format!("before: {}", outcome.unwrap().order.state),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn two_of_the_same_request_are_one_payment() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let deadline = Instant::now() + 10 * SECOND;
        let request = by(PayWay::Stripe);
        let pay = || flights.pay(id(1), &request, until(deadline), |_| counter.start(id(1)));
        let (first, second) = tokio::join!(pay(), pay());
        assert_eq!((state(first), state(second)), ("1".into(), "1".into()));
        assert_eq!(state(pay().await), "2");
    }

    #[tokio::test(start_paused = true)]
    async fn another_request_of_the_same_order_waits_its_turn_and_another_order_does_not() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let started = Instant::now();
        let deadline = started + 10 * SECOND;
        let timed = async |order: OrderId, way: PayWay| {
            let outcome = flights
                .pay(order, &by(way), until(deadline), |_| counter.start(order))
                .await;
            (state(outcome), started.elapsed().as_secs())
        };
        let (first, other_way, other_order) = tokio::join!(
            timed(id(1), PayWay::Stripe),
            timed(id(1), PayWay::Alipay),
            timed(id(2), PayWay::Stripe)
        );
        assert_eq!(
            (first, other_order, other_way),
            (("1".into(), 1), ("2".into(), 1), ("3".into(), 2))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_no_time_to_wait_is_told_so_and_nothing_is_started() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let soon = Instant::now() + SECOND / 2;
        let (stripe, alipay) = (by(PayWay::Stripe), by(PayWay::Alipay));
        let deadlines = Deadlines {
            turn: soon,
            answer: soon + 10 * SECOND,
        };
        let first = flights.pay(id(1), &stripe, deadlines, |_| counter.start(id(1)));
        let second = flights.pay(id(1), &alipay, deadlines, |_| counter.start(id(1)));
        let (first, second) = tokio::join!(first, second);
        assert_eq!(
            (state(first), second, counter.0.load(Ordering::SeqCst)),
            ("1".into(), Err(NotYet::NoTurn), 1)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_joins_a_payment_that_outlasts_the_own_call_is_told_that_it_goes_on() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let now = Instant::now();
        let request = by(PayWay::Stripe);
        let pay = |deadline| flights.pay(id(1), &request, until(deadline), |_| counter.start(id(1)));
        let (first, second) = tokio::join!(pay(now + 10 * SECOND), pay(now + SECOND / 2));
        assert_eq!((state(first), second), ("1".into(), Err(NotYet::UnderWay)));
        assert_eq!(counter.0.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_abandoned_payment_goes_on_and_the_next_call_sees_what_came_of_it() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let deadline = Instant::now() + 1000 * SECOND;
        let request = by(PayWay::Stripe);
        let pay = || flights.pay(id(1), &request, until(deadline), |_| counter.start(id(1)));
        assert!(timeout(SECOND / 2, pay()).await.is_err());
        flights.started(id(1), deadline).await;
        sleep(SECOND).await;
        assert_eq!(state(pay().await), "before: 1");

        assert!(timeout(SECOND / 2, pay()).await.is_err());
        sleep(2 * KEPT).await;
        assert_eq!(state(pay().await), "3");

        assert!(timeout(SECOND / 2, pay()).await.is_err());
        flights.looked_at(id(1));
        sleep(SECOND).await;
        flights.looked_at(id(1));
        assert_eq!(state(pay().await), "5");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_changed_nothing_is_not_repeated_from_memory() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let deadline = Instant::now() + 100 * SECOND;
        let request = by(PayWay::Stripe);
        let refused = |_| async {
            sleep(SECOND).await;
            Some(Err(Failure::not_yet(id(1), NotYet::NoTurn)))
        };
        assert!(
            timeout(SECOND / 2, flights.pay(id(1), &request, until(deadline), refused))
                .await
                .is_err()
        );
        sleep(SECOND).await;
        assert_eq!(
            state(
                flights
                    .pay(id(1), &request, until(deadline), |_| counter.start(id(1)))
                    .await
            ),
            "1"
        );
    }

    #[tokio::test]
    async fn a_payment_that_panics_is_an_internal_error_and_blocks_nobody() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let deadline = Instant::now() + 10 * SECOND;
        let request = by(PayWay::Stripe);
        let broken = |_| async { panic!("a bug") };
        assert_eq!(
            flights.pay(id(1), &request, until(deadline), broken).await,
            Ok(Landed::Now(Err(Failure::internal_error())))
        );
        assert_eq!(
            state(
                flights
                    .pay(id(1), &request, until(deadline), |_| counter.start(id(1)))
                    .await
            ),
            "1"
        );
    }

    fn signed() -> Request {
        Request::Settle(SignedPayment {
            signature: fixtures::decoded(&fixtures::signed(Version::Two, Network::Base, "01")).unwrap(),
            surface: None,
        })
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_nobody_waits_for_is_dropped_before_it_leaves_and_a_later_call_starts_anew() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let deadline = Instant::now() + 100 * SECOND;
        let request = signed();
        let pay = || {
            flights.pay(id(1), &request, until(deadline), |kept_back| {
                counter.start_unless(id(1), kept_back)
            })
        };
        assert!(timeout(SECOND / 2, pay()).await.is_err());
        assert_eq!(state(pay().await), "2");
        // As long as one waits it goes on.
        let (first, second) = tokio::join!(timeout(SECOND / 2, pay()), pay());
        assert_eq!((first.is_err(), state(second)), (true, "3".into()));
    }

    #[tokio::test(start_paused = true)]
    async fn at_the_end_a_signed_one_is_dropped_and_none_starts_any_more() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let deadline = Instant::now() + 100 * SECOND;
        let (signed, by_link) = (signed(), by(PayWay::Stripe));
        let pay = |order, request| {
            let counter = counter.clone();
            let start = move |kept_back: CancellationToken| counter.clone().start_unless(order, kept_back);
            flights.pay(order, request, until(deadline), start)
        };
        let stop = async {
            sleep(SECOND / 2).await;
            flights.stop();
        };
        let (dropped, link, ()) = tokio::join!(pay(id(1), &signed), pay(id(2), &by_link), stop);
        assert_eq!((dropped, state(link)), (Err(NotYet::Stopped), "2".into()));
        assert_eq!(pay(id(3), &signed).await, Err(NotYet::Stopped));
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_signed_one_is_under_way_nothing_else_waits_for_its_turn() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let deadline = Instant::now() + 100 * SECOND;
        let (signed, by_link) = (signed(), by(PayWay::Stripe));
        let settling = flights.pay(id(1), &signed, until(deadline), |_| counter.start(id(1)));
        let other = async {
            sleep(SECOND / 2).await;
            assert!(flights.is_settling());
            flights
                .pay(id(1), &by_link, until(deadline), |_| counter.start(id(1)))
                .await
        };
        let (settled, other) = tokio::join!(settling, other);
        assert_eq!((state(settled), other), ("1".into(), Err(NotYet::Settling)));
        assert!(!flights.is_settling());
    }
}

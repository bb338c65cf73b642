//! One payment of an order at a time.
//!
//! A payment runs in a task of its own: who asked for it may stop waiting, and the request is not torn down half-way. What
//! came of it is kept for a while, for the next who asks the same.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::TaskTracker;

use super::{Failure, OrderStatus, failure};
use crate::order::OrderId;
use crate::platform::{PayRequest, SignedPayment};

/// How long what came of a payment is kept when nobody waited for it and nobody has looked at the order since.
const KEPT: Duration = Duration::from_secs(60);

type Outcome = Result<OrderStatus, Failure>;

/// The payments under way, and those whose outcome nobody has seen.
#[derive(Debug, Default)]
pub(super) struct SingleFlight {
    flights: Mutex<HashMap<OrderId, Flight>>,
    tasks: TaskTracker,
}

/// What is asked for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request {
    /// To start a payment.
    Start(PayRequest),
    /// To send a signed payment.
    Settle(SignedPayment),
}

/// Why somebody who asked for a payment is not told what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotYet {
    /// It goes on, and its outcome is not known in time.
    UnderWay,
    /// Another one is under way; this one was not started in time, and nothing was sent.
    NoTurn,
}

/// One payment: what was asked for, and what came of it once it is known.
#[derive(Debug, Clone)]
struct Flight {
    request: Request,
    outcome: watch::Receiver<Option<Ended>>,
}

/// What came of a payment, and when it was known.
#[derive(Debug, Clone)]
struct Ended {
    outcome: Outcome,
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
    Join(Flight),
    /// Wait for this payment, of another request, and ask again.
    After(Flight),
    /// There is no turn before the deadline.
    None,
}

impl SingleFlight {
    /// Pays an order: joins the payment that is under way for the same request, or waits for another one to end and
    /// starts its own. Dropping the future stops the waiting and not the payment.
    ///
    /// A payment that does not end before the deadline for an answer goes on all the same.
    pub(super) async fn pay<F>(
        &self,
        id: OrderId,
        request: &Request,
        deadlines: Deadlines,
        start: impl Fn() -> F,
    ) -> Result<Outcome, NotYet>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        loop {
            match self.turn(id, request, deadlines.turn, &start) {
                Turn::Join(flight) => {
                    let Ok(ended) = timeout_at(deadlines.answer, flight.ended()).await else {
                        return Err(NotYet::UnderWay);
                    };
                    self.forget(id, &flight);
                    return Ok(ended.unwrap_or_else(|| Err(Failure::internal_error())));
                }
                Turn::After(flight) => {
                    let _ = timeout_at(deadlines.turn, flight.ended()).await;
                }
                Turn::None => return Err(NotYet::NoTurn),
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

    /// Waits until no payment at all is under way, for so long at most.
    pub(super) async fn idle(&self, patience: Duration) {
        self.tasks.close();
        if timeout(patience, self.tasks.wait()).await.is_err() {
            tracing::warn!("payments were still under way at the end");
        }
    }

    fn turn<F>(&self, id: OrderId, request: &Request, deadline: Instant, start: impl Fn() -> F) -> Turn
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut flights = self.flights();
        flights.retain(|_, flight| flight.is_running() || flight.is_worth_keeping());
        match flights.get(&id) {
            Some(flight) if flight.request == *request => return Turn::Join(flight.clone()),
            Some(flight) if flight.is_running() => {
                let flight = flight.clone();
                return if Instant::now() < deadline {
                    Turn::After(flight)
                } else {
                    Turn::None
                };
            }
            _ => {}
        }
        let (sender, outcome) = watch::channel(None);
        let payment = start();
        self.tasks.spawn(async move {
            let outcome = payment.await;
            let _ = sender.send(Some(Ended {
                outcome,
                at: Instant::now(),
            }));
        });
        let flight = Flight {
            request: request.clone(),
            outcome,
        };
        flights.insert(id, flight.clone());
        Turn::Join(flight)
    }

    /// Forgets a payment whose outcome somebody has seen: the next call acts anew.
    fn forget(&self, id: OrderId, seen: &Flight) {
        let mut flights = self.flights();
        if flights
            .get(&id)
            .is_some_and(|flight| flight.outcome.same_channel(&seen.outcome))
        {
            flights.remove(&id);
        }
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<OrderId, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    fn is_running(&self) -> bool {
        self.outcome.has_changed().is_ok() && self.outcome.borrow().is_none()
    }

    /// Whether the next call should be told of it: it ended a short while ago, and may have changed something.
    fn is_worth_keeping(&self) -> bool {
        self.outcome.borrow().as_ref().is_some_and(|ended| {
            let changed_nothing =
                matches!(&ended.outcome, Err(failure) if failure.outcome == failure::Outcome::NothingChanged);
            !changed_nothing && ended.at.elapsed() < KEPT
        })
    }

    /// Waits for the outcome; `None` when the payment ended without one, by a fault of this program.
    async fn ended(&self) -> Option<Outcome> {
        let mut outcome = self.outcome.clone();
        let ended = outcome.wait_for(Option::is_some).await;
        ended.ok().and_then(|ended| Some(ended.as_ref()?.outcome.clone()))
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

    const SECOND: Duration = Duration::from_secs(1);

    /// Counts the payments that are started; each takes a second and answers with its number as the state.
    #[derive(Clone, Default)]
    struct Counter(Arc<AtomicU32>);

    impl Counter {
        fn start(&self, id: OrderId) -> impl Future<Output = Outcome> + Send + 'static {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            async move {
                sleep(SECOND).await;
                let order = Order::bare(id, OrderState::read(&number.to_string()).unwrap());
                Ok(OrderStatus::started(order, Environment::Live))
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

    fn state(outcome: Result<Outcome, NotYet>) -> String {
        outcome.unwrap().unwrap().order.state.to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn two_of_the_same_request_are_one_payment() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let deadline = Instant::now() + 10 * SECOND;
        let request = by(PayWay::Stripe);
        let pay = || flights.pay(id(1), &request, until(deadline), || counter.start(id(1)));
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
                .pay(order, &by(way), until(deadline), || counter.start(order))
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
        let first = flights.pay(id(1), &stripe, deadlines, || counter.start(id(1)));
        let second = flights.pay(id(1), &alipay, deadlines, || counter.start(id(1)));
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
        let pay = |deadline| flights.pay(id(1), &request, until(deadline), || counter.start(id(1)));
        let (first, second) = tokio::join!(pay(now + 10 * SECOND), pay(now + SECOND / 2));
        assert_eq!((state(first), second), ("1".into(), Err(NotYet::UnderWay)));
        assert_eq!(counter.0.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_abandoned_payment_goes_on_and_the_next_call_sees_what_came_of_it() {
        let (flights, counter) = (SingleFlight::default(), Counter::default());
        let deadline = Instant::now() + 1000 * SECOND;
        let request = by(PayWay::Stripe);
        let pay = || flights.pay(id(1), &request, until(deadline), || counter.start(id(1)));
        assert!(timeout(SECOND / 2, pay()).await.is_err());
        flights.started(id(1), deadline).await;
        sleep(SECOND).await;
        assert_eq!(state(pay().await), "1");

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
        let refused = || async {
            sleep(SECOND).await;
            Err(Failure::busy(id(1)))
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
                    .pay(id(1), &request, until(deadline), || counter.start(id(1)))
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
        let broken = || async { panic!("a bug") };
        assert_eq!(
            flights.pay(id(1), &request, until(deadline), broken).await,
            Ok(Err(Failure::internal_error()))
        );
        assert_eq!(
            state(
                flights
                    .pay(id(1), &request, until(deadline), || counter.start(id(1)))
                    .await
            ),
            "1"
        );
    }
}

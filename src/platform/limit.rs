//! How many requests at once, and how many a second, and whose turn is next.
//!
//! Settlements take minutes, waits ask again and again, and a slow order holds its place for as long as a request may take. So
//! that none of them is in the way of anybody else, each kind has a lane with places of its own, and a share of the turns. Who
//! stops waiting leaves the queue, and has taken nothing.

mod queue;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until, timeout_at};

use self::queue::{Queue, Turn};
use super::error::{Error, ErrorKind};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// To send a signed payment, which takes as long as the chain does.
    Settle,
    /// To start a payment.
    Start,
    /// To look at an order, for somebody who waits for the answer.
    Look,
    /// To look at an order again, for somebody who waits for its payment.
    Poll,
}

impl Lane {
    const ALL: [Self; 4] = [Self::Settle, Self::Start, Self::Look, Self::Poll];

    /// How many requests may be under way at once. Together they stay below the 256 files that a process may open on some
    /// systems.
    fn places(self) -> usize {
        match self {
            Self::Settle | Self::Poll => 48,
            Self::Start => 32,
            Self::Look => 96,
        }
    }

    fn of<T>(self, lanes: &[T; 4]) -> &T {
        let [settle, start, look, poll] = lanes;
        match self {
            Self::Settle => settle,
            Self::Start => start,
            Self::Look => look,
            Self::Poll => poll,
        }
    }

    fn of_mut<T>(self, lanes: &mut [T; 4]) -> &mut T {
        let [settle, start, look, poll] = lanes;
        match self {
            Self::Settle => settle,
            Self::Start => start,
            Self::Look => look,
            Self::Poll => poll,
        }
    }
}

/// What stands in front of the HTTP client.
#[derive(Debug)]
pub(super) struct Limiter {
    places: [Semaphore; 4],
    queue: Mutex<Queue>,
}

/// A place among the requests that are under way; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place<'a>(#[expect(dead_code, reason = "it is held, not read")] SemaphorePermit<'a>);

/// Somebody in the queue; who is dropped leaves it.
struct Waiting<'a> {
    limiter: &'a Limiter,
    lane: Lane,
    number: u64,
    wake: Arc<Notify>,
}

impl Limiter {
    /// A limiter for `rate` requests a second, and twice as many in a burst.
    pub(super) fn new(rate: u32) -> Self {
        Self {
            places: Lane::ALL.map(|lane| Semaphore::new(lane.places())),
            queue: Mutex::new(Queue::new(rate)),
        }
    }

    /// Waits for a turn and a place in a lane, until `latest`. Dropping the future takes neither.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] when there is none in time; at once when that is certain. Nothing was sent.
    pub(super) async fn enter(&self, lane: Lane, latest: Instant) -> Result<Place<'_>, Error> {
        let busy = || Error::of(ErrorKind::Busy);
        let now = Instant::now();
        if now > latest {
            return Err(busy());
        }
        let waiting = Waiting::join(self, lane, now, latest).ok_or_else(busy)?;
        let places = lane.of(&self.places);
        // Who has a turn uses it at once, so the place comes first.
        let entered = timeout_at(latest, async {
            let place = match places.try_acquire() {
                Ok(place) => place,
                Err(_) => places.acquire().await.ok()?,
            };
            waiting.turn().await;
            Some(Place(place))
        });
        entered.await.ok().flatten().ok_or_else(busy)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Waiting<'a> {
    /// Joins the queue; `None` when there certainly is no turn until `latest`.
    fn join(limiter: &'a Limiter, lane: Lane, now: Instant, latest: Instant) -> Option<Self> {
        let wake = Arc::new(Notify::new());
        let number = limiter.queue().join(lane, now, latest)?;
        Some(Self {
            limiter,
            lane,
            number,
            wake,
        })
    }

    /// Waits for the turn.
    async fn turn(&self) {
        self.limiter.queue().ready(self.lane, self.number, &self.wake);
        loop {
            let turn = self.limiter.queue().turn(self.lane, self.number, Instant::now());
            match turn {
                Turn::Now => return,
                Turn::At(time) => {
                    tokio::select! {
                        () = sleep_until(time) => {}
                        () = self.wake.notified() => {}
                    }
                }
                Turn::Behind => self.wake.notified().await,
            }
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.limiter.queue().leave(self.lane, self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;
    use std::time::Duration;

    use futures_util::poll;

    use super::*;

    fn in_seconds(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn a_lane_that_is_full_is_in_nobodys_way() {
        for full in Lane::ALL {
            let limiter = Limiter::new(1000);
            let mut inside = Vec::new();
            for _ in 0..full.places() {
                inside.push(limiter.enter(full, in_seconds(1)).await.unwrap());
            }
            for lane in Lane::ALL {
                let entered = limiter.enter(lane, in_seconds(1)).await;
                let kind = entered.err().map(|error| error.kind);
                assert_eq!(kind, (lane == full).then_some(ErrorKind::Busy), "{lane:?} {full:?}");
            }
            inside.pop();
            assert!(limiter.enter(full, in_seconds(1)).await.is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_gives_the_turn_back() {
        let limiter = Limiter::new(20);
        for _ in 0..40 {
            limiter.enter(Lane::Look, in_seconds(1)).await.unwrap();
        }
        for _ in 0..900 {
            let mut given_up = Box::pin(limiter.enter(Lane::Look, in_seconds(60)));
            assert!(poll!(&mut given_up).is_pending());
        }
        let started = Instant::now();
        limiter.enter(Lane::Look, in_seconds(60)).await.unwrap();
        assert!(
            started.elapsed() <= Duration::from_millis(51),
            "{:?}",
            started.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_polls_are_in_no_persons_way_and_are_not_forgotten() {
        let limiter = Arc::new(Limiter::new(20));
        let polled = Arc::new(Mutex::new(0));
        for _ in 0..1000 {
            let (limiter, polled) = (Arc::clone(&limiter), Arc::clone(&polled));
            tokio::spawn(async move {
                if limiter.enter(Lane::Poll, in_seconds(120)).await.is_ok() {
                    *polled.lock().unwrap() += 1;
                }
            });
        }
        tokio::task::yield_now().await;
        for _ in 0..20 {
            let started = Instant::now();
            limiter.enter(Lane::Look, in_seconds(60)).await.unwrap();
            assert!(
                started.elapsed() <= Duration::from_millis(101),
                "{:?}",
                started.elapsed()
            );
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(*polled.lock().unwrap(), 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_overtaken_gets_the_next_turn_of_the_lane() {
        let limiter = Limiter::new(1);
        for _ in 0..2 {
            limiter.enter(Lane::Poll, in_seconds(9)).await.unwrap();
        }
        let mut first = Box::pin(limiter.enter(Lane::Poll, in_seconds(60)));
        let mut second = Box::pin(limiter.enter(Lane::Poll, in_seconds(60)));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
        limiter.enter(Lane::Look, in_seconds(60)).await.unwrap();
        assert!(poll!(&mut second).is_pending());
        first.await.unwrap();
        assert!(matches!(poll!(&mut second), Poll::Pending));
        second.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_cannot_come_in_time_is_refused_at_once() {
        let limiter = Limiter::new(1);
        for _ in 0..2 {
            limiter.enter(Lane::Look, in_seconds(9)).await.unwrap();
        }
        let mut waiting: Vec<_> = (0..5)
            .map(|_| Box::pin(limiter.enter(Lane::Look, in_seconds(5))))
            .collect();
        for waiting in &mut waiting {
            assert!(poll!(waiting).is_pending());
        }
        let started = Instant::now();
        let refused = limiter.enter(Lane::Look, in_seconds(5)).await.unwrap_err();
        assert_eq!((refused.kind, started.elapsed()), (ErrorKind::Busy, Duration::ZERO));
        waiting.pop();
        let started = Instant::now();
        let mut instead = Box::pin(limiter.enter(Lane::Look, in_seconds(5)));
        assert!(poll!(&mut instead).is_pending());
        futures_util::future::join_all(waiting).await;
        instead.await.unwrap();
        assert_eq!(started.elapsed(), Duration::from_secs(5));
    }
}

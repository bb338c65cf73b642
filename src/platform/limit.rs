//! How many requests at once, and how many a second: calls beyond that queue, in order, until their time is up.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::error::{Error, ErrorKind};

/// How many requests are under way at once, at most.
const AT_ONCE: usize = 32;

/// What stands in front of the HTTP client.
#[derive(Debug)]
pub(super) struct Limiter {
    places: Semaphore,
    pace: Mutex<Pace>,
}

impl Limiter {
    /// A limiter for `rate` requests a second, and twice as many in a burst.
    pub(super) fn new(rate: u32) -> Self {
        Self {
            places: Semaphore::new(AT_ONCE),
            pace: Mutex::new(Pace::new(rate)),
        }
    }

    /// Waits for a turn; the place is free again when the permit is dropped.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] when there is no turn before the deadline. Nothing was sent.
    pub(super) async fn enter(&self, deadline: Instant) -> Result<SemaphorePermit<'_>, Error> {
        let busy = || Error::of(ErrorKind::Busy);
        let now = Instant::now();
        let turn = self
            .pace
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .turn(now, deadline)
            .ok_or_else(busy)?;
        // A timer takes a millisecond even for a turn that has come.
        if turn > now {
            sleep_until(turn).await;
        }
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        let place = timeout_at(deadline, self.places.acquire()).await;
        place.map_err(|_| busy())?.map_err(|_| busy())
    }
}

/// A steady pace with room for a burst (the generic cell rate algorithm).
#[derive(Debug)]
struct Pace {
    interval: Duration,
    burst: Duration,
    /// When the requests taken so far would have ended at the steady pace.
    taken_until: Option<Instant>,
}

impl Pace {
    fn new(rate: u32) -> Self {
        let interval = Duration::from_secs(1) / rate.max(1);
        Self {
            interval,
            burst: interval * rate.max(1) * 2,
            taken_until: None,
        }
    }

    /// Takes the next turn: when it is; `None`, and nothing taken, when it would be after the deadline.
    fn turn(&mut self, now: Instant, deadline: Instant) -> Option<Instant> {
        let taken_until = self.taken_until.map_or(now, |until| until.max(now)) + self.interval;
        let turn = taken_until.checked_sub(self.burst).map_or(now, |turn| turn.max(now));
        if turn > deadline {
            return None;
        }
        self.taken_until = Some(taken_until);
        Some(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_at_once_and_the_rest_at_the_steady_pace() {
        let mut pace = Pace::new(20);
        let now = Instant::now() + Duration::from_secs(60);
        let later = now + Duration::from_secs(60);
        let waits: Vec<_> = (0..44).map(|_| pace.turn(now, later).unwrap() - now).collect();
        let (burst, rest) = waits.split_at(40);
        assert!(burst.iter().all(Duration::is_zero), "{burst:?}");
        assert_eq!(rest, [50, 100, 150, 200].map(Duration::from_millis));
        let rested = now + Duration::from_secs(60);
        assert_eq!(pace.turn(rested, rested), Some(rested));
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_after_the_deadline_is_not_taken() {
        let mut pace = Pace::new(1);
        let now = Instant::now() + Duration::from_secs(60);
        assert_eq!([pace.turn(now, now), pace.turn(now, now)], [Some(now), Some(now)]);
        assert_eq!(pace.turn(now, now), None);
        let next = now + Duration::from_secs(1);
        assert_eq!(pace.turn(now, next), Some(next));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_32_are_inside_at_once() {
        let limiter = Limiter::new(1000);
        let deadline = Instant::now() + Duration::from_secs(1);
        let mut inside = Vec::new();
        for _ in 0..AT_ONCE {
            inside.push(limiter.enter(deadline).await.unwrap());
        }
        assert_eq!(limiter.enter(deadline).await.unwrap_err().kind, ErrorKind::Busy);
        inside.pop();
        assert!(limiter.enter(deadline + Duration::from_secs(1)).await.is_ok());
    }
}

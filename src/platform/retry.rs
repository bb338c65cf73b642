//! Whether to try again, and when: a pure decision, and the one loop that obeys it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::{Effort, Error};
use super::http::CONNECT_TIMEOUT;

/// Whether a request may be repeated after it may have been carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Yes: it changes nothing by itself.
    Always,
    /// Only while it certainly was not carried out: somebody has to look first.
    UnlessDone,
}

/// How persistent to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    /// How many requests are sent at most.
    pub(super) tries: u32,
    /// The wait after the first failure; it doubles with each further one.
    pub(super) first_wait: Duration,
    /// The longest wait of our own choice; what the platform asks for may be longer.
    pub(super) longest_wait: Duration,
    /// The least time that a request needs to be sent at all.
    pub(super) least_time: Duration,
}

/// The policy for asking how an order stands.
pub(super) const ASK: Policy = Policy {
    tries: 4,
    first_wait: Duration::from_millis(250),
    longest_wait: Duration::from_secs(4),
    least_time: Duration::from_secs(1),
};

/// The policy for payments: none is sent that would be torn down by its own deadline, nor while the connection is made.
pub(super) const PAY: Policy = Policy {
    least_time: CONNECT_TIMEOUT.saturating_add(Duration::from_secs(1)),
    ..ASK
};

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Report it.
    GiveUp,
    /// Try again after this wait.
    Wait(Duration),
}

/// Decides what to do after the failure of try number `tries`, with so much time `left`.
///
/// `dice` (0 to 255, drawn anew each time) spreads a wait of our own choice over its second half, so that clients that
/// failed together do not come back together.
pub(super) fn decide(policy: &Policy, tries: u32, error: &Error, repeat: Repeat, left: Duration, dice: u8) -> Decision {
    let may_repeat = error.is_transient() && (repeat == Repeat::Always || !error.may_have_happened());
    if !may_repeat || tries >= policy.tries {
        return Decision::GiveUp;
    }
    let wait = error.asked_wait().unwrap_or_else(|| {
        let doubled = policy
            .first_wait
            .saturating_mul(1 << (tries - 1).min(16))
            .min(policy.longest_wait);
        doubled / 2 + doubled / 2 * u32::from(dice) / 255
    });
    if wait.saturating_add(policy.least_time) > left {
        Decision::GiveUp
    } else {
        Decision::Wait(wait)
    }
}

/// Tries until it works, or until [`decide`] gives up; the error then says how many tries it took and how long.
pub(super) async fn retry<T, F>(
    policy: &Policy,
    repeat: Repeat,
    deadline: Instant,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let started = Instant::now();
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let left = deadline.saturating_duration_since(Instant::now());
        match decide(policy, tries, &error, repeat, left, fastrand::u8(..)) {
            Decision::GiveUp => {
                return Err(Error {
                    effort: Effort {
                        tries,
                        elapsed: started.elapsed(),
                    },
                    ..error
                });
            }
            Decision::Wait(wait) => {
                tracing::debug!(%error, tries, ?wait, "a request failed and is tried again");
                sleep(wait).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::platform::{BadResponse, ErrorKind, Unreachable};

    const MINUTE: Duration = Duration::from_secs(60);

    fn error(kind: ErrorKind, status: Option<u16>) -> Error {
        Error {
            status,
            ..Error::of(kind)
        }
    }

    fn rate(seconds: u64) -> ErrorKind {
        ErrorKind::RateLimited {
            retry_after: Some(Duration::from_secs(seconds)),
        }
    }

    #[test]
    fn what_is_repeated_depends_on_what_may_have_happened() {
        let first = Decision::Wait(Duration::from_millis(250));
        let stop = Decision::GiveUp;
        let bad = ErrorKind::BadResponse;
        for (kind, status, always, unless_done) in [
            (ErrorKind::Unreachable(Unreachable::Refused), None, first, first),
            (ErrorKind::Unreachable(Unreachable::NoSuchHost), None, first, first),
            (ErrorKind::Unreachable(Unreachable::Tls), None, first, first),
            (ErrorKind::Unreachable(Unreachable::Other), Some(421), first, first),
            (ErrorKind::Unreachable(Unreachable::Proxy), None, stop, stop),
            (ErrorKind::Timeout, Some(408), first, stop),
            (ErrorKind::RateLimited { retry_after: None }, Some(425), first, first),
            (bad(BadResponse::NotTheApi), Some(403), stop, stop),
            (
                rate(7),
                Some(429),
                Decision::Wait(Duration::from_secs(7)),
                Decision::Wait(Duration::from_secs(7)),
            ),
            (ErrorKind::RateLimited { retry_after: None }, Some(429), first, first),
            (ErrorKind::ServerError, Some(500), first, stop),
            (ErrorKind::Gateway, Some(502), first, stop),
            (ErrorKind::Timeout, None, first, stop),
            (ErrorKind::Interrupted, None, first, stop),
            (ErrorKind::Interrupted, Some(200), first, stop),
            (bad(BadResponse::NotAnOrder), Some(200), first, stop),
            (bad(BadResponse::WebPage), Some(200), first, stop),
            (bad(BadResponse::WebPage), Some(404), stop, stop),
            (bad(BadResponse::OtherOrder), Some(200), stop, stop),
            (bad(BadResponse::TooLong), Some(200), stop, stop),
            (bad(BadResponse::NotHttp), None, stop, stop),
            (bad(BadResponse::Redirect), Some(302), stop, stop),
            (ErrorKind::Certificate, None, stop, stop),
            (ErrorKind::Busy, None, stop, stop),
            (ErrorKind::NoToken, None, stop, stop),
            (ErrorKind::Refused, Some(400), stop, stop),
            (ErrorKind::Unauthenticated, Some(401), stop, stop),
            (ErrorKind::PaymentRequired, Some(402), stop, stop),
            (ErrorKind::Forbidden, Some(403), stop, stop),
            (ErrorKind::NotFound, Some(404), stop, stop),
        ] {
            let error = error(kind, status);
            for (repeat, expected) in [(Repeat::Always, always), (Repeat::UnlessDone, unless_done)] {
                assert_eq!(
                    decide(&ASK, 1, &error, repeat, MINUTE, 255),
                    expected,
                    "{error:?} {repeat:?}"
                );
            }
        }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_are_spread_over_their_second_half() {
        let policy = Policy { tries: 99, ..ASK };
        let error = error(ErrorKind::Timeout, None);
        for (tries, dice, milliseconds) in [
            (1, 0, 125),
            (1, 255, 250),
            (2, 255, 500),
            (3, 255, 1000),
            (5, 255, 4000),
            (5, 0, 2000),
            (90, 255, 4000),
        ] {
            let decision = decide(&policy, tries, &error, Repeat::Always, MINUTE, dice);
            assert_eq!(
                decision,
                Decision::Wait(Duration::from_millis(milliseconds)),
                "{tries} {dice}"
            );
        }
    }

    #[test]
    fn it_ends_with_the_last_try_and_when_no_time_is_left_for_another() {
        let timeout = error(ErrorKind::Timeout, None);
        assert_eq!(decide(&ASK, 4, &timeout, Repeat::Always, MINUTE, 0), Decision::GiveUp);
        let throttled = error(rate(7), Some(429));
        for (left, expected) in [(8, Decision::Wait(Duration::from_secs(7))), (7, Decision::GiveUp)] {
            assert_eq!(
                decide(&ASK, 1, &throttled, Repeat::Always, Duration::from_secs(left), 0),
                expected
            );
        }
        let for_ever = error(
            ErrorKind::RateLimited {
                retry_after: Some(Duration::MAX),
            },
            Some(429),
        );
        assert_eq!(decide(&ASK, 1, &for_ever, Repeat::Always, MINUTE, 0), Decision::GiveUp);
    }

    #[test]
    fn a_platform_that_failed_is_left_alone_for_as_long_as_it_asks() {
        for (asked, expected) in [(7, Decision::Wait(Duration::from_secs(7))), (60, Decision::GiveUp)] {
            let error = Error {
                retry_after: Some(Duration::from_secs(asked)),
                ..error(ErrorKind::ServerError, Some(503))
            };
            assert_eq!(decide(&ASK, 1, &error, Repeat::Always, MINUTE, 0), expected);
            assert_eq!(decide(&PAY, 1, &error, Repeat::UnlessDone, MINUTE, 0), Decision::GiveUp);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_loop_obeys_and_reports_its_effort() {
        let started = Instant::now();
        let sent = Cell::new(0);
        let result: Result<(), _> = retry(&ASK, Repeat::Always, started + MINUTE, || {
            sent.set(sent.get() + 1);
            let kind = if sent.get() == 1 {
                rate(7)
            } else {
                ErrorKind::ServerError
            };
            std::future::ready(Err(error(kind, None)))
        })
        .await;
        let effort = result.unwrap_err().effort;
        assert_eq!((sent.get(), effort.tries, effort.elapsed), (4, 4, started.elapsed()));
        // 7 s as asked, then the second halves of 0.5 s and 1 s.
        assert!(
            (Duration::from_millis(7750)..=Duration::from_millis(8500)).contains(&effort.elapsed),
            "{effort:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_loop_ends_with_the_first_success() {
        let sent = Cell::new(0);
        let result = retry(&ASK, Repeat::UnlessDone, Instant::now() + MINUTE, || {
            sent.set(sent.get() + 1);
            let refused = error(ErrorKind::Unreachable(Unreachable::Refused), None);
            std::future::ready(if sent.get() < 3 { Err(refused) } else { Ok("done") })
        })
        .await;
        assert_eq!((result, sent.get()), (Ok("done"), 3));
    }
}

//! Waiting for an order to change, as when somebody has paid it: how often to ask, and when to stop.

use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::{Instant, sleep, sleep_until};

use super::deadlines::FIRST_LOOK_AT_END;
use super::{Failure, OrderStatus};
use crate::order::OrderState;

/// The time between the last two questions, at the least.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// How long to pause after so many answers: about 2 s, then longer up to about 7 s, as the platform's own page does.
///
/// `dice` (0 to 255, drawn anew each time) spreads the pause by an eighth either way.
fn pause(answers: u32, dice: u8) -> Duration {
    let usual = Duration::from_millis(match answers {
        0 | 1 => 2000,
        2 => 3500,
        3 => 5000,
        _ => 7000,
    });
    usual * 7 / 8 + usual / 4 * u32::from(dice) / 255
}

/// What a wait waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The order waits for its payment no more.
    LeavesPending,
    /// The order is in another state than at first. One that is paid is waited for until it is final, so nothing is left out
    /// by whoever asks again after each change.
    Changes,
}

impl Until {
    /// Whether there is more to wait for after an answer: the order is still as it was in the `first` one, or the failure may
    /// pass.
    #[must_use]
    pub fn goes_on(self, first: Option<&OrderState>, answer: &Result<OrderStatus, Failure>) -> bool {
        let state = match answer {
            Ok(status) => &status.order.state,
            Err(failure) => return failure.retryable,
        };
        match self {
            Self::LeavesPending => *state == OrderState::Pending,
            Self::Changes => !state.is_final() && first.is_none_or(|first| first == state),
        }
    }
}

/// Asks until that has come, or the time is up, and tells the latest status with how long it waited.
///
/// A failure that may pass does not end the wait; it is the result only when nothing better was heard. `report` is told
/// the time waited after each answer that leaves more to wait for. Dropping the future stops everything; `ending` stops it
/// with what was heard by then. `None` when that is nothing, although the first answer had a moment left.
pub(super) async fn wait<F, R>(
    until: Until,
    time: Duration,
    mut ask: impl FnMut() -> F,
    ending: impl Future<Output = ()>,
    mut report: impl FnMut(Duration) -> R,
) -> Option<Result<OrderStatus, Failure>>
where
    F: Future<Output = Result<OrderStatus, Failure>>,
    R: Future<Output = ()>,
{
    let started = Instant::now();
    let deadline = started + time;
    let ending = ending.shared();
    let mut latest = None;
    let mut first = None;
    let mut answers = 0;
    let latest = loop {
        let patience = if latest.is_none() {
            FIRST_LOOK_AT_END
        } else {
            Duration::ZERO
        };
        let answer = tokio::select! {
            biased;
            () = ending.clone().then(|()| sleep(patience)) => break latest,
            answer = ask() => answer,
        };
        answers += 1;
        let goes_on = until.goes_on(first.as_ref(), &answer);
        if let (None, Ok(status)) = (&first, &answer) {
            first = Some(status.order.state.clone());
        }
        if answer.is_ok() || !goes_on || latest.is_none() {
            latest = Some(answer);
        }
        if !goes_on || Instant::now() >= deadline {
            break latest;
        }
        let next = Instant::now() + pause(answers, fastrand::u8(..));
        // The last answer is asked for when the time is up, and none just before that.
        let next = if next + SHORTEST_PAUSE > deadline {
            deadline
        } else {
            next
        };
        report(started.elapsed()).await;
        tokio::select! {
            () = sleep_until(next) => {}
            () = ending.clone() => {}
        }
    };
    let waited = Some(started.elapsed());
    latest.map(|latest| latest.map(|status| OrderStatus { waited, ..status }))
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::order::{Order, OrderId};
    use crate::payment::deadlines::LONGEST_WAIT;
    use crate::payment::single_flight::NotYet;
    use crate::payment::status::{Environment, Trigger};

    fn id() -> OrderId {
        "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap()
    }

    #[expect(clippy::unnecessary_wraps, reason = "an answer, as a failure is")]
    fn status(state: &str) -> Result<OrderStatus, Failure> {
        let order = Order::bare(id(), OrderState::read(state).unwrap());
        Ok(OrderStatus {
            trigger: Trigger::Checked,
            ..OrderStatus::started(order, Environment::Live)
        })
    }

    fn failure(retryable: bool) -> Result<OrderStatus, Failure> {
        Err(Failure {
            retryable,
            ..Failure::not_yet(id(), NotYet::NoTurn)
        })
    }

    /// What came of a wait: the state or the failure, how often it asked, after how long it ended, and what it reported.
    async fn waited(
        until: Until,
        time: u64,
        answer: impl Fn(u32) -> Result<OrderStatus, Failure>,
    ) -> (Result<String, bool>, u32, Duration, Vec<Duration>) {
        let asked = Cell::new(0);
        let reports = RefCell::new(Vec::new());
        let started = Instant::now();
        let ask = || {
            asked.set(asked.get() + 1);
            std::future::ready(answer(asked.get()))
        };
        let report = |waited| {
            reports.borrow_mut().push(waited);
            std::future::ready(())
        };
        let never = std::future::pending();
        let outcome = super::wait(until, Duration::from_secs(time), ask, never, report).await;
        let outcome = outcome.unwrap();
        if let Ok(status) = &outcome {
            assert_eq!(status.waited, Some(started.elapsed()));
        }
        let told = outcome
            .map(|status| status.order.state.to_string())
            .map_err(|failure| failure.retryable);
        (told, asked.get(), started.elapsed(), reports.into_inner())
    }

    /// The same of a wait for any change.
    async fn wait(
        time: u64,
        answer: impl Fn(u32) -> Result<OrderStatus, Failure>,
    ) -> (Result<String, bool>, u32, Duration, Vec<Duration>) {
        waited(Until::Changes, time, answer).await
    }

    #[test]
    fn pauses_grow_from_about_two_to_about_seven_seconds() {
        for (answers, dice, milliseconds) in [
            (1, 0, 1750),
            (1, 255, 2250),
            (2, 128, 3501),
            (3, 128, 5002),
            (4, 0, 6125),
            (4, 255, 7875),
            (99, 128, 7003),
        ] {
            assert_eq!(pause(answers, dice).as_millis(), milliseconds, "{answers} {dice}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_time_to_wait_is_one_answer() {
        for state in ["Pending", "Paid"] {
            let (told, asked, elapsed, reports) = wait(0, |_| status(state)).await;
            assert_eq!(
                (told, asked, elapsed, reports),
                (Ok(state.into()), 1, Duration::ZERO, vec![])
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_as_soon_as_the_order_is_in_another_state() {
        for state in ["Paid", "Finished", "Expired", "OnHold"] {
            let answer = |asked| {
                if asked < 3 { status("Pending") } else { status(state) }
            };
            let (told, asked, elapsed, reports) = wait(50, answer).await;
            assert_eq!((told, asked, reports.len()), (Ok(state.into()), 3, 2));
            // Two pauses, of about 2 s and 3.5 s.
            assert!((4800..=6200).contains(&elapsed.as_millis()), "{elapsed:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_that_is_paid_is_waited_for_until_it_is_final_or_the_time_is_up() {
        let answer = |asked| if asked < 4 { status("Paid") } else { status("Finished") };
        let (told, asked, ..) = wait(50, answer).await;
        assert_eq!((told, asked), (Ok("Finished".into()), 4));
        let (told, _, elapsed, _) = wait(20, |_| status("Paid")).await;
        assert_eq!((told, elapsed), (Ok("Paid".into()), Duration::from_secs(20)));
        // A final state is never waited for.
        for state in ["Finished", "Expired", "Failed", "Refunded"] {
            let (told, asked, elapsed, _) = wait(50, |_| status(state)).await;
            assert_eq!((told, asked, elapsed), (Ok(state.into()), 1, Duration::ZERO));
        }
        // Whoever waits for the payment alone has it at once.
        let (told, asked, ..) = waited(Until::LeavesPending, 50, |_| status("Paid")).await;
        assert_eq!((told, asked), (Ok("Paid".into()), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn running_out_of_time_is_no_error_and_reports_increase() {
        let (told, asked, elapsed, reports) = wait(50, |_| status("Pending")).await;
        assert_eq!(told, Ok("Pending".into()));
        assert!(
            elapsed <= LONGEST_WAIT && elapsed > Duration::from_secs(40),
            "{elapsed:?}"
        );
        assert!((8..=11).contains(&asked), "{asked}");
        assert_eq!(reports.len(), asked as usize - 1);
        assert!(reports.is_sorted_by(|earlier, later| earlier < later), "{reports:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_may_pass_does_not_end_the_wait_and_one_that_may_not_does() {
        let answer = |asked| if asked < 4 { failure(true) } else { status("Paid") };
        assert_eq!(wait(50, answer).await.0, Ok("Paid".into()));
        let answer = |asked| if asked == 1 { status("Pending") } else { failure(true) };
        assert_eq!(wait(10, answer).await.0, Ok("Pending".into()));
        assert_eq!(wait(10, |_| failure(true)).await.0, Err(true));
        let answer = |asked| {
            if asked == 1 { status("Pending") } else { failure(false) }
        };
        let (told, asked, ..) = wait(50, answer).await;
        assert_eq!((told, asked), (Err(false), 2));
    }
    /// What came of a wait of 50 s that is ended after so many milliseconds, and after how many it ended. The number-th
    /// answer takes as long as `takes` says, in milliseconds.
    async fn ended(after: u64, takes: impl Fn(u32) -> u64) -> (Option<Result<String, bool>>, u128) {
        let asked = Cell::new(0);
        let started = Instant::now();
        let ask = || {
            asked.set(asked.get() + 1);
            let time = takes(asked.get());
            async move {
                sleep(Duration::from_millis(time)).await;
                status("Pending")
            }
        };
        let ending = sleep(Duration::from_millis(after));
        let report = |_| std::future::ready(());
        let outcome = super::wait(Until::Changes, Duration::from_secs(50), ask, ending, report).await;
        let told = outcome.map(|outcome| {
            let state = outcome.map(|status| status.order.state.to_string());
            state.map_err(|failure| failure.retryable)
        });
        (told, started.elapsed().as_millis())
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_a_session_ends_a_wait_at_once_with_what_is_known() {
        let pending = || Some(Ok("Pending".to_owned()));
        // In a pause, and in the middle of the second question.
        assert_eq!(ended(1000, |_| 0).await, (pending(), 1000));
        assert_eq!(
            ended(4000, |asked| if asked == 1 { 0 } else { 9000 }).await,
            (pending(), 4000)
        );
        // Before the first answer, which has a moment left.
        assert_eq!(ended(0, |_| 300).await, (pending(), 300));
        assert_eq!(ended(100, |_| 1000).await, (pending(), 1000));
        assert_eq!(ended(100, |_| 9000).await, (None, 1100));
    }
}

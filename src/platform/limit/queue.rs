//! Whose turn is next, and when: decided without waiting.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Lane;

/// Whose turn it is while everybody wants one. A lane that nobody waits in leaves its turn to the others, in the order of
/// [`Lane::ALL`].
const SHARES: [Lane; 8] = [
    Lane::Settle,
    Lane::Look,
    Lane::Start,
    Lane::Look,
    Lane::Settle,
    Lane::Look,
    Lane::Start,
    Lane::Poll,
];

/// The lanes with who waits in each, and the pace of all of them.
#[derive(Debug)]
pub(super) struct Queue {
    pace: Pace,
    lanes: [Waiters; 4],
    next_number: u64,
    turns: usize,
}

/// Who waits in a lane, in the order of arrival.
#[derive(Debug, Default)]
struct Waiters {
    /// How many there are, with those who wait for a place.
    all: u32,
    /// Those who have a place, and how to wake them.
    ready: BTreeMap<u64, Arc<Notify>>,
}

/// What somebody in the queue is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is your turn, and taken.
    Now,
    /// You are next, at that time.
    At(Instant),
    /// Others are before you; you are woken when you are next.
    Behind,
}

impl Queue {
    /// A queue for `rate` turns a second, and twice as many in a burst.
    pub(super) fn new(rate: u32) -> Self {
        Self {
            pace: Pace::new(rate),
            lanes: Default::default(),
            next_number: 0,
            turns: 0,
        }
    }

    /// Joins a lane; `None` when the others in it alone take every turn until `latest`.
    pub(super) fn join(&mut self, lane: Lane, now: Instant, latest: Instant) -> Option<u64> {
        let waiters = lane.of_mut(&mut self.lanes);
        if self.pace.after(now, waiters.all) > latest {
            return None;
        }
        waiters.all += 1;
        self.next_number += 1;
        Some(self.next_number)
    }

    /// Somebody in the queue could use a turn from now on.
    pub(super) fn ready(&mut self, lane: Lane, number: u64, wake: &Arc<Notify>) {
        lane.of_mut(&mut self.lanes).ready.insert(number, Arc::clone(wake));
    }

    /// Asks whether it is somebody's turn, and takes it then.
    pub(super) fn turn(&mut self, lane: Lane, number: u64, now: Instant) -> Turn {
        if self.next() != Some((lane, number)) {
            return Turn::Behind;
        }
        let time = self.pace.after(now, 0);
        if time > now {
            return Turn::At(time);
        }
        self.pace.take(now);
        self.turns = self.turns.wrapping_add(1);
        lane.of_mut(&mut self.lanes).ready.remove(&number);
        self.wake_next();
        Turn::Now
    }

    /// Somebody who joined is not in the queue any more, with a turn or without.
    pub(super) fn leave(&mut self, lane: Lane, number: u64) {
        let waiters = lane.of_mut(&mut self.lanes);
        waiters.all = waiters.all.saturating_sub(1);
        if waiters.ready.remove(&number).is_some() {
            self.wake_next();
        }
    }

    /// Who is next, of those who could use a turn.
    fn next(&self) -> Option<(Lane, u64)> {
        let first_of = |lane: Lane| Some((lane, *lane.of(&self.lanes).ready.first_key_value()?.0));
        let preferred = SHARES.iter().copied().cycle().nth(self.turns % SHARES.len());
        preferred.into_iter().chain(Lane::ALL).find_map(first_of)
    }

    fn wake_next(&self) {
        let next = self.next();
        if let Some(wake) = next.and_then(|(lane, number)| lane.of(&self.lanes).ready.get(&number)) {
            wake.notify_one();
        }
    }
}

/// A steady pace with room for a burst (the generic cell rate algorithm).
#[derive(Debug)]
struct Pace {
    interval: Duration,
    burst: Duration,
    /// When the turns taken so far would have ended at the steady pace.
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

    /// When there is a turn after so many others.
    fn after(&self, now: Instant, others: u32) -> Instant {
        let until = self.taken_until.map_or(now, |until| until.max(now)) + self.interval * others.saturating_add(1);
        until.checked_sub(self.burst).map_or(now, |turn| turn.max(now))
    }

    fn take(&mut self, now: Instant) {
        self.taken_until = Some(self.taken_until.map_or(now, |until| until.max(now)) + self.interval);
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A clock that can be turned back by a burst.
    fn now() -> Instant {
        Instant::now() + 60 * SECOND
    }

    fn join(queue: &mut Queue, lane: Lane) -> u64 {
        let number = queue.join(lane, now(), now() + 600 * SECOND).unwrap();
        queue.ready(lane, number, &Arc::default());
        number
    }

    /// The lanes of the next turns, with so many waiting in each: settlements (X), starts, looks and polls.
    fn order(waiting: [usize; 4], turns: usize) -> String {
        let mut queue = Queue::new(1000);
        for (lane, count) in Lane::ALL.into_iter().zip(waiting) {
            for _ in 0..count {
                join(&mut queue, lane);
            }
        }
        let now = now();
        let mut order = String::new();
        while let Some((lane, number)) = queue.next().filter(|_| order.len() < turns) {
            assert_eq!(queue.turn(lane, number, now), Turn::Now);
            queue.leave(lane, number);
            order.push(*lane.of(&['X', 'S', 'L', 'P']));
        }
        order
    }

    #[test]
    fn turns_are_shared_out_and_nobody_is_left_out() {
        for (waiting, turns, expected) in [
            ([9, 9, 9, 9], 16, "XLSLXLSPXLSLXLSP"),
            ([0, 0, 9, 9], 16, "LLLLLLLPLLPPPPPP"),
            ([9, 0, 0, 2], 16, "XXXXXXXPXXP"),
            ([0, 99, 1, 99], 4, "SLSS"),
            ([0, 0, 0, 3], 9, "PPP"),
        ] {
            assert_eq!(order(waiting, turns), expected, "{waiting:?}");
        }
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_steady_pace() {
        let mut pace = Pace::new(20);
        let now = now();
        let waits: Vec<_> = (0..44).map(|others| pace.after(now, others) - now).collect();
        let (burst, rest) = waits.split_at(40);
        assert!(burst.iter().all(Duration::is_zero), "{burst:?}");
        assert_eq!(rest, [50, 100, 150, 200].map(Duration::from_millis));
        for _ in 0..41 {
            pace.take(now);
        }
        assert_eq!(pace.after(now, 0) - now, Duration::from_millis(100));
        let rested = now + 60 * SECOND;
        assert_eq!(pace.after(rested, 39), rested);
    }

    #[test]
    fn in_a_lane_it_is_first_come_first_served() {
        let mut queue = Queue::new(1000);
        let now = now();
        let [first, second, third] = [(); 3].map(|()| join(&mut queue, Lane::Look));
        assert_eq!(queue.turn(Lane::Look, second, now), Turn::Behind);
        queue.leave(Lane::Look, first);
        assert_eq!(queue.turn(Lane::Look, third, now), Turn::Behind);
        assert_eq!(queue.turn(Lane::Look, second, now), Turn::Now);
        queue.leave(Lane::Look, second);
        assert_eq!(queue.turn(Lane::Look, third, now), Turn::Now);
    }

    #[test]
    fn who_is_next_is_told_when_and_who_would_be_too_late_at_once() {
        let mut queue = Queue::new(1);
        let now = now();
        for _ in 0..2 {
            let number = join(&mut queue, Lane::Start);
            assert_eq!(queue.turn(Lane::Start, number, now), Turn::Now);
            queue.leave(Lane::Start, number);
        }
        let next = join(&mut queue, Lane::Look);
        assert_eq!(queue.turn(Lane::Look, next, now), Turn::At(now + SECOND));
        assert_eq!(queue.join(Lane::Look, now, now + SECOND), None);
        assert!(queue.join(Lane::Look, now, now + 2 * SECOND).is_some());
        assert!(queue.join(Lane::Start, now, now + SECOND).is_some());
        assert_eq!(queue.turn(Lane::Look, next, now + SECOND), Turn::Now);
    }
}

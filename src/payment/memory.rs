//! What this process remembers of orders, each for a while and for so many orders: nothing here decides what may be paid.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::order::OrderId;

/// How many orders are remembered; beyond that the one remembered longest is forgotten.
const MOST: usize = 1000;

/// One thing about each of some orders.
#[derive(Debug)]
pub(super) struct Memory<T> {
    kept: Mutex<HashMap<OrderId, (T, Instant)>>,
    time: Duration,
}

impl<T: Clone> Memory<T> {
    /// A memory that keeps each thing for so long.
    pub(super) fn of(time: Duration) -> Self {
        Self {
            kept: Mutex::default(),
            time,
        }
    }

    /// Remembers something about an order, in place of what was known.
    pub(super) fn keep(&self, id: OrderId, thing: T) {
        let mut kept = self.kept();
        if kept.len() >= MOST && !kept.contains_key(&id) {
            let oldest = kept.iter().min_by_key(|(_, (_, since))| *since).map(|(id, _)| *id);
            if let Some(oldest) = oldest {
                kept.remove(&oldest);
            }
        }
        kept.insert(id, (thing, Instant::now()));
    }

    /// What is known of an order.
    pub(super) fn get(&self, id: OrderId) -> Option<T> {
        let kept = self.kept();
        let (thing, since) = kept.get(&id)?;
        (since.elapsed() < self.time).then(|| thing.clone())
    }

    /// What is known of an order, and is forgotten with this.
    pub(super) fn take(&self, id: OrderId) -> Option<T> {
        let (thing, since) = self.kept().remove(&id)?;
        (since.elapsed() < self.time).then_some(thing)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<OrderId, (T, Instant)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn id(number: u32) -> OrderId {
        format!("a1b2c3d4-e5f6-7890-abcd-{number:012}").parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn it_keeps_a_thing_for_a_while_and_the_newest_things() {
        let memory = Memory::of(Duration::from_secs(60));
        for number in 0..=1000 {
            memory.keep(id(number), number);
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        assert_eq!((memory.get(id(0)), memory.get(id(1))), (None, Some(1)));
        assert_eq!((memory.take(id(2)), memory.take(id(2))), (Some(2), None));
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!((memory.get(id(1)), memory.get(id(1000))), (None, Some(1000)));
        assert_eq!(memory.kept().len(), 999);
    }
}

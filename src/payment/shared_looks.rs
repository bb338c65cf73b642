//! Waits of one order share their looks: while one is under way, who wants to look as well takes what comes of that.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared};

use super::{Failure, OrderStatus};
use crate::order::OrderId;

type Outcome = Result<OrderStatus, Failure>;
type Look = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The looks that are under way. Each goes on while anybody waits for it, and ends with the last who does.
#[derive(Default)]
pub(super) struct SharedLooks(Mutex<HashMap<OrderId, WeakShared<Look>>>);

impl SharedLooks {
    /// Joins the look at an order that is under way, or begins one.
    pub(super) async fn look<F>(&self, id: OrderId, begin: impl FnOnce() -> F) -> Outcome
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let look = self.joined(id, begin);
        look.await
    }

    fn joined<F>(&self, id: OrderId, begin: impl FnOnce() -> F) -> Shared<Look>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = |look: &WeakShared<Look>| look.upgrade().filter(|look| look.peek().is_none());
        if let Some(look) = looks.get(&id).and_then(under_way) {
            return look;
        }
        looks.retain(|_, look| under_way(look).is_some());
        let look: Look = Box::pin(begin());
        let look = look.shared();
        if let Some(weak) = look.downgrade() {
            looks.insert(id, weak);
        }
        look
    }
}

impl fmt::Debug for SharedLooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SharedLooks").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use futures_util::future::join_all;
    use futures_util::poll;
    use pretty_assertions::assert_eq;
    use tokio::time::sleep;

    use super::*;
    use crate::order::{Order, OrderState};
    use crate::payment::status::Environment;

    fn id(number: u32) -> OrderId {
        format!("00000000-0000-4000-8000-{number:012}").parse().unwrap()
    }

    /// Begins looks of a second, and counts them; the state is their number.
    #[derive(Clone, Default)]
    struct Counter(Arc<AtomicU32>);

    impl Counter {
        fn begin(&self, id: OrderId) -> impl Future<Output = Outcome> + Send + 'static + use<> {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            async move {
                sleep(Duration::from_secs(1)).await;
                let state = OrderState::read(&format!("S{number}")).unwrap();
                Ok(OrderStatus::started(Order::bare(id, state), Environment::Live))
            }
        }
    }

    fn state(outcome: Outcome) -> String {
        outcome.unwrap().order.state.to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn looks_at_one_order_at_one_time_are_one_and_later_ones_are_new() {
        let (looks, counter) = (SharedLooks::default(), Counter::default());
        let many = (0..100).map(|_| looks.look(id(1), || counter.begin(id(1))));
        let states: Vec<_> = join_all(many).await.into_iter().map(state).collect();
        assert_eq!(states, vec!["S1"; 100]);
        let (same, other) = tokio::join!(
            looks.look(id(1), || counter.begin(id(1))),
            looks.look(id(2), || counter.begin(id(2))),
        );
        assert_eq!((state(same), state(other)), ("S2".into(), "S3".into()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_goes_on_when_who_began_it_is_gone_and_ends_with_the_last() {
        let (looks, counter) = (SharedLooks::default(), Counter::default());
        let mut first = Box::pin(looks.look(id(1), || counter.begin(id(1))));
        assert!(poll!(&mut first).is_pending());
        let second = looks.look(id(1), || counter.begin(id(1)));
        let mut second = Box::pin(second);
        assert!(poll!(&mut second).is_pending());
        drop(first);
        assert_eq!(state(second.await), "S1");
        let mut given_up = Box::pin(looks.look(id(1), || counter.begin(id(1))));
        assert!(poll!(&mut given_up).is_pending());
        drop(given_up);
        assert_eq!(state(looks.look(id(1), || counter.begin(id(1))).await), "S3");
    }
}

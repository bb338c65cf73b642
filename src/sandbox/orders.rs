//! The orders of one sandbox: what its handlers share.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;
use uuid::Uuid;

use super::order::{Order, terms};
use super::presets::PRESETS;
use super::settlement::Settlements;

/// How many orders can be made beside the preset ones; beyond that the oldest is forgotten.
const MOST_MADE: usize = 1000;

/// What the handlers share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Where the sandbox listens.
    pub(super) base: String,
    /// What the forms of its pages send, and nobody knows who has not seen one.
    pub(super) form_token: String,
    pub(super) orders: Mutex<Orders>,
}

impl Shared {
    /// The orders that every sandbox has from the start, for one that listens there.
    pub(super) fn new(base: String) -> Self {
        Self {
            base,
            form_token: Uuid::new_v4().simple().to_string(),
            orders: Mutex::new(Orders::preset()),
        }
    }

    /// The orders, for one handler at a time.
    pub(super) fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the checkout page of an order is.
    pub(super) fn checkout_url(&self, id: impl fmt::Display) -> String {
        format!("{}/checkout/{id}", self.base)
    }
}

/// All orders of one sandbox, and the signed payments that were made for them.
#[derive(Debug)]
pub(super) struct Orders {
    by_id: BTreeMap<Uuid, Order>,
    /// Those that were made since the start, oldest first.
    made: VecDeque<Uuid>,
    pub(super) settlements: Settlements,
}

impl Orders {
    pub(super) fn preset() -> Self {
        let orders = PRESETS.iter().filter_map(|preset| {
            let id = Uuid::try_parse(preset.id).ok()?;
            Some((id, Order::new(id, preset.terms())))
        });
        Self {
            by_id: orders.collect(),
            made: VecDeque::new(),
            settlements: Settlements::default(),
        }
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&Order> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: Uuid) -> Option<&mut Order> {
        self.by_id.get_mut(&id)
    }

    /// Creates an order, and forgets the oldest where there are many: free for the package `free`, and 9.90 USD for any other.
    pub(super) fn create(&mut self, package: &str) -> &Order {
        let price = if package == "free" { "0.00" } else { "9.90" };
        let id = Uuid::new_v4();
        self.made.push_back(id);
        if self.made.len() > MOST_MADE
            && let Some(oldest) = self.made.pop_front()
        {
            self.by_id.remove(&oldest);
            self.settlements.forget(oldest);
        }
        self.by_id
            .entry(id)
            .or_insert_with(|| Order::new(id, terms("ChatGPT", json!(price), "USD")))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_oldest_orders_are_forgotten_and_the_presets_never() {
        let mut orders = Orders::preset();
        let made: Vec<_> = (0..MOST_MADE + 2).map(|_| orders.create("p").id).collect();
        let known: Vec<_> = made.iter().map(|id| orders.get(*id).is_some()).collect();
        assert_eq!(known[..3], [false, false, true]);
        assert!(known[2..].iter().all(|known| *known));
        assert_eq!(orders.by_id.len(), PRESETS.len() + MOST_MADE);
        for preset in PRESETS {
            assert!(orders.get(preset.id.parse().unwrap()).is_some(), "{}", preset.id);
        }
    }
}

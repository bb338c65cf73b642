//! The orders of one sandbox: what its handlers share.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;
use uuid::Uuid;

use super::order::{Order, terms};
use super::presets::PRESETS;
use super::settlement::Settlements;

/// What the handlers share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Where the sandbox listens.
    pub(super) base: String,
    pub(super) orders: Mutex<Orders>,
}

impl Shared {
    /// The orders that every sandbox has from the start, for one that listens there.
    pub(super) fn new(base: String) -> Self {
        Self {
            base,
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
    orders: BTreeMap<Uuid, Order>,
    pub(super) settlements: Settlements,
}

impl Orders {
    pub(super) fn preset() -> Self {
        let orders = PRESETS.iter().filter_map(|preset| {
            let id = Uuid::try_parse(preset.id).ok()?;
            Some((id, Order::new(id, preset.terms())))
        });
        Self {
            orders: orders.collect(),
            settlements: Settlements::default(),
        }
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&Order> {
        self.orders.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: Uuid) -> Option<&mut Order> {
        self.orders.get_mut(&id)
    }

    /// Creates an order: free for the package `free`, and 9.90 USD for any other.
    pub(super) fn create(&mut self, package: &str) -> &Order {
        let price = if package == "free" { "0.00" } else { "9.90" };
        let id = Uuid::new_v4();
        self.orders
            .entry(id)
            .or_insert_with(|| Order::new(id, terms("ChatGPT", json!(price), "USD")))
    }
}

//! Looking into the journal. Nothing is made that is not there.

use serde::Serialize;

use super::attempt::Attempt;
use super::row::{Row, Value};
use super::{Journal, JournalError, sql};
use crate::order::OrderId;

/// The most attempts that one look into the past brings.
pub const MOST_HISTORY: u32 = 1000;

/// How a journal is, for a self-check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Where it is, without user and password.
    pub location: String,
    /// Whether it is there: it is made with the first attempt.
    pub exists: bool,
    /// How many attempts it holds.
    pub attempts: u64,
    /// How many signed ones have no known end.
    pub open: u64,
    /// How large it is, in bytes.
    pub size: u64,
}

impl Journal {
    /// The signed attempt that holds an order.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn holder(&self, platform: &str, order: OrderId) -> Result<Option<Attempt>, JournalError> {
        let values = vec![platform.into(), order.into()];
        self.run(async move |store| store.find(sql::HOLDER, values).await).await
    }

    /// The newest attempt for an order.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn latest(&self, platform: &str, order: OrderId) -> Result<Option<Attempt>, JournalError> {
        let values = vec![platform.into(), order.into()];
        self.run(async move |store| store.find(sql::LATEST, values).await).await
    }

    /// The newest attempts first, of one order or of all, at most [`MOST_HISTORY`].
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn history(&self, order: Option<OrderId>, limit: u32) -> Result<Vec<Attempt>, JournalError> {
        let order = Value::Text(order.map(|order| order.to_string()));
        let values = vec![order, i64::from(limit.min(MOST_HISTORY)).into()];
        self.run(async move |store| {
            let rows = store.read(sql::HISTORY, values).await?;
            rows.into_iter().map(Row::attempt).collect()
        })
        .await
    }

    /// Whether it was told of an order what `word` stands for.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn told(&self, platform: &str, order: OrderId, word: &str) -> Result<bool, JournalError> {
        let values = vec![platform.into(), order.into(), word.into()];
        self.run(async move |store| Ok(!store.read(sql::TOLD, values).await?.is_empty()))
            .await
    }

    /// How the journal is.
    ///
    /// # Errors
    /// When it is there and cannot be used.
    pub async fn check(&self) -> Result<Health, JournalError> {
        let location = self.location.to_string();
        self.run(async move |store| {
            let counts = store.read(sql::COUNT, Vec::new()).await?.into_iter().next();
            let exists = counts.is_some();
            let mut count = counts.unwrap_or_else(|| Row::new(vec![0.into(), 0.into()]));
            Ok(Health {
                location,
                exists,
                attempts: count.number()?.unsigned_abs(),
                open: count.number()?.unsigned_abs(),
                size: store.size().await?.unwrap_or(0),
            })
        })
        .await
    }
}

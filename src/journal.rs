//! The journal: every attempt to pay, written down before it is made, so that "never pay twice" outlives this process.
//!
//! A service that knows vocabulary only: nothing of MCP, of HTTP, or of what a payment needs. It is kept in a file by SQLite,
//! or in a PostgreSQL database that many machines share.
//!
//! A signed attempt is written down before anything else ([`Journal::admit_signed`]), marked before its first byte leaves
//! ([`Journal::mark_sent`]), and ended ([`Journal::end`]). While it is open, or when it has charged the payer, it **holds** its
//! order: no other process admits another one. It never holds a token, a signature or a link.
//!
//! What was begun is finished: a call whose future is dropped after its first poll still writes what it was to write.

mod attempt;
mod error;
mod file;
mod location;
mod postgres;
mod postgres_url;
mod row;
mod sql;
mod sqlite;
mod store;

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

pub use self::attempt::{
    Admission, Attempt, AttemptId, Ending, Front, How, Intent, LinkAttempt, Outcome, Payment, Receipt, Signed,
    UnixMillis,
};
pub use self::error::JournalError;
pub use self::location::{Location, LocationError};
pub use self::postgres_url::PostgresUrl;
use self::store::Store;
use crate::order::{OrderId, OrderState};
use crate::text::Text;

/// The most attempts that one look into the past brings.
pub const MOST_HISTORY: u32 = 1000;

/// How often an admission is tried while others come and go.
const ADMISSION_TRIES: u32 = 5;

/// How long it is remembered that something was told: 30 days, in milliseconds.
const TOLD_FOR: i64 = 30 * 24 * 3600 * 1000;

/// A journal of payment attempts. Clones share it.
#[derive(Debug, Clone)]
pub struct Journal {
    location: Arc<Location>,
    front: Front,
    store: Store,
}

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
    /// A journal at a place, for attempts made through `front`. It is opened by the first call that needs it.
    #[must_use]
    pub fn new(location: Location, front: Front) -> Self {
        let store = Store::new(&location);
        Self {
            location: Arc::new(location),
            front,
            store,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

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

    /// Writes down a signed payment that is to be sent, unless another one holds its order. It is durable when this returns,
    /// and of any number of callers, in any number of processes, one is admitted.
    ///
    /// # Errors
    /// When the journal cannot be written: nothing may be sent then.
    pub async fn admit_signed(&self, intent: &Intent) -> Result<Admission, JournalError> {
        let attempt = Attempt {
            signed: intent.signed.clone(),
            ..self.attempt(How::Signed, &intent.payment, Outcome::Begun, intent.begun_at)
        };
        let order = vec![attempt.payment.platform.as_str().into(), attempt.payment.order.into()];
        self.run(async move |store| {
            for _ in 0..ADMISSION_TRIES {
                if let Some(admitted) = store.write(sql::INSERT, row::insert(&attempt)).await? {
                    return Ok(Admission::Admitted(admitted.id));
                }
                match store.find(sql::HOLDER, order.clone()).await? {
                    // It was written the first time, and the answer was lost.
                    Some(holder) if holder.id == attempt.id => return Ok(Admission::Admitted(holder.id)),
                    Some(holder) => return Ok(Admission::Held(Box::new(holder))),
                    // It has ended since.
                    None => {}
                }
            }
            Err(JournalError::Locked)
        })
        .await
    }

    /// Marks an admitted attempt as being sent: call it before the first byte leaves, and send nothing where it fails.
    ///
    /// # Errors
    /// When the journal cannot be written, or the attempt was ended by somebody else.
    pub async fn mark_sent(&self, id: AttemptId, at: UnixMillis) -> Result<Attempt, JournalError> {
        self.run(async move |store| {
            if let Some(sent) = store.write(sql::MARK_SENT, vec![at.into(), id.into()]).await? {
                return Ok(sent);
            }
            let found = found(&store, id).await?;
            if found.outcome == Outcome::Sent && found.sent_at == Some(at) {
                Ok(found)
            } else {
                Err(not_allowed(&found, Outcome::Sent))
            }
        })
        .await
    }

    /// Writes down how a signed attempt ended, or that its end is unknown. What it was already, it may be again.
    ///
    /// # Errors
    /// When the journal cannot be written, or an attempt cannot come to that from where it is: a charge is for good, and of
    /// what is over only a late charge is believed.
    pub async fn end(&self, id: AttemptId, ending: Ending) -> Result<Attempt, JournalError> {
        let outcome = ending.outcome;
        let mut values = row::end(&ending);
        values.push(id.into());
        self.run(async move |store| {
            if !outcome.may_follow().is_empty()
                && let Some(ended) = store.write(&sql::end(outcome), values).await?
            {
                return Ok(ended);
            }
            let found = found(&store, id).await?;
            if found.outcome == outcome {
                Ok(found)
            } else {
                Err(not_allowed(&found, outcome))
            }
        })
        .await
    }

    /// Writes down a payment by link. It holds nothing.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn record_link(&self, link: &LinkAttempt) -> Result<(), JournalError> {
        let Ending {
            outcome,
            code,
            receipt,
            at,
        } = link.ending.clone();
        let attempt = Attempt {
            code,
            receipt,
            ended_at: Some(at),
            ..self.attempt(How::Link, &link.payment, outcome, link.begun_at)
        };
        let values = row::insert(&attempt);
        self.run(async move |store| store.write(sql::INSERT, values).await.map(drop))
            .await
    }

    /// Lets an order be paid again although the end of a signed attempt is unknown: a person says that it was not made.
    /// Returns that attempt; none where nothing holds the order, or what holds it has charged the payer.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn release(
        &self,
        platform: &str,
        order: OrderId,
        at: UnixMillis,
    ) -> Result<Option<Attempt>, JournalError> {
        self.end_holder(platform, order, Outcome::Released, at).await
    }

    /// Takes note of the state that an order was seen in: in a paid one the attempt that holds it has charged the payer, in
    /// another final one it is closed. Returns that attempt where this was news.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn order_final(
        &self,
        platform: &str,
        order: OrderId,
        state: &OrderState,
        at: UnixMillis,
    ) -> Result<Option<Attempt>, JournalError> {
        let outcome = match state {
            state if state.is_paid() => Outcome::Charged,
            state if state.is_final() => Outcome::Closed,
            _ => return Ok(None),
        };
        self.end_holder(platform, order, outcome, at).await
    }

    /// The newest attempts first, of one order or of all, at most [`MOST_HISTORY`].
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn history(&self, order: Option<OrderId>, limit: u32) -> Result<Vec<Attempt>, JournalError> {
        let order = row::Value::Text(order.map(|order| order.to_string()));
        let values = vec![order, i64::from(limit.min(MOST_HISTORY)).into()];
        self.run(async move |store| {
            let rows = store.read(sql::HISTORY, values).await?;
            rows.into_iter().map(row::Row::attempt).collect()
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

    /// Remembers, for a month, that it was told of an order what `word` stands for.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn tell(&self, platform: &str, order: OrderId, word: &str, at: UnixMillis) -> Result<(), JournalError> {
        let values = vec![platform.into(), order.into(), word.into(), at.into()];
        self.run(async move |store| {
            if !store.rows(sql::TELL, values, true).await?.is_empty() {
                let long_ago = at.0.saturating_sub(TOLD_FOR);
                store.rows(sql::FORGET, vec![long_ago.into()], true).await?;
            }
            Ok(())
        })
        .await
    }

    /// How the journal is. Nothing is made that is not there.
    ///
    /// # Errors
    /// When it is there and cannot be used.
    pub async fn check(&self) -> Result<Health, JournalError> {
        let location = self.location.to_string();
        self.run(async move |store| {
            let counts = store.read(sql::COUNT, Vec::new()).await?.into_iter().next();
            let exists = counts.is_some();
            let mut count = counts.unwrap_or_else(|| row::Row::new(vec![0.into(), 0.into()]));
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

    async fn end_holder(
        &self,
        platform: &str,
        order: OrderId,
        outcome: Outcome,
        at: UnixMillis,
    ) -> Result<Option<Attempt>, JournalError> {
        let ending = Ending {
            outcome,
            code: None,
            receipt: None,
            at,
        };
        let mut values = row::end(&ending);
        values.extend([platform.into(), order.into()]);
        // Where there is no journal, nothing holds.
        self.run(async move |store| store.find(&sql::end_holder(outcome), values).await)
            .await
    }

    /// Does something in a task of its own, which goes on when nobody waits for it any more.
    async fn run<T, F>(&self, work: impl FnOnce(Store) -> F) -> Result<T, JournalError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, JournalError>> + Send + 'static,
    {
        let work = work(self.store.clone());
        tokio::spawn(work).await.unwrap_or(Err(JournalError::Interrupted))
    }

    fn attempt(&self, how: How, payment: &Payment, outcome: Outcome, begun_at: UnixMillis) -> Attempt {
        Attempt {
            id: AttemptId(Uuid::new_v4()),
            how,
            payment: payment.clone(),
            signed: Signed::default(),
            outcome,
            code: None,
            receipt: None,
            begun_at,
            sent_at: None,
            ended_at: None,
            program: Text::fact(env!("CARGO_PKG_VERSION")),
            process: std::process::id(),
            front: self.front,
        }
    }
}

async fn found(store: &Store, id: AttemptId) -> Result<Attempt, JournalError> {
    let found = store.find(sql::FIND, vec![id.into()]).await?;
    found.ok_or(JournalError::NoSuchAttempt(id))
}

fn not_allowed(found: &Attempt, to: Outcome) -> JournalError {
    let from = found.outcome;
    JournalError::NotAllowed { from, to }
}

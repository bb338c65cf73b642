//! What is remembered of a challenge: its terms and hashes, a few hundred bytes, whatever the challenge was like.

use std::time::{Duration, Instant};

use super::exact::Hash;
use super::{Network, Version};
use crate::money::Money;

/// What a signed payment of an order must pay: the terms of a [`PaymentRequired`](super::PaymentRequired).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredTerms {
    pub(super) version: Version,
    pub(super) entries: Vec<EntryTerms>,
    seen: Instant,
}

/// The terms of one entry. The scheme is `exact`, and the token USDC on that chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntryTerms {
    pub(super) network: Network,
    /// Whom it pays, as [`Network::address`] writes it.
    pub(super) payee: String,
    pub(super) amount: Money,
    pub(super) amount_atomic: String,
    /// Of the whole entry, which a wallet echoes.
    pub(super) hash: Hash,
}

impl RequiredTerms {
    pub(super) fn new(version: Version, entries: Vec<EntryTerms>, seen: Instant) -> Self {
        Self { version, entries, seen }
    }

    /// How long ago the challenge was seen.
    #[must_use]
    pub fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.seen)
    }
}

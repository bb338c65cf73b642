//! What the journal holds of one attempt to pay, and how it may end.
//!
//! Never a token, a signature or a link.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::order::{OrderId, Surface};
use crate::pay_way::StatedPayWay;
use crate::text::Text;

/// Names one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct AttemptId(pub(super) Uuid);

impl fmt::Display for AttemptId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

/// A time, in milliseconds since 1970. It is shown as ISO 8601, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMillis(pub i64);

impl fmt::Display for UnixMillis {
    /// A time that no calendar has is shown as its number.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(time) => time.fmt(formatter),
            Err(_) => self.0.fmt(formatter),
        }
    }
}

impl Serialize for UnixMillis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl UnixMillis {
    /// A time in seconds since 1970, as a signed payment has it.
    #[must_use]
    pub fn of_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
}

impl From<SystemTime> for UnixMillis {
    /// A time before 1970 is 1970, and one past the end of the calendar is its end.
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(since.as_millis().try_into().unwrap_or(i64::MAX))
    }
}

/// An enum whose values are words, in the journal as in its JSON.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$meaning:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$meaning])* $value,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$value),+];

            /// The word for it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }

            pub(super) fn read(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

words! {
    /// How somebody tried to pay.
    How {
        /// By a link, which a person opens; or a wallet was asked to sign, which moves nothing by itself.
        Link = "link",
        /// By a signed payment, which moves money by itself.
        Signed = "signed",
    }
}

words! {
    /// Through what the attempt was made.
    Front {
        /// An assistant.
        Mcp = "mcp",
        /// A terminal.
        Terminal = "terminal",
    }
}

words! {
    /// How far an attempt has come, or how it ended.
    Outcome {
        /// A link was given, or a wallet was asked; whether it was paid is the order's to say.
        Offered = "offered",
        /// The intent is written down, and nothing has been sent.
        Begun = "begun",
        /// It is being sent, or was when the program ended.
        Sent = "sent",
        /// It was sent, and there was no clear answer.
        Unknown = "unknown",
        /// The payer was charged. This is for good.
        Charged = "charged",
        /// It was sent, and the payer was certainly not charged.
        Failed = "failed",
        /// It was dropped before its first byte left.
        NotSent = "not_sent",
        /// The order came to its end without being paid.
        Closed = "closed",
        /// A person said that the order may be paid again.
        Released = "released",
    }
}

impl Outcome {
    /// Whether a signed attempt in this state forbids another one for its order.
    #[must_use]
    pub fn holds(self) -> bool {
        matches!(self, Self::Begun | Self::Sent | Self::Unknown | Self::Charged)
    }

    /// From what a signed attempt may end in this.
    pub(super) fn may_follow(self) -> &'static [Self] {
        match self {
            Self::Offered | Self::Begun | Self::Sent => &[],
            Self::Unknown => &[Self::Sent],
            // Late knowledge counts, and so does a receipt that comes after it.
            Self::Charged => &[
                Self::Begun,
                Self::Sent,
                Self::Unknown,
                Self::Closed,
                Self::Released,
                Self::Charged,
            ],
            Self::Failed => &[Self::Sent, Self::Unknown],
            Self::NotSent => &[Self::Begun, Self::Sent],
            Self::Closed | Self::Released => &[Self::Begun, Self::Sent, Self::Unknown],
        }
    }
}

/// What every attempt is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payment {
    /// The platform's host, with the port where there is one.
    pub platform: String,
    /// The order.
    pub order: OrderId,
    /// How it is paid; none for an order that costs nothing.
    #[serde(serialize_with = "pay_way", skip_serializing_if = "Option::is_none")]
    pub pay_way: Option<StatedPayWay>,
    /// Where the payer is.
    #[serde(serialize_with = "surface", skip_serializing_if = "Option::is_none")]
    pub surface: Option<Surface>,
    /// The order's price, an exact decimal, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Text>,
    /// The price's currency, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Text>,
}

/// What was signed, as far as it says so itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// The amount, an exact decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Text>,
    /// The token that is paid in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<Text>,
    /// The chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Text>,
    /// Who is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payee: Option<Text>,
    /// Who pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<Text>,
    /// What makes the authorization unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Text>,
    /// From when on it can be settled, in seconds since 1970.
    #[serde(serialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub valid_after: Option<i64>,
    /// Until when it can be settled, in seconds since 1970.
    #[serde(serialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub valid_before: Option<i64>,
    /// SHA-256 of the canonical payload, in hexadecimal digits: tells whether two attempts send the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_hash: Option<Text>,
}

/// A signed payment that somebody means to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// What is to be paid.
    pub payment: Payment,
    /// What was signed.
    pub signed: Signed,
    /// Now.
    pub begun_at: UnixMillis,
}

/// A payment by link, once the platform has answered or failed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkAttempt {
    /// What is to be paid.
    pub payment: Payment,
    /// When the platform was asked.
    pub begun_at: UnixMillis,
    /// How that ended.
    pub ending: Ending,
}

/// How an attempt ended, or how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// What became of it.
    pub outcome: Outcome,
    /// One word more on why.
    pub code: Option<Text>,
    /// The proof, where there is one.
    pub receipt: Option<Receipt>,
    /// Now.
    pub at: UnixMillis,
}

/// The proof of a settlement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The transaction on the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<Text>,
    /// The chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Text>,
    /// Who paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<Text>,
}

/// An attempt to pay, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Its name.
    pub id: AttemptId,
    /// How somebody tried to pay.
    pub how: How,
    /// What it is about.
    #[serde(flatten)]
    pub payment: Payment,
    /// What was signed; empty for a link.
    #[serde(flatten)]
    pub signed: Signed,
    /// How far it has come, or how it ended.
    pub outcome: Outcome,
    /// One word more on why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Text>,
    /// The proof of its settlement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// When it was written down.
    pub begun_at: UnixMillis,
    /// When it was about to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<UnixMillis>,
    /// When it came to its present outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<UnixMillis>,
    /// Which version of this program wrote it.
    pub program: Option<Text>,
    /// Which process wrote it.
    pub process: u32,
    /// Through what it was made.
    pub front: Front,
}

/// Whether a signed payment may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It may, and the intent is written down: mark it as sent before its first byte leaves.
    Admitted(AttemptId),
    /// It may not: this one is open, or has charged the payer.
    Held(Box<Attempt>),
}

#[expect(clippy::ref_option, reason = "serde gives the field as it is")]
fn pay_way<S: Serializer>(way: &Option<StatedPayWay>, serializer: S) -> Result<S::Ok, S::Error> {
    way.as_ref().map(StatedPayWay::as_str).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde gives the field as it is")]
fn surface<S: Serializer>(surface: &Option<Surface>, serializer: S) -> Result<S::Ok, S::Error> {
    surface.as_ref().map(Surface::as_str).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde gives the field as it is")]
fn time<S: Serializer>(seconds: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    seconds.map(UnixMillis::of_seconds).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_time_is_shown_in_utc_and_one_of_no_calendar_as_its_number() {
        for (time, shown) in [
            (UnixMillis(0), "1970-01-01T00:00:00Z"),
            (UnixMillis(1_795_000_000_250), "2026-11-18T11:06:40.25Z"),
            (UnixMillis::of_seconds(1_795_000_120), "2026-11-18T11:08:40Z"),
            (UnixMillis::of_seconds(i64::MAX), "9223372036854775807"),
        ] {
            assert_eq!(time.to_string(), shown);
        }
    }
}

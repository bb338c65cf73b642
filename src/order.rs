//! Orders in the platform's own terms: id, state, pay way, surface.
//!
//! Vocabulary: no I/O. Everything is parsed once, at the border; what is inside these types needs no second check.
//! Source of the values: the platform's payment-order specification, and what its live service was seen to send.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use crate::money::{Money, MoneyError};
use crate::pay_url::{PayUrl, UnsafePayUrl};
use crate::text::Text;

/// The id of an order: a UUID, in lower case with hyphens.
///
/// It is a capability: whoever has it can see the order and open its payment page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct OrderId(Uuid);

/// The text is no order id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is not an order id; expected a UUID such as `a1b2c3d4-e5f6-7890-abcd-ef1234567890`", Given(.0))]
pub struct OrderIdError(String);

impl FromStr for OrderId {
    type Err = OrderIdError;

    /// Reads a UUID in its hyphenated form, in either case. Braces, `urn:` and 32 bare digits are refused: no answer
    /// of the platform writes an id so.
    ///
    /// # Errors
    /// [`OrderIdError`] for anything else.
    fn from_str(text: &str) -> Result<Self, OrderIdError> {
        let uuid = Uuid::try_parse(text)
            .ok()
            .filter(|_| text.len() == uuid::fmt::Hyphenated::LENGTH);
        uuid.map(Self).ok_or_else(|| OrderIdError(text.to_owned()))
    }
}

impl TryFrom<String> for OrderId {
    type Error = OrderIdError;

    fn try_from(text: String) -> Result<Self, OrderIdError> {
        text.parse()
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

impl Serialize for OrderId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for OrderId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OrderId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"})
    }
}

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum PayWay {
    /// Stripe: credit and debit cards, in USD.
    Stripe,
    /// WeChat Pay, in CNY: a code to scan.
    WechatPay,
    /// Alipay, in CNY.
    Alipay,
    /// X402: USDC on Base or Solana, signed by a wallet.
    X402,
    /// The platform's hosted card page, in place of Stripe on many sites since July 2026.
    Card,
}

/// The text names no pay way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a pay way; expected one of `STRIPE`, `WECHATPAY`, `ALIPAY`, `X402`, `CARD`", Given(.0))]
pub struct PayWayError(String);

impl PayWay {
    /// Every pay way, in the order of the specification.
    pub const ALL: [Self; 5] = [Self::Stripe, Self::WechatPay, Self::Alipay, Self::X402, Self::Card];

    /// The specification's spelling, which callers see.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "STRIPE",
            Self::WechatPay => "WECHATPAY",
            Self::Alipay => "ALIPAY",
            Self::X402 => "X402",
            Self::Card => "CARD",
        }
    }

    /// The spelling the platform's own front end sends and its orders store.
    #[must_use]
    pub fn platform_spelling(self) -> &'static str {
        match self {
            Self::Stripe => "Stripe",
            Self::WechatPay => "WechatPay",
            Self::Alipay => "AliPay",
            Self::X402 => "X402",
            Self::Card => "Card",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Stripe => "Stripe",
            Self::WechatPay => "WeChat Pay",
            Self::Alipay => "Alipay",
            Self::X402 => "X402 (USDC)",
            Self::Card => "card",
        }
    }
}

impl FromStr for PayWay {
    type Err = PayWayError;

    /// Reads either spelling, in any case.
    ///
    /// # Errors
    /// [`PayWayError`] for anything else.
    fn from_str(text: &str) -> Result<Self, PayWayError> {
        Self::ALL
            .into_iter()
            .find(|way| way.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| PayWayError(text.to_owned()))
    }
}

impl TryFrom<String> for PayWay {
    type Error = PayWayError;

    fn try_from(text: String) -> Result<Self, PayWayError> {
        text.parse()
    }
}

impl JsonSchema for PayWay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PayWay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": Self::ALL.map(Self::as_str)})
    }
}

/// A pay way as an order states it: one of ours, or a newer one that is passed through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatedPayWay {
    /// A pay way of the specification, whichever way it was spelled.
    Known(PayWay),
    /// One that nobody here has heard of.
    Other(Text),
}

impl StatedPayWay {
    /// Reads what an order states; `None` when it states nothing.
    #[must_use]
    pub fn read(raw: &str) -> Option<Self> {
        raw.parse()
            .map(Self::Known)
            .ok()
            .or_else(|| Text::fact(raw).map(Self::Other))
    }

    /// The specification's spelling, or the word as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(way) => way.as_str(),
            Self::Other(text) => text.as_str(),
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Known(way) => way.label(),
            Self::Other(text) => text.as_str(),
        }
    }
}

/// Where the payer is (`native` for a QR code, `h5` for a phone's browser, …); sent exactly as given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Surface(String);

/// The text is no surface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} is not a surface; expected `native`, `h5` or another word of 1 to 32 letters, digits, `-` and `_`",
    Given(.0)
)]
pub struct SurfaceError(String);

impl Surface {
    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Surface {
    type Error = SurfaceError;

    fn try_from(text: String) -> Result<Self, SurfaceError> {
        let word = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if word && (1..=32).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(SurfaceError(text))
        }
    }
}

impl JsonSchema for Surface {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Surface".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$"})
    }
}

/// The state of an order.
///
/// `Pending → Paid → Finished`; also `Expired`, `Failed` and `Refunded`. A free order and an X402 payment can go
/// straight to `Finished`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderState {
    /// Waiting for payment.
    Pending,
    /// The money is in; the credits are on their way.
    Paid,
    /// Paid and delivered.
    Finished,
    /// The deadline passed unpaid; a new order is needed.
    Expired,
    /// The payment failed for good; a new order is needed.
    Failed,
    /// The money went back.
    Refunded,
    /// A state nobody here has heard of: counted neither as paid nor as final.
    Other(Text),
}

impl OrderState {
    /// Reads a state; `None` when nothing legible is given.
    #[must_use]
    pub fn read(raw: &str) -> Option<Self> {
        let known = [
            Self::Pending,
            Self::Paid,
            Self::Finished,
            Self::Expired,
            Self::Failed,
            Self::Refunded,
        ];
        known
            .into_iter()
            .find(|state| state.as_str() == raw)
            .or_else(|| Text::fact(raw).map(Self::Other))
    }

    /// The state's name, as the platform writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "Pending",
            Self::Paid => "Paid",
            Self::Finished => "Finished",
            Self::Expired => "Expired",
            Self::Failed => "Failed",
            Self::Refunded => "Refunded",
            Self::Other(text) => text.as_str(),
        }
    }

    /// Whether the money has arrived (and was not returned).
    #[must_use]
    pub fn is_paid(&self) -> bool {
        matches!(self, Self::Paid | Self::Finished)
    }

    /// Whether no further change is to come.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Finished | Self::Expired | Self::Failed | Self::Refunded)
    }
}

impl fmt::Display for OrderState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// An order as the platform last described it, with the facts that may be shown and no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Which order.
    pub id: OrderId,
    /// How it stands.
    pub state: OrderState,
    /// How it is being paid, once a payment has been started.
    pub pay_way: Option<StatedPayWay>,
    /// The payment link, or why it is withheld.
    pub pay_url: Option<Result<PayUrl, UnsafePayUrl>>,
    /// The payment provider's id: `plink_…`, `pi_…`, or a transaction hash for X402.
    pub pay_id: Option<Text>,
    /// The money due, or that it could not be read.
    pub price: Option<Result<Money, MoneyError>>,
    /// The currency of the price; often not stated, and never guessed.
    pub currency: Option<Text>,
    /// The name of the service that is bought.
    pub service: Option<Text>,
    /// ISO 8601, as given.
    pub created_at: Option<Text>,
    /// ISO 8601, as given.
    pub updated_at: Option<Text>,
    /// ISO 8601, as given.
    pub finished_at: Option<Text>,
    /// The payment deadline, ISO 8601, as given.
    pub expires_at: Option<Text>,
}

impl Order {
    /// An order of which only the id and the state are known.
    #[must_use]
    pub fn bare(id: OrderId, state: OrderState) -> Self {
        Self {
            id,
            state,
            pay_way: None,
            pay_url: None,
            pay_id: None,
            price: None,
            currency: None,
            service: None,
            created_at: None,
            updated_at: None,
            finished_at: None,
            expires_at: None,
        }
    }
}

/// Shows a refused argument in an error: cleaned, cut and in backticks.
struct Given<'a>(&'a str);

impl fmt::Display for Given<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Text::fact(self.0) {
            Some(text) => write!(formatter, "`{text}`"),
            None => formatter.write_str("an empty text"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";

    #[test]
    fn an_order_id_is_a_hyphenated_uuid_in_either_case() {
        for text in [ID, "A1B2C3D4-E5F6-7890-ABCD-EF1234567890"] {
            assert_eq!(text.parse::<OrderId>().unwrap().to_string(), ID);
        }
    }

    #[test]
    fn anything_else_is_no_order_id() {
        for text in [
            "",
            "a1b2c3d4e5f67890abcdef1234567890",
            "{a1b2c3d4-e5f6-7890-abcd-ef1234567890}",
            "urn:uuid:a1b2c3d4-e5f6-7890-abcd-ef1234567890",
            "a1b2c3d4-e5f6-7890-abcd-ef123456789",
            "../../../../../../orders/admin/pay/x",
            "a1b2c3d4-e5f6-7890-abcd-ef12345678%2e",
            "a1b2c3d4-e5f6-7890-abcd-ef123456789\n",
            "а1b2c3d4-e5f6-7890-abcd-ef1234567890",
        ] {
            assert!(text.parse::<OrderId>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_refused_id_is_repeated_clean_and_short() {
        let error = "x\u{1b}[31m".repeat(1000).parse::<OrderId>().unwrap_err().to_string();
        assert!(error.starts_with("`x[31mx[31m"), "{error}");
        assert!(
            error.ends_with("…` is not an order id; expected a UUID such as `a1b2c3d4-e5f6-7890-abcd-ef1234567890`")
        );
        assert!(error.len() < 300, "{}", error.len());
        assert!(
            "".parse::<OrderId>()
                .unwrap_err()
                .to_string()
                .starts_with("an empty text is not an order id")
        );
    }

    #[test]
    fn a_pay_way_is_read_in_any_case_and_either_spelling() {
        for way in PayWay::ALL {
            for text in [way.as_str(), way.platform_spelling(), &way.as_str().to_lowercase()] {
                assert_eq!(text.parse::<PayWay>(), Ok(way), "{text}");
            }
        }
        assert_eq!(
            "PAYPAL".parse::<PayWay>().unwrap_err().to_string(),
            "`PAYPAL` is not a pay way; expected one of `STRIPE`, `WECHATPAY`, `ALIPAY`, `X402`, `CARD`"
        );
    }

    #[test]
    fn an_unknown_pay_way_of_an_order_is_passed_through() {
        assert_eq!(StatedPayWay::read("AliPay"), Some(StatedPayWay::Known(PayWay::Alipay)));
        assert_eq!(
            StatedPayWay::read("PayPal").map(|way| way.label().to_owned()),
            Some("PayPal".into())
        );
        assert_eq!(StatedPayWay::read(""), None);
    }

    #[test]
    fn a_surface_is_a_short_word_kept_as_given() {
        for word in ["native", "h5", "PC", "mini-program_2"] {
            assert_eq!(Surface::try_from(word.to_owned()).unwrap().as_str(), word);
        }
        for text in ["", "two words", "a/b", "ü", "h5\n", &"x".repeat(33)] {
            assert!(Surface::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn states_know_whether_they_are_paid_and_final() {
        for (name, paid, is_final) in [
            ("Pending", false, false),
            ("Paid", true, false),
            ("Finished", true, true),
            ("Expired", false, true),
            ("Failed", false, true),
            ("Refunded", false, true),
            ("OnHold", false, false),
        ] {
            let state = OrderState::read(name).unwrap();
            assert_eq!(
                (state.as_str(), state.is_paid(), state.is_final()),
                (name, paid, is_final)
            );
        }
        assert_eq!(OrderState::read(" "), None);
    }
}

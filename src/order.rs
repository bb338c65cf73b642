//! Orders in the platform's own terms: id, state, surface.
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
use crate::pay_way::StatedPayWay;
use crate::text::{Given, Text};

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
    /// Reads a state, in any case, and without what cannot be seen of it; `None` when nothing legible is given.
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
        let text = Text::fact(raw)?;
        let known = known
            .into_iter()
            .find(|state| state.as_str().eq_ignore_ascii_case(text.as_str()));
        Some(known.unwrap_or(Self::Other(text)))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    #[test]
    fn a_state_is_read_in_any_case_and_without_what_cannot_be_seen() {
        for (raw, state) in [
            (" Paid", OrderState::Paid),
            ("Paid\u{200b}", OrderState::Paid),
            ("PAID", OrderState::Paid),
            ("\u{feff}p\u{2060}aid\r\n", OrderState::Paid),
            ("\u{202e}finished\u{202c}", OrderState::Finished),
            ("\tPENDING ", OrderState::Pending),
            ("eXPIRED", OrderState::Expired),
            ("failed\u{0}", OrderState::Failed),
            ("\u{a0}Refunded\u{a0}", OrderState::Refunded),
        ] {
            assert_eq!(OrderState::read(raw), Some(state), "{raw:?}");
        }
        for other in ["Pa id", "Paid.", "Unpaid", "PaidPaid", "Раid"] {
            assert_eq!(
                OrderState::read(other),
                Text::fact(other).map(OrderState::Other),
                "{other}"
            );
        }
        for nothing in ["", "\u{200b}", "\u{feff} \u{2060}"] {
            assert_eq!(OrderState::read(nothing), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_text_is_a_hyphenated_uuid_or_refused_in_few_words(text in prop_oneof![".*", "[0-9a-fA-F{}%./-]{30,40}"]) {
            match text.parse::<OrderId>() {
                Ok(id) => prop_assert_eq!(id.to_string(), text.to_lowercase()),
                Err(error) => {
                    let error = error.to_string();
                    prop_assert!(error.chars().count() < 220 && !error.chars().any(char::is_control));
                }
            }
        }

        #[test]
        fn any_text_is_a_state_or_nothing_and_only_letters_of_it_decide(text in any::<String>(), noise in "[\u{200b}\u{feff}\u{0} \t]{0,4}") {
            if let Some(state) = OrderState::read(&text) {
                prop_assert!(!state.is_paid() || ["paid", "finished"].contains(&state.as_str().to_lowercase().as_str()));
                prop_assert_eq!(OrderState::read(&format!("{noise}{text}{noise}")), Some(state));
            }
        }

        #[test]
        fn every_uuid_is_an_order_id(uuid in any::<u128>().prop_map(Uuid::from_u128)) {
            prop_assert_eq!(uuid.to_string().parse::<OrderId>().map(|id| id.to_string()), Ok(uuid.to_string()));
        }
    }
}

//! What a wallet is asked to sign.

use serde_json::{Map, Value};

use super::{Version, network_name, same_address};
use crate::money::Money;
use crate::text::{Text, Word};

/// USDC counts in millionths, and so does a token of which a challenge says nothing else.
const USDC_DECIMALS: u32 = 6;

/// USDC on Base and on Solana.
const USDC: [&str; 2] = [
    "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
];

/// The scheme of an entry that names none: the only one in use.
const USUAL_SCHEME: &str = "exact";

/// How many ways to pay are read of one challenge; real ones have one or two.
const MAX_OPTIONS: usize = 8;

/// How long one entry may be, as JSON; real ones have about 500 bytes.
const MAX_ENTRY: usize = 4096;

/// What a wallet is asked to sign. Nothing has been charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRequired {
    /// The protocol version the answer must be in.
    pub version: Version,
    /// What is paid for, where the challenge says so.
    pub resource: Option<Resource>,
    /// The ways to pay; at least one.
    pub options: Vec<PaymentRequirements>,
}

/// What a challenge asks a payment for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its address, as text: it is shown and never opened.
    pub url: Text,
    /// What it is.
    pub description: Option<Text>,
    /// Its media type.
    pub mime_type: Option<Text>,
}

/// One way to meet a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRequirements {
    /// How the payment is made: `exact` is the only scheme in use.
    pub scheme: Text,
    /// The chain, as the challenge names it.
    pub network: Word,
    /// The token's contract or mint, where it is stated.
    pub asset: Option<Text>,
    /// The amount in USDC.
    pub amount: Money,
    /// The amount in the token's smallest unit, digit for digit.
    pub amount_atomic: String,
    /// The address that is paid.
    pub pay_to: Text,
    /// For how long a signature may be valid, in seconds.
    pub max_timeout_seconds: Option<u64>,
    /// The entry as it came. A wallet echoes it unchanged, so it is passed on or left out whole, and never cleaned.
    pub entry: Value,
}

impl PaymentRequired {
    /// Finds the challenge in an answer's JSON: at its top, or under `payment_requirements`.
    ///
    /// `None` when there is none, when none of its entries can be read, or when its version is unknown: nobody here could
    /// answer in that.
    #[must_use]
    pub fn read(answer: &Value) -> Option<Self> {
        let top = answer.as_object()?;
        match top.get("payment_requirements") {
            Some(Value::Array(entries)) => Self::from_entries(top, entries),
            Some(Value::Object(nested)) => Self::from_object(nested),
            _ => Self::from_object(top),
        }
    }

    fn from_object(challenge: &Map<String, Value>) -> Option<Self> {
        Self::from_entries(challenge, challenge.get("accepts")?.as_array()?)
    }

    fn from_entries(challenge: &Map<String, Value>, entries: &[Value]) -> Option<Self> {
        let options: Vec<_> = entries
            .iter()
            .filter_map(PaymentRequirements::read)
            .take(MAX_OPTIONS)
            .collect();
        let first = entries.first()?;
        let version = match challenge.get("x402Version").and_then(Value::as_u64) {
            Some(number) => Version::read(number)?,
            None if entries.iter().any(|entry| entry.get("maxAmountRequired").is_some()) => Version::One,
            None => Version::Two,
        };
        // Version 1 says what is paid for in each entry.
        let resource = challenge.get("resource").and_then(Resource::read);
        (!options.is_empty()).then(|| Self {
            version,
            resource: resource.or_else(|| Resource::of_entry(first)),
            options,
        })
    }
}

impl Resource {
    fn read(resource: &Value) -> Option<Self> {
        Some(Self {
            url: fact(resource, "url")?,
            description: fact(resource, "description"),
            mime_type: fact(resource, "mimeType"),
        })
    }

    fn of_entry(entry: &Value) -> Option<Self> {
        Some(Self {
            url: fact(entry, "resource")?,
            description: fact(entry, "description"),
            mime_type: fact(entry, "mimeType"),
        })
    }
}

impl PaymentRequirements {
    fn read(entry: &Value) -> Option<Self> {
        let decimals = match entry.pointer("/extra/decimals") {
            None => USDC_DECIMALS,
            Some(decimals) => decimals.as_u64().and_then(|decimals| u32::try_from(decimals).ok())?,
        };
        let asset = fact(entry, "asset");
        // An amount that is made small by other decimals than the token has would be a lie.
        if is_usdc(asset.as_ref()) && decimals != USDC_DECIMALS {
            return None;
        }
        let amount_atomic = entry
            .get("amount")
            .or_else(|| entry.get("maxAmountRequired"))
            .and_then(Value::as_str)?;
        let fits = may_be_passed_on(entry) && entry.to_string().len() <= MAX_ENTRY;
        fits.then_some(())?;
        Some(Self {
            scheme: fact(entry, "scheme").or_else(|| Text::fact(USUAL_SCHEME))?,
            network: Word::read(entry.get("network")?.as_str()?)?,
            asset,
            amount: Money::from_atomic(amount_atomic, decimals).ok()?,
            amount_atomic: amount_atomic.to_owned(),
            pay_to: fact(entry, "payTo")?,
            max_timeout_seconds: entry.get("maxTimeoutSeconds").and_then(Value::as_u64),
            entry: entry.clone(),
        })
    }

    /// Whether the token is USDC, as far as its address tells; one that is not stated is taken for it.
    #[must_use]
    pub fn is_usdc(&self) -> bool {
        is_usdc(self.asset.as_ref())
    }

    /// The chain's name for people; the challenge's own word where it is not a known one.
    #[must_use]
    pub fn network_name(&self) -> &str {
        network_name(self.network.as_str())
    }
}

fn is_usdc(asset: Option<&Text>) -> bool {
    asset.is_none_or(|asset| USDC.iter().any(|usdc| same_address(usdc, asset.as_str())))
}

fn fact(object: &Value, key: &str) -> Option<Text> {
    Text::fact(object.get(key)?.as_str()?)
}

/// Whether every text of an entry could be shown as it is. One that could not makes the entry unfit: it must not be
/// changed, and must not be shown.
fn may_be_passed_on(value: &Value) -> bool {
    let is_clean = |text: &str| text.is_empty() || Text::sentence(text).is_some_and(|clean| clean.as_str() == text);
    match value {
        Value::String(text) => is_clean(text),
        Value::Array(list) => list.iter().all(may_be_passed_on),
        Value::Object(object) => object
            .iter()
            .all(|(key, value)| is_clean(key) && may_be_passed_on(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn entry() -> Value {
        json!({
            "scheme": "exact", "network": "eip155:8453", "amount": "1200000", "payTo": "0xabc",
            "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "maxTimeoutSeconds": 120,
            "extra": {"name": "USD Coin", "version": "2", "decimals": 6},
        })
    }

    fn text(text: &str) -> Text {
        Text::fact(text).unwrap()
    }

    fn option(network: &str, amount: &str, entry: Value) -> PaymentRequirements {
        PaymentRequirements {
            scheme: text("exact"),
            network: Word::read(network).unwrap(),
            asset: fact(&entry, "asset"),
            amount: amount.parse().unwrap(),
            amount_atomic: amount.replace('.', "").trim_start_matches('0').to_owned() + "0000",
            pay_to: text("0xabc"),
            max_timeout_seconds: entry["maxTimeoutSeconds"].as_u64(),
            entry,
        }
    }

    #[test]
    fn a_challenge_is_found_wherever_the_platform_puts_it() {
        let expected = PaymentRequired {
            version: Version::Two,
            resource: None,
            options: vec![option("eip155:8453", "1.20", entry())],
        };
        for answer in [
            json!({"x402Version": 2, "error": "Payment required.", "accepts": [entry()]}),
            json!({"payment_requirements": {"x402Version": 2, "accepts": [entry()]}}),
            json!({"x402Version": 2, "payment_requirements": [entry()]}),
            json!({"accepts": [entry()]}),
        ] {
            assert_eq!(PaymentRequired::read(&answer), Some(expected.clone()), "{answer}");
        }
    }

    #[test]
    fn what_is_paid_for_is_read_in_either_version() {
        let resource = Resource {
            url: text("https://platform.acedata.cloud/api/v1/orders/1/pay/"),
            description: Some(text("Flux")),
            mime_type: None,
        };
        let two = json!({
            "x402Version": 2, "accepts": [entry()],
            "resource": {"url": "https://platform.acedata.cloud/api/v1/orders/1/pay/", "description": "Flux"},
        });
        assert_eq!(PaymentRequired::read(&two).unwrap().resource, Some(resource.clone()));
        let one = json!({"scheme": "exact", "network": "base", "maxAmountRequired": "990000", "payTo": "0xabc",
            "resource": "https://platform.acedata.cloud/api/v1/orders/1/pay/", "description": "Flux"});
        let challenge = PaymentRequired::read(&json!({"x402Version": 1, "accepts": [one]})).unwrap();
        assert_eq!(
            challenge,
            PaymentRequired {
                version: Version::One,
                resource: Some(resource),
                options: vec![option("base", "0.99", one)],
            }
        );
        assert_eq!(challenge.options[0].network_name(), "Base");
    }

    #[test]
    fn an_entry_that_cannot_be_read_or_shown_is_left_out_whole() {
        let with = |key: &str, value: Value| {
            let mut entry = entry();
            entry[key] = value;
            entry
        };
        let broken = [
            with("amount", json!(1_200_000)),
            with("extra", json!({"decimals": 12})),
            with("extra", json!({"decimals": "6"})),
            with("payTo", json!(null)),
            with("payTo", json!("0xabc\u{202e}")),
            with("extra", json!({"name\u{1b}": "USD Coin"})),
            with("extra", json!({"name": "x".repeat(301)})),
            with("extra", json!(vec!["x".repeat(100); 50])),
        ];
        for broken in broken {
            let answer = json!({"x402Version": 2, "accepts": [broken, entry()]});
            let options = PaymentRequired::read(&answer).unwrap().options;
            assert_eq!(options, [option("eip155:8453", "1.20", entry())], "{broken}");
        }
    }

    #[test]
    fn what_is_no_challenge_is_none() {
        for answer in [
            json!(null),
            json!([]),
            json!({}),
            json!({"accepts": []}),
            json!({"accepts": "exact"}),
            json!({"accepts": [{"network": "base"}]}),
            json!({"x402Version": 3, "accepts": [entry()]}),
            json!({"detail": "Insufficient balance."}),
        ] {
            assert_eq!(PaymentRequired::read(&answer), None, "{answer}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn an_entry_is_passed_on_untouched_and_visible_or_not_at_all(
            name in any::<String>(), amount in "[0-9]{0,40}", network in ".{0,12}", pay_to in ".{0,12}",
        ) {
            let entry = json!({"scheme": "exact", "network": network, "amount": amount, "payTo": pay_to, "extra": {"name": name}});
            if let Some(challenge) = PaymentRequired::read(&json!({"x402Version": 2, "accepts": [entry]})) {
                prop_assert_eq!(&challenge.options[0].entry, &entry);
                prop_assert!(!challenge.options[0].entry.to_string().chars().any(char::is_control));
                prop_assert_eq!(challenge.options[0].network.as_str(), network);
            }
        }
    }
}

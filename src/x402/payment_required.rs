//! What a wallet is asked to sign.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::terms::{EntryTerms, RequiredTerms};
use super::{Chains, Network, SCHEME, Version, exact};
use crate::money::Money;
use crate::secret;
use crate::text::{Text, Word};

/// USDC counts in millionths, on every chain.
const USDC_DECIMALS: u32 = 6;

/// How many ways to pay are read of one challenge; real ones have one for each chain.
const MAX_OPTIONS: usize = 4;

/// How many entries of one challenge are looked at.
const MAX_ENTRIES: usize = 100;

/// How long the entries that are passed on may be together, as JSON: real ones have about 500 bytes each, and with all that
/// is told of them a challenge stays below 8 KB.
const MAX_PASSED_ON: usize = 4096;

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Resource {
    /// Its address, as text: it is shown and never opened.
    pub url: Text,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<Text>,
}

/// One way to meet a challenge: by the scheme [`SCHEME`], in USDC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRequirements {
    /// The chain.
    pub network: Network,
    /// The chain, as the challenge names it.
    pub network_id: Word,
    /// The token's contract or mint: USDC on that chain.
    pub asset: Text,
    /// The amount in USDC.
    pub amount: Money,
    /// The amount in the token's smallest unit, digit for digit.
    pub amount_atomic: String,
    /// The address that is paid.
    pub pay_to: Text,
    /// For how long a signature may be valid, in seconds.
    pub max_timeout_seconds: Option<u64>,
    /// The entry as JSON, key for key as it came.
    json: String,
    terms: EntryTerms,
}

/// A challenge as it arrives: at the top of an answer, or inside it. A key that is there twice spoils it.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default, rename = "x402Version")]
    version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
    #[serde(borrow, default)]
    accepts: Option<&'a RawValue>,
    #[serde(borrow, default)]
    payment_requirements: Option<&'a RawValue>,
}

impl PaymentRequired {
    /// Finds the challenge in an answer's JSON: at its top, or under `payment_requirements`.
    ///
    /// `None` when there is none, when none of its entries asks for USDC by the scheme `exact` on one of those chains, or
    /// when its version is unknown: nobody here could answer in that.
    #[must_use]
    pub fn read(answer: &[u8], chains: Chains) -> Option<Self> {
        let top: Body<'_> = serde_json::from_slice(answer).ok()?;
        match top.payment_requirements.map(RawValue::get) {
            Some(entries) if entries.starts_with('[') => top.challenge(entries, chains),
            Some(nested) if nested.starts_with('{') => {
                let nested: Body<'_> = serde_json::from_str(nested).ok()?;
                nested.challenge(nested.accepts?.get(), chains)
            }
            _ => top.challenge(top.accepts?.get(), chains),
        }
    }

    /// What is remembered of it to check a signed payment by, with when it was seen.
    #[must_use]
    pub fn terms(&self, seen: Instant) -> RequiredTerms {
        let entries = self.options.iter().map(|option| option.terms.clone());
        RequiredTerms::new(self.version, entries.collect(), seen)
    }
}

impl Body<'_> {
    fn challenge(&self, entries: &str, chains: Chains) -> Option<PaymentRequired> {
        let entries: Vec<&RawValue> = serde_json::from_str(entries).ok()?;
        let entries: Vec<_> = entries
            .iter()
            .take(MAX_ENTRIES)
            .filter_map(|entry| read(entry))
            .collect();
        let mut left = MAX_PASSED_ON;
        let options: Vec<_> = entries
            .iter()
            .filter_map(|entry| PaymentRequirements::read(entry, chains))
            .filter(|option| match left.checked_sub(option.json.len()) {
                Some(rest) => {
                    left = rest;
                    true
                }
                None => false,
            })
            .take(MAX_OPTIONS)
            .collect();
        let version = match self.version {
            Some(number) => Version::read(number.get().parse().ok()?)?,
            None if entries.iter().any(|entry| entry.contains_key("maxAmountRequired")) => Version::One,
            None => Version::Two,
        };
        let resource = self.resource.and_then(read).as_ref().and_then(Resource::read);
        (!options.is_empty()).then(|| PaymentRequired {
            version,
            // Version 1 says what is paid for in each entry.
            resource: resource.or_else(|| Resource::of_entry(entries.first()?)),
            options,
        })
    }
}

/// An object that is short enough to be looked at, and of which nothing is lost.
fn read(raw: &RawValue) -> Option<Map<String, Value>> {
    let json = raw.get();
    // White space does not count in the end, and may be there.
    let is_short = json.len() <= 2 * MAX_PASSED_ON;
    is_short.then(|| exact::read_inner(json))?
}

impl Resource {
    fn read(resource: &Map<String, Value>) -> Option<Self> {
        Some(Self {
            url: fact(resource, "url")?,
            description: fact(resource, "description"),
            mime_type: fact(resource, "mimeType"),
        })
    }

    fn of_entry(entry: &Map<String, Value>) -> Option<Self> {
        Some(Self {
            url: fact(entry, "resource")?,
            description: fact(entry, "description"),
            mime_type: fact(entry, "mimeType"),
        })
    }
}

impl PaymentRequirements {
    /// Reads an entry; `None` for one that asks for something else than USDC by the scheme `exact` on one of those chains,
    /// that contradicts itself, or that could not be shown as it is.
    fn read(entry: &Map<String, Value>, chains: Chains) -> Option<Self> {
        let text = |key: &str| entry.get(key)?.as_str();
        let network = Network::read(text("network")?).filter(|network| chains.allow(*network))?;
        let whole = Value::Object(entry.clone());
        let is_plain = text("scheme")? == SCHEME
            && network.is_usdc(text("asset")?)
            && fits(entry.get("extra"), network)
            && !entry.get("extra").is_some_and(names_a_secret)
            && may_be_passed_on(&whole);
        let amount_atomic = amount(entry).filter(|_| is_plain)?;
        let amount = Money::from_atomic(amount_atomic, USDC_DECIMALS).ok()?;
        Some(Self {
            network,
            network_id: Word::read(text("network")?)?,
            asset: fact(entry, "asset")?,
            amount,
            amount_atomic: amount_atomic.to_owned(),
            pay_to: fact(entry, "payTo")?,
            max_timeout_seconds: entry.get("maxTimeoutSeconds").and_then(Value::as_u64),
            json: whole.to_string(),
            terms: EntryTerms {
                network,
                payee: network.address(text("payTo")?)?,
                amount,
                amount_atomic: amount_atomic.to_owned(),
                hash: exact::hash(&whole),
            },
        })
    }

    /// The entry, key for key as it came. A wallet echoes it unchanged, so it is passed on or left out whole, and never
    /// cleaned.
    #[must_use]
    pub fn entry(&self) -> Map<String, Value> {
        exact::read_inner(&self.json).unwrap_or_default()
    }
}

/// What an entry asks for, in the token's smallest unit: a whole number above zero, in plain digits. An entry that says it in
/// the words of both versions must mean the same.
fn amount(entry: &Map<String, Value>) -> Option<&str> {
    let stated = |key: &str| match entry.get(key) {
        None | Some(Value::Null) => Some(None),
        Some(amount) => amount.as_str().filter(|amount| is_plain_number(amount)).map(Some),
    };
    match (stated("amount")?, stated("maxAmountRequired")?) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => one.or(other),
    }
}

fn is_plain_number(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether what an entry says in `extra` of its token and chain is so, as far as it says anything: other decimals would make
/// the amount a lie, and a signature for another chain or contract, or by another method, would pay something else.
fn fits(extra: Option<&Value>, network: Network) -> bool {
    let Some(extra) = extra.filter(|extra| !extra.is_null()) else {
        return true;
    };
    let agrees = |key: &str, is_so: &dyn Fn(&Value) -> bool| match extra.get(key) {
        None | Some(Value::Null) => true,
        Some(value) => is_so(value),
    };
    extra.is_object()
        && agrees("decimals", &|decimals| decimals.as_u64() == Some(USDC_DECIMALS.into()))
        && agrees("chainId", &|id| {
            id.as_u64().is_some() && id.as_u64() == network.chain_id()
        })
        && agrees("verifyingContract", &|contract| {
            network.chain_id().is_some() && contract.as_str().is_some_and(|contract| network.is_usdc(contract))
        })
        && agrees("assetTransferMethod", &|method| method == "eip3009")
}

fn fact(object: &Map<String, Value>, key: &str) -> Option<Text> {
    Text::fact(object.get(key)?.as_str()?)
}

/// Whether any name in a value says that it holds a secret.
fn names_a_secret(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(names_a_secret),
        Value::Object(object) => object
            .iter()
            .any(|(key, value)| secret::is_name(key) || names_a_secret(value)),
        _ => false,
    }
}

/// Whether every text of an entry could be shown as it is. One that could not makes the entry unfit: it must not be
/// changed, and must not be shown.
fn may_be_passed_on(value: &Value) -> bool {
    let is_clean = |text: &str| {
        let is_shown_whole = || Text::sentence(text).is_some_and(|clean| clean.as_str() == text);
        text.is_empty() || (is_shown_whole() && !secret::is_in(text))
    };
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
    use crate::x402::fixtures;

    const PAYEE: &str = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";

    fn entry_on(network: Network) -> Value {
        fixtures::entry(Version::Two, network)
    }

    fn entry() -> Value {
        entry_on(Network::Base)
    }

    fn read(answer: &Value, chains: Chains) -> Option<PaymentRequired> {
        PaymentRequired::read(answer.to_string().as_bytes(), chains)
    }

    fn challenge(entries: &[Value]) -> Option<PaymentRequired> {
        fixtures::challenge_of(Version::Two, entries)
    }

    fn accepts(challenge: &PaymentRequired) -> Vec<Value> {
        challenge
            .options
            .iter()
            .map(|option| Value::Object(option.entry()))
            .collect()
    }

    fn text(text: &str) -> Text {
        Text::fact(text).unwrap()
    }

    #[test]
    fn an_entry_is_read_whole() {
        let challenge = challenge(&[entry()]).unwrap();
        let [option] = challenge.options.as_slice() else {
            panic!("{challenge:?}");
        };
        assert_eq!(
            (challenge.version, challenge.resource.as_ref(), option.network),
            (Version::Two, None, Network::Base)
        );
        assert_eq!(
            [
                option.network_id.as_str(),
                option.asset.as_str(),
                option.pay_to.as_str()
            ],
            ["eip155:8453", Network::Base.usdc(), PAYEE]
        );
        assert_eq!(
            (
                option.amount.to_string().as_str(),
                option.amount_atomic.as_str(),
                option.max_timeout_seconds
            ),
            ("1.20", "1200000", Some(120))
        );
        assert_eq!(option.entry(), entry().as_object().unwrap().clone());
    }

    #[test]
    fn a_challenge_is_found_wherever_the_platform_puts_it() {
        let expected = challenge(&[entry()]);
        assert!(expected.is_some());
        for answer in [
            json!({"x402Version": 2, "error": "Payment required.", "accepts": [entry()]}),
            json!({"payment_requirements": {"x402Version": 2, "accepts": [entry()]}}),
            json!({"x402Version": 2, "payment_requirements": [entry()]}),
            json!({"accepts": [entry()], "paywall": {"app_name": 1.50}}),
        ] {
            assert_eq!(read(&answer, Chains::Live), expected, "{answer}");
        }
    }

    #[test]
    fn what_is_paid_for_is_read_in_either_version() {
        let url = "https://platform.acedata.cloud/api/v1/orders/1/pay/";
        let resource = Some(Resource {
            url: text(url),
            description: Some(text("Flux")),
            mime_type: None,
        });
        let two = json!({"x402Version": 2, "accepts": [entry()], "resource": {"url": url, "description": "Flux"}});
        assert_eq!(read(&two, Chains::Live).unwrap().resource, resource);
        let mut one = entry();
        let object = one.as_object_mut().unwrap();
        object.remove("amount");
        object.extend([
            ("network".to_owned(), json!("base")),
            ("maxAmountRequired".to_owned(), json!("990000")),
            ("resource".to_owned(), json!(url)),
            ("description".to_owned(), json!("Flux")),
        ]);
        for answer in [json!({"x402Version": 1, "accepts": [one]}), json!({"accepts": [one]})] {
            let challenge = read(&answer, Chains::Live).unwrap();
            assert_eq!((challenge.version, &challenge.resource), (Version::One, &resource));
            let option = &challenge.options[0];
            assert_eq!(
                (option.network, option.network_id.as_str(), option.amount.to_string()),
                (Network::Base, "base", "0.99".to_owned())
            );
        }
    }

    #[test]
    fn a_live_order_is_paid_on_base_and_solana_and_one_of_a_sandbox_on_base_sepolia() {
        let networks = [Network::Base, Network::BaseSepolia, Network::Solana];
        let answer = json!({"x402Version": 2, "accepts": networks.map(entry_on)});
        let offered = |chains| {
            let options = read(&answer, chains).unwrap().options;
            options.into_iter().map(|option| option.network).collect::<Vec<_>>()
        };
        assert_eq!(offered(Chains::Live), [Network::Base, Network::Solana]);
        assert_eq!(offered(Chains::Sandbox), [Network::BaseSepolia]);
        assert_eq!(read(&json!({"accepts": [entry()]}), Chains::Sandbox), None);
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn an_entry_that_is_not_usdc_by_exact_or_contradicts_itself_is_left_out_whole() {
        let with = |key: &str, value: Value| {
            let mut entry = entry();
            entry[key] = value;
            entry
        };
        let without = |key: &str| {
            let mut entry = entry();
            entry.as_object_mut().unwrap().remove(key);
            entry
        };
        let extra = |key: &str, value: Value| {
            let mut entry = entry();
            entry["extra"][key] = value;
            entry
        };
        let on_solana = |key: &str, value: Value| {
            let mut entry = entry_on(Network::Solana);
            entry["extra"][key] = value;
            entry
        };
        for broken in [
            without("scheme"),
            with("scheme", json!("upto")),
            with("scheme", json!("EXACT")),
            with("scheme", json!(["exact"])),
            without("network"),
            with("network", json!("eip155:1")),
            with("network", json!("eip155:1187947933")),
            with("network", json!("eip155:84532")),
            with("network", json!("Base")),
            without("asset"),
            with("asset", json!("")),
            with("asset", json!(null)),
            with("asset", json!("USDC")),
            with("asset", json!(Network::BaseSepolia.usdc())),
            with("asset", json!(Network::Solana.usdc())),
            with("asset", json!("0x50c5725949A6F0c72E6C4a641F24049A917DB0Cb")),
            without("amount"),
            with("amount", json!(1_200_000)),
            with("amount", json!("1200000.0")),
            with("amount", json!("1.2e6")),
            with("amount", json!("-1")),
            with("amount", json!("0")),
            with("amount", json!("01200000")),
            with("amount", json!(" 1200000")),
            with("amount", json!("0x124f80")),
            with("amount", json!("9".repeat(40))),
            with("maxAmountRequired", json!("1")),
            with("maxAmountRequired", json!(1_200_000)),
            without("payTo"),
            with("payTo", json!(null)),
            with("payTo", json!("0xabc")),
            with("payTo", json!(PAYEE.to_owned() + "00")),
            with("payTo", json!(PAYEE.replace("0x", ""))),
            with("payTo", json!(PAYEE.to_owned() + "\u{202e}")),
            with("payTo", entry_on(Network::Solana)["payTo"].clone()),
            with("extra", json!([])),
            with("extra", json!("USD Coin")),
            extra("decimals", json!(18)),
            extra("decimals", json!("6")),
            extra("decimals", json!(6.5)),
            extra("chainId", json!(1)),
            extra("chainId", json!(84532)),
            extra("chainId", json!("8453")),
            extra("verifyingContract", json!(PAYEE)),
            extra("verifyingContract", json!(Network::BaseSepolia.usdc())),
            extra("verifyingContract", json!(7)),
            extra("assetTransferMethod", json!("permit2")),
            on_solana("chainId", json!(8453)),
            on_solana("verifyingContract", json!(Network::Base.usdc())),
            extra("name\u{1b}", json!("USD Coin")),
            extra("name", json!("x".repeat(301))),
            extra("name", json!(vec!["x".repeat(100); 50])),
            extra("client_secret", json!("x")),
            extra("more", json!([{"apiKey": 7}])),
            extra("credentials", json!({"user": "x"})),
            extra("bank_details", json!(null)),
            extra("name", json!("pi_1_secret_2")),
            extra("name", json!("sk_live_1")),
            extra("name", json!("Bearer abc123")),
            extra("name", json!("[withheld]")),
            with("payTo", json!("platform-v1-1")),
            json!("exact"),
            json!([entry()]),
            json!(null),
        ] {
            assert_eq!(challenge(std::slice::from_ref(&broken)), None, "{broken}");
            let beside = challenge(&[broken.clone(), entry()]).unwrap();
            assert_eq!(accepts(&beside), [entry()], "{broken}");
        }
        for fine in [
            without("extra"),
            without("maxTimeoutSeconds"),
            with("maxAmountRequired", json!("1200000")),
            with("maxAmountRequired", json!(null)),
            with("asset", json!(Network::Base.usdc().to_ascii_lowercase())),
            extra("decimals", json!(null)),
            extra("assetTransferMethod", json!("eip3009")),
            extra("memo", json!({"z": [1, null, 2.5], "a": ""})),
        ] {
            assert_eq!(accepts(&challenge(std::slice::from_ref(&fine)).unwrap()), [fine]);
        }
    }

    #[test]
    fn an_entry_goes_on_byte_for_byte_in_the_order_of_its_keys() {
        let json = format!(
            r#"{{"scheme":"exact","network":"eip155:8453","maxTimeoutSeconds":120,"payTo":"{PAYEE}","asset":"{}","amount":"1200000","extra":{{"version":"2","name":"USD Coin","z":[{{"b":1,"a":-2.5}}],"é":""}}}}"#,
            Network::Base.usdc()
        );
        let spaced = json
            .replace(':', " : ")
            .replace("eip155 : 8453", "eip155:8453")
            .replace(',', ",\n");
        let escaped = json.replace('é', "\\u00e9");
        for written in [&json, &spaced, &escaped] {
            let answer = format!(r#"{{"x402Version":2,"accepts":[{written}]}}"#);
            let challenge = PaymentRequired::read(answer.as_bytes(), Chains::Live).unwrap();
            assert_eq!(
                Value::Object(challenge.options[0].entry()).to_string(),
                json,
                "{written}"
            );
        }
    }

    #[test]
    fn an_entry_that_would_not_be_written_again_as_it_came_is_left_out_whole() {
        for (plain, odd) in [
            (r#""maxTimeoutSeconds":120"#, r#""maxTimeoutSeconds":1.2e2"#),
            (r#""maxTimeoutSeconds":120"#, r#""maxTimeoutSeconds":120.00"#),
            (
                r#""maxTimeoutSeconds":120"#,
                r#""maxTimeoutSeconds":123456789012345678901234567890"#,
            ),
            (r#""amount":"1200000""#, r#""amount":"1","amount":"1200000""#),
            (r#""amount":"1200000""#, r#""amount":"1200000","\u0061mount":"1""#),
            (r#""decimals":6"#, r#""decimals":6,"decimals":6"#),
            (r#""decimals":6"#, r#""decimals":6.0e0"#),
            (
                r#""decimals":6"#,
                &format!(r#""x":{}{}"#, "[".repeat(200), "]".repeat(200)),
            ),
        ] {
            let entry = entry().to_string();
            assert!(entry.contains(plain));
            let answer = format!(r#"{{"x402Version":2,"accepts":[{}]}}"#, entry.replace(plain, odd));
            assert_eq!(PaymentRequired::read(answer.as_bytes(), Chains::Live), None, "{odd}");
        }
        let twice = json!({"x402Version": 2, "accepts": [entry()]}).to_string();
        let twice = twice.replacen('{', r#"{"accepts":[],"#, 1);
        assert_eq!(PaymentRequired::read(twice.as_bytes(), Chains::Live), None);
    }

    #[test]
    fn at_most_a_few_kilobytes_of_a_challenge_are_kept() {
        let padded = |length: usize| {
            let mut entry = entry();
            entry["extra"]["memo"] = json!(vec!["x".repeat(200); length / 200]);
            entry
        };
        assert_eq!(challenge(&[padded(5000)]), None);
        // One that is too long does not hide the others.
        let kept = accepts(&challenge(&[padded(2000), padded(5000), padded(2000), entry()]).unwrap());
        assert_eq!(kept, [padded(2000), entry()]);
        assert_eq!(challenge(&vec![entry(); 1000]).unwrap().options.len(), MAX_OPTIONS);
        let whole: usize = kept.iter().map(|entry| entry.to_string().len()).sum();
        assert!(whole <= MAX_PASSED_ON);
    }

    #[test]
    fn what_is_no_challenge_is_none() {
        for answer in [
            json!(null),
            json!([]),
            json!({}),
            json!({"accepts": []}),
            json!({"accepts": "exact"}),
            json!({"accepts": null, "payment_requirements": null}),
            json!({"accepts": [{"network": "base"}]}),
            json!({"x402Version": 3, "accepts": [entry()]}),
            json!({"x402Version": "2", "accepts": [entry()]}),
            json!({"x402Version": 2.0, "accepts": [entry()]}),
            json!({"detail": "Insufficient balance."}),
        ] {
            assert_eq!(read(&answer, Chains::Live), None, "{answer}");
        }
        assert_eq!(PaymentRequired::read(b"\xff{", Chains::Live), None);
    }

    #[test]
    fn its_terms_have_an_age() {
        let seen = Instant::now();
        let terms = challenge(&[entry()]).unwrap().terms(seen);
        let later = std::time::Duration::from_secs(90);
        assert_eq!(terms.age(seen + later), later);
        assert_eq!(terms.age(seen), std::time::Duration::ZERO);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn an_entry_is_passed_on_untouched_and_visible_or_not_at_all(
            name in any::<String>(), amount in "[0-9]{0,40}", timeout in any::<f64>(), pay_to in "(0x)?[0-9a-fA-F]{38,42}",
        ) {
            let mut entry = entry();
            entry["amount"] = json!(amount);
            entry["payTo"] = json!(pay_to);
            entry["maxTimeoutSeconds"] = json!(timeout);
            entry["extra"]["name"] = json!(name);
            if let Some(challenge) = challenge(&[entry.clone()]) {
                let option = &challenge.options[0];
                prop_assert_eq!(Value::Object(option.entry()).to_string(), entry.to_string());
                prop_assert!(!entry.to_string().chars().any(char::is_control));
                prop_assert_eq!(&option.amount_atomic, &amount);
                prop_assert_eq!(option.pay_to.as_str(), pay_to);
            }
        }

        #[test]
        fn any_bytes_are_a_challenge_or_none(bytes in prop_oneof![
            any::<Vec<u8>>(),
            "\\{\"(accepts|payment_requirements)\":[\\[\\]{}:,\"a-z0-9 ]{0,40}\\}".prop_map(String::into_bytes),
        ]) {
            let _ = PaymentRequired::read(&bytes, Chains::Live);
        }
    }
}

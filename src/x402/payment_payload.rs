//! What a wallet signed: decoded and checked before anything is sent.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::{PaymentRequired, PaymentRequirements, Version, network_name, same_address};
use crate::text::Given;

/// The longest header that is accepted, in characters; real ones have about 1,000.
const MAX_LENGTH: usize = 16 * 1024;

/// The longest time that a signature may be valid for; challenges ask for a minute or two.
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// Wallets differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A signed payment: the value of the header that carries it, and what could be read of it.
///
/// It moves money for whoever holds it, so its `Debug` form is redacted, it has no `Display`, and it is exposed to the one
/// place that sends it.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct PaymentPayload {
    header: SecretString,
    /// What was signed, canonically: two headers with the same payload are the same payment.
    payload: SecretString,
    version: Version,
    terms: Terms,
}

/// What a signed payment pays, as far as it says so itself. None of it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Terms {
    scheme: String,
    network: String,
    asset: Option<String>,
    /// The amount in the token's smallest unit, in each place that states it.
    amounts: Vec<String>,
    /// The address that is paid, in each place that states it.
    payees: Vec<String>,
    expiry: Expiry,
}

/// When a signed payment can no longer be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// At a time: the `validBefore` of an authorization on Base.
    At(SystemTime),
    /// Soon after it was made, as a transaction on Solana.
    Soon,
    /// It does not say.
    Never,
}

/// Why a text cannot be a signed payment. Never holds any of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Not base64 of a JSON object, or too long.
    #[error("it is not base64 of a JSON object of at most {MAX_LENGTH} characters")]
    NotJson,
    /// `x402Version` is neither 1 nor 2.
    #[error("its `x402Version` is neither 1 nor 2")]
    Version,
    /// The end of its validity cannot be read.
    #[error("its `validBefore` is not a time, written as a decimal text in seconds")]
    ValidBefore,
    /// The part that says what is paid is missing.
    #[error("it lacks `{0}`")]
    Missing(&'static str),
}

/// Why a signed payment does not fit an order. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its time is over.
    #[error("it has expired (`validBefore` has passed)")]
    Expired,
    /// Its time is too far off.
    #[error(
        "it is valid for longer than an hour: `validBefore` must be soon, as the challenge's `maxTimeoutSeconds` asks"
    )]
    TooLong,
    /// It states two different amounts or payees.
    #[error("it contradicts itself: `{0}` differs between what was accepted and what was signed")]
    Contradiction(&'static str),
    /// It is in another version than the challenge.
    #[error("it is version {signed}, and the challenge asks for version {asked}")]
    Version {
        /// The signature's version.
        signed: u8,
        /// The challenge's version.
        asked: u8,
    },
    /// No option of the challenge has its scheme and network.
    #[error("the challenge offers no payment by the scheme {} on the network {}", Given(.scheme), Given(.network))]
    Network {
        /// The signature's scheme.
        scheme: String,
        /// The signature's chain.
        network: String,
    },
    /// It pays another amount, payee or token than the challenge asks for.
    #[error("its {what} is not the challenge's {}", Given(.asked))]
    Terms {
        /// What differs: amount, payee or asset.
        what: &'static str,
        /// What the challenge asks for.
        asked: String,
    },
}

impl PaymentPayload {
    /// The header's value, for the one place that sends it.
    pub(crate) fn expose(&self) -> &str {
        self.header.expose_secret()
    }

    /// What must not be shown if an answer repeats it: the header's value, and the wallet's signature in it.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let payload: Value = serde_json::from_str(self.payload.expose_secret()).unwrap_or_default();
        let inner = ["signature", "transaction"]
            .into_iter()
            .filter_map(|key| payload.get(key)?.as_str());
        std::iter::once(self.expose())
            .chain(inner)
            .filter(|secret| !secret.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The protocol version it is in.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// When it can no longer be settled.
    #[must_use]
    pub fn expiry(&self) -> Expiry {
        self.terms.expiry
    }

    /// Checks what can be checked before it is sent: that its time is not over at `now`, that it does not contradict
    /// itself, and that it pays what the order's challenge asks for, where one is known.
    ///
    /// # Errors
    /// [`Unfit`], the first thing that does not fit.
    pub fn check(&self, challenge: Option<&PaymentRequired>, now: SystemTime) -> Result<(), Unfit> {
        match self.terms.expiry {
            Expiry::At(end) if end <= now => return Err(Unfit::Expired),
            Expiry::At(end) if end > now + LONGEST_LIFE => return Err(Unfit::TooLong),
            _ => {}
        }
        if !all_same(&self.terms.amounts) {
            return Err(Unfit::Contradiction("amount"));
        }
        if !all_same(&self.terms.payees) {
            return Err(Unfit::Contradiction("payTo"));
        }
        let Some(challenge) = challenge else { return Ok(()) };
        if challenge.version != self.version {
            let (signed, asked) = (self.version.number(), challenge.version.number());
            return Err(Unfit::Version { signed, asked });
        }
        let mut misfit = None;
        for option in &challenge.options {
            match self.terms.fit(option) {
                Some(Ok(())) => return Ok(()),
                Some(Err(unfit)) => misfit = misfit.or(Some(unfit)),
                None => {}
            }
        }
        Err(misfit.unwrap_or_else(|| Unfit::Network {
            scheme: self.terms.scheme.clone(),
            network: self.terms.network.clone(),
        }))
    }
}

impl PartialEq for PaymentPayload {
    /// Whether both are the same payment: what was signed is the same, however it is wrapped.
    fn eq(&self, other: &Self) -> bool {
        self.payload.expose_secret() == other.payload.expose_secret()
    }
}

impl Eq for PaymentPayload {}

impl Terms {
    /// Whether these are the terms of an option; `None` when it is on another chain, or of another scheme.
    fn fit(&self, option: &PaymentRequirements) -> Option<Result<(), Unfit>> {
        let is_same_chain = network_name(&self.network) == option.network_name();
        if self.scheme != option.scheme.as_str() || !is_same_chain {
            return None;
        }
        let differs = |what, asked: &str| {
            let asked = asked.to_owned();
            Some(Err(Unfit::Terms { what, asked }))
        };
        if self.amounts.iter().any(|amount| *amount != option.amount_atomic) {
            return differs("amount", &option.amount_atomic);
        }
        if self
            .payees
            .iter()
            .any(|payee| !same_address(payee, option.pay_to.as_str()))
        {
            return differs("payee", option.pay_to.as_str());
        }
        match (&self.asset, &option.asset) {
            (Some(signed), Some(asked)) if !same_address(signed, asked.as_str()) => differs("asset", asked.as_str()),
            _ => Some(Ok(())),
        }
    }
}

impl TryFrom<String> for PaymentPayload {
    type Error = PayloadError;

    /// Decodes the header's value, forgiving white space around it.
    ///
    /// # Errors
    /// [`PayloadError`], which holds nothing of the text.
    fn try_from(text: String) -> Result<Self, PayloadError> {
        let header = text.trim();
        if header.len() > MAX_LENGTH {
            return Err(PayloadError::NotJson);
        }
        let decoded = BASE64.decode(header).map_err(|_| PayloadError::NotJson)?;
        let signed: Value = serde_json::from_slice(&decoded).map_err(|_| PayloadError::NotJson)?;
        let signed = signed.as_object().ok_or(PayloadError::NotJson)?;
        let version = signed.get("x402Version").and_then(Value::as_u64);
        let version = version.and_then(Version::read).ok_or(PayloadError::Version)?;
        let payload = signed
            .get("payload")
            .filter(|payload| payload.as_object().is_some_and(|payload| !payload.is_empty()))
            .ok_or(PayloadError::Missing("payload"))?;
        let accepted = match version {
            Version::One => signed,
            Version::Two => signed
                .get("accepted")
                .and_then(Value::as_object)
                .ok_or(PayloadError::Missing("accepted"))?,
        };
        let of = |object: Option<&Value>, key: &str| Some(object?.get(key)?.as_str()?.to_owned());
        let stated = |key: &str| accepted.get(key).and_then(Value::as_str).map(str::to_owned);
        let authorization = payload.get("authorization");
        let both = |accepted: Option<String>, signed: Option<String>| accepted.into_iter().chain(signed).collect();
        let terms = Terms {
            scheme: stated("scheme").ok_or(PayloadError::Missing("scheme"))?,
            network: stated("network").ok_or(PayloadError::Missing("network"))?,
            asset: stated("asset"),
            amounts: both(stated("amount"), of(authorization, "value")),
            payees: both(stated("payTo"), of(authorization, "to")),
            expiry: match authorization {
                Some(_) => of(authorization, "validBefore")
                    .and_then(|seconds| seconds.parse().ok())
                    .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
                    .map(Expiry::At)
                    .ok_or(PayloadError::ValidBefore)?,
                None if payload.get("transaction").is_some() => Expiry::Soon,
                None => Expiry::Never,
            },
        };
        // Version 1 has them in the payload alone, where a Solana transaction hides them.
        if version == Version::Two && stated("amount").is_none() {
            return Err(PayloadError::Missing("accepted.amount"));
        }
        if version == Version::Two && stated("payTo").is_none() {
            return Err(PayloadError::Missing("accepted.payTo"));
        }
        Ok(Self {
            header: header.into(),
            payload: payload.to_string().into(),
            version,
            terms,
        })
    }
}

impl JsonSchema for PaymentPayload {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PaymentPayload".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

fn all_same(values: &[String]) -> bool {
    values.windows(2).all(|pair| match pair {
        [one, other] => same_address(one, other),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const NOW: u64 = 1_795_000_000;

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW)
    }

    fn entry() -> Value {
        json!({"scheme": "exact", "network": "eip155:8453", "asset": "0xAA", "amount": "1200000", "payTo": "0xAbC",
            "maxTimeoutSeconds": 120, "extra": {"name": "USD Coin"}})
    }

    fn challenge(version: u64) -> PaymentRequired {
        let mut entry = entry();
        if version == 1 {
            entry["network"] = json!("base");
            entry["maxAmountRequired"] = entry["amount"].take();
            entry.as_object_mut().unwrap().remove("amount");
        }
        PaymentRequired::read(&json!({"x402Version": version, "accepts": [entry]})).unwrap()
    }

    fn payload() -> Value {
        let authorization = json!({"from": "0x01", "to": "0xabc", "value": "1200000", "validAfter": "0",
            "validBefore": (NOW + 120).to_string(), "nonce": "0x02"});
        json!({"signature": "0x5ec7e7", "authorization": authorization})
    }

    fn two(change: impl FnOnce(&mut Value)) -> Value {
        let mut signed = json!({"x402Version": 2, "accepted": entry(), "payload": payload()});
        change(&mut signed);
        signed
    }

    fn one(change: impl FnOnce(&mut Value)) -> Value {
        let mut signed = json!({"x402Version": 1, "scheme": "exact", "network": "base", "payload": payload()});
        change(&mut signed);
        signed
    }

    fn valid_before(value: Value) -> Value {
        two(|signed| signed["payload"]["authorization"]["validBefore"] = value)
    }

    fn encode(signed: &Value) -> String {
        BASE64.encode(signed.to_string())
    }

    fn read(signed: &Value) -> Result<PaymentPayload, PayloadError> {
        encode(signed).try_into()
    }

    #[test]
    fn both_versions_are_read_and_travel_in_their_own_header() {
        for (signed, header) in [(one(|_| ()), "x-payment"), (two(|_| ()), "payment-signature")] {
            let signature = read(&signed).unwrap();
            assert_eq!(signature.version().signature_header(), header);
            assert_eq!(signature.expose(), encode(&signed));
            assert_eq!(signature.expiry(), Expiry::At(now() + Duration::from_secs(120)));
        }
    }

    #[test]
    fn padding_and_space_around_are_forgiven() {
        let padded = encode(&two(|_| ()));
        let bare = padded.trim_end_matches('=').to_owned();
        assert_eq!(
            PaymentPayload::try_from(format!(" {padded}\n")).unwrap().expose(),
            padded
        );
        assert_eq!(PaymentPayload::try_from(bare.clone()).unwrap().expose(), bare);
    }

    #[test]
    fn the_same_payment_is_the_same_however_it_is_wrapped() {
        let usual = read(&two(|_| ())).unwrap();
        let wrapped = read(&two(|signed| signed["resource"] = json!({"url": "https://…"}))).unwrap();
        let other = read(&two(|signed| {
            signed["payload"]["authorization"]["nonce"] = json!("0x03");
        }))
        .unwrap();
        assert_eq!(usual, wrapped);
        assert_ne!(usual, other);
    }

    #[test]
    fn what_cannot_be_a_signed_payment_is_refused_without_repeating_it() {
        let missing = PayloadError::Missing;
        let mut cases = vec![
            (String::new(), PayloadError::NotJson),
            ("not base64!".to_owned(), PayloadError::NotJson),
            ("e30".repeat(MAX_LENGTH), PayloadError::NotJson),
            (BASE64.encode("not json"), PayloadError::NotJson),
            (BASE64.encode("[]"), PayloadError::NotJson),
            (BASE64.encode("{}"), PayloadError::Version),
        ];
        for (signed, error) in [
            (two(|signed| signed["x402Version"] = json!(3)), PayloadError::Version),
            (two(|signed| signed["accepted"] = json!(null)), missing("accepted")),
            (
                two(|signed| signed["accepted"]["payTo"] = json!(1)),
                missing("accepted.payTo"),
            ),
            (
                two(|signed| signed["accepted"]["amount"] = json!(1)),
                missing("accepted.amount"),
            ),
            (two(|signed| signed["payload"] = json!({})), missing("payload")),
            (valid_before(json!(NOW)), PayloadError::ValidBefore),
            (valid_before(json!("-1")), PayloadError::ValidBefore),
            (valid_before(json!("0x7fff")), PayloadError::ValidBefore),
            (valid_before(json!("18446744073709551615")), PayloadError::ValidBefore),
            (
                valid_before(json!(
                    "115792089237316195423570985008687907853269984665640564039457584007913129639935"
                )),
                PayloadError::ValidBefore,
            ),
            (one(|signed| signed["network"] = json!(null)), missing("network")),
            (one(|signed| signed["scheme"] = json!(null)), missing("scheme")),
        ] {
            cases.push((encode(&signed), error));
        }
        for (text, error) in cases {
            assert_eq!(PaymentPayload::try_from(text).unwrap_err(), error);
        }
    }

    #[test]
    fn what_fits_the_challenge_passes_and_without_one_the_platform_decides() {
        for (signed, version) in [(one(|_| ()), 1), (two(|_| ()), 2)] {
            let signature = read(&signed).unwrap();
            assert_eq!(signature.check(Some(&challenge(version)), now()), Ok(()));
            assert_eq!(signature.check(None, now()), Ok(()));
        }
    }

    #[test]
    fn what_does_not_fit_says_why() {
        let terms = |what, asked: &str| Unfit::Terms {
            what,
            asked: asked.into(),
        };
        let set = |pointer: &'static str, value: Value| {
            move |signed: &mut Value| *signed.pointer_mut(pointer).unwrap() = value.clone()
        };
        let both = |accepted: &'static str, signed: &'static str, value: &'static str| {
            move |whole: &mut Value| {
                whole["accepted"][accepted] = json!(value);
                whole["payload"]["authorization"][signed] = json!(value);
            }
        };
        for (signed, unfit) in [
            (
                two(set("/payload/authorization/validBefore", json!(NOW.to_string()))),
                Unfit::Expired,
            ),
            (
                two(set("/payload/authorization/value", json!("1"))),
                Unfit::Contradiction("amount"),
            ),
            (
                two(set("/payload/authorization/to", json!("0xdef"))),
                Unfit::Contradiction("payTo"),
            ),
            (two(both("amount", "value", "1200001")), terms("amount", "1200000")),
            (two(both("payTo", "to", "0xdef")), terms("payee", "0xAbC")),
            (two(set("/accepted/asset", json!("0xbb"))), terms("asset", "0xAA")),
            (
                two(set("/accepted/network", json!("eip155:1"))),
                Unfit::Network {
                    scheme: "exact".into(),
                    network: "eip155:1".into(),
                },
            ),
            (one(|_| ()), Unfit::Version { signed: 1, asked: 2 }),
        ] {
            assert_eq!(
                read(&signed).unwrap().check(Some(&challenge(2)), now()),
                Err(unfit),
                "{signed}"
            );
        }
        let cheap = one(set("/payload/authorization/value", json!("1")));
        let refused = read(&cheap).unwrap().check(Some(&challenge(1)), now());
        assert_eq!(refused, Err(terms("amount", "1200000")));
    }

    #[test]
    fn it_never_shows() {
        let signature = read(&two(|_| ())).unwrap();
        let shown = format!("{signature:?}");
        for secret in signature.secrets() {
            assert!(!shown.contains(&secret), "{shown}");
        }
        assert_eq!(signature.secrets(), [encode(&two(|_| ())), "0x5ec7e7".to_owned()]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_text_is_a_signed_payment_or_refused(text in prop_oneof![any::<String>(), signed_json()]) {
            if let Ok(signature) = PaymentPayload::try_from(text.clone()) {
                prop_assert_eq!(signature.expose(), text.trim());
                let _ = signature.check(Some(&challenge(2)), now());
                let shown = format!("{signature:?}");
                prop_assert!(!shown.contains(text.trim()));
            }
        }
    }

    /// Base64 of JSON in roughly the right shape.
    fn signed_json() -> impl Strategy<Value = String> {
        (0u64..4, "[a-z0-9:]{0,9}", "[0-9]{0,9}", any::<String>()).prop_map(|(version, network, amount, other)| {
            encode(&json!({"x402Version": version, "scheme": "exact", "network": network, "payload": {"authorization": other},
                "accepted": {"scheme": "exact", "network": network, "amount": amount, "payTo": other}}))
        })
    }
}

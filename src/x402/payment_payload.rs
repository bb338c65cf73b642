//! What a wallet signed: decoded, and of a form that is known.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alloy_primitives::hex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::authorization::{Authorization, is_made_of};
use super::exact::{self, Hash};
use super::{Network, SCHEME, Version, header};

/// The longest header that is accepted, in characters; real ones have about 1,000.
const MAX_LENGTH: usize = 16 * 1024;

/// A signed payment: the value of the header that carries it, and what could be read of it.
///
/// It moves money for whoever holds it, so its `Debug` form is redacted, it has no `Display`, and it is exposed to the one
/// place that sends it.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct PaymentPayload {
    header: SecretString,
    /// The wallet's signature, or the transaction that holds it.
    signature: SecretString,
    pub(super) version: Version,
    pub(super) network: Network,
    /// The hash of the entry that the wallet says it accepted; version 1 does not say.
    pub(super) accepted: Option<Hash>,
    /// What was signed, where that can be read: the authorization of a chain that has them.
    pub(super) authorization: Option<Box<Authorization>>,
    digest: Hash,
}

/// When a signed payment can no longer be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// At a time: the `validBefore` of an authorization.
    At(SystemTime),
    /// Soon after it was made, as a transaction on Solana.
    Soon,
}

/// Why a text is no signed payment that can be sent. Never holds any of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Not base64 of a JSON object, or too long.
    #[error("it is not base64 of a JSON object of at most {MAX_LENGTH} characters")]
    NotJson,
    /// Two programs could read its JSON in two ways.
    #[error("its JSON has a key twice, a number in an unusual form, or too many levels")]
    Ambiguous,
    /// `x402Version` is neither 1 nor 2.
    #[error("its `x402Version` is neither 1 nor 2")]
    Version,
    /// A part of it is missing.
    #[error("it lacks `{0}`")]
    Missing(&'static str),
    /// A part of it is not what it should be.
    #[error("its `{name}` is not {expected}")]
    Field {
        /// Which part.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// It states something twice, in two ways.
    #[error("it contradicts itself: `{0}` differs between what was accepted and what was signed")]
    Contradiction(&'static str),
    /// It is a Permit2 permission, which lets a contract move money.
    #[error("it is a Permit2 permission, and only an EIP-3009 `authorization` can be sent")]
    Permit2,
    /// It is signed in a way that its network does not have.
    #[error("its `payload` is not of the one form that is known for its network: {0}, and nothing else")]
    Form(&'static str),
    /// It can never be settled.
    #[error("its `validAfter` is not before its `validBefore`")]
    Window,
}

impl PaymentPayload {
    /// The header's value, for the one place that sends it.
    pub(crate) fn expose(&self) -> &str {
        self.header.expose_secret()
    }

    /// What must not be shown if an answer repeats it: the header's value, and the wallet's signature in it.
    pub(crate) fn secrets(&self) -> Vec<String> {
        [self.expose(), self.signature.expose_secret()]
            .map(str::to_owned)
            .to_vec()
    }

    /// The protocol version it is in.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// When it can no longer be settled.
    #[must_use]
    pub fn expiry(&self) -> Expiry {
        match &self.authorization {
            Some(authorization) => Expiry::At(UNIX_EPOCH + Duration::from_secs(authorization.valid_before)),
            None => Expiry::Soon,
        }
    }

    /// Which payment it is: the SHA-256 hash of what was signed, in lower-case hexadecimal, however that is wrapped, ordered
    /// or spelled.
    #[must_use]
    pub fn digest(&self) -> String {
        hex::encode(self.digest)
    }
}

impl PartialEq for PaymentPayload {
    /// Whether both are the same payment: what was signed is the same, however it is wrapped.
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for PaymentPayload {}

impl TryFrom<String> for PaymentPayload {
    type Error = PayloadError;

    /// Decodes the header's value, forgiving white space around it, missing padding and the alphabet for URLs.
    ///
    /// # Errors
    /// [`PayloadError`], which holds nothing of the text.
    fn try_from(text: String) -> Result<Self, PayloadError> {
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return Err(PayloadError::NotJson);
        }
        let json = header::decode(text.as_bytes()).ok_or(PayloadError::NotJson)?;
        let signed = match exact::read(&json) {
            Some(Value::Object(signed)) => signed,
            None if is_object(&json) => return Err(PayloadError::Ambiguous),
            _ => return Err(PayloadError::NotJson),
        };
        let version = signed.get("x402Version").and_then(Value::as_u64);
        let version = version.and_then(Version::read).ok_or(PayloadError::Version)?;
        let network = network(version, &signed)?;
        let payload = signed.get("payload").and_then(Value::as_object);
        let payload = payload
            .filter(|payload| !payload.is_empty())
            .ok_or(PayloadError::Missing("payload"))?;
        let (signature, authorization) = match network.chain_id() {
            Some(_) => {
                let (signature, authorization) = Authorization::read(network, payload)?;
                (signature, Some(Box::new(authorization)))
            }
            None => (transaction(payload)?, None),
        };
        let accepted = signed.get("accepted");
        if let Some((accepted, authorization)) = accepted.zip(authorization.as_deref()) {
            authorization.agrees_with(network, accepted)?;
        }
        Ok(Self {
            header: header::encode(&json).into(),
            digest: digest(&signature, authorization.as_deref()),
            signature: signature.into(),
            version,
            network,
            accepted: accepted.map(exact::hash),
            authorization,
        })
    }
}

fn is_object(json: &[u8]) -> bool {
    serde_json::from_slice::<Map<String, Value>>(json).is_ok()
}

/// The network that it names. Version 1 names it, and the scheme, at the top; version 2 in the entry that it accepted.
fn network(version: Version, signed: &Map<String, Value>) -> Result<Network, PayloadError> {
    let accepted = match (version, signed.get("accepted")) {
        (Version::One, None) => signed,
        (_, accepted) => accepted
            .and_then(Value::as_object)
            .ok_or(PayloadError::Missing("accepted"))?,
    };
    for (name, expected) in [
        ("scheme", "`exact`, the only way to pay that is known"),
        (
            "network",
            "one that USDC is paid on: Base or Solana, and Base Sepolia in a sandbox",
        ),
    ] {
        let stated = accepted.get(name).and_then(Value::as_str);
        let stated = stated.ok_or(PayloadError::Missing(name))?;
        if signed.get(name).is_some_and(|top| top != stated) {
            return Err(PayloadError::Contradiction(name));
        }
        let is_known = match name {
            "scheme" => stated == SCHEME,
            _ => Network::read(stated).is_some(),
        };
        if !is_known {
            return Err(PayloadError::Field { name, expected });
        }
    }
    let network = accepted.get("network").and_then(Value::as_str);
    network.and_then(Network::read).ok_or(PayloadError::Missing("network"))
}

/// What is signed on Solana: a transaction, which nobody here can read.
fn transaction(payload: &Map<String, Value>) -> Result<String, PayloadError> {
    if !is_made_of(payload, &["transaction"]) {
        return Err(PayloadError::Form("a `transaction`"));
    }
    let transaction = payload.get("transaction").and_then(Value::as_str).unwrap_or_default();
    let is_legible = header::decode(transaction.as_bytes()).is_some_and(|bytes| !bytes.is_empty());
    is_legible.then(|| transaction.to_owned()).ok_or(PayloadError::Field {
        name: "transaction",
        expected: "a transaction in base64",
    })
}

/// The hash of what was signed, in one spelling.
fn digest(signature: &str, authorization: Option<&Authorization>) -> Hash {
    exact::hash(&match authorization {
        None => json!({"transaction": signature}),
        Some(authorization) => json!({"signature": signature.to_ascii_lowercase(), "authorization": {
            "from": authorization.from,
            "to": authorization.to,
            "value": authorization.value,
            "validAfter": authorization.valid_after.to_string(),
            "validBefore": authorization.valid_before.to_string(),
            "nonce": authorization.nonce,
        }}),
    })
}

impl JsonSchema for PaymentPayload {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PaymentPayload".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::x402::fixtures::{self, NOW, PAYER, decoded, encode, payee};

    fn two(change: impl FnOnce(&mut Value)) -> Value {
        changed(Version::Two, Network::Base, change)
    }

    fn changed(version: Version, network: Network, change: impl FnOnce(&mut Value)) -> Value {
        let mut signed = fixtures::signed(version, network, "07");
        change(&mut signed);
        signed
    }

    fn set(signed: &mut Value, pointer: &str, value: Value) {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        signed.pointer_mut(parent).unwrap()[key] = value;
    }

    fn with(pointer: &str, value: Value) -> Value {
        two(|signed| set(signed, pointer, value))
    }

    fn field(name: &str, value: Value) -> Value {
        with(&format!("/payload/authorization/{name}"), value)
    }

    #[test]
    fn both_versions_are_read_and_travel_in_their_own_header() {
        for (version, header) in [(Version::One, "x-payment"), (Version::Two, "payment-signature")] {
            for network in [Network::Base, Network::BaseSepolia, Network::Solana] {
                let signed = fixtures::signed(version, network, "07");
                let payload = decoded(&signed).unwrap();
                assert_eq!(payload.version().signature_header(), header);
                assert_eq!(payload.expose(), encode(&signed));
                assert_eq!((payload.version(), payload.network), (version, network));
                let (expiry, authorization) = match network {
                    Network::Solana => (Expiry::Soon, None),
                    _ => (
                        Expiry::At(fixtures::at(120)),
                        Some(Box::new(Authorization {
                            from: PAYER.to_lowercase(),
                            to: payee(network).to_lowercase(),
                            value: "1200000".into(),
                            valid_after: 0,
                            valid_before: NOW + 120,
                            nonce: format!("0x{:0>64}", "07"),
                        })),
                    ),
                };
                assert_eq!((payload.expiry(), &payload.authorization), (expiry, &authorization));
            }
        }
    }

    #[test]
    fn numbers_are_read_as_text_and_as_numbers() {
        for (name, number) in [
            ("value", json!(1_200_000)),
            ("validAfter", json!(0)),
            ("validBefore", json!(NOW + 120)),
        ] {
            assert_eq!(decoded(&field(name, number)), decoded(&two(|_| ())), "{name}");
        }
    }

    #[test]
    fn padding_alphabet_and_space_around_are_forgiven_and_one_form_is_sent() {
        let padded = encode(&with("/resource", json!({"description": "~~~???>>>ÿÿÿ"})));
        assert!(padded.contains(['+', '/']) && padded.ends_with('='), "{padded}");
        let bare = padded.trim_end_matches('=').to_owned();
        for text in [
            format!(" {padded}\n"),
            bare.replace('+', "-").replace('/', "_"),
            padded.replace('+', "-").replace('/', "_"),
            bare,
        ] {
            assert_eq!(PaymentPayload::try_from(text).unwrap().expose(), padded);
        }
    }

    #[test]
    fn the_same_payment_is_the_same_however_it_is_wrapped_ordered_or_spelled() {
        let usual = decoded(&two(|_| ())).unwrap();
        // As another program makes it of the canonical JSON.
        assert_eq!(
            usual.digest(),
            "6d80fc7a117626686e26ee046dbdc9b5bbe2f59607f1f2aec7bb70e45cdb909b"
        );
        let upper = |text: &str| text.to_uppercase().replace("0X", "0x");
        for same in [
            with("/resource", json!({"url": "https://…"})),
            two(Value::sort_all_objects),
            field("from", json!(upper(PAYER))),
            field("value", json!(1_200_000)),
            with("/payload/signature", json!(format!("0x{}1B", "5E".repeat(64)))),
            fixtures::signed(Version::One, Network::Base, "07"),
        ] {
            let same = decoded(&same).unwrap();
            assert_eq!((&same, same.digest()), (&usual, usual.digest()));
        }
        for other in [
            field("nonce", json!(format!("0x{:0>64}", "08"))),
            field("validBefore", json!((NOW + 121).to_string())),
            with("/payload/signature", json!(format!("0x{}1c", "5e".repeat(64)))),
            fixtures::signed(Version::Two, Network::Solana, "07"),
        ] {
            let other = decoded(&other).unwrap();
            assert!(other != usual && other.digest() != usual.digest());
        }
    }

    #[test]
    fn what_is_no_signed_payment_is_refused_without_repeating_it() {
        let missing = PayloadError::Missing;
        let mut cases = vec![
            (String::new(), PayloadError::NotJson),
            ("not base64!".to_owned(), PayloadError::NotJson),
            ("e30".repeat(MAX_LENGTH), PayloadError::NotJson),
            (header::encode(b"not json"), PayloadError::NotJson),
            (header::encode(b"[]"), PayloadError::NotJson),
            (header::encode(b"{}"), PayloadError::Version),
        ];
        for (signed, error) in [
            (with("/x402Version", json!(3)), PayloadError::Version),
            (with("/x402Version", json!("2")), PayloadError::Version),
            (with("/accepted", json!(null)), missing("accepted")),
            (with("/accepted", json!("exact")), missing("accepted")),
            (with("/accepted/scheme", json!(null)), missing("scheme")),
            (with("/accepted/network", json!(8453)), missing("network")),
            (
                two(|signed| drop(signed["accepted"].as_object_mut().unwrap().remove("payTo"))),
                missing("payTo"),
            ),
            (
                two(|signed| drop(signed["accepted"].as_object_mut().unwrap().remove("amount"))),
                missing("amount"),
            ),
            (with("/payload", json!({})), missing("payload")),
            (with("/payload", json!("0x5e")), missing("payload")),
            (
                field("validAfter", json!((NOW + 120).to_string())),
                PayloadError::Window,
            ),
            (field("value", json!("1")), PayloadError::Contradiction("amount")),
            (field("value", json!(1_200_001)), PayloadError::Contradiction("amount")),
            (
                with("/accepted/amount", json!("12000000")),
                PayloadError::Contradiction("amount"),
            ),
            (
                with("/accepted/amount", json!(1_200_000)),
                PayloadError::Contradiction("amount"),
            ),
            (field("to", json!(PAYER)), PayloadError::Contradiction("payTo")),
            (
                with("/accepted/payTo", json!(PAYER)),
                PayloadError::Contradiction("payTo"),
            ),
            (
                with("/accepted/payTo", json!(null)),
                PayloadError::Contradiction("payTo"),
            ),
            (with("/scheme", json!("upto")), PayloadError::Contradiction("scheme")),
            (with("/network", json!("base")), PayloadError::Contradiction("network")),
        ] {
            cases.push((encode(&signed), error));
        }
        for (text, error) in cases {
            assert_eq!(PaymentPayload::try_from(text.clone()).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn every_part_is_of_the_one_form_that_is_known() {
        let address = [
            json!(null),
            json!(1),
            json!(""),
            json!("0xabc"),
            json!(PAYER.replace("0x", "")),
            json!(format!("{PAYER}0")),
            json!("alice.eth"),
        ];
        let number = [
            json!(null),
            json!(true),
            json!(""),
            json!(" 1200000"),
            json!("1.2e6"),
            json!("1200000.0"),
            json!("-1200000"),
            json!("+1200000"),
            json!("01200000"),
            json!("0x124f80"),
            json!("1_200_000"),
            json!("１２"),
            json!(-1),
            json!(1_200_000.5),
            json!(2_400_000.0),
            json!("9".repeat(79)),
            json!(["1200000"]),
        ];
        let nonce = [
            json!(null),
            json!(7),
            json!("0x07"),
            json!("07".repeat(32)),
            json!(format!("0x{}", "07".repeat(33))),
            json!(format!("0x{}", "0g".repeat(32))),
        ];
        let time = [
            json!("253402300800"),
            json!(NOW * 1000),
            json!("18446744073709551616"),
            json!("115792089237316195423570985008687907853269984665640564039457584007913129639935"),
        ];
        let cases = [
            ("from", address.to_vec()),
            ("to", address.to_vec()),
            ("nonce", nonce.to_vec()),
            ("value", number.to_vec()),
            ("validAfter", [&number[..], &time].concat()),
            ("validBefore", [&number[..], &time].concat()),
        ];
        for (name, values) in cases {
            for value in values {
                let error = decoded(&field(name, value.clone())).unwrap_err();
                assert!(
                    matches!(error, PayloadError::Field { name: given, .. } if given == name),
                    "{name} {value}: {error}"
                );
            }
        }
        for signature in [
            json!(null),
            json!(""),
            json!("0x"),
            json!("0x5e"),
            json!("5e".repeat(65)),
            json!(format!("0x{}z", "5e".repeat(65))),
        ] {
            let error = decoded(&with("/payload/signature", signature)).unwrap_err();
            assert!(
                matches!(error, PayloadError::Field { name: "signature", .. }),
                "{error}"
            );
        }
        for transaction in [json!(null), json!(""), json!("?"), json!(7)] {
            let signed = changed(Version::Two, Network::Solana, |signed| {
                set(signed, "/payload/transaction", transaction);
            });
            let error = decoded(&signed).unwrap_err();
            assert!(
                matches!(
                    error,
                    PayloadError::Field {
                        name: "transaction",
                        ..
                    }
                ),
                "{error}"
            );
        }
        // A smart account's signature is longer.
        assert!(decoded(&with("/payload/signature", json!(format!("0x{}", "5e".repeat(300))))).is_ok());
    }

    #[test]
    fn permit2_upto_other_networks_and_unknown_forms_are_refused_in_plain_words() {
        let authorization = two(|_| ())["payload"]["authorization"].clone();
        let permit2 = json!({"signature": format!("0x{}", "5e".repeat(65)), "permit2Authorization": {"from": PAYER}});
        let both = |version, network| {
            changed(version, network, |signed| {
                set(signed, "/payload/transaction", json!("AQAA"));
                set(signed, "/payload/authorization", authorization.clone());
            })
        };
        let form = "its `payload` is not of the one form that is known for its network: a `signature`, and an `authorization` of \
                    `from`, `to`, `value`, `validAfter`, `validBefore` and `nonce`, and nothing else";
        let on_solana =
            "its `payload` is not of the one form that is known for its network: a `transaction`, and nothing else";
        let mut cases = vec![
            (
                with("/payload", permit2.clone()),
                "it is a Permit2 permission, and only an EIP-3009 `authorization` can be sent",
            ),
            (
                with("/payload/permit2Authorization", json!({})),
                "it is a Permit2 permission, and only an EIP-3009 `authorization` can be sent",
            ),
            (
                with("/accepted/scheme", json!("upto")),
                "its `scheme` is not `exact`, the only way to pay that is known",
            ),
            (
                with("/accepted/network", json!("eip155:1")),
                "its `network` is not one that USDC is paid on: Base or Solana, and Base Sepolia in a sandbox",
            ),
            (with("/payload", json!({"transaction": "AQAA"})), form),
            (with("/payload", json!({"signature": "0x5e"})), form),
            (with("/payload", json!({"authorization": authorization})), form),
            (with("/payload/authorization", json!("0x5e")), form),
            (with("/payload/extra", json!(1)), form),
            (field("spender", json!(PAYER)), form),
            (field("Value", json!("1")), form),
            (
                two(|signed| {
                    drop(
                        signed["payload"]["authorization"]
                            .as_object_mut()
                            .unwrap()
                            .remove("nonce"),
                    );
                }),
                form,
            ),
        ];
        for version in [Version::One, Version::Two] {
            cases.push((both(version, Network::Base), form));
            cases.push((both(version, Network::Solana), on_solana));
        }
        for (signed, says) in cases {
            assert_eq!(decoded(&signed).unwrap_err().to_string(), says, "{signed}");
        }
    }

    #[test]
    fn json_that_can_be_read_in_two_ways_is_refused() {
        let usual = two(|_| ()).to_string();
        for (plain, odd) in [
            (r#""value":"1200000""#, r#""value":"1","value":"1200000""#),
            (r#""value":"1200000""#, r#""value":1.2e6"#),
            (r#""value":"1200000""#, r#""value":1200000.00"#),
            (r#""value":"1200000""#, r#""value":1200000000000000000000000"#),
            (r#""payload":{"#, r#""payload":{"transaction":"AQAA"},"payload":{"#),
            (r#""payload":{"#, r#""\u0070ayload":{},"payload":{"#),
            (r#""maxTimeoutSeconds":120"#, r#""maxTimeoutSeconds":1.2e2"#),
        ] {
            assert!(usual.contains(plain), "{plain}");
            let refused = PaymentPayload::try_from(header::encode(usual.replacen(plain, odd, 1).as_bytes()));
            assert_eq!(refused.unwrap_err(), PayloadError::Ambiguous, "{odd}");
        }
    }

    #[test]
    fn a_signature_is_kept_from_being_shown_in_the_spelling_in_which_it_is_sent() {
        let spelled = format!("0x{}1B", "5eA".repeat(42) + "5e");
        let payload = decoded(&with("/payload/signature", json!(spelled))).unwrap();
        assert_eq!(payload.secrets()[1], spelled);
    }

    #[test]
    fn it_never_shows() {
        for network in [Network::Base, Network::Solana] {
            let signed = fixtures::signed(Version::Two, network, "07");
            let payload = decoded(&signed).unwrap();
            let inner = signed
                .pointer("/payload/signature")
                .or(signed.pointer("/payload/transaction"));
            assert_eq!(
                payload.secrets(),
                [encode(&signed), inner.unwrap().as_str().unwrap().to_owned()]
            );
            let shown = format!("{payload:?}");
            for secret in payload.secrets() {
                assert!(!shown.contains(&secret), "{shown}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_text_is_a_signed_payment_or_refused(text in prop_oneof![any::<String>(), signed_json()]) {
            if let Ok(payload) = PaymentPayload::try_from(text.clone()) {
                prop_assert_eq!(payload.expose(), text.trim());
                let shown = format!("{payload:?}");
                prop_assert!(!shown.contains(text.trim()));
            }
        }

        #[test]
        fn what_is_read_of_an_authorization_is_what_it_says(
            value in any::<u64>(), from in any::<[u8; 20]>(), nonce in any::<[u8; 32]>(), after in 0..NOW, as_text in any::<bool>(),
        ) {
            let hex = |bytes: &[u8]| bytes.iter().fold("0x".to_owned(), |text, byte| text + &format!("{byte:02x}"));
            let number = |number: u64| if as_text { json!(number.to_string()) } else { json!(number) };
            let signed = two(|signed| {
                signed["accepted"]["amount"] = json!(value.to_string());
                let authorization = &mut signed["payload"]["authorization"];
                authorization["value"] = number(value);
                authorization["validAfter"] = number(after);
                authorization["from"] = json!(hex(&from));
                authorization["nonce"] = json!(hex(&nonce));
            });
            let expected = Authorization {
                from: hex(&from),
                to: payee(Network::Base).to_lowercase(),
                value: value.to_string(),
                valid_after: after,
                valid_before: NOW + 120,
                nonce: hex(&nonce),
            };
            prop_assert_eq!(decoded(&signed).unwrap().authorization, Some(Box::new(expected)));
        }
    }

    /// A signed payment of which something is something else.
    fn signed_json() -> impl Strategy<Value = String> {
        let pointers = proptest::sample::select(vec![
            "/x402Version",
            "/scheme",
            "/network",
            "/accepted",
            "/accepted/amount",
            "/accepted/payTo",
            "/payload",
            "/payload/signature",
            "/payload/authorization",
            "/payload/authorization/from",
            "/payload/authorization/value",
            "/payload/authorization/validBefore",
            "/payload/authorization/nonce",
            "/payload/authorization/other",
        ]);
        let values = prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[0-9]{0,20}".prop_map(Value::from),
            "0x[0-9a-f]{0,130}".prop_map(Value::from),
            Just(json!(null)),
            Just(json!({})),
        ];
        (pointers, values).prop_map(|(pointer, value)| encode(&with(pointer, value)))
    }
}

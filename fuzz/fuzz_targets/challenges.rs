//! Challenges of X402, in a body or in its header: what a wallet is asked to sign is an entry of the challenge, unchanged,
//! fit to show, and payable as it stands.
//!
//! The input is where the challenge is, on which chains, and its JSON with control characters for the token and the order.
#![no_main]

use std::time::{Instant, SystemTime};

use acedata_pay_mcp::fuzzing::Received;
use acedata_pay_mcp::money::Money;
use acedata_pay_mcp::platform::Started;
use acedata_pay_mcp::x402::{
    Chains, Network, PAYMENT_REQUIRED_HEADER, PayloadError, PaymentPayload, PaymentRequired, PaymentRequirements,
    Unfit, Version,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use fuzz::{TOKEN, assert_hides, assert_order, assert_visible, filled, order_id, token};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

fuzz_target!(|input: &[u8]| {
    let [place, json @ ..] = input else { return };
    let chains = if place & 1 == 0 { Chains::Live } else { Chains::Sandbox };
    let status = if place & 2 == 0 { 402 } else { 200 };
    let json = filled(json, TOKEN);
    let encoded = BASE64.encode(&json);
    let (headers, body) = match place & 12 {
        0 | 4 => (vec![], json.clone()),
        8 => (vec![(PAYMENT_REQUIRED_HEADER, encoded.as_bytes())], b"{}".to_vec()),
        _ => (vec![(PAYMENT_REQUIRED_HEADER, encoded.as_bytes())], json.clone()),
    };
    let Some(received) = Received::new(status, &headers, body, &token(), None) else {
        return;
    };
    match received.started(order_id(), Some(chains)) {
        Ok(Started::PaymentRequired(required)) => assert_challenge(&required, chains, &json),
        Ok(Started::Order(order)) => assert_order(&order, false),
        Err(error) => assert!(error.may_have_happened() == (status == 200), "{error:?}"),
    }
    // Who did not ask for X402 gets no challenge to sign.
    assert!(!matches!(
        received.started(order_id(), None),
        Ok(Started::PaymentRequired(_))
    ));
});

fn assert_challenge(required: &PaymentRequired, chains: Chains, json: &[u8]) {
    assert!((1..=4).contains(&required.options.len()));
    if let Some(resource) = &required.resource {
        for text in [
            Some(&resource.url),
            resource.description.as_ref(),
            resource.mime_type.as_ref(),
        ]
        .into_iter()
        .flatten()
        {
            assert_visible(text.as_str());
            assert_hides(text.as_str(), TOKEN);
        }
    }
    let answer: Value = serde_json::from_slice(json).unwrap_or_default();
    let mut length = 0;
    for option in &required.options {
        let entry = option.entry();
        length += Value::Object(entry.clone()).to_string().len();
        if !answer.is_null() {
            assert!(holds(&answer, &entry), "{entry:?} is no entry of the challenge");
        }
        assert_option(option, &entry, chains);
        assert_fit_to_show(&Value::Object(entry.clone()));
        if option.network != Network::Solana {
            assert_payable(required, option, entry);
        }
    }
    assert!(length <= 4096);
}

/// An option says what its entry says.
fn assert_option(option: &PaymentRequirements, entry: &Map<String, Value>, chains: Chains) {
    assert!(chains.allow(option.network));
    assert_eq!(Network::read(entry["network"].as_str().unwrap()), Some(option.network));
    assert!(
        entry["asset"]
            .as_str()
            .unwrap()
            .eq_ignore_ascii_case(option.network.usdc())
    );
    assert_eq!(entry["payTo"], option.pay_to.as_str());
    for amount in ["amount", "maxAmountRequired"]
        .iter()
        .filter_map(|key| entry.get(*key))
        .filter(|amount| !amount.is_null())
    {
        assert_eq!(amount, &option.amount_atomic);
    }
    let atomic: u128 = option.amount_atomic.parse().unwrap();
    assert!(atomic > 0 && !option.amount.is_zero());
    let written: Money = format!("{}.{:06}", atomic / 1_000_000, atomic % 1_000_000)
        .parse()
        .unwrap();
    assert_eq!(option.amount, written);
}

/// Nothing of it disguises anything, or is a secret.
fn assert_fit_to_show(value: &Value) {
    match value {
        Value::String(text) => {
            assert_visible(text);
            assert_hides(text, TOKEN);
        }
        Value::Array(list) => list.iter().for_each(assert_fit_to_show),
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            assert_visible(key);
            assert_hides(key, TOKEN);
            assert_fit_to_show(value);
        }),
        _ => {}
    }
}

/// What is signed for the entry is taken; with one digit more, or for somebody else, it is not.
fn assert_payable(required: &PaymentRequired, option: &PaymentRequirements, entry: Map<String, Value>) {
    let now = SystemTime::now();
    let until = now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() + 60;
    let terms = required.terms(Instant::now());
    let signed = |value: &str, payee: &str, accepted: Option<Map<String, Value>>| {
        let payload = json!({"signature": format!("0x{}1b", "5e".repeat(64)), "authorization": {
            "from": "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", "to": payee, "value": value,
            "validAfter": "0", "validBefore": until.to_string(), "nonce": format!("0x{}", "ab".repeat(32)),
        }});
        let mut json = json!({"x402Version": required.version.number(), "payload": payload});
        match accepted {
            Some(accepted) => json["accepted"] = accepted.into(),
            None => {
                json["scheme"] = "exact".into();
                json["network"] = option.network_id.as_str().into();
            }
        }
        PaymentPayload::try_from(BASE64.encode(json.to_string()))
    };
    let accepted = (required.version == Version::Two).then_some(entry);
    let payment = signed(&option.amount_atomic, option.pay_to.as_str(), accepted.clone()).unwrap();
    let checked = payment.check(&terms, now).unwrap();
    assert_eq!(
        (checked.network, checked.amount, &checked.amount_atomic),
        (option.network, option.amount, &option.amount_atomic)
    );
    assert!(checked.payee.eq_ignore_ascii_case(option.pay_to.as_str()));

    // More than is asked for, and somebody else.
    let more = format!("{}0", option.amount_atomic);
    let other = format!("0x{}", "77".repeat(20));
    for (value, payee) in [(more.as_str(), option.pay_to.as_str()), (&option.amount_atomic, &other)] {
        let is_asked_for = required
            .options
            .iter()
            .any(|option| option.amount_atomic == value && option.pay_to.as_str().eq_ignore_ascii_case(payee));
        match signed(value, payee, accepted.clone()) {
            Ok(payment) => assert!(is_asked_for || matches!(payment.check(&terms, now), Err(Unfit::Terms { .. }))),
            Err(error) => assert!(
                matches!(error, PayloadError::Contradiction(_) if accepted.is_some()),
                "{error}"
            ),
        }
    }
}

/// Whether an entry stands in an answer, wherever it is.
fn holds(answer: &Value, entry: &Map<String, Value>) -> bool {
    match answer {
        Value::Array(list) => list.iter().any(|value| holds(value, entry)),
        Value::Object(object) => object == entry || object.values().any(|value| holds(value, entry)),
        _ => false,
    }
}

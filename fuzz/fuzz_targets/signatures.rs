//! Signed payments of X402, and the answers to them: what is taken pays what was asked for, reads the same however it is
//! wrapped, and does not show.
//!
//! The input is how the payment is wrapped, and its JSON or the header itself; after a line break, the platform's answer in
//! which control characters stand for the payment.
#![no_main]

use std::time::{Duration, Instant, SystemTime};

use acedata_pay_mcp::fuzzing::{Received, header};
use acedata_pay_mcp::platform::ErrorKind;
use acedata_pay_mcp::x402::{
    Chains, Charged, Network, PaymentPayload, PaymentRequired, SETTLEMENT_HEADERS, Unfit, Version,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use fuzz::{assert_hides, assert_visible, filled, order_id, token};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// When everything happens, in seconds since 1970.
const NOW: u64 = 1_795_000_000;

/// Who is paid, on Base and on Solana.
const PAYEE: &str = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
const PAYEE_ON_SOLANA: &str = "3SPmhqYsBgHuFiRBvWLRqdQmEZ3RGPE6zYqdXjnyHZ4k";

fuzz_target!(|input: &[u8]| {
    let [wrapped, rest @ ..] = input else { return };
    let (payment, answer) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (rest, [].as_slice()),
    };
    let text = match wrapped & 3 {
        0 | 1 => BASE64.encode(payment),
        2 => URL_SAFE_NO_PAD.encode(payment),
        _ => String::from_utf8_lossy(payment).into_owned(),
    };
    match PaymentPayload::try_from(text.clone()) {
        Ok(payment) => {
            assert_same_however_wrapped(&payment, &text);
            assert_checked(&payment);
            assert_answered(&payment, wrapped >> 2, answer);
        }
        // It is a constant: it cannot hold any of the text.
        Err(error) => assert_visible(&error.to_string()),
    }
});

/// Spaces, padding, alphabets and the order of keys make no other payment of it, and none of it shows.
fn assert_same_however_wrapped(payment: &PaymentPayload, text: &str) {
    let json = BASE64.decode(header(payment)).unwrap();
    let value: Value = serde_json::from_slice(&json).unwrap();
    for other in [
        header(payment).to_owned(),
        format!(" \t{text}\r\n"),
        URL_SAFE_NO_PAD.encode(&json),
        BASE64.encode(turned(&value).to_string()),
        BASE64.encode(serde_json::to_string_pretty(&value).unwrap()),
    ] {
        if other.len() > 16 * 1024 {
            continue;
        }
        let other = PaymentPayload::try_from(other).unwrap();
        assert_eq!(
            (&other, other.digest(), other.version(), other.expiry()),
            (payment, payment.digest(), payment.version(), payment.expiry())
        );
    }
    assert_eq!(
        u64::from(payment.version().number()),
        value["x402Version"].as_u64().unwrap()
    );
    assert!(payment.digest().len() == 64);
    // What is signed is no secret, and may look like the signature of it.
    let signed = value["payload"]["authorization"].as_object();
    let signed = signed
        .into_iter()
        .flat_map(|fields| fields.values().filter_map(Value::as_str))
        .filter(|field| field.len() > 20);
    let shown = signed.fold(format!("{payment:?}"), |shown, field| {
        shown.replace(&field.to_lowercase(), " ")
    });
    assert_hides(&shown, header(payment));
    assert_hides(&shown, value["payload"]["signature"].as_str().unwrap_or_default());
}

/// The same value, with the keys of each object the other way round.
fn turned(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(turned).collect(),
        Value::Object(object) => object
            .iter()
            .rev()
            .map(|(key, value)| (key.clone(), turned(value)))
            .collect(),
        other => other.clone(),
    }
}

/// The challenge of an order over 1.20 USDC.
fn required(version: Version) -> PaymentRequired {
    let entry = |network: Network| {
        let (name, amount) = match version {
            Version::One => (network.name(), "maxAmountRequired"),
            Version::Two => (network.id(), "amount"),
        };
        let payee = if network == Network::Solana {
            PAYEE_ON_SOLANA
        } else {
            PAYEE
        };
        json!({"scheme": "exact", "network": name, "asset": network.usdc(), amount: "1200000", "payTo": payee,
            "maxTimeoutSeconds": 120, "extra": {"name": "USD Coin", "version": "2"}})
    };
    let entries = [entry(Network::Base), entry(Network::Solana)];
    let challenge = json!({"x402Version": version.number(), "accepts": entries});
    PaymentRequired::read(challenge.to_string().as_bytes(), Chains::Live).unwrap()
}

/// What is taken for an order pays it: read anew, from the JSON.
fn assert_checked(payment: &PaymentPayload) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    for version in [Version::One, Version::Two] {
        let required = required(version);
        let checked = match payment.check(&required.terms(Instant::now()), now) {
            Ok(checked) => checked,
            Err(unfit) => {
                assert_visible(&unfit.to_string());
                assert!(version == payment.version() || !matches!(unfit, Unfit::Entry | Unfit::Terms { .. }));
                continue;
            }
        };
        let signed: Value = serde_json::from_slice(&BASE64.decode(header(payment)).unwrap()).unwrap();
        assert_eq!(signed["x402Version"], version.number());
        assert_eq!(
            (checked.amount.to_string().as_str(), checked.amount_atomic.as_str()),
            ("1.20", "1200000")
        );
        let entry = required
            .options
            .iter()
            .find(|option| option.network == checked.network)
            .unwrap()
            .entry();
        if let Some(accepted) = signed.get("accepted") {
            assert_eq!(accepted, &Value::Object(entry), "what was accepted is the entry");
        } else {
            assert_eq!(
                (version, Network::read(signed["network"].as_str().unwrap())),
                (Version::One, Some(checked.network))
            );
        }
        let authorization = &signed["payload"]["authorization"];
        if checked.network == Network::Solana {
            assert_eq!(
                (checked.payee.as_str(), checked.is_readable()),
                (PAYEE_ON_SOLANA, false)
            );
            assert!(authorization.is_null() && signed["payload"]["transaction"].is_string());
        } else {
            let number = |name: &str| match &authorization[name] {
                Value::String(text) => text.parse().unwrap(),
                number => number.as_u64().unwrap(),
            };
            assert!(authorization["to"].as_str().unwrap().eq_ignore_ascii_case(PAYEE));
            assert_eq!((number("value"), checked.is_readable()), (1_200_000, true));
            let (after, before) = (number("validAfter"), number("validBefore"));
            assert_eq!((checked.valid_after, checked.valid_before), (Some(after), Some(before)));
            assert!(after < before && after <= NOW + 60 && before > NOW - 60 && before <= NOW + 3660);
        }
    }
}

/// The answer to it gives it not away, and says that nobody was charged only where the platform does.
fn assert_answered(payment: &PaymentPayload, how: u8, answer: &[u8]) {
    let secret = header(payment);
    let answer = filled(answer, secret);
    let encoded = BASE64.encode(&answer);
    let status = if how & 1 == 0 { 402 } else { 200 };
    let headers = [(SETTLEMENT_HEADERS[usize::from(how >> 1 & 1)], encoded.as_bytes())];
    let headers = if how & 4 == 0 { &headers[..0] } else { &headers[..] };
    let Some(received) = Received::new(status, headers, answer.clone(), &token(), Some(payment)) else {
        return;
    };
    match received.settled(order_id()) {
        Ok(settled) => {
            assert_eq!((settled.order.id, status), (order_id(), 200));
            assert_hides(&format!("{settled:?}"), secret);
        }
        Err(error) => {
            assert_hides(&format!("{error:?}"), secret);
            match &error.kind {
                ErrorKind::PaymentFailed(failed) if failed.charged == Charged::No => {
                    let said = String::from_utf8_lossy(&answer);
                    // What is packed, or only nearly JSON, is read by the program alone.
                    if let Ok(said) = serde_json::from_str::<Value>(&said) {
                        let charged = said.pointer("/extensions/acedatacloud/paymentError/charged");
                        assert_eq!(charged, Some(&Value::Bool(false)));
                    }
                }
                _ => assert!(error.may_have_happened(), "{error:?}"),
            }
        }
    }
}

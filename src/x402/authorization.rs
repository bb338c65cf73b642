//! EIP-3009 authorizations: what a wallet signs on a chain that has them.

use serde_json::{Map, Value};

use super::network::hexadecimal;
use super::{Network, PayloadError};

/// The end of the year 9999, in seconds since 1970. A time after that is one in milliseconds, or none at all.
const LAST_TIME: u64 = 253_402_300_799;

/// What an authorization consists of.
const FIELDS: [&str; 6] = ["from", "to", "value", "validAfter", "validBefore", "nonce"];

/// What is paid, to whom, and when. None of it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authorization {
    pub(super) from: String,
    pub(super) to: String,
    /// In the token's smallest unit, in plain digits.
    pub(super) value: String,
    /// In seconds since 1970.
    pub(super) valid_after: u64,
    /// In seconds since 1970.
    pub(super) valid_before: u64,
    pub(super) nonce: String,
}

impl Authorization {
    /// Reads what was signed, of the one form that is known: the signature, and what it authorizes.
    pub(super) fn read(network: Network, payload: &Map<String, Value>) -> Result<(String, Self), PayloadError> {
        const FORM: PayloadError = PayloadError::Form(
            "a `signature`, and an `authorization` of `from`, `to`, `value`, `validAfter`, `validBefore` and `nonce`",
        );
        if payload.contains_key("permit2Authorization") {
            return Err(PayloadError::Permit2);
        }
        let fields = payload.get("authorization").and_then(Value::as_object).ok_or(FORM)?;
        if !is_made_of(payload, &["signature", "authorization"]) || !is_made_of(fields, &FIELDS) {
            return Err(FORM);
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let address = |name| {
            let expected = "an address of 20 bytes in hexadecimal, after `0x`";
            let address = text(name).and_then(|address| network.address(address));
            address.ok_or(PayloadError::Field { name, expected })
        };
        let time = |name| {
            let expected = "a time in whole seconds since 1970, before the year 10000";
            let time = fields
                .get(name)
                .and_then(whole_number)
                .and_then(|time| time.parse().ok());
            time.filter(|time| *time <= LAST_TIME)
                .ok_or(PayloadError::Field { name, expected })
        };
        let authorization = Self {
            from: address("from")?,
            to: address("to")?,
            value: fields.get("value").and_then(whole_number).ok_or(PayloadError::Field {
                name: "value",
                expected: "a whole number in plain digits",
            })?,
            valid_after: time("validAfter")?,
            valid_before: time("validBefore")?,
            nonce: text("nonce")
                .and_then(|nonce| hexadecimal(nonce, 32))
                .ok_or(PayloadError::Field {
                    name: "nonce",
                    expected: "32 bytes in hexadecimal, after `0x`",
                })?,
        };
        if authorization.valid_after >= authorization.valid_before {
            return Err(PayloadError::Window);
        }
        let signature = payload.get("signature").and_then(Value::as_str);
        let signature = signature
            .filter(|signature| is_signature(signature))
            .ok_or(PayloadError::Field {
                name: "signature",
                expected: "65 bytes or more in hexadecimal, after `0x`",
            })?;
        Ok((signature.to_owned(), authorization))
    }

    /// Checks that what the wallet says it accepted is what it signed.
    pub(super) fn agrees_with(&self, network: Network, accepted: &Value) -> Result<(), PayloadError> {
        let stated = |key: &'static str| accepted.get(key).ok_or(PayloadError::Missing(key));
        // Both versions have a word for it, and the other version's may be null.
        let words = ["amount", "maxAmountRequired"].into_iter();
        let amount = words
            .filter_map(|word| accepted.get(word))
            .find(|amount| !amount.is_null());
        let amount = amount.ok_or(PayloadError::Missing("amount"))?;
        if amount.as_str() != Some(&self.value) {
            return Err(PayloadError::Contradiction("amount"));
        }
        let payee = stated("payTo")?.as_str().and_then(|payee| network.address(payee));
        if payee.as_ref() != Some(&self.to) {
            return Err(PayloadError::Contradiction("payTo"));
        }
        Ok(())
    }
}

/// Whether an object has exactly those members.
pub(super) fn is_made_of(object: &Map<String, Value>, names: &[&str]) -> bool {
    object.len() == names.len() && names.iter().all(|name| object.contains_key(*name))
}

/// A whole number of zero or more, as text or as a number; in plain digits, without zeros in front.
fn whole_number(value: &Value) -> Option<String> {
    let digits = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_u64()?.to_string(),
        _ => return None,
    };
    let is_plain = digits == "0" || !digits.starts_with('0');
    let is_number = (1..=78).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_plain && is_number).then_some(digits)
}

/// A wallet's signature: of a key, or longer of a contract.
fn is_signature(text: &str) -> bool {
    let bytes = text.len().saturating_sub(2) / 2;
    bytes >= 65 && hexadecimal(text, bytes).is_some()
}

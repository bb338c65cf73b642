//! X402: the challenge that asks a wallet to pay in USDC.
//!
//! Vocabulary: no I/O. Both versions of the protocol are read: version 2 (`amount`, networks such as `eip155:8453`)
//! and version 1 (`maxAmountRequired`, networks such as `base`).

use serde_json::{Map, Value};

use crate::money::Money;
use crate::text::Text;

/// USDC counts in millionths where a challenge does not say otherwise.
const USDC_DECIMALS: u32 = 6;

/// How many ways to pay are read of one challenge; real ones have one or two.
const MAX_OPTIONS: usize = 8;

/// What a wallet is asked to sign. Nothing has been charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The protocol version the answer must be in: 1 or 2.
    pub version: u64,
    /// The ways to pay; at least one.
    pub options: Vec<PaymentOption>,
}

/// One way to meet a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentOption {
    /// The chain, as the challenge names it.
    pub network: Text,
    /// The amount in USDC.
    pub amount: Money,
    /// The address that is paid.
    pub pay_to: Text,
}

impl Challenge {
    /// Finds the challenge in an answer's JSON: at its top, or under `payment_requirements`.
    ///
    /// `None` when there is none, or none of its entries can be read.
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
            .filter_map(PaymentOption::read)
            .take(MAX_OPTIONS)
            .collect();
        if options.is_empty() {
            return None;
        }
        let stated = challenge.get("x402Version").and_then(Value::as_u64);
        let is_first = || entries.iter().any(|entry| entry.get("maxAmountRequired").is_some());
        let version = stated.unwrap_or_else(|| if is_first() { 1 } else { 2 });
        Some(Self { version, options })
    }
}

impl PaymentOption {
    fn read(entry: &Value) -> Option<Self> {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let decimals = entry
            .pointer("/extra/decimals")
            .and_then(Value::as_u64)
            .and_then(|decimals| u32::try_from(decimals).ok());
        let atomic = text("amount").or_else(|| text("maxAmountRequired"))?;
        Some(Self {
            network: Text::fact(text("network")?)?,
            amount: Money::from_atomic(atomic, decimals.unwrap_or(USDC_DECIMALS)).ok()?,
            pay_to: Text::fact(text("payTo")?)?,
        })
    }

    /// The chain's name for people; the challenge's own word where it is not a known one.
    #[must_use]
    pub fn network_name(&self) -> &str {
        match self.network.as_str() {
            "eip155:8453" | "base" => "Base",
            "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp" | "solana" => "Solana",
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry() -> Value {
        json!({
            "scheme": "exact", "network": "eip155:8453", "amount": "1200000", "payTo": "0xabc",
            "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "maxTimeoutSeconds": 120,
            "extra": {"name": "USD Coin", "version": "2", "decimals": 6},
        })
    }

    fn option(network: &str, amount: &str) -> PaymentOption {
        PaymentOption {
            network: Text::fact(network).unwrap(),
            amount: amount.parse().unwrap(),
            pay_to: Text::fact("0xabc").unwrap(),
        }
    }

    #[test]
    fn a_challenge_is_found_wherever_the_platform_puts_it() {
        let expected = Challenge {
            version: 2,
            options: vec![option("eip155:8453", "1.20")],
        };
        for answer in [
            json!({"x402Version": 2, "error": "Payment required.", "accepts": [entry()]}),
            json!({"payment_requirements": {"x402Version": 2, "accepts": [entry()]}}),
            json!({"x402Version": 2, "payment_requirements": [entry()]}),
            json!({"accepts": [entry()]}),
        ] {
            assert_eq!(Challenge::read(&answer), Some(expected.clone()), "{answer}");
        }
    }

    #[test]
    fn version_one_is_read_too() {
        let answer = json!({"x402Version": 1, "accepts": [
            {"scheme": "exact", "network": "base", "maxAmountRequired": "990000", "payTo": "0xabc"},
        ]});
        let challenge = Challenge::read(&answer).unwrap();
        assert_eq!(
            challenge,
            Challenge {
                version: 1,
                options: vec![option("base", "0.99")]
            }
        );
        assert_eq!(challenge.options[0].network_name(), "Base");
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_left_out() {
        let mut broken = entry();
        broken["amount"] = json!(1_200_000);
        let answer = json!({"x402Version": 2, "accepts": [broken, entry()]});
        assert_eq!(Challenge::read(&answer).unwrap().options.len(), 1);
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
            json!({"detail": "Insufficient balance."}),
        ] {
            assert_eq!(Challenge::read(&answer), None, "{answer}");
        }
    }
}

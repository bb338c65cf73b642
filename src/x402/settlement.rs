//! How a signed payment ended: the receipt, or why there is none.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::network_name;
use crate::text::{Identifier, Word};

/// The proof of a settlement.
///
/// The field docs are the schema's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SettlementResponse {
    /// Whether it was settled.
    pub success: bool,
    /// Transaction on the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub transaction: Option<Identifier>,
    /// Chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub network: Option<Word>,
    /// Who paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub payer: Option<Identifier>,
}

impl SettlementResponse {
    /// Reads a receipt header's JSON; `None` when it does not say whether the payment was settled.
    #[must_use]
    pub fn read(receipt: &Value) -> Option<Self> {
        Some(Self {
            success: receipt.get("success")?.as_bool()?,
            transaction: identifier(receipt, "transaction"),
            network: word(receipt, "network"),
            payer: identifier(receipt, "payer"),
        })
    }

    /// The chain's name for people.
    #[must_use]
    pub fn network_name(&self) -> Option<&str> {
        self.network.as_ref().map(|network| network_name(network.as_str()))
    }
}

/// Why a signed payment was not settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaymentError {
    /// The platform's code for it, such as `insufficient_funds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Identifier>,
    /// Where it failed, such as `verify` or `settle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Word>,
    /// Whether the payer was charged.
    pub charged: Charged,
    /// Whether the platform says that the same may succeed later.
    #[serde(skip)]
    pub retryable: bool,
}

/// Whether the payer was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Charged {
    /// Certainly not.
    No,
    /// The platform says so, although the payment failed.
    Yes,
    /// The platform does not say.
    Unknown,
}

impl PaymentError {
    /// Reads the body of a 402 that answers a signed payment, with the receipt header's JSON where there is one.
    ///
    /// Only `"charged": false` means that nobody was charged; without it that is unknown, and so it is while the settlement
    /// is said to be pending, or when a receipt says that it succeeded.
    #[must_use]
    pub fn read(body: &Value, receipt: Option<&Value>) -> Self {
        let error = body.pointer("/extensions/acedatacloud/paymentError");
        let flag = |key| error.and_then(|error| error.get(key)?.as_bool());
        let code = error
            .and_then(|error| identifier(error, "code"))
            .or_else(|| identifier(receipt?, "errorReason"))
            .or_else(|| identifier(body, "error"));
        let is_pending = code
            .as_ref()
            .is_some_and(|code| code.as_str().to_ascii_lowercase().contains("pending"));
        let is_settled = receipt
            .and_then(SettlementResponse::read)
            .is_some_and(|receipt| receipt.success);
        Self {
            code,
            stage: error.and_then(|error| word(error, "stage")),
            charged: match flag("charged") {
                Some(false) if !is_pending && !is_settled => Charged::No,
                Some(true) => Charged::Yes,
                _ => Charged::Unknown,
            },
            retryable: flag("retryable").unwrap_or(false),
        }
    }
}

fn identifier(object: &Value, key: &str) -> Option<Identifier> {
    Identifier::read(object.get(key)?.as_str()?)
}

fn word(object: &Value, key: &str) -> Option<Word> {
    Word::read(object.get(key)?.as_str()?)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_receipt_is_read_as_far_as_it_goes() {
        let whole = json!({"success": true, "transaction": "0xab", "network": "eip155:8453", "payer": "0xcd", "x": 1});
        let receipt = SettlementResponse::read(&whole).unwrap();
        assert_eq!(receipt.network_name(), Some("Base"));
        assert_eq!(
            receipt,
            SettlementResponse {
                success: true,
                transaction: Identifier::read("0xab"),
                network: Word::read("eip155:8453"),
                payer: Identifier::read("0xcd"),
            }
        );
        assert_eq!(
            SettlementResponse::read(&json!({"success": false, "transaction": null})),
            Some(SettlementResponse {
                success: false,
                transaction: None,
                network: None,
                payer: None
            })
        );
        for other in [json!(null), json!({}), json!({"success": "true"})] {
            assert_eq!(SettlementResponse::read(&other), None, "{other}");
        }
    }

    #[test]
    fn only_a_plain_no_means_not_charged() {
        let of = |error: Value| json!({"x402Version": 2, "extensions": {"acedatacloud": {"paymentError": error}}});
        let code = |code: &str| Identifier::read(code);
        for (body, receipt, expected) in [
            (
                of(json!({"code": "insufficient_funds", "stage": "verify", "retryable": true, "charged": false})),
                None,
                (code("insufficient_funds"), Word::read("verify"), Charged::No, true),
            ),
            (
                of(json!({"code": "settle_failed"})),
                None,
                (code("settle_failed"), None, Charged::Unknown, false),
            ),
            (
                of(json!({"code": "SETTLEMENT_PENDING", "charged": false})),
                None,
                (code("SETTLEMENT_PENDING"), None, Charged::Unknown, false),
            ),
            (
                of(json!({"charged": false})),
                Some(json!({"success": true})),
                (None, None, Charged::Unknown, false),
            ),
            (of(json!({"charged": true})), None, (None, None, Charged::Yes, false)),
            (
                of(json!({"charged": "false"})),
                None,
                (None, None, Charged::Unknown, false),
            ),
            (
                of(json!({"charged": null})),
                None,
                (None, None, Charged::Unknown, false),
            ),
            (
                json!({"x402Version": 1, "error": "invalid_exact_evm_payload_signature", "accepts": []}),
                None,
                (
                    code("invalid_exact_evm_payload_signature"),
                    None,
                    Charged::Unknown,
                    false,
                ),
            ),
            (
                json!({"error": "Payment required for this order."}),
                Some(json!({"success": false, "errorReason": "insufficient_funds"})),
                (code("insufficient_funds"), None, Charged::Unknown, false),
            ),
            (json!("what?"), None, (None, None, Charged::Unknown, false)),
        ] {
            let (code, stage, charged, retryable) = expected;
            let expected = PaymentError {
                code,
                stage,
                charged,
                retryable,
            };
            assert_eq!(PaymentError::read(&body, receipt.as_ref()), expected, "{body}");
        }
    }
}

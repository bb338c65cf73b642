//! The receipt of a signed payment.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Network;
use crate::money::Money;
use crate::text::{Identifier, Word};

/// The proof of a settlement.
///
/// The field docs are the schema's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SettlementResponse {
    /// Whether it was settled.
    pub success: bool,
    /// In USDC; the receipt itself does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Transaction on the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<Identifier>,
    /// Chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Word>,
    /// Who paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<Identifier>,
}

impl SettlementResponse {
    /// Reads a receipt header's JSON; `None` when it does not say whether the payment was settled.
    #[must_use]
    pub fn read(receipt: &Value) -> Option<Self> {
        Some(Self {
            success: receipt.get("success")?.as_bool()?,
            amount: None,
            transaction: identifier(receipt, "transaction"),
            network: word(receipt, "network"),
            payer: identifier(receipt, "payer"),
        })
    }

    /// The chain's name for people; the receipt's own word where it is not a known one.
    #[must_use]
    pub fn network_name(&self) -> Option<&str> {
        let stated = self.network.as_ref()?.as_str();
        Some(match Network::read(stated) {
            Some(network) => network.label(),
            None => stated,
        })
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
                amount: None,
                transaction: Identifier::read("0xab"),
                network: Word::read("eip155:8453"),
                payer: Identifier::read("0xcd"),
            }
        );
        assert_eq!(
            SettlementResponse::read(&json!({"success": false, "transaction": null})),
            Some(SettlementResponse {
                success: false,
                amount: None,
                transaction: None,
                network: None,
                payer: None
            })
        );
        for other in [json!(null), json!({}), json!({"success": "true"})] {
            assert_eq!(SettlementResponse::read(&other), None, "{other}");
        }
    }
}

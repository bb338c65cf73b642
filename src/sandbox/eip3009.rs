//! EIP-3009 authorizations, and their EIP-712 hash: what a wallet signs to move USDC on Base and its test network.

use std::borrow::Cow;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{Eip712Domain, SolStruct as _, sol};
use serde_json::{Value, json};

sol! {
    /// The payer lets whoever holds the signature move this much, once, within this time.
    #[derive(Debug, PartialEq, Eq)]
    struct TransferWithAuthorization {
        address from;
        address to;
        uint256 value;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
    }
}

impl TransferWithAuthorization {
    /// Reads an authorization as X402 writes it: every number a decimal text.
    pub(super) fn read(authorization: &Value) -> Option<Self> {
        let text = |key: &str| authorization.get(key).and_then(Value::as_str);
        let number = |key: &str| U256::from_str_radix(text(key)?, 10).ok();
        Some(Self {
            from: text("from")?.parse().ok()?,
            to: text("to")?.parse().ok()?,
            value: number("value")?,
            validAfter: number("validAfter")?,
            validBefore: number("validBefore")?,
            nonce: text("nonce")?.parse().ok()?,
        })
    }

    /// Writes it as [`TransferWithAuthorization::read`] reads it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "from": self.from.to_string(),
            "to": self.to.to_string(),
            "value": self.value.to_string(),
            "validAfter": self.validAfter.to_string(),
            "validBefore": self.validBefore.to_string(),
            "nonce": self.nonce.to_string(),
        })
    }

    /// What is signed, under the domain that the entry of a challenge names in its `extra`.
    pub(super) fn hash(&self, entry: &Value) -> Option<B256> {
        let extra = entry.get("extra")?;
        let text = |key: &str| extra.get(key).and_then(Value::as_str);
        let contract: Address = text("verifyingContract")?.parse().ok()?;
        let domain = Eip712Domain {
            name: Some(Cow::Owned(text("name")?.to_owned())),
            version: Some(Cow::Owned(text("version")?.to_owned())),
            chain_id: Some(U256::from(extra.get("chainId")?.as_u64()?)),
            verifying_contract: Some(contract),
            salt: None,
        };
        Some(self.eip712_signing_hash(&domain))
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::Signature;
    use pretty_assertions::assert_eq;

    use super::*;

    /// Signed by another program: Python's `eth-account`, with the key 0x11…11.
    #[test]
    fn a_signature_of_another_wallet_is_recognised() {
        let entry = json!({"extra": {"name": "USD Coin", "version": "2", "chainId": 8453,
            "verifyingContract": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"}});
        let written = json!({"from": "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A",
            "to": "0x5a5A5a5a5A5a5a5a5a5A5a5A5A5a5a5A5A5A5A5A", "value": "1200000", "validAfter": "0",
            "validBefore": "1795000120", "nonce": format!("0x{}", "22".repeat(32))});
        let authorization = TransferWithAuthorization::read(&written).unwrap();
        assert_eq!(authorization.to_json(), written);
        let signature: Signature =
            "0xa66dbd9beb5df5665c55e204f557f0746134f5732a7fd0214e7c43178c24c67529baf0a4560bce47f14b\
            120e11fe0907bc75465d41f8057f15370457d52e00951b"
                .parse()
                .unwrap();
        let hash = authorization.hash(&entry).unwrap();
        assert_eq!(
            signature.recover_address_from_prehash(&hash).ok(),
            Some(authorization.from)
        );
    }
}

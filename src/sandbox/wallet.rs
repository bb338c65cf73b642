//! A wallet to try X402 with: its key is thrown away with it, and it holds nothing anywhere.

use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::{Address, B256, Signature, U256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use k256::ecdsa::SigningKey;
use k256::elliptic_curve::rand_core::{OsRng, RngCore as _};
use serde_json::{Value, json};

use super::eip3009::TransferWithAuthorization;

/// A wallet with a throw-away key, to pay the sandbox's X402 orders with. The sandbox does not ask for its balance.
#[derive(Debug)]
pub struct Wallet {
    key: SigningKey,
}

impl Wallet {
    /// A wallet with a new key.
    #[must_use]
    pub fn throw_away() -> Self {
        Self {
            key: SigningKey::random(&mut OsRng),
        }
    }

    /// Its address on Base.
    #[must_use]
    pub fn address(&self) -> String {
        Address::from_public_key(self.key.verifying_key()).to_string()
    }

    /// Signs one entry of a challenge: the value of the header that pays it.
    ///
    /// `None` when the entry is not one for USDC on Base, or the clock is wrong.
    #[must_use]
    pub fn sign(&self, version: u64, entry: &Value) -> Option<String> {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let amount = text("amount").or_else(|| text("maxAmountRequired"))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let authorization = TransferWithAuthorization {
            from: Address::from_public_key(self.key.verifying_key()),
            to: text("payTo")?.parse().ok()?,
            value: amount.parse().ok()?,
            validAfter: U256::ZERO,
            validBefore: U256::from(now + entry.get("maxTimeoutSeconds")?.as_u64()?),
            nonce: nonce(),
        };
        let hash = authorization.hash(entry)?;
        let signature: Signature = self.key.sign_prehash_recoverable(hash.as_slice()).ok()?.into();
        let payload = json!({"signature": signature.to_string(), "authorization": authorization.to_json()});
        let signed = if version == 1 {
            json!({"x402Version": 1, "scheme": text("scheme"), "network": text("network"), "payload": payload})
        } else {
            json!({"x402Version": version, "accepted": entry, "payload": payload})
        };
        Some(BASE64.encode(signed.to_string()))
    }
}

fn nonce() -> B256 {
    let mut nonce = B256::ZERO;
    OsRng.fill_bytes(nonce.as_mut_slice());
    nonce
}

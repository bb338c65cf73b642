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

    /// Its address, on every chain that is like Ethereum.
    #[must_use]
    pub fn address(&self) -> String {
        Address::from_public_key(self.key.verifying_key()).to_string()
    }

    /// Signs one entry of a challenge: the value of the header that pays it.
    ///
    /// `None` when the entry is not one for a transfer of USDC by EIP-3009, or the clock is wrong.
    #[must_use]
    pub fn sign(&self, version: u64, entry: &Value) -> Option<String> {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let amount = text("amount").or_else(|| text("maxAmountRequired"))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        self.authorize(
            version,
            entry,
            &TransferWithAuthorization {
                from: Address::from_public_key(self.key.verifying_key()),
                to: text("payTo")?.parse().ok()?,
                value: amount.parse().ok()?,
                validAfter: U256::ZERO,
                validBefore: U256::from(now + entry.get("maxTimeoutSeconds")?.as_u64()?),
                nonce: nonce(),
            },
        )
    }

    /// Signs an authorization under the domain of an entry: the value of the header that carries it.
    pub(super) fn authorize(
        &self,
        version: u64,
        entry: &Value,
        authorization: &TransferWithAuthorization,
    ) -> Option<String> {
        let hash = authorization.hash(entry)?;
        let signature: Signature = self.key.sign_prehash_recoverable(hash.as_slice()).ok()?.into();
        let payload = json!({"signature": signature.to_string(), "authorization": authorization.to_json()});
        let signed = if version == 1 {
            let (scheme, network) = (entry.get("scheme"), entry.get("network"));
            json!({"x402Version": 1, "scheme": scheme, "network": network, "payload": payload})
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

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// Signed by two other implementations, with the key 1.
    #[test]
    fn it_signs_what_other_wallets_sign() {
        let mut key = [0; 32];
        key[31] = 1;
        let wallet = Wallet {
            key: SigningKey::from_slice(&key).unwrap(),
        };
        assert_eq!(
            wallet.address().to_lowercase(),
            "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"
        );
        let entry = json!({"scheme": "exact", "network": "eip155:8453", "extra": {"name": "USD Coin", "version": "2",
            "chainId": 8453, "verifyingContract": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"}});
        let authorization = TransferWithAuthorization::read(&json!({
            "from": wallet.address(), "to": "0x209693Bc6afc0C5328bA36FaF03C514EF312287C", "value": "10000",
            "validAfter": "1740672089", "validBefore": "1740672154", "nonce": format!("0x{}", "07".repeat(32)),
        }));
        let header = wallet.authorize(2, &entry, &authorization.unwrap()).unwrap();
        let signed: Value = serde_json::from_slice(&BASE64.decode(header).unwrap()).unwrap();
        assert_eq!(signed["accepted"], entry);
        assert_eq!(
            signed["payload"]["signature"],
            "0x5721233de381b4469f7ecff6d3c1d08378b80b9ada7bec93f88f2ed8d5caa0414c2564505c32fe91468794cadbf1678b9dbf260d4eea8df\
             b6f42161185542bdc1b"
        );
    }
}

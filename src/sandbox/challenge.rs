//! What the sandbox asks a wallet to sign: USDC on Base Sepolia, one for one of whatever the price is in.
//!
//! It is a test network, so that what a real wallet signs here is worth nothing anywhere.

use serde_json::{Value, json};

use super::orders::{Ending, Kind, Order};

/// USDC on Base Sepolia.
const USDC: &str = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";

/// Whom a payment pays in the sandbox.
const PAYEE: &str = "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// For how long a signature may be valid, in seconds.
const MAX_TIMEOUT: u32 = 120;

/// The protocol version of an order's challenge.
pub(super) fn version(order: &Order) -> u8 {
    if order.kind == Kind::Signed(Ending::VersionOne) {
        1
    } else {
        2
    }
}

/// The challenge for an order.
pub(super) fn of(order: &Order, base: &str) -> Value {
    let (error, accepts) = ("Payment required for this order.", [entry(order, base)]);
    if version(order) == 1 {
        return json!({"x402Version": 1, "error": error, "accepts": accepts});
    }
    json!({
        "x402Version": 2,
        "error": error,
        "resource": {"url": url(order, base), "description": order.service(), "mimeType": "application/json"},
        "accepts": accepts,
    })
}

fn url(order: &Order, base: &str) -> String {
    format!("{base}/api/v1/orders/{}/pay/", order.id)
}

/// The one entry of an order's challenge.
pub(super) fn entry(order: &Order, base: &str) -> Value {
    let extra = json!({
        "name": "USDC",
        "version": "2",
        "chainId": 84532,
        "verifyingContract": USDC,
        "decimals": 6,
    });
    if version(order) == 1 {
        return json!({
            "scheme": "exact",
            "network": "base-sepolia",
            "maxAmountRequired": order.micro_usdc(),
            "resource": url(order, base),
            "description": order.service(),
            "mimeType": "application/json",
            "payTo": PAYEE,
            "maxTimeoutSeconds": MAX_TIMEOUT,
            "asset": USDC,
            "extra": extra,
        });
    }
    json!({
        "scheme": "exact",
        "network": "eip155:84532",
        "asset": USDC,
        "amount": order.micro_usdc(),
        "payTo": PAYEE,
        "maxTimeoutSeconds": MAX_TIMEOUT,
        "extra": extra,
    })
}

//! What the sandbox asks a wallet to sign: USDC on Base, one for one of whatever the price is in.

use serde_json::{Value, json};

use super::order::{Ending, Kind, Order};

/// USDC on Base.
const USDC: &str = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";

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
        "name": "USD Coin",
        "version": "2",
        "chainId": 8453,
        "verifyingContract": USDC,
        "decimals": 6,
    });
    if version(order) == 1 {
        return json!({
            "scheme": "exact",
            "network": "base",
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
        "network": "eip155:8453",
        "asset": USDC,
        "amount": order.micro_usdc(),
        "payTo": PAYEE,
        "maxTimeoutSeconds": MAX_TIMEOUT,
        "extra": extra,
    })
}

//! Challenges and signed payments to test with.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Chains, Network, PayloadError, PaymentPayload, PaymentRequired, Version, header};

/// When the tests happen, in seconds since 1970.
pub(crate) const NOW: u64 = 1_795_000_000;

/// Who pays.
pub(crate) const PAYER: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";

/// So many seconds after [`NOW`].
pub(crate) fn at(seconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW.checked_add_signed(seconds).unwrap())
}

/// Who is paid on a chain.
pub(crate) fn payee(network: Network) -> &'static str {
    match network {
        Network::Solana => "3SPmhqYsBgHuFiRBvWLRqdQmEZ3RGPE6zYqdXjnyHZ4k",
        _ => "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
    }
}

/// An entry of a challenge over 1.20 USDC.
pub(crate) fn entry(version: Version, network: Network) -> Value {
    let mut extra = match network.chain_id() {
        Some(id) => json!({"name": "USD Coin", "version": "2", "chainId": id, "verifyingContract": network.usdc()}),
        None => json!({"feePayer": payee(network)}),
    };
    extra["decimals"] = json!(6);
    let (name, amount) = match version {
        Version::One => (network.name(), "maxAmountRequired"),
        Version::Two => (network.id(), "amount"),
    };
    json!({"scheme": "exact", "network": name, "asset": network.usdc(), amount: "1200000", "payTo": payee(network),
        "maxTimeoutSeconds": 120, "extra": extra})
}

/// A challenge of those entries.
pub(crate) fn challenge_of(version: Version, entries: &[Value]) -> Option<PaymentRequired> {
    let answer = json!({"x402Version": version.number(), "accepts": entries});
    PaymentRequired::read(answer.to_string().as_bytes(), Chains::Live)
}

/// A challenge with an entry for each of those chains.
pub(crate) fn challenge(version: Version, networks: &[Network]) -> PaymentRequired {
    let entries: Vec<_> = networks.iter().map(|network| entry(version, *network)).collect();
    challenge_of(version, &entries).unwrap()
}

/// What a wallet signed for an [`entry`], until two minutes after [`NOW`], with a nonce that ends in those two digits.
pub(crate) fn signed(version: Version, network: Network, nonce: &str) -> Value {
    let payload = match network.chain_id() {
        Some(_) => json!({"signature": format!("0x{}1b", "5e".repeat(64)), "authorization": {
            "from": PAYER, "to": payee(network), "value": "1200000", "validAfter": "0",
            "validBefore": (NOW + 120).to_string(), "nonce": format!("0x{nonce:0>64}"),
        }}),
        None => json!({"transaction": "AQAAAAAAAAAA"}),
    };
    match version {
        Version::One => json!({"x402Version": 1, "scheme": "exact", "network": network.name(), "payload": payload}),
        Version::Two => json!({"x402Version": 2, "accepted": entry(version, network), "payload": payload}),
    }
}

/// The header that carries it.
pub(crate) fn encode(signed: &Value) -> String {
    header::encode(signed.to_string().as_bytes())
}

/// It, decoded.
pub(crate) fn decoded(signed: &Value) -> Result<PaymentPayload, PayloadError> {
    encode(signed).try_into()
}

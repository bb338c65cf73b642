//! Signed payments in the sandbox: checked as the reference facilitator checks them, with its codes, and settled once per
//! nonce.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{Address, B256, Signature, U256, keccak256};
use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::challenge;
use super::eip3009::TransferWithAuthorization;
use super::order::{Ending, Kind, Order, State};
use super::orders::Shared;
use super::refusal::{Refusal, not_found, not_pending};

/// How long a signature must be valid still: it takes a while to reach the chain.
const LEAST_LIFE: u64 = 6;

/// How long a slow settlement takes.
const SLOW: Duration = Duration::from_secs(60);

/// The signed payments of one sandbox, by their payer and nonce.
#[derive(Debug, Default)]
pub(super) struct Settlements(HashMap<(Address, B256), Settlement>);

impl Settlements {
    /// Forgets those of an order.
    pub(super) fn forget(&mut self, order: Uuid) {
        self.0.retain(|_, settlement| settlement.order != order);
    }
}

/// A signed payment that was in order.
#[derive(Debug, Clone)]
struct Settlement {
    order: Uuid,
    /// What was signed: another signature under the same nonce is another payment.
    payload: Value,
    receipt: Value,
    is_done: bool,
}

/// A signature as a request brings it.
#[derive(Debug)]
pub(super) struct Given {
    version: u8,
    header: String,
}

/// Why a signed payment is not settled.
#[derive(Debug, Clone, Copy)]
struct Failure {
    code: &'static str,
    stage: &'static str,
    /// Whether the payer was charged, where that is said.
    charged: Option<bool>,
}

/// What is wrong was found before anything was tried.
fn verified(code: &'static str) -> Failure {
    Failure {
        code,
        stage: "verify",
        charged: Some(false),
    }
}

/// What is wrong was found on the chain, or is not known, and so whether the payer was charged is not said.
fn settling(code: &'static str) -> Failure {
    Failure {
        code,
        stage: "settle",
        charged: None,
    }
}

/// The signature that a request carries, in the header of either version.
pub(super) fn signature(headers: &HeaderMap) -> Option<Given> {
    [(2, "payment-signature"), (1, "x-payment")]
        .into_iter()
        .find_map(|(version, name)| {
            let header = headers.get(name)?.to_str().unwrap_or_default().to_owned();
            Some(Given { version, header })
        })
}

/// Settles a signed payment of an order. It goes on when the client leaves, as on a chain.
pub(super) async fn settle(shared: Arc<Shared>, id: Uuid, given: Given) -> Result<Response, Refusal> {
    let settling = tokio::spawn(async move {
        let (payment, ending) = accept(&shared, id, &given)?;
        if ending == Some(Ending::Slow) {
            tokio::time::sleep(SLOW).await;
        }
        let mut orders = shared.orders();
        if ending == Some(Ending::Unclear) {
            let order = orders.get(id).ok_or_else(not_found)?;
            let failure = settling("invalid_exact_evm_transaction_failed");
            return Err(failed(order, &shared.base, failure));
        }
        let Some(settlement) = orders.settlements.0.get_mut(&payment) else {
            return Err(not_found());
        };
        settlement.is_done = true;
        let receipt = settlement.receipt.clone();
        let order = orders.get_mut(id).ok_or_else(not_found)?;
        if order.state == State::Pending {
            let transaction = receipt.get("transaction").and_then(Value::as_str);
            order.settle(transaction.unwrap_or_default().to_owned());
        }
        if ending == Some(Ending::Lost) {
            return Ok((StatusCode::GATEWAY_TIMEOUT, "upstream timed out\n").into_response());
        }
        let headers = [("payment-response", BASE64.encode(receipt.to_string()))];
        Ok((headers, Json(order.to_json())).into_response())
    });
    settling.await.unwrap_or_else(|_| Err(not_found()))
}

/// Takes a signed payment that is in order, or that was settled before: its payer and nonce, and how it is to end.
fn accept(shared: &Shared, id: Uuid, given: &Given) -> Result<((Address, B256), Option<Ending>), Refusal> {
    let mut orders = shared.orders();
    let order = orders.get(id).ok_or_else(not_found)?;
    let refused = |failure| failed(order, &shared.base, failure);
    let entry = challenge::entry(order, &shared.base);
    let (authorization, payload) = read(challenge::version(order), &entry, given).map_err(refused)?;
    let payment = (authorization.from, authorization.nonce);
    match orders.settlements.0.get(&payment) {
        Some(known) if known.order != id || known.payload != payload => {
            return Err(refused(verified("invalid_exact_evm_nonce_already_used")));
        }
        // The same payment again: its receipt again.
        Some(known) if known.is_done => return Ok((payment, None)),
        Some(_) => return Err(refused(settling("settlement_pending"))),
        None if order.state != State::Pending => return Err(not_pending()),
        None => verify(&authorization, &entry).map_err(refused)?,
    }
    let ending = match order.kind {
        Kind::Signed(Ending::NoFunds) => {
            return Err(refused(verified("invalid_exact_evm_insufficient_balance")));
        }
        Kind::Signed(ending) => Some(ending),
        _ => None,
    };
    let receipt = json!({
        "success": true,
        "transaction": keccak256(&given.header).to_string(),
        "network": entry.get("network"),
        "payer": authorization.from.to_string(),
    });
    let settlement = Settlement {
        order: id,
        payload,
        receipt,
        is_done: false,
    };
    orders.settlements.0.insert(payment, settlement);
    Ok((payment, ending))
}

/// Reads a signed payment for the one entry of the order's challenge: what its payer authorizes, and the whole of what was
/// signed.
fn read(version: u8, entry: &Value, given: &Given) -> Result<(TransferWithAuthorization, Value), Failure> {
    let decoded = BASE64.decode(&given.header).ok();
    let signed: Value = decoded
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or(verified("invalid_payload"))?;
    if given.version != version || signed.get("x402Version") != Some(&json!(version)) {
        return Err(verified("invalid_x402_version"));
    }
    let accepted = if version == 1 {
        Some(&signed)
    } else {
        signed.get("accepted")
    };
    let same = |key: &str| accepted.and_then(|accepted| accepted.get(key)) == entry.get(key);
    if !same("scheme") {
        return Err(verified("invalid_exact_evm_scheme"));
    }
    if !same("network") {
        return Err(verified("invalid_exact_evm_network_mismatch"));
    }
    if version == 2 && accepted != Some(entry) {
        return Err(verified("invalid_payment_requirements"));
    }
    let payload = signed.get("payload").cloned().unwrap_or_default();
    let authorization = payload.get("authorization").and_then(TransferWithAuthorization::read);
    let authorization = authorization.ok_or(verified("unsupported_payload_type"))?;
    let signature = payload.get("signature").and_then(Value::as_str);
    let payer = signature
        .and_then(|signature| signature.parse::<Signature>().ok())
        .zip(authorization.hash(entry))
        .and_then(|(signature, hash)| signature.recover_address_from_prehash(&hash).ok());
    if payer == Some(authorization.from) {
        Ok((authorization, payload))
    } else {
        Err(verified("invalid_exact_evm_signature"))
    }
}

/// Checks that an authorization pays what the entry asks for, and in time.
fn verify(authorization: &TransferWithAuthorization, entry: &Value) -> Result<(), Failure> {
    let asked = |key: &str| entry.get(key).and_then(Value::as_str);
    let amount = asked("amount").or_else(|| asked("maxAmountRequired"));
    let payee = asked("payTo").unwrap_or_default();
    let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
    if !authorization.to.to_string().eq_ignore_ascii_case(payee) {
        Err(verified("invalid_exact_evm_recipient_mismatch"))
    } else if authorization.validBefore < U256::from(now + LEAST_LIFE) {
        Err(verified("invalid_exact_evm_payload_authorization_valid_before"))
    } else if authorization.validAfter > U256::from(now) {
        Err(verified("invalid_exact_evm_payload_authorization_valid_after"))
    } else if Some(authorization.value.to_string().as_str()) != amount {
        Err(verified("invalid_exact_evm_payload_authorization_value_mismatch"))
    } else {
        Ok(())
    }
}

/// The 402 for a signed payment that was not settled: it repeats the challenge, as the platform does.
fn failed(order: &Order, base: &str, failure: Failure) -> Refusal {
    let mut body = challenge::of(order, base);
    let mut error = json!({"code": failure.code, "stage": failure.stage, "retryable": false});
    if let (Some(charged), Some(error)) = (failure.charged, error.as_object_mut()) {
        error.insert("charged".into(), json!(charged));
    }
    if let Some(body) = body.as_object_mut() {
        body.insert("error".into(), json!("Payment failed."));
        body.insert("extensions".into(), json!({"acedatacloud": {"paymentError": error}}));
    }
    Refusal(StatusCode::PAYMENT_REQUIRED, body)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::Wallet;
    use super::*;

    /// Bring a signed payment to an order: the code of the refusal, if it is one.
    fn bring(shared: &Shared, id: Uuid, header: &str) -> Result<Option<Ending>, String> {
        let given = Given {
            version: 2,
            header: header.to_owned(),
        };
        accept(shared, id, &given)
            .map(|(_, ending)| ending)
            .map_err(|Refusal(_, body)| {
                let code = body.pointer("/extensions/acedatacloud/paymentError/code");
                code.and_then(Value::as_str).unwrap_or("none").to_owned()
            })
    }

    fn order(number: u32) -> Uuid {
        Uuid::try_parse(&format!("00000000-0000-4000-8000-{number:012}")).unwrap()
    }

    fn sandbox() -> Shared {
        Shared::new("http://127.0.0.1".into())
    }

    fn entry(shared: &Shared, id: Uuid) -> Value {
        challenge::entry(shared.orders().get(id).unwrap(), &shared.base)
    }

    /// A payment of an entry in which something is changed before it is signed.
    fn signed(wallet: &Wallet, entry: &Value, changes: &Value) -> String {
        let now = Timestamp::now().as_second();
        let mut fields = json!({"from": wallet.address(), "to": entry["payTo"], "value": entry["amount"],
            "validAfter": "0", "validBefore": (now + 120).to_string(), "nonce": format!("0x{}", "07".repeat(32))});
        for (name, value) in changes.as_object().unwrap() {
            fields[name] = value.clone();
        }
        let authorization = TransferWithAuthorization::read(&fields).unwrap();
        wallet.authorize(2, entry, &authorization).unwrap()
    }

    /// The same with something changed after it was signed.
    fn forged(header: &str, pointer: &str, value: Value) -> String {
        let mut signed: Value = serde_json::from_slice(&BASE64.decode(header).unwrap()).unwrap();
        *signed.pointer_mut(pointer).unwrap() = value;
        BASE64.encode(signed.to_string())
    }

    #[test]
    fn what_the_reference_facilitator_refuses_is_refused_with_its_code() {
        let (shared, wallet, id) = (sandbox(), Wallet::throw_away(), order(4));
        let entry = entry(&shared, id);
        let now = Timestamp::now().as_second();
        let with = |name: &str, value: String| signed(&wallet, &entry, &json!({name: value}));
        let good = signed(&wallet, &entry, &json!({}));
        for (header, code) in [
            (with("to", format!("0x{}", "11".repeat(20))), "recipient_mismatch"),
            (with("value", "1199999".into()), "payload_authorization_value_mismatch"),
            (with("value", "1200001".into()), "payload_authorization_value_mismatch"),
            (
                with("validBefore", (now + 3).to_string()),
                "payload_authorization_valid_before",
            ),
            (with("validBefore", "1".into()), "payload_authorization_valid_before"),
            (
                with("validAfter", (now + 60).to_string()),
                "payload_authorization_valid_after",
            ),
            (with("from", format!("0x{}", "33".repeat(20))), "signature"),
            (forged(&good, "/payload/authorization/value", json!("1")), "signature"),
            (
                forged(
                    &good,
                    "/payload/authorization/nonce",
                    json!(format!("0x{}", "22".repeat(32))),
                ),
                "signature",
            ),
            (
                forged(&good, "/payload/signature", json!(format!("0x{}1b", "11".repeat(64)))),
                "signature",
            ),
            (forged(&good, "/accepted/scheme", json!("upto")), "scheme"),
            (
                forged(&good, "/accepted/network", json!("eip155:8453")),
                "network_mismatch",
            ),
        ] {
            assert_eq!(
                bring(&shared, id, &header),
                Err(format!("invalid_exact_evm_{code}")),
                "{header}"
            );
        }
        for (header, code) in [
            ("?".to_owned(), "invalid_payload"),
            (forged(&good, "/x402Version", json!(1)), "invalid_x402_version"),
            (
                forged(&good, "/accepted/extra/name", json!("USD Coin")),
                "invalid_payment_requirements",
            ),
            (
                forged(&good, "/payload", json!({"transaction": "AA=="})),
                "unsupported_payload_type",
            ),
        ] {
            assert_eq!(bring(&shared, id, &header), Err(code.to_owned()), "{header}");
        }
        assert_eq!(bring(&shared, id, &good), Ok(None));
    }

    #[tokio::test]
    async fn the_same_bytes_bring_the_same_receipt_and_another_signature_of_the_nonce_is_refused() {
        let (shared, wallet, id) = (Arc::new(sandbox()), Wallet::throw_away(), order(4));
        let entry = entry(&shared, id);
        let good = signed(&wallet, &entry, &json!({}));
        let settled = async || {
            let given = Given {
                version: 2,
                header: good.clone(),
            };
            let response = settle(Arc::clone(&shared), id, given).await.ok().unwrap();
            response.headers()["payment-response"].clone()
        };
        let receipt = settled().await;
        assert_eq!(settled().await, receipt);
        let later = (Timestamp::now().as_second() + 100).to_string();
        let other = signed(&wallet, &entry, &json!({"validBefore": later}));
        let used = Err("invalid_exact_evm_nonce_already_used".to_owned());
        assert_eq!(bring(&shared, id, &other), used);
        // Nor does it pay another order.
        let elsewhere = super::challenge::entry(shared.orders().get(order(13)).unwrap(), &shared.base);
        assert_eq!(
            bring(&shared, order(13), &signed(&wallet, &elsewhere, &json!({}))),
            used
        );
        // A payer of its own has nonces of its own.
        let stranger = signed(&Wallet::throw_away(), &elsewhere, &json!({}));
        assert_eq!(bring(&shared, order(13), &stranger), Ok(Some(Ending::Unclear)));
        assert_eq!(
            bring(&shared, order(13), &stranger),
            Err("settlement_pending".to_owned())
        );
    }
}

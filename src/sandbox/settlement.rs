//! Signed payments in the sandbox: checked as a facilitator checks them, and settled once per nonce.

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

/// How long a slow settlement takes.
const SLOW: Duration = Duration::from_secs(60);

/// The signed payments of one sandbox, by their payer and nonce.
#[derive(Debug, Default)]
pub(super) struct Settlements(HashMap<(Address, B256), Settlement>);

/// A signed payment that was in order.
#[derive(Debug, Clone)]
struct Settlement {
    order: Uuid,
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
    let authorization = verify(challenge::version(order), &entry, given).map_err(refused)?;
    let payment = (authorization.from, authorization.nonce);
    match orders.settlements.0.get(&payment) {
        Some(known) if known.order != id => return Err(refused(verified("nonce_already_used"))),
        // The same payment again: its receipt again.
        Some(known) if known.is_done => return Ok((payment, None)),
        Some(_) => {
            return Err(refused(Failure {
                code: "settlement_pending",
                stage: "settle",
                charged: None,
            }));
        }
        None if order.state != State::Pending => return Err(not_pending()),
        None => {}
    }
    let ending = match order.kind {
        Kind::Signed(Ending::NoFunds) => return Err(refused(verified("insufficient_funds"))),
        Kind::Signed(Ending::Unclear) => {
            return Err(refused(Failure {
                code: "transaction_not_confirmed",
                stage: "settle",
                charged: None,
            }));
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
        receipt,
        is_done: false,
    };
    orders.settlements.0.insert(payment, settlement);
    Ok((payment, ending))
}

/// Checks a signed payment against the one entry of the order's challenge. The codes are those of the public facilitators.
fn verify(version: u8, entry: &Value, given: &Given) -> Result<TransferWithAuthorization, Failure> {
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
        return Err(verified("invalid_scheme"));
    }
    if !same("network") {
        return Err(verified("invalid_network"));
    }
    if version == 2 && accepted != Some(entry) {
        return Err(verified("invalid_payment_requirements"));
    }
    let authorization = signed.pointer("/payload/authorization");
    let authorization = authorization
        .and_then(TransferWithAuthorization::read)
        .ok_or(verified("invalid_payload"))?;
    let asked = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    let amount = if version == 1 { "maxAmountRequired" } else { "amount" };
    if authorization.value.to_string() != asked(amount) {
        return Err(verified("invalid_exact_evm_payload_authorization_value"));
    }
    if !authorization.to.to_string().eq_ignore_ascii_case(asked("payTo")) {
        return Err(verified("invalid_exact_evm_payload_recipient_mismatch"));
    }
    let now = U256::from(u64::try_from(Timestamp::now().as_second()).unwrap_or_default());
    if authorization.validAfter > now {
        return Err(verified("invalid_exact_evm_payload_authorization_valid_after"));
    }
    if authorization.validBefore <= now {
        return Err(verified("invalid_exact_evm_payload_authorization_valid_before"));
    }
    let signature = signed.pointer("/payload/signature").and_then(Value::as_str);
    let payer = signature
        .and_then(|signature| signature.parse::<Signature>().ok())
        .zip(authorization.hash(entry))
        .and_then(|(signature, hash)| signature.recover_address_from_prehash(&hash).ok());
    if payer == Some(authorization.from) {
        Ok(authorization)
    } else {
        Err(verified("invalid_exact_evm_payload_signature"))
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

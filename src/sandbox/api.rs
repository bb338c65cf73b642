//! The platform's endpoints, as the specification and the live service have them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State as Shares};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use uuid::Uuid;

use super::order::{Kind, Order, State};
use super::orders::Shared;
use super::refusal::{self, Refusal, not_found, not_pending};
use super::{challenge, settlement};

/// The token the sandbox accepts; it opens nothing else.
pub const TOKEN: &str = "platform-v1-5a4db0c55a4db0c55a4db0c55a4db0c55a4db0c55a4db0c55a4db0c55a4db0c5";

/// What the platform says of a field that is not there.
const REQUIRED: &str = "This field is required.";

/// What the sandbox takes as `pay_way`, in the specification's spelling and in the platform's own. Like the platform
/// it minds the case.
const PAY_WAYS: [&str; 8] = [
    "STRIPE",
    "Stripe",
    "WECHATPAY",
    "WechatPay",
    "ALIPAY",
    "AliPay",
    "X402",
    "Card",
];

/// The endpoints. Only `GET /orders/{id}` has no trailing slash.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/orders/", post(create))
        .route("/api/v1/orders/{id}", get(read))
        .route("/api/v1/orders/{id}/pay/", post(pay))
        .route("/api/v1/orders/{id}/refresh/", post(refresh))
        .route("/api/v1/platform-tokens/me/", get(me))
        .method_not_allowed_fallback(async || refusal::wrong_method())
        .fallback(async || not_found())
}

async fn create(Shares(shared): Shares<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Result<Response, Refusal> {
    authenticate(&headers)?;
    let body = json_object(&body)?;
    let missing: Vec<_> = ["application_id", "package_id"]
        .into_iter()
        .filter(|field| !body.get(*field).is_some_and(Value::is_string))
        .map(|field| (field, REQUIRED))
        .collect();
    if !missing.is_empty() {
        return Err(refusal::wrong_fields(missing));
    }
    let package = body.get("package_id").and_then(Value::as_str).unwrap_or_default();
    let order = shared.orders().create(package).to_json();
    Ok((StatusCode::CREATED, Json(order)).into_response())
}

async fn read(
    Shares(shared): Shares<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let orders = shared.orders();
    let order = Uuid::try_parse(&id)
        .ok()
        .and_then(|id| orders.get(id))
        .ok_or_else(not_found)?;
    let is_owner = authenticate(&headers).is_ok() && order.kind != Kind::Foreign;
    Ok(Json(if is_owner {
        order.to_json()
    } else {
        order.to_public_json()
    }))
}

async fn pay(
    Shares(shared): Shares<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    authenticate(&headers)?;
    let body = json_object(&body)?;
    if let Some(signature) = settlement::signature(&headers) {
        let id = {
            let mut orders = shared.orders();
            owned(Uuid::try_parse(&id).ok().and_then(|id| orders.get_mut(id)))?.id
        };
        return settlement::settle(shared, id, signature).await;
    }
    let mut orders = shared.orders();
    let order = owned(Uuid::try_parse(&id).ok().and_then(|id| orders.get_mut(id)))?;
    if order.state != State::Pending {
        return Err(not_pending());
    }
    if order.is_free() {
        order.change(State::Finished);
        return Ok(Json(order.to_json()).into_response());
    }
    let pay_way = match body.get("pay_way") {
        None | Some(Value::Null) => return Err(wrong_pay_way(REQUIRED)),
        Some(Value::String(pay_way)) if PAY_WAYS.contains(&pay_way.as_str()) => pay_way.as_str(),
        Some(other) => return Err(wrong_pay_way(&format!("{other} is not a valid choice."))),
    };
    if pay_way == "X402" {
        let challenge = challenge::of(order, &shared.base);
        return Ok((StatusCode::PAYMENT_REQUIRED, Json(challenge)).into_response());
    }
    let session = Uuid::new_v4().simple().to_string();
    let (pay_url, pay_id) = match pay_way {
        "WECHATPAY" | "WechatPay" => {
            // As short as on the platform, so that the code is as small.
            let code = session.get(..9).unwrap_or(&session);
            (format!("weixin://wxpay/bizpayurl?pr={code}"), format!("wx{session}"))
        }
        "ALIPAY" | "AliPay" => (shared.checkout_url(order.id), format!("ali{session}")),
        _ => (shared.checkout_url(order.id), format!("plink_{session}")),
    };
    order.start_payment(pay_way, pay_url, pay_id);
    Ok(Json(order.to_json()).into_response())
}

async fn refresh(
    Shares(shared): Shares<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    authenticate(&headers)?;
    let mut orders = shared.orders();
    let order = owned(Uuid::try_parse(&id).ok().and_then(|id| orders.get_mut(id)))?;
    order.refresh();
    Ok(Json(order.to_json()))
}

async fn me(headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    authenticate(&headers)?;
    Ok(Json(
        json!({"id": Uuid::nil(), "user_id": Uuid::nil(), "name": "sandbox", "tags": []}),
    ))
}

fn authenticate(headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.and_then(|given| given.strip_prefix("Bearer ")) == Some(TOKEN) {
        return Ok(());
    }
    Err(refusal::invalid_token())
}

fn owned(order: Option<&mut Order>) -> Result<&mut Order, Refusal> {
    let order = order.ok_or_else(not_found)?;
    if order.kind == Kind::Foreign {
        return Err(refusal::foreign());
    }
    Ok(order)
}

fn json_object(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(refusal::not_an_object)
}

fn wrong_pay_way(why: &str) -> Refusal {
    refusal::wrong_fields([("pay_way", why)])
}

//! The platform's endpoints, as the specification and the live service have them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State as Shares};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use uuid::Uuid;

use super::orders::{Kind, Order, State};
use super::{Shared, TOKEN, challenge, settlement};

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

/// An error answer, in one of the platform's shapes.
pub(super) struct Refusal(pub(super) StatusCode, pub(super) Value);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

/// The endpoints. Only `GET /orders/{id}` has no trailing slash.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/orders/", post(create))
        .route("/api/v1/orders/{id}", get(read))
        .route("/api/v1/orders/{id}/pay/", post(pay))
        .route("/api/v1/orders/{id}/refresh/", post(refresh))
        .route("/api/v1/platform-tokens/me/", get(me))
        .method_not_allowed_fallback(async || {
            refuse(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "Method not allowed.",
            )
        })
        .fallback(async || not_found())
}

async fn create(Shares(shared): Shares<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Result<Response, Refusal> {
    authenticate(&headers)?;
    let body = json_object(&body)?;
    let missing: serde_json::Map<_, _> = ["application_id", "package_id"]
        .into_iter()
        .filter(|field| !body.get(*field).is_some_and(Value::is_string))
        .map(|field| (field.to_owned(), json!(["This field is required."])))
        .collect();
    if !missing.is_empty() {
        return Err(Refusal(StatusCode::BAD_REQUEST, Value::Object(missing)));
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
        None | Some(Value::Null) => return Err(complain("This field is required.")),
        Some(Value::String(pay_way)) if PAY_WAYS.contains(&pay_way.as_str()) => pay_way.as_str(),
        Some(other) => return Err(complain(&format!("{other} is not a valid choice."))),
    };
    if pay_way == "X402" {
        let challenge = challenge::of(order, &shared.base);
        return Ok((StatusCode::PAYMENT_REQUIRED, Json(challenge)).into_response());
    }
    let session = Uuid::new_v4().simple().to_string();
    let (pay_url, pay_id) = match pay_way {
        "WECHATPAY" | "WechatPay" => (format!("weixin://wxpay/bizpayurl?pr={session}"), format!("wx{session}")),
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
    let error = json!({"code": "invalid_token", "message": "Token is missing or invalid."});
    Err(Refusal(
        StatusCode::UNAUTHORIZED,
        json!({"error": error, "trace_id": trace_id()}),
    ))
}

fn owned(order: Option<&mut Order>) -> Result<&mut Order, Refusal> {
    let order = order.ok_or_else(not_found)?;
    if order.kind == Kind::Foreign {
        let why = "You do not have permission to perform this action.";
        return Err(refuse(StatusCode::FORBIDDEN, "permission_denied", why));
    }
    Ok(order)
}

fn json_object(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "parse_error", "A JSON object is expected."))
}

fn complain(about_pay_way: &str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, json!({"pay_way": [about_pay_way]}))
}

pub(super) fn not_pending() -> Refusal {
    refuse(StatusCode::BAD_REQUEST, "invalid", "Only a pending order can be paid.")
}

pub(super) fn not_found() -> Refusal {
    refuse(StatusCode::NOT_FOUND, "not_found", "Not found.")
}

fn refuse(status: StatusCode, code: &str, detail: &str) -> Refusal {
    Refusal(status, json!({"detail": detail, "code": code, "trace_id": trace_id()}))
}

fn trace_id() -> String {
    Uuid::new_v4().simple().to_string()
}

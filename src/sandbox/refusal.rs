//! Error answers, in the shapes that the platform sends: every part of it has its own.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

/// An error answer: its status and its body.
pub(super) struct Refusal(pub(super) StatusCode, pub(super) Value);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

/// What is wrong, by a code and in words.
fn refuse(status: StatusCode, code: &str, detail: &str) -> Refusal {
    Refusal(status, json!({"detail": detail, "code": code, "trace_id": trace_id()}))
}

/// The order is not one that waits for its payment.
pub(super) fn not_pending() -> Refusal {
    refuse(StatusCode::BAD_REQUEST, "invalid", "Only a pending order can be paid.")
}

/// There is no such order or endpoint.
pub(super) fn not_found() -> Refusal {
    refuse(StatusCode::NOT_FOUND, "not_found", "Not found.")
}

/// The endpoint is there, and not for this method.
pub(super) fn wrong_method() -> Refusal {
    refuse(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Method not allowed.",
    )
}

/// The order belongs to another account.
pub(super) fn foreign() -> Refusal {
    let why = "You do not have permission to perform this action.";
    refuse(StatusCode::FORBIDDEN, "permission_denied", why)
}

/// The request comes from where none may come from.
pub(super) fn elsewhere(why: &str) -> Refusal {
    refuse(StatusCode::FORBIDDEN, "permission_denied", why)
}

/// The body is not a JSON object.
pub(super) fn not_an_object() -> Refusal {
    refuse(StatusCode::BAD_REQUEST, "parse_error", "A JSON object is expected.")
}

/// The token is missing, or is not the sandbox's: a shape of its own.
pub(super) fn invalid_token() -> Refusal {
    let error = json!({"code": "invalid_token", "message": "Token is missing or invalid."});
    Refusal(
        StatusCode::UNAUTHORIZED,
        json!({"error": error, "trace_id": trace_id()}),
    )
}

/// Fields that are missing or wrong, each with what is wrong with it.
pub(super) fn wrong_fields<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Refusal {
    let complaints = fields.into_iter().map(|(field, why)| (field.to_owned(), json!([why])));
    Refusal(StatusCode::BAD_REQUEST, Value::Object(complaints.collect()))
}

fn trace_id() -> String {
    Uuid::new_v4().simple().to_string()
}

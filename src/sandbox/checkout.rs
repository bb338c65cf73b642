//! The checkout page: what stands in for the payment provider's page.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State as Shares};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use url::form_urlencoded;
use uuid::Uuid;

use super::order::{Order, State};
use super::orders::Shared;

/// Nothing from outside, and forms only to the sandbox itself.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

#[derive(Template)]
#[template(path = "checkout.html")]
struct Page<'a> {
    order: &'a Order,
    token: &'a str,
    heading: &'static str,
    advice: &'static str,
}

/// The page of an order, and its two buttons.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/checkout/{id}", get(show))
        .route("/checkout/{id}/pay", post(pay))
        .route("/checkout/{id}/decline", post(decline))
}

async fn show(Shares(shared): Shares<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let orders = shared.orders();
    let Some(order) = Uuid::try_parse(&id).ok().and_then(|id| orders.get(id)) else {
        return no_such_order();
    };
    let (heading, advice) = words(order);
    let page = Page {
        order,
        token: &shared.form_token,
        heading,
        advice,
    };
    match page.render() {
        Ok(page) => ([(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)], Html(page)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn pay(Shares(shared): Shares<Arc<Shared>>, Path(id): Path<String>, form: Bytes) -> Response {
    decide(&shared, &id, &form, State::Paid)
}

async fn decline(Shares(shared): Shares<Arc<Shared>>, Path(id): Path<String>, form: Bytes) -> Response {
    decide(&shared, &id, &form, State::Failed)
}

/// Ends a payment that was started, one way or the other and once, and shows the page again. Only a form of the page itself
/// knows the token that it asks for.
fn decide(shared: &Shared, id: &str, form: &[u8], state: State) -> Response {
    let mut fields = form_urlencoded::parse(form);
    if !fields.any(|(name, value)| name == "token" && value == shared.form_token) {
        let why = "This did not come from the page of this sandbox: open the page anew, and press its button.\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    let mut orders = shared.orders();
    let Some(order) = Uuid::try_parse(id).ok().and_then(|id| orders.get_mut(id)) else {
        return no_such_order();
    };
    if order.is_payable() {
        order.change(state);
    }
    Redirect::to(&format!("/checkout/{}", order.id)).into_response()
}

fn no_such_order() -> Response {
    (StatusCode::NOT_FOUND, "There is no such order in this sandbox.\n").into_response()
}

fn words(order: &Order) -> (&'static str, &'static str) {
    match order.state {
        State::Pending if order.is_payable() => {
            ("Pay this order", "No real money moves. Choose how this payment ends.")
        }
        State::Pending => (
            "No payment started",
            "Start a payment of this order first, then reload this page.",
        ),
        State::Paid | State::Finished => (
            "Payment received",
            "You can close this page and go back to your assistant.",
        ),
        State::Expired => ("Order expired", "It cannot be paid any more. Create a new order."),
        State::Failed => ("Payment declined", "The order failed. Create a new order to try again."),
    }
}

//! What an answer of the platform means.

use reqwest::StatusCode;

use super::body::Speaker;
use super::error::{BadResponse, Error, ErrorKind, Said, Unreachable};
use super::http::Answer;
use super::{Settled, Started, wire};
use crate::order::{Order, OrderId, OrderState};
use crate::pay_url::PlainHttp;
use crate::x402::{
    Chains, PAYMENT_REQUIRED_HEADER, PaymentError, PaymentRequired, SETTLEMENT_HEADERS, SettlementResponse,
};

/// Reads the answer to a payment that only starts one: by X402, on `chains`, or in another way.
pub(super) fn started(
    answer: &Answer,
    id: OrderId,
    plain_http: PlainHttp,
    chains: Option<Chains>,
) -> Result<Started, Error> {
    let challenge = || challenge(answer, chains?).map(Started::PaymentRequired);
    if answer.status == StatusCode::PAYMENT_REQUIRED {
        return challenge().ok_or_else(|| refusal(answer));
    }
    if !answer.status.is_success() {
        return Err(refusal(answer));
    }
    // Some deployments send the challenge with status 200, in place of an order or with it.
    match order(answer, id, plain_http) {
        Ok(order) if order.state == OrderState::Pending => {
            Ok(challenge().unwrap_or_else(|| Started::Order(Box::new(order))))
        }
        Ok(order) => Ok(Started::Order(Box::new(order))),
        Err(error) if error.kind == ErrorKind::BadResponse(BadResponse::OtherOrder) => Err(error),
        Err(error) => challenge().ok_or(error),
    }
}

/// Reads the answer to a signed payment. A 402 is a failure then, and never a new challenge to sign; and only the API itself
/// can refuse one, in words that speak of no payment.
pub(super) fn settled(answer: &Answer, id: OrderId, plain_http: PlainHttp) -> Result<Settled, Error> {
    let receipt = SETTLEMENT_HEADERS.iter().find_map(|name| answer.json_header(name));
    if answer.status.is_client_error() {
        let body = serde_json::from_slice(answer.body.as_bytes()).unwrap_or_default();
        let header = answer.json_header(PAYMENT_REQUIRED_HEADER);
        let failed = match answer.status.as_u16() {
            402 => Some(PaymentError::read(&body, header.as_ref(), receipt.as_ref())),
            // These would be trusted: they refuse before anything is done.
            400 | 401 | 403 | 404 | 429 => PaymentError::of_refusal(&body, header.as_ref(), receipt.as_ref()),
            _ => None,
        };
        if let Some(error) = failed {
            return Err(Error {
                kind: ErrorKind::PaymentFailed(error),
                ..refusal(answer)
            });
        }
        if !is_plain_refusal(answer) {
            return Err(bad(answer, BadResponse::NotTheApi));
        }
    }
    Ok(Settled {
        order: order(answer, id, plain_http)?,
        receipt: receipt.as_ref().and_then(SettlementResponse::read),
    })
}

/// Reads an order.
pub(super) fn order(answer: &Answer, id: OrderId, plain_http: PlainHttp) -> Result<Order, Error> {
    if !answer.status.is_success() {
        return Err(refusal(answer));
    }
    wire::read_order(answer.body.as_bytes(), id, plain_http).map_err(|reason| bad(answer, reason))
}

/// Whether a signed payment was refused by the API itself, in its own words, before it did anything. The answer to one request
/// too many may be silent; what is between here and the API also speaks of proxies, wrong hosts and early requests.
fn is_plain_refusal(answer: &Answer) -> bool {
    match (answer.status.as_u16(), answer.body.speaker()) {
        (407 | 421 | 425, _) => false,
        (_, Speaker::Api) | (400, Speaker::Complaints) => true,
        (429, Speaker::Silent) => !answer.body.is_empty(),
        _ => false,
    }
}

/// The challenge of an answer: in its body, or in its `PAYMENT-REQUIRED` header as base64 of the same JSON.
fn challenge(answer: &Answer, chains: Chains) -> Option<PaymentRequired> {
    let in_header = || PaymentRequired::read(answer.decoded_header(PAYMENT_REQUIRED_HEADER)?.as_bytes(), chains);
    PaymentRequired::read(answer.body.as_bytes(), chains).or_else(in_header)
}

/// What a status other than success means. The status decides, where the API itself speaks; the body adds what it said.
pub(super) fn refusal(answer: &Answer) -> Error {
    let speaker = answer.body.speaker();
    let kind = match answer.status.as_u16() {
        // Nothing has reached the API: a proxy wants to know who asks, or a server does not speak for this host.
        407 | 421 => ErrorKind::Unreachable(Unreachable::Other),
        408 => ErrorKind::Timeout,
        425 | 429 => ErrorKind::RateLimited {
            retry_after: answer.retry_after(),
        },
        400..=499 if speaker == Speaker::Page => ErrorKind::BadResponse(BadResponse::WebPage),
        400..=499 if speaker == Speaker::Other => ErrorKind::BadResponse(BadResponse::NotTheApi),
        500..=599 if speaker == Speaker::Page => ErrorKind::Gateway,
        401 => ErrorKind::Unauthenticated,
        402 => ErrorKind::PaymentRequired,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        400..=499 => ErrorKind::Refused,
        500..=599 => ErrorKind::ServerError,
        300..=399 => ErrorKind::BadResponse(BadResponse::Redirect),
        _ => ErrorKind::BadResponse(BadResponse::NotAnOrder),
    };
    let said = Said::read(answer.body.as_bytes());
    Error {
        retry_after: answer.retry_after(),
        ..Error::with(kind, Some(answer.status.as_u16()), said)
    }
}

/// An answer that cannot be what the platform sends.
pub(super) fn bad(answer: &Answer, reason: BadResponse) -> Error {
    Error {
        status: Some(answer.status.as_u16()),
        ..Error::of(ErrorKind::BadResponse(reason))
    }
}

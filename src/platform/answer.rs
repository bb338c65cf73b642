//! What an answer of the platform means.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::error::{BadResponse, Error, ErrorKind, Said};
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

/// Reads the answer to a signed payment. A 402 is a failure then, and never a new challenge to sign.
pub(super) fn settled(answer: &Answer, id: OrderId, plain_http: PlainHttp) -> Result<Settled, Error> {
    let receipt = SETTLEMENT_HEADERS.iter().find_map(|name| answer.json_header(name));
    if answer.status == StatusCode::PAYMENT_REQUIRED {
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        let header = answer.json_header(PAYMENT_REQUIRED_HEADER);
        let error = PaymentError::read(&body, header.as_ref(), receipt.as_ref());
        return Err(Error {
            kind: ErrorKind::PaymentFailed(error),
            ..refusal(answer)
        });
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
    wire::read_order(&answer.body, id, plain_http).map_err(|bad| Error {
        status: Some(answer.status.as_u16()),
        ..Error::of(ErrorKind::BadResponse(bad))
    })
}

/// The challenge of an answer: in its body, or in its `PAYMENT-REQUIRED` header as base64 of the same JSON.
fn challenge(answer: &Answer, chains: Chains) -> Option<PaymentRequired> {
    let in_header = || PaymentRequired::read(&answer.decoded_header(PAYMENT_REQUIRED_HEADER)?, chains);
    PaymentRequired::read(&answer.body, chains).or_else(in_header)
}

/// What a status other than success means. The status decides; the body adds what the platform said.
pub(super) fn refusal(answer: &Answer) -> Error {
    let is_page = answer.is_page();
    let kind = match answer.status.as_u16() {
        429 => ErrorKind::RateLimited {
            retry_after: retry_after(&answer.headers, SystemTime::now()),
        },
        // The API answers in JSON: a page comes from a proxy, or from another host.
        400..=499 if is_page => ErrorKind::BadResponse(BadResponse::WebPage),
        500..=599 if is_page => ErrorKind::Gateway,
        401 => ErrorKind::Unauthenticated,
        402 => ErrorKind::PaymentRequired,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        400..=499 => ErrorKind::Refused,
        500..=599 => ErrorKind::ServerError,
        300..=399 => ErrorKind::BadResponse(BadResponse::Redirect),
        _ => ErrorKind::BadResponse(BadResponse::NotAnOrder),
    };
    Error::with(kind, Some(answer.status.as_u16()), Said::read(&answer.body))
}

/// How long to wait: the header says it in seconds, or names a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let until = || {
        httpdate::parse_http_date(text)
            .ok()
            .map(|date| date.duration_since(now).unwrap_or_default())
    };
    text.parse().ok().map(Duration::from_secs).or_else(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        let now = httpdate::parse_http_date("Mon, 23 Nov 2026 10:00:00 GMT").unwrap();
        for (text, seconds) in [
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("Mon, 23 Nov 2026 10:00:30 GMT", Some(30)),
            ("Mon, 23 Nov 2026 09:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}

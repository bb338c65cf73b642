//! The Ace Data Cloud platform: what the rest of the program may know of it.
//!
//! A service: takes and gives vocabulary types, and keeps HTTP, status codes and body shapes to itself.

mod base_url;
mod error;
mod http;
mod wire;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Serialize;
use serde_json::Value;

pub use self::base_url::{BaseUrl, BaseUrlError};
pub use self::error::{BadResponse, Error, ErrorKind, Said};
pub(crate) use self::http::client as http_client;
use self::http::{Answer, Http};
use self::wire::{PayBody, RefreshBody};
use crate::order::{Order, OrderId, PayWay, Surface};
use crate::pay_url::PlainHttp;
use crate::token::PlatformToken;
use crate::x402::Challenge;

/// A client of the platform. Creating one does no I/O.
#[derive(Debug)]
pub struct Platform {
    base: BaseUrl,
    token: Option<PlatformToken>,
    http: Http,
    spellings: Mutex<HashMap<PayWay, &'static str>>,
}

/// How an order is to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayRequest {
    /// Which way; not needed for a free order.
    pub pay_way: Option<PayWay>,
    /// Where the payer is.
    pub surface: Option<Surface>,
}

/// What starting a payment brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// The order, with its payment link where the pay way has one.
    Order(Box<Order>),
    /// An X402 challenge for a wallet to sign; nothing is charged yet.
    Challenge(Challenge),
}

impl Platform {
    /// A client of the platform at `base`, which gives each request `timeout`.
    ///
    /// Without a token every call ends in [`ErrorKind::NoToken`] before anything is sent.
    #[must_use]
    pub fn new(base: BaseUrl, token: Option<PlatformToken>, timeout: Duration) -> Self {
        let http = Http::new(timeout, base.is_loopback());
        Self {
            base,
            token,
            http,
            spellings: Mutex::default(),
        }
    }

    /// Whether the platform is one on this machine, as only a sandbox is.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.base.is_loopback()
    }

    /// Whether the configured token looks like one of a service, which cannot pay orders.
    #[must_use]
    pub fn has_service_token(&self) -> bool {
        self.token.as_ref().is_some_and(PlatformToken::looks_like_service_token)
    }

    /// Starts the payment of an order: `POST /api/v1/orders/{id}/pay/`.
    ///
    /// It charges nobody by itself: a person still has to pay, or a wallet to sign. The specification's spelling of
    /// the pay way is sent first and, since a 400 has changed nothing, the platform's own once after a 400; which one
    /// worked is remembered.
    ///
    /// # Errors
    /// [`Error`]; where [`Error::may_have_happened`], a payment session may exist all the same.
    pub async fn pay(&self, id: OrderId, request: &PayRequest) -> Result<Started, Error> {
        let Some(way) = request.pay_way else {
            return self.post_pay(id, None, request).await;
        };
        let mut refusal = None;
        for spelling in self.spellings_to_try(way) {
            match self.post_pay(id, Some(spelling), request).await {
                Err(error) if error.status == Some(400) => {
                    refusal = Some(refusal.map_or_else(|| error.clone(), |first| more_telling(first, error.clone())));
                }
                outcome => {
                    if outcome.is_ok() {
                        self.remember(way, spelling);
                    }
                    return outcome;
                }
            }
        }
        Err(refusal.unwrap_or_else(|| Error::of(ErrorKind::Refused)))
    }

    /// Asks how an order stands: `POST /api/v1/orders/{id}/refresh/`.
    ///
    /// The platform asks the payment provider, so the stored state can change; it never charges.
    ///
    /// # Errors
    /// [`Error`]; asking again is always safe.
    pub async fn refresh(&self, id: OrderId) -> Result<Order, Error> {
        let answer = self.post(id, "refresh", &RefreshBody {}).await?;
        if answer.status.is_success() {
            self.order(&answer, id)
        } else {
            Err(refusal(&answer))
        }
    }

    async fn post_pay(&self, id: OrderId, pay_way: Option<&str>, request: &PayRequest) -> Result<Started, Error> {
        let body = PayBody {
            pay_way,
            surface: request.surface.as_ref().map(Surface::as_str),
        };
        let answer = self.post(id, "pay", &body).await?;
        let is_x402 = request.pay_way == Some(PayWay::X402);
        if answer.status == StatusCode::PAYMENT_REQUIRED {
            let challenge = if is_x402 { challenge(&answer) } else { None };
            return challenge.map(Started::Challenge).ok_or_else(|| refusal(&answer));
        }
        if !answer.status.is_success() {
            return Err(refusal(&answer));
        }
        self.order(&answer, id)
            .map(|order| Started::Order(Box::new(order)))
            .or_else(|error| {
                // Some deployments send the challenge with status 200, in place of an order.
                let challenge = if is_x402 { challenge(&answer) } else { None };
                challenge.map(Started::Challenge).ok_or(error)
            })
    }

    async fn post(&self, id: OrderId, action: &str, body: &impl Serialize) -> Result<Answer, Error> {
        let token = self.token.as_ref().ok_or_else(|| Error::of(ErrorKind::NoToken))?;
        let url = self.base.endpoint(["orders", &id.to_string(), action]);
        self.http.post(url, token, body).await
    }

    fn order(&self, answer: &Answer, id: OrderId) -> Result<Order, Error> {
        let plain_http = if self.is_sandbox() {
            PlainHttp::Loopback
        } else {
            PlainHttp::Refused
        };
        wire::read_order(&answer.body, id, plain_http).map_err(|bad| Error {
            status: Some(answer.status.as_u16()),
            ..Error::of(ErrorKind::BadResponse(bad))
        })
    }

    /// The spellings of a pay way that are worth sending, best first.
    fn spellings_to_try(&self, way: PayWay) -> Vec<&'static str> {
        let known = self
            .spellings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&way)
            .copied();
        match (known, way) {
            (Some(spelling), _) => vec![spelling],
            (None, PayWay::Card | PayWay::X402) => vec![way.platform_spelling()],
            (None, _) => vec![way.as_str(), way.platform_spelling()],
        }
    }

    fn remember(&self, way: PayWay, spelling: &'static str) {
        self.spellings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(way, spelling);
    }
}

/// Of two refusals of the same request in two spellings, the one that is about more than the spelling.
fn more_telling(first: Error, second: Error) -> Error {
    if second.said.about_pay_way && !first.said.about_pay_way {
        first
    } else {
        second
    }
}

/// The challenge of an answer: in its body, or in its `PAYMENT-REQUIRED` header as base64 of the same JSON.
fn challenge(answer: &Answer) -> Option<Challenge> {
    let in_body = serde_json::from_slice::<Value>(&answer.body).ok();
    let in_header = || {
        let header = BASE64.decode(answer.headers.get("payment-required")?).ok()?;
        Challenge::read(&serde_json::from_slice(&header).ok()?)
    };
    in_body.as_ref().and_then(Challenge::read).or_else(in_header)
}

/// What a status other than success means. The status decides; the body adds what the platform said.
fn refusal(answer: &Answer) -> Error {
    let is_page = answer.body.trim_ascii_start().first() == Some(&b'<');
    let kind = match answer.status.as_u16() {
        401 => ErrorKind::Unauthenticated,
        402 => ErrorKind::PaymentRequired,
        403 => ErrorKind::Forbidden,
        404 if is_page => ErrorKind::BadResponse(BadResponse::WebPage),
        404 => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited {
            retry_after: retry_after(&answer.headers),
        },
        400..=499 => ErrorKind::Refused,
        500..=599 => ErrorKind::ServerError,
        300..=399 => ErrorKind::BadResponse(BadResponse::Redirect),
        _ => ErrorKind::BadResponse(BadResponse::NotAnOrder),
    };
    Error {
        kind,
        status: Some(answer.status.as_u16()),
        said: Said::read(&answer.body),
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .parse()
        .ok()
        .map(Duration::from_secs)
}

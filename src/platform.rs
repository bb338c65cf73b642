//! The Ace Data Cloud platform: what the rest of the program may know of it.
//!
//! A service: takes and gives vocabulary types, and keeps HTTP, status codes and body shapes to itself.

mod answer;
mod base_url;
mod body;
mod error;
mod http;
mod limit;
mod proxy;
#[cfg(fuzzing)]
pub(crate) mod received;
mod retry;
mod token_check;
mod wire;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use self::base_url::{BaseUrl, BaseUrlError};
pub use self::error::{BadResponse, Effort, Error, ErrorKind, Said, Unreachable};
pub(crate) use self::http::client as http_client;
use self::http::{Answer, Http, Signed};
use self::limit::{Lane, Limiter, Place};
pub(crate) use self::proxy::Proxy;
use self::retry::{ASK, PAY, Policy, Repeat, retry};
pub use self::token_check::TokenCheck;
use self::wire::{PayBody, RefreshBody};
use crate::order::{Order, OrderId, Surface};
use crate::pay_url::PlainHttp;
use crate::pay_way::PayWay;
use crate::token::{PlatformToken, TokenKind};
use crate::x402::{Chains, PaymentPayload, PaymentRequired, SettlementResponse};

/// A client of the platform. Creating one does no I/O.
#[derive(Debug)]
pub struct Platform {
    base: BaseUrl,
    token: Option<PlatformToken>,
    chains: Chains,
    http: Http,
    limiter: Limiter,
    spellings: Mutex<HashMap<PayWay, &'static str>>,
}

/// How much the client asks of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How many requests a second, steadily; twice as many in a burst.
    pub requests_per_second: u32,
}

/// How an order is to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayRequest {
    /// Which way; not needed for a free order.
    pub pay_way: Option<PayWay>,
    /// Where the payer is.
    pub surface: Option<Surface>,
}

/// A payment by X402 that the payer's wallet has signed. Sending it moves money.
#[derive(Debug, Clone, Eq)]
pub struct SignedPayment {
    /// What the wallet signed.
    pub signature: PaymentPayload,
    /// Where the payer is.
    pub surface: Option<Surface>,
}

impl PartialEq for SignedPayment {
    /// Whether both are the same payment, wherever the payer is.
    fn eq(&self, other: &Self) -> bool {
        self.signature == other.signature
    }
}

/// What sending a signed payment brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The order, usually `Finished`.
    pub order: Order,
    /// The proof of the settlement, where the platform gave one.
    pub receipt: Option<SettlementResponse>,
}

/// What starting a payment brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// The order, with its payment link where the pay way has one.
    Order(Box<Order>),
    /// An X402 challenge for a wallet to sign; nothing is charged yet.
    PaymentRequired(PaymentRequired),
}

/// What a request is for, and until when.
#[derive(Clone, Copy)]
struct Errand<'a> {
    lane: Lane,
    action: &'static str,
    policy: &'static Policy,
    deadline: Instant,
    /// Cancelled when it is not to leave any more.
    kept_back: Option<&'a CancellationToken>,
}

impl Errand<'_> {
    /// Waits for a turn or for the next try, unless the request is kept back meanwhile.
    async fn unless_kept_back<T>(&self, waiting: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let Some(kept_back) = self.kept_back else {
            return waiting.await;
        };
        tokio::select! {
            biased;
            () = kept_back.cancelled() => Err(Error::of(ErrorKind::KeptBack)),
            outcome = waiting => outcome,
        }
    }
}

impl Platform {
    /// A client of the platform at `base`, where real money is paid.
    ///
    /// Without a token every call ends in [`ErrorKind::NoToken`] before anything is sent.
    #[must_use]
    pub fn new(base: BaseUrl, token: Option<PlatformToken>, limits: Limits) -> Self {
        let http = Http::new(limits.request_timeout, base.is_loopback(), token.as_ref());
        Self {
            base,
            token,
            chains: Chains::Live,
            http,
            limiter: Limiter::new(limits.requests_per_second),
            spellings: Mutex::default(),
        }
    }

    /// The same client, with X402 payments on those chains alone.
    #[must_use]
    pub fn on(self, chains: Chains) -> Self {
        Self { chains, ..self }
    }

    /// The platform's host, with its port where it is not the usual one.
    #[must_use]
    pub fn host(&self) -> String {
        let url = self.base.as_url();
        let host = url.host_str().unwrap_or_default();
        url.port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The platform's name in the journal: its host, with one name for this machine, whatever it is called.
    #[must_use]
    pub fn journal_name(&self) -> String {
        match self.base.as_url().port_or_known_default() {
            Some(port) if self.base.is_loopback() => format!("127.0.0.1:{port}"),
            _ => self.host(),
        }
    }

    /// Its host, where it is another one than the live platform's own.
    #[must_use]
    pub fn other_host(&self) -> Option<String> {
        (!self.base.is_live()).then(|| self.host())
    }

    /// Whether the configured token looks like one of a service, which cannot pay orders.
    #[must_use]
    pub fn has_service_token(&self) -> bool {
        self.token
            .as_ref()
            .is_some_and(|token| token.kind() == TokenKind::Service)
    }

    /// Starts the payment of an order: `POST /api/v1/orders/{id}/pay/`.
    ///
    /// It charges nobody by itself: a person still has to pay, or a wallet to sign. The specification's spelling of
    /// the pay way is sent first and, since a 400 has changed nothing, the platform's own once after a 400; which one
    /// worked is remembered.
    ///
    /// What certainly was not carried out is tried again until the deadline; what may have been is not. Once `kept_back` is
    /// cancelled nothing leaves any more; what has left is waited for.
    ///
    /// # Errors
    /// [`Error`]; where [`Error::may_have_happened`], a payment session may exist all the same.
    pub async fn pay(
        &self,
        id: OrderId,
        request: &PayRequest,
        deadline: Instant,
        kept_back: &CancellationToken,
    ) -> Result<Started, Error> {
        let Some(way) = request.pay_way else {
            return self.post_pay(id, None, request, deadline, kept_back).await;
        };
        let mut refusal = None;
        for spelling in self.spellings_to_try(way) {
            match self.post_pay(id, Some(spelling), request, deadline, kept_back).await {
                Err(error) if error.status == Some(400) && error.kind == ErrorKind::Refused => {
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

    /// Sends a payment that a wallet has signed: `POST /api/v1/orders/{id}/pay/` with the signature's header.
    ///
    /// **It charges the payer.** Settlement waits for the chain, so an answer has until `answer_by`. What certainly was not
    /// carried out is tried again, and begun until `start_by` at the latest; what may have been is not. Once `kept_back` is
    /// cancelled nothing leaves any more, nor does anything without the word of `may_leave`, which is asked for before the first
    /// byte of each try.
    ///
    /// # Errors
    /// [`Error`]; where [`Error::may_have_happened`], the payer may be charged, and only the order can tell.
    pub async fn settle<F: Future<Output = bool>>(
        &self,
        id: OrderId,
        payment: &SignedPayment,
        start_by: Instant,
        answer_by: Instant,
        kept_back: &CancellationToken,
        may_leave: impl Fn() -> F,
    ) -> Result<Settled, Error> {
        let body = PayBody {
            pay_way: Some(PayWay::X402.platform_spelling()),
            surface: payment.surface.as_ref().map(Surface::as_str),
        };
        let signed = Signed {
            signature: &payment.signature,
            answer_by,
        };
        let errand = Errand {
            lane: Lane::Settle,
            action: "pay",
            policy: &PAY,
            deadline: start_by,
            kept_back: Some(kept_back),
        };
        retry(&errand, Repeat::UnlessDone, || async {
            let place = self.place(&errand).await?;
            if !may_leave().await || kept_back.is_cancelled() {
                return Err(Error::of(ErrorKind::KeptBack));
            }
            let answer = self.send(place, id, &errand, &body, Some(signed)).await?;
            answer::settled(&answer, id, self.plain_http())
        })
        .await
    }

    /// Asks how an order stands: `POST /api/v1/orders/{id}/refresh/`, again and again until the deadline where it fails in
    /// a way that may pass.
    ///
    /// The platform asks the payment provider, so the stored state can change; it never charges.
    ///
    /// # Errors
    /// [`Error`]; asking again is always safe.
    pub async fn refresh(&self, id: OrderId, deadline: Instant) -> Result<Order, Error> {
        self.look(id, Lane::Look, deadline).await
    }

    /// The same for somebody who asks again and again: everybody else goes first.
    ///
    /// # Errors
    /// [`Error`]; asking again is always safe.
    pub async fn poll(&self, id: OrderId, deadline: Instant) -> Result<Order, Error> {
        self.look(id, Lane::Poll, deadline).await
    }

    async fn look(&self, id: OrderId, lane: Lane, deadline: Instant) -> Result<Order, Error> {
        let errand = Errand {
            lane,
            action: "refresh",
            policy: &ASK,
            deadline,
            kept_back: None,
        };
        retry(&errand, Repeat::Always, || async move {
            let place = self.place(&errand).await?;
            let answer = self.send(place, id, &errand, &RefreshBody {}, None).await?;
            answer::order(&answer, id, self.plain_http())
        })
        .await
    }

    async fn post_pay(
        &self,
        id: OrderId,
        pay_way: Option<&str>,
        request: &PayRequest,
        deadline: Instant,
        kept_back: &CancellationToken,
    ) -> Result<Started, Error> {
        let body = PayBody {
            pay_way,
            surface: request.surface.as_ref().map(Surface::as_str),
        };
        let chains = (request.pay_way == Some(PayWay::X402)).then_some(self.chains);
        let errand = Errand {
            lane: Lane::Start,
            action: "pay",
            policy: &PAY,
            deadline,
            kept_back: Some(kept_back),
        };
        retry(&errand, Repeat::UnlessDone, || async {
            let place = self.place(&errand).await?;
            let answer = self.send(place, id, &errand, &body, None).await?;
            answer::started(&answer, id, self.plain_http(), chains)
        })
        .await
    }

    /// Waits for a place among the requests that are under way.
    async fn place(&self, errand: &Errand<'_>) -> Result<Place<'_>, Error> {
        let latest = errand.deadline.checked_sub(errand.policy.least_time);
        let latest = latest.ok_or_else(|| Error::of(ErrorKind::Busy))?;
        errand.unless_kept_back(self.limiter.enter(errand.lane, latest)).await
    }

    /// Sends a request, which has a place as long as it is under way.
    async fn send(
        &self,
        _place: Place<'_>,
        id: OrderId,
        errand: &Errand<'_>,
        body: &impl Serialize,
        signed: Option<Signed<'_>>,
    ) -> Result<Answer, Error> {
        let token = self.token.as_ref().ok_or_else(|| Error::of(ErrorKind::NoToken))?;
        let url = self.base.endpoint(["orders", &id.to_string(), errand.action]);
        let body = serde_json::to_vec(body).map_err(|_| Error::of(ErrorKind::Refused))?;
        self.http.post(url, token, signed, body, errand.deadline).await
    }

    /// Which links an answer may hold.
    fn plain_http(&self) -> PlainHttp {
        if self.base.is_loopback() {
            PlainHttp::Loopback
        } else {
            PlainHttp::Refused
        }
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

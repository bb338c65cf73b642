//! An answer of the platform that came on no wire, for `fuzz/`.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::error::Error;
use super::http::Answer;
use super::{Settled, Started, answer};
use crate::order::{Order, OrderId};
use crate::pay_url::PlainHttp;
use crate::secret::Redactor;
use crate::token::PlatformToken;
use crate::x402::{Chains, PaymentPayload};

/// An answer, read as if it had come to a request with a token, and perhaps with a signed payment.
#[derive(Debug)]
pub struct Received(Answer);

impl Received {
    /// `None` for what is no answer: a status, a header or a packed body that is none.
    #[must_use]
    pub fn new(
        status: u16,
        headers: &[(&'static str, &[u8])],
        body: Vec<u8>,
        token: &PlatformToken,
        payment: Option<&PaymentPayload>,
    ) -> Option<Self> {
        let redactor = Redactor::of([token.expose()]);
        for secret in payment.iter().flat_map(|payment| payment.secrets()) {
            redactor.learn(&secret);
        }
        let headers = headers
            .iter()
            .map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?)))
            .collect::<Option<HeaderMap>>()?;
        Answer::received(StatusCode::from_u16(status).ok()?, headers, body, redactor).map(Self)
    }

    /// As the answer to a question.
    ///
    /// # Errors
    /// As [`Platform::refresh`](super::Platform::refresh) has them.
    pub fn order(&self, id: OrderId, plain_http: PlainHttp) -> Result<Order, Error> {
        answer::order(&self.0, id, plain_http)
    }

    /// As the answer to a payment that is started; by X402 on those chains.
    ///
    /// # Errors
    /// As [`Platform::pay`](super::Platform::pay) has them.
    pub fn started(&self, id: OrderId, chains: Option<Chains>) -> Result<Started, Error> {
        answer::started(&self.0, id, PlainHttp::Refused, chains)
    }

    /// As the answer to a signed payment.
    ///
    /// # Errors
    /// As [`Platform::settle`](super::Platform::settle) has them.
    pub fn settled(&self, id: OrderId) -> Result<Settled, Error> {
        answer::settled(&self.0, id, PlainHttp::Refused)
    }
}

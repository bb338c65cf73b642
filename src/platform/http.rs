//! HTTP to the platform: one client, built on first use; a time-out on everything; redirects never followed.

use std::error::Error as StdError;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{RequestBuilder, StatusCode, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::error::{BadResponse, Error, ErrorKind, Unreachable};
use crate::token::PlatformToken;
use crate::x402::{self, PaymentPayload};

/// The most that is read of an answer, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// How long a connection may take to be made, at most. It must end before the time of the whole request does: only then is
/// it certain that nothing was sent.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const USER_AGENT: &str = concat!("acedata-pay-mcp/", env!("CARGO_PKG_VERSION"));

/// The HTTP client, built when the first request needs it: loading the root certificates takes longer than starting.
#[derive(Debug)]
pub(super) struct Http {
    client: OnceLock<reqwest::Client>,
    timeout: Duration,
    through_proxy: bool,
}

/// A whole answer, without the secrets that were sent.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    sent: Secrets,
}

/// A signed payment, and until when its answer is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) signature: &'a PaymentPayload,
    pub(super) answer_by: Instant,
}

/// What was sent and must not be passed on if an answer repeats it, each with what stands in its place.
#[derive(Debug, Default)]
struct Secrets(Vec<(SecretString, &'static str)>);

impl Secrets {
    fn of(token: Option<&PlatformToken>, signature: Option<&PaymentPayload>) -> Self {
        let token = token.map(|token| (token.expose().into(), "[token]"));
        let signature = signature.map(PaymentPayload::secrets).unwrap_or_default();
        let signature = signature.into_iter().map(|secret| (secret.into(), "[signature]"));
        Self(token.into_iter().chain(signature).collect())
    }

    fn taken_out_of(&self, text: Vec<u8>) -> Vec<u8> {
        self.0.iter().fold(text, |text, (secret, stand_in)| {
            without(text, secret.expose_secret(), stand_in)
        })
    }
}

impl Answer {
    fn new(status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            status,
            headers,
            body,
            sent: Secrets::default(),
        }
    }

    /// What a header holds as base64 of JSON.
    pub(super) fn json_header(&self, name: &str) -> Option<Value> {
        serde_json::from_slice(&self.decoded_header(name)?).ok()
    }

    /// What a header holds in base64.
    pub(super) fn decoded_header(&self, name: &str) -> Option<Vec<u8>> {
        let decoded = x402::decode_header(self.headers.get(name)?.as_bytes())?;
        Some(self.sent.taken_out_of(decoded))
    }

    /// Whether it is a web page rather than an answer of the API.
    pub(super) fn is_page(&self) -> bool {
        self.body.trim_ascii_start().first() == Some(&b'<')
    }
}

impl Http {
    /// A client that gives each request `timeout`, and uses the system's proxy only for hosts beyond this machine.
    pub(super) fn new(timeout: Duration, is_loopback: bool) -> Self {
        Self {
            client: OnceLock::new(),
            timeout,
            through_proxy: !is_loopback,
        }
    }

    /// Posts JSON with the headers of the specification and reads the answer, until the deadline at the latest.
    ///
    /// A signed payment has until its own deadline: it waits for the chain. Any other request has the configured time-out.
    pub(super) async fn post(
        &self,
        url: Url,
        token: &PlatformToken,
        signed: Option<Signed<'_>>,
        body: Vec<u8>,
        deadline: Instant,
    ) -> Result<Answer, Error> {
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        let mut request = self
            .client()?
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let mut time = left(deadline).min(self.timeout);
        if let Some(Signed { signature, answer_by }) = signed {
            let header = signature.version().signature_header();
            request = request.header(header, sensitive(signature.expose()));
            time = left(answer_by);
        }
        let signature = signed.map(|signed| signed.signature);
        exchange(request, Some(token), time, Secrets::of(Some(token), signature)).await
    }

    /// Gets an answer, until the deadline at the latest.
    pub(super) async fn get(
        &self,
        url: Url,
        token: Option<&PlatformToken>,
        deadline: Instant,
    ) -> Result<Answer, Error> {
        let left = deadline.saturating_duration_since(Instant::now());
        let secrets = Secrets::of(token, None);
        exchange(self.client()?.get(url), token, left.min(self.timeout), secrets).await
    }

    fn client(&self) -> Result<&reqwest::Client, Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = self.build().map_err(|error| {
            tracing::error!(error = %error.without_url(), "the HTTP client cannot be built");
            Error::of(ErrorKind::Unreachable(Unreachable::Other))
        })?;
        Ok(self.client.get_or_init(|| client))
    }

    fn build(&self) -> reqwest::Result<reqwest::Client> {
        let builder = client().connect_timeout(CONNECT_TIMEOUT.min(self.timeout / 2));
        if self.through_proxy {
            builder
        } else {
            builder.no_proxy()
        }
        .build()
    }
}

/// What every HTTP client of this program has: its name, TLS, and no redirects.
pub(crate) fn client() -> reqwest::ClientBuilder {
    // An error means that a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
}

/// A header that no log prints.
fn sensitive(value: &str) -> HeaderValue {
    // A token and a signature are printable ASCII by their types, so they always make a header.
    let mut header = HeaderValue::from_str(value).unwrap_or_else(|_| HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

/// A body in which a secret does not occur: an answer that repeats what was sent must not carry it on.
fn without(body: Vec<u8>, secret: &str, stand_in: &str) -> Vec<u8> {
    // Some writers of JSON escape the slashes of base64.
    let escaped = secret.replace('/', "\\/");
    match std::str::from_utf8(&body) {
        Ok(text) if text.contains(secret) || text.contains(&escaped) => {
            text.replace(secret, stand_in).replace(&escaped, stand_in).into_bytes()
        }
        _ => body,
    }
}

/// Sends a request with the token, and reads the answer, in which the token does not occur.
async fn exchange(
    request: RequestBuilder,
    token: Option<&PlatformToken>,
    time: Duration,
    sent: Secrets,
) -> Result<Answer, Error> {
    let request = request.header(ACCEPT, "application/json").timeout(time);
    let request = match token {
        Some(token) => request.header(AUTHORIZATION, sensitive(&format!("Bearer {}", token.expose()))),
        None => request,
    };
    let answer = read(request.send().await.map_err(|error| transport_error(&error))?).await?;
    Ok(Answer {
        body: sent.taken_out_of(answer.body),
        sent,
        ..answer
    })
}

/// Reads an answer to its end, or to the most that is read.
async fn read(mut response: reqwest::Response) -> Result<Answer, Error> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    let failed = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => {
                break ErrorKind::BadResponse(BadResponse::TooLong);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(Answer::new(status, headers, body)),
            Err(error) => break transport_error(&error).kind,
        }
    };
    if !status.is_success() {
        // The status says what it means; the body would only have added detail.
        return Ok(Answer::new(status, headers, Vec::new()));
    }
    Err(Error {
        status: Some(status.as_u16()),
        ..Error::of(failed)
    })
}

/// Sorts a transport error by whether the request may have arrived, and by what a person can do about it.
fn transport_error(error: &reqwest::Error) -> Error {
    Error::of(if let Some(tls) = cause::<rustls::Error>(error) {
        match tls {
            rustls::Error::InvalidCertificate(_) => ErrorKind::Certificate,
            _ if error.is_connect() => ErrorKind::Unreachable(Unreachable::Tls),
            _ => ErrorKind::Interrupted,
        }
    } else if error.is_connect() || error.is_builder() {
        ErrorKind::Unreachable(unreachable(error))
    } else if error.is_timeout() {
        ErrorKind::Timeout
    } else if cause::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
        ErrorKind::BadResponse(BadResponse::NotHttp)
    } else {
        ErrorKind::Interrupted
    })
}

fn unreachable(error: &reqwest::Error) -> Unreachable {
    if error.is_timeout() {
        return Unreachable::Timeout;
    }
    let of_io = causes(error)
        .filter_map(|cause| cause.downcast_ref())
        .find_map(|io: &io::Error| match io.kind() {
            io::ErrorKind::ConnectionRefused => Some(Unreachable::Refused),
            io::ErrorKind::TimedOut => Some(Unreachable::Timeout),
            _ => None,
        });
    let no_such_host = || causes(error).any(|cause| cause.to_string().starts_with("dns error"));
    of_io.unwrap_or_else(|| {
        if no_such_host() {
            Unreachable::NoSuchHost
        } else {
            Unreachable::Other
        }
    })
}

/// The first cause of an error that is of a type.
fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// An error and its causes, outermost first. What an I/O error wraps is one of them: its own `source` would skip that.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_travels_in_a_sensitive_header() {
        let header = sensitive("Bearer platform-v1-0123456789abcdef");
        assert_eq!(header.to_str().unwrap(), "Bearer platform-v1-0123456789abcdef");
        assert!(header.is_sensitive());
        assert!(!format!("{header:?}").contains("0123456789abcdef"));
    }

    #[test]
    fn a_body_that_repeats_a_secret_loses_it() {
        let cleaned = |body: &[u8], secret| without(body.to_vec(), secret, "[token]");
        let body = br#"{"detail":"Token platform-v1-0123456789abcdef is revoked."}"#;
        assert_eq!(
            cleaned(body, "platform-v1-0123456789abcdef"),
            br#"{"detail":"Token [token] is revoked."}"#
        );
        assert_eq!(
            cleaned(br#"{"error":"ab\/cd=, ab/cd="}"#, "ab/cd="),
            br#"{"error":"[token], [token]"}"#
        );
        assert_eq!(cleaned(&[0xff, b'{'], "ab"), [0xff, b'{']);
    }
}

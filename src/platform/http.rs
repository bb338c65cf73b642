//! HTTP to the platform: one client, built on first use; a time-out on everything; redirects never followed.

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode, redirect};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::body::{Body, MAX_BODY, Packing};
use super::error::{BadResponse, Error, ErrorKind, Unreachable};
use super::proxy::{Proxy, UnusableProxy};
use crate::secret::Redactor;
use crate::token::PlatformToken;
use crate::x402::{self, PaymentPayload};

/// How long a connection may take to be made, at most. It must end before the time of the whole request does: only then is
/// it certain that nothing was sent.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest time that the platform may ask to wait; what it asks for beyond that is as long.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// How long to wait where what the platform asks for cannot be read: longer than any call.
const A_LONG_TIME: Duration = Duration::from_secs(3600);

/// When this century began, after 1970.
const CENTURY: Duration = Duration::from_secs(946_684_800);

const USER_AGENT: &str = concat!("acedata-pay-mcp/", env!("CARGO_PKG_VERSION"));

/// The HTTP client, built when the first request needs it: loading the root certificates takes longer than starting.
#[derive(Debug)]
pub(super) struct Http {
    client: OnceLock<reqwest::Client>,
    timeout: Duration,
    through_proxy: bool,
    redactor: Arc<Redactor>,
}

/// An answer, without secrets: neither those that were sent, nor what has the form of one.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Body,
    headers: HeaderMap,
    redactor: Arc<Redactor>,
}

/// A signed payment, and until when its answer is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) signature: &'a PaymentPayload,
    pub(super) answer_by: Instant,
}

impl Answer {
    /// An answer that came on no wire.
    #[cfg(fuzzing)]
    pub(super) fn received(status: StatusCode, headers: HeaderMap, body: Vec<u8>, redactor: Redactor) -> Option<Self> {
        Some(Self {
            status,
            body: Body::whole(body, &redactor).ok()?,
            headers,
            redactor: Arc::new(redactor),
        })
    }

    /// What a header holds as base64 of JSON.
    pub(super) fn json_header(&self, name: &str) -> Option<Value> {
        serde_json::from_str(&self.decoded_header(name)?).ok()
    }

    /// What a header holds in base64, without secrets.
    pub(super) fn decoded_header(&self, name: &str) -> Option<String> {
        let decoded = x402::decode_header(self.headers.get(name)?.as_bytes())?;
        Some(self.redactor.json(&String::from_utf8_lossy(&decoded)))
    }

    /// When the platform says that it was sent.
    pub(super) fn date(&self) -> Option<SystemTime> {
        httpdate::parse_http_date(self.headers.get(DATE)?.to_str().ok()?).ok()
    }

    /// How long the platform asks to wait before anything is tried again, where it says so.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers, SystemTime::now())
    }
}

impl Http {
    /// A client that gives each request `timeout`, and uses the configured proxy only for hosts beyond this machine. The
    /// token is what no answer may show.
    pub(super) fn new(timeout: Duration, is_loopback: bool, token: Option<&PlatformToken>) -> Self {
        Self {
            client: OnceLock::new(),
            timeout,
            through_proxy: !is_loopback,
            redactor: Arc::new(Redactor::of(token.map(PlatformToken::expose))),
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
        let client = self.client(&url)?;
        let mut request = client.post(url).header(CONTENT_TYPE, "application/json").body(body);
        let mut time = left(deadline).min(self.timeout);
        if let Some(Signed { signature, answer_by }) = signed {
            for secret in signature.secrets() {
                self.redactor.learn(&secret);
            }
            let header = signature.version().signature_header();
            request = request.header(header, sensitive(signature.expose()));
            time = left(answer_by);
        }
        self.exchange(request, Some(token), time).await
    }

    /// Gets an answer, until the deadline at the latest.
    pub(super) async fn get(
        &self,
        url: Url,
        token: Option<&PlatformToken>,
        deadline: Instant,
    ) -> Result<Answer, Error> {
        let left = deadline.saturating_duration_since(Instant::now());
        let request = self.client(&url)?.get(url);
        self.exchange(request, token, left.min(self.timeout)).await
    }

    /// Sends a request with the token, and reads the answer.
    async fn exchange(
        &self,
        request: RequestBuilder,
        token: Option<&PlatformToken>,
        time: Duration,
    ) -> Result<Answer, Error> {
        let request = request.header(ACCEPT, "application/json").timeout(time);
        let request = match token {
            Some(token) => request.header(AUTHORIZATION, sensitive(&format!("Bearer {}", token.expose()))),
            None => request,
        };
        let mut response = request.send().await.map_err(|error| transport_error(&error))?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let body = match read(response).await {
            Ok(bytes) => Body::whole(bytes, &self.redactor).map_err(|packing| match packing {
                Packing::TooLong => (ErrorKind::BadResponse(BadResponse::TooLong), Body::cut(&[])),
                Packing::Broken => (ErrorKind::Interrupted, Body::cut(&[])),
            }),
            Err((error, beginning)) => Err((error, Body::cut(&beginning))),
        };
        let body = match body {
            Ok(body) => body,
            // The status says what it means; the body would only have added detail.
            Err((_, beginning)) if !status.is_success() => beginning,
            Err((kind, _)) => {
                return Err(Error {
                    status: Some(status.as_u16()),
                    ..Error::of(kind)
                });
            }
        };
        Ok(Answer {
            status,
            body,
            headers,
            redactor: Arc::clone(&self.redactor),
        })
    }

    fn client(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let builder = client().connect_timeout(CONNECT_TIMEOUT.min(self.timeout / 2));
        let builder = self.with_proxy(builder, url).map_err(|UnusableProxy| {
            tracing::error!("the proxy that is configured cannot be used; nothing is sent without it");
            Error::of(ErrorKind::Unreachable(Unreachable::Proxy))
        })?;
        let client = builder.build().map_err(|error| {
            tracing::error!(error = %error.without_url(), "the HTTP client cannot be built");
            Error::of(ErrorKind::Unreachable(Unreachable::Other))
        })?;
        Ok(self.client.get_or_init(|| client))
    }

    fn with_proxy(&self, builder: reqwest::ClientBuilder, url: &Url) -> Result<reqwest::ClientBuilder, UnusableProxy> {
        match self.through_proxy.then(|| Proxy::of(url)).transpose()?.flatten() {
            Some(proxy) => proxy.apply(builder),
            None => Ok(builder.no_proxy()),
        }
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

/// Reads a body to its end; where it breaks off or is too long, why, and the beginning of it.
async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, (ErrorKind, Vec<u8>)> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => {
                return Err((ErrorKind::BadResponse(BadResponse::TooLong), body));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err((transport_error(&error).kind, body)),
        }
    }
}

/// How long to wait: the header says it in seconds, or names a date. What cannot be read is a long time: whoever wrote it
/// wanted to be left alone.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().unwrap_or_default().trim();
    let seconds = || {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = [whole, part]
            .iter()
            .all(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()));
        let begun = u64::from(part.bytes().any(|digit| digit != b'0'));
        is_number.then(|| Duration::from_secs(whole.parse().unwrap_or(u64::MAX).saturating_add(begun)))
    };
    let until = || {
        let date = httpdate::parse_http_date(text).ok()?;
        let is_of_this_century = date >= SystemTime::UNIX_EPOCH + CENTURY;
        is_of_this_century.then(|| date.duration_since(now).unwrap_or_default())
    };
    Some(seconds().or_else(until).unwrap_or(A_LONG_TIME).min(LONGEST_WAIT))
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
    fn retry_after_is_read_in_seconds_and_as_a_date_and_anything_else_is_a_long_time() {
        let now = httpdate::parse_http_date("Mon, 23 Nov 2026 10:00:00 GMT").unwrap();
        for (text, seconds) in [
            ("7", 7),
            (" 120 ", 120),
            ("0", 0),
            ("1.5", 2),
            ("2.0", 2),
            ("Mon, 23 Nov 2026 10:00:30 GMT", 30),
            ("Mon, 23 Nov 2026 09:00:00 GMT", 0),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 3600),
            ("Fri, 01 Jan 2500 00:00:00 GMT", 86_400),
            ("soon", 3600),
            ("-1", 3600),
            ("+1", 3600),
            ("1e3", 3600),
            ("7, 8", 3600),
            ("0x10", 3600),
            ("NaN", 3600),
            ("", 3600),
            ("1764000000", 86_400),
            ("99999999999999999999999999", 86_400),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), Some(Duration::from_secs(seconds)), "{text}");
        }
        let unreadable = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_bytes(b"\xff").unwrap())]);
        assert_eq!(retry_after(&unreadable, now), Some(A_LONG_TIME));
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}

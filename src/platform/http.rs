//! HTTP to the platform: one client, built on first use; a time-out on everything; redirects never followed.

use std::error::Error as StdError;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{RequestBuilder, StatusCode, redirect};
use tokio::time::Instant;
use url::Url;

use super::error::{BadResponse, Error, ErrorKind, Unreachable};
use crate::token::PlatformToken;

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

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
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
    pub(super) async fn post(
        &self,
        url: Url,
        token: &PlatformToken,
        body: Vec<u8>,
        deadline: Instant,
    ) -> Result<Answer, Error> {
        let request = self
            .client()?
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        self.exchange(request, Some(token), deadline).await
    }

    /// Gets an answer, until the deadline at the latest.
    pub(super) async fn get(
        &self,
        url: Url,
        token: Option<&PlatformToken>,
        deadline: Instant,
    ) -> Result<Answer, Error> {
        self.exchange(self.client()?.get(url), token, deadline).await
    }

    async fn exchange(
        &self,
        request: RequestBuilder,
        token: Option<&PlatformToken>,
        deadline: Instant,
    ) -> Result<Answer, Error> {
        let time_left = deadline.saturating_duration_since(Instant::now());
        let request = request
            .header(ACCEPT, "application/json")
            .timeout(self.timeout.min(time_left));
        let request = match token {
            Some(token) => request.header(AUTHORIZATION, bearer(token)),
            None => request,
        };
        let answer = read(request.send().await.map_err(|error| transport_error(&error))?).await?;
        Ok(match token {
            Some(token) => Answer {
                body: without_token(answer.body, token),
                ..answer
            },
            None => answer,
        })
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

/// The header that carries the token, marked sensitive so that no log prints it.
fn bearer(token: &PlatformToken) -> HeaderValue {
    // A token is printable ASCII by its type, so it always makes a header.
    let mut header = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
    header.set_sensitive(true);
    header
}

/// A body in which the token does not occur: an error that repeats what was sent must not carry it on.
fn without_token(body: Vec<u8>, token: &PlatformToken) -> Vec<u8> {
    match std::str::from_utf8(&body) {
        Ok(text) if text.contains(token.expose()) => text.replace(token.expose(), "[token]").into_bytes(),
        _ => body,
    }
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
            Ok(None) => return Ok(Answer { status, headers, body }),
            Err(error) => break transport_error(&error).kind,
        }
    };
    if !status.is_success() {
        // The status says what it means; the body would only have added detail.
        return Ok(Answer {
            status,
            headers,
            body: Vec::new(),
        });
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
    fn the_token_travels_in_a_sensitive_bearer_header() {
        let token: PlatformToken = "platform-v1-0123456789abcdef".parse().unwrap();
        let header = bearer(&token);
        assert_eq!(header.to_str().unwrap(), "Bearer platform-v1-0123456789abcdef");
        assert!(header.is_sensitive());
        assert!(!format!("{header:?}").contains("0123456789abcdef"));
    }

    #[test]
    fn a_body_that_repeats_the_token_loses_it() {
        let token: PlatformToken = "platform-v1-0123456789abcdef".parse().unwrap();
        let body = br#"{"detail":"Token platform-v1-0123456789abcdef is revoked."}"#.to_vec();
        assert_eq!(
            without_token(body, &token),
            br#"{"detail":"Token [token] is revoked."}"#
        );
        assert_eq!(without_token(vec![0xff, b'{'], &token), [0xff, b'{']);
    }
}

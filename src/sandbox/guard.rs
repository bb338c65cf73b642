//! Who may ask the sandbox: programs on this machine, and its own pages; no other page that a browser on it has open.
//!
//! A page can make a browser send requests anywhere. Browsers say where a request comes from, and pages cannot change that;
//! programs say nothing of the kind. A page whose own name was pointed at this machine (DNS rebinding) is told by that name.

use axum::extract::{Request, State as Shares};
use axum::http::header::{self, AsHeaderName};
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::refusal;

/// The names of this machine.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Where the endpoints are that only programs use.
const API: &str = "/api/";

/// Lets a request through, or refuses it before anything is done for it. The sandbox listens on that port.
pub(super) async fn guard(Shares(port): Shares<u16>, request: Request, next: Next) -> Response {
    match admit(request.method(), request.uri(), request.headers(), port) {
        Ok(()) => next.run(request).await,
        Err(why) => refusal::elsewhere(why).into_response(),
    }
}

fn admit(method: &Method, uri: &Uri, headers: &HeaderMap, port: u16) -> Result<(), &'static str> {
    let host = only(headers, header::HOST)?.unwrap_or_default();
    let is_written_so = uri
        .authority()
        .is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host));
    if !is_own(host, port) || !is_written_so {
        return Err("The sandbox answers only to 127.0.0.1 and localhost, with its own port.");
    }
    if let Some(origin) = only(headers, header::ORIGIN)?
        && !origin.eq_ignore_ascii_case(&format!("http://{host}"))
    {
        return Err("A page from elsewhere may not use the sandbox.");
    }
    // Anybody may lead a person to a page; what its buttons and the endpoints do is for the page itself, and for programs.
    let shows_a_page = matches!(*method, Method::GET | Method::HEAD) && !uri.path().starts_with(API);
    match only(headers, "sec-fetch-site")? {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) if shows_a_page => Ok(()),
        Some(_) => Err("A page from elsewhere may not use the sandbox."),
    }
}

fn is_own(host: &str, port: u16) -> bool {
    NAMES.iter().any(|name| {
        host.eq_ignore_ascii_case(&format!("{name}:{port}")) || port == 80 && host.eq_ignore_ascii_case(name)
    })
}

/// A header that may be there once.
fn only(headers: &HeaderMap, name: impl AsHeaderName) -> Result<Option<&str>, &'static str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str().unwrap_or("?"));
    match values.next() {
        None => Ok(value),
        Some(_) => Err("A header that says where the request comes from is there twice."),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    /// Whether a request with these headers is let through.
    fn passes(method: &Method, target: &str, headers: &[(&'static str, &str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .fold(HeaderMap::new(), |mut headers, (name, value)| {
                headers.append(name, value);
                headers
            });
        admit(method, &target.parse().unwrap(), &headers, 8402).is_ok()
    }

    #[test]
    fn only_the_names_of_this_machine_with_the_own_port_are_answered() {
        for (host, expected) in [
            ("127.0.0.1:8402", true),
            ("localhost:8402", true),
            ("LOCALHOST:8402", true),
            ("[::1]:8402", true),
            ("127.0.0.1", false),
            ("127.0.0.1:80", false),
            ("127.0.0.2:8402", false),
            ("0.0.0.0:8402", false),
            ("evil.example:8402", false),
            ("localhost.evil.example:8402", false),
            ("127.0.0.1.nip.io:8402", false),
            ("", false),
        ] {
            assert_eq!(
                passes(&Method::GET, "/checkout/1", &[("host", host)]),
                expected,
                "{host}"
            );
        }
        let own = ("host", "127.0.0.1:8402");
        assert!(!passes(&Method::GET, "/", &[]));
        assert!(!passes(&Method::GET, "/", &[own, ("host", "evil.example")]));
        assert!(passes(&Method::GET, "http://127.0.0.1:8402/", &[own]));
        assert!(!passes(&Method::GET, "http://evil.example:8402/", &[own]));
    }

    #[test]
    fn what_a_browser_says_of_a_foreign_page_is_refused_except_that_a_link_is_followed() {
        let own = "http://127.0.0.1:8402";
        let (page, button, api) = ("/checkout/1", "/checkout/1/pay", "/api/v1/orders/1");
        for (method, target, origin, site, expected) in [
            (Method::POST, button, None, None, true),
            (Method::POST, button, Some(own), Some("same-origin"), true),
            (Method::POST, button, Some(own), None, true),
            (
                Method::POST,
                button,
                Some("https://evil.example"),
                Some("cross-site"),
                false,
            ),
            (
                Method::POST,
                button,
                Some("http://127.0.0.1:9999"),
                Some("same-site"),
                false,
            ),
            (Method::POST, button, Some("http://localhost:8402"), None, false),
            (Method::POST, button, Some("null"), None, false),
            (Method::POST, button, None, Some("cross-site"), false),
            (Method::POST, api, None, Some("same-site"), false),
            (Method::OPTIONS, api, Some("https://evil.example"), None, false),
            (Method::GET, page, None, Some("cross-site"), true),
            (Method::GET, page, None, Some("none"), true),
            (Method::GET, page, Some("https://evil.example"), None, false),
            (Method::GET, api, None, Some("cross-site"), false),
            (Method::GET, api, None, None, true),
        ] {
            let headers = [
                Some(("host", "127.0.0.1:8402")),
                origin.map(|origin| ("origin", origin)),
                site.map(|site| ("sec-fetch-site", site)),
            ];
            let headers: Vec<_> = headers.into_iter().flatten().collect();
            assert_eq!(
                passes(&method, target, &headers),
                expected,
                "{method} {target} {headers:?}"
            );
        }
    }
}

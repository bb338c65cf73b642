//! Checks of the way to the platform: proxy, name, connection, TLS, and one question that shows whether the token is
//! accepted and what time it is there.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};
use url::{Host, Url};

use super::report::Check;
use crate::platform::{BaseUrl, Error, ErrorKind, Limits, Platform, Proxy, TokenCheck, Unreachable};
use crate::token::{PlatformToken, TOKEN_PAGE};

/// How long a name may take to be resolved, and a connection to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the question may take, whatever the time-out is set to.
const LONGEST_QUESTION: Duration = Duration::from_secs(15);

/// How far the clocks may be apart before signed payments and certificates are in danger.
const MOST_SKEW: Duration = Duration::from_secs(30);

const CHECK_NETWORK: &str = "check the network, a firewall and the base URL";

/// The checks that cannot be made because nothing says where the platform is.
pub(super) fn skipped() -> Vec<Check> {
    ["proxy", "DNS", "connection", "TLS", "platform", "clock"]
        .map(|name| Check::skipped(name, "the base URL cannot be used"))
        .into()
}

/// The checks on the way to a platform.
pub(super) async fn checks(base_url: BaseUrl, token: Option<PlatformToken>, request_timeout: Duration) -> Vec<Check> {
    let url = base_url.as_url().clone();
    // The HTTP client uses no proxy for this machine.
    let configured = (!base_url.is_loopback()).then(|| Proxy::of(&url));
    let Ok(proxy) = configured.transpose().map(Option::flatten) else {
        return without_usable_proxy();
    };
    let mut checks = vec![Check::ok(
        "proxy",
        proxy.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string),
    )];

    let reached = reach(&url, proxy.as_ref(), &mut checks).await;
    if !reached {
        checks.extend(["TLS", "platform", "clock"].map(|name| Check::skipped(name, "no connection")));
        return checks;
    }

    let has_token = token.is_some();
    let limits = Limits {
        request_timeout: request_timeout.min(LONGEST_QUESTION),
        requests_per_second: 1,
    };
    let platform = Platform::new(base_url, token, limits);
    let started = Instant::now();
    let answer = platform.check_token(started + LONGEST_QUESTION).await;
    let took = started.elapsed();
    checks.push(tls(&url, &answer));
    checks.push(acceptance(&answer, has_token, took));
    checks.push(clock(answer.ok().and_then(|answer| answer.date), SystemTime::now()));
    checks
}

/// The checks where a proxy is configured that is none: nothing is sent without it.
fn without_usable_proxy() -> Vec<Check> {
    let unusable = Check::failed(
        "proxy",
        "what is configured is no proxy that can be used",
        "correct or unset `HTTPS_PROXY` and `ALL_PROXY`; a proxy is an http, https, socks5 or socks5h address",
    );
    let others = ["DNS", "connection", "TLS", "platform", "clock"];
    let skipped = others.map(|name| Check::skipped(name, "nothing is sent without the proxy"));
    std::iter::once(unusable).chain(skipped).collect()
}

/// Resolves and connects, by hand: whether a connection could be made, to the platform or to the proxy.
async fn reach(url: &Url, proxy: Option<&Proxy>, checks: &mut Vec<Check>) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(443);
    let (name, port) = proxy.map_or((host, port), Proxy::address);
    let addresses = match resolve(name, port).await {
        Ok(addresses) => addresses,
        Err(why) if proxy.is_some() => {
            checks.push(Check::skipped("DNS", "the proxy resolves the name"));
            checks.push(Check::failed(
                "connection",
                format!("the proxy {name}: {why}"),
                "check the proxy in the environment (`HTTPS_PROXY`) or in the system's settings",
            ));
            return false;
        }
        Err(why) => {
            checks.push(Check::failed("DNS", format!("{name}: {why}"), CHECK_NETWORK));
            checks.push(Check::skipped("connection", "no address"));
            return false;
        }
    };
    checks.push(match (proxy, url.host()) {
        (Some(_), _) => Check::skipped("DNS", "the proxy resolves the name"),
        (None, Some(Host::Domain(_))) => Check::ok("DNS", format!("{name} has {}", counted(addresses.len()))),
        (None, _) => Check::skipped("DNS", "the base URL is an address"),
    });
    let whither = if proxy.is_some() { "the proxy " } else { "" };
    let started = Instant::now();
    let connected = timeout(CONNECT_TIMEOUT, TcpStream::connect(addresses.as_slice())).await;
    let took = started.elapsed();
    let outcome = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    checks.push(match &outcome {
        Ok(_) => Check::ok("connection", format!("to {whither}{name}:{port} in {}", millis(took))),
        Err(error) => Check::failed(
            "connection",
            format!("to {whither}{name}:{port}: {}", why_not(error)),
            CHECK_NETWORK,
        ),
    });
    outcome.is_ok()
}

async fn resolve(name: &str, port: u16) -> Result<Vec<SocketAddr>, Unreachable> {
    let found = timeout(CONNECT_TIMEOUT, lookup_host((name, port))).await;
    match found {
        Err(_) => Err(Unreachable::Timeout),
        Ok(Err(_)) => Err(Unreachable::NoSuchHost),
        Ok(Ok(addresses)) => Some(addresses.collect::<Vec<_>>())
            .filter(|addresses| !addresses.is_empty())
            .ok_or(Unreachable::NoSuchHost),
    }
}

fn why_not(error: &io::Error) -> Unreachable {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Unreachable::Refused,
        io::ErrorKind::TimedOut => Unreachable::Timeout,
        _ => Unreachable::Other,
    }
}

fn tls(url: &Url, answer: &Result<TokenCheck, Error>) -> Check {
    match answer.as_ref().map_err(|error| &error.kind) {
        _ if url.scheme() == "http" => Check::skipped("TLS", "plain http, which stays on this machine"),
        Err(kind @ (ErrorKind::Certificate | ErrorKind::Unreachable(Unreachable::Tls))) => {
            Check::failed("TLS", kind.to_string(), advice(kind))
        }
        Err(ErrorKind::Unreachable(_)) => Check::skipped("TLS", "no connection"),
        _ => Check::ok("TLS", "the certificate is trusted"),
    }
}

fn acceptance(answer: &Result<TokenCheck, Error>, has_token: bool, took: Duration) -> Check {
    let refusal = match answer {
        Err(error)
            if matches!(
                error.kind,
                ErrorKind::Certificate | ErrorKind::Unreachable(Unreachable::Tls)
            ) =>
        {
            return Check::skipped("platform", "no connection");
        }
        Err(error) => error,
        Ok(TokenCheck { accepted: Ok(()), .. }) if has_token => {
            return Check::ok("platform", format!("accepts the token, in {}", millis(took)));
        }
        Ok(TokenCheck {
            accepted: Err(error), ..
        }) if has_token || error.kind != ErrorKind::Unauthenticated => error,
        Ok(_) => {
            return Check::skipped(
                "platform",
                format!("answers in {}; there is no token to show", millis(took)),
            );
        }
    };
    let status = refusal
        .status
        .map(|status| format!(" (HTTP {status})"))
        .unwrap_or_default();
    let trace = refusal
        .said
        .trace_id
        .as_ref()
        .map(|id| format!(", trace id {id}"))
        .unwrap_or_default();
    let said = format!("{}{status}{trace}", meaning(&refusal.kind));
    match refusal.kind {
        ErrorKind::RateLimited { .. } => Check::warning("platform", said, advice(&refusal.kind)),
        _ => Check::failed("platform", said, advice(&refusal.kind)),
    }
}

/// What an error means here, where no order is asked for.
fn meaning(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::Forbidden => "the platform refuses access with this token".into(),
        ErrorKind::NotFound => "there is no platform of Ace Data Cloud at this address".into(),
        kind => kind.to_string(),
    }
}

fn advice(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::Unauthenticated | ErrorKind::Forbidden => format!(
            "check that the token was copied whole and is not revoked, or create a platform token at {TOKEN_PAGE}"
        ),
        ErrorKind::Certificate => {
            "do not work around this; check this machine's clock, the base URL, and whether a proxy \
             inspects TLS: its certificate must then be one of the system's"
                .into()
        }
        ErrorKind::RateLimited { .. } => "wait a minute and run this again".into(),
        ErrorKind::ServerError | ErrorKind::Gateway => {
            "run this again later; if it stays so, ask Ace Data Cloud's support".into()
        }
        ErrorKind::NotFound | ErrorKind::BadResponse(_) => {
            "check the base URL, and any proxy or sign-in page of the network".into()
        }
        _ => format!("{CHECK_NETWORK}, and any proxy"),
    }
}

fn clock(theirs: Option<SystemTime>, ours: SystemTime) -> Check {
    let Some(theirs) = theirs else {
        return Check::skipped("clock", "no answer that tells the time");
    };
    let (skew, side) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let seconds = skew.as_secs();
    if skew <= MOST_SKEW {
        Check::ok("clock", format!("within {} s of the platform's", seconds + 1))
    } else {
        Check::warning(
            "clock",
            format!("{seconds} s {side} the platform's"),
            "set this machine's clock: certificates and X402 payments are valid for a time only",
        )
    }
}

fn counted(addresses: usize) -> String {
    match addresses {
        1 => "1 address".into(),
        many => format!("{many} addresses"),
    }
}

fn millis(time: Duration) -> String {
    match time.as_millis() {
        0 => "under 1 ms".into(),
        millis => format!("{millis} ms"),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_clock_more_than_half_a_minute_off_is_warned_of() {
        let theirs = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let off = |seconds: u64| Duration::from_secs(seconds);
        for (ours, expected) in [
            (theirs, "ok       clock           within 1 s of the platform's\n"),
            (
                theirs + off(30),
                "ok       clock           within 31 s of the platform's\n",
            ),
            (
                theirs + off(31),
                "warning  clock           31 s ahead of the platform's\n         hint: set this machine's clock: certificates \
                 and X402 payments are valid for a time only\n",
            ),
            (
                theirs - off(7200),
                "warning  clock           7200 s behind the platform's\n         hint: set this machine's clock: \
                 certificates and X402 payments are valid for a time only\n",
            ),
        ] {
            assert_eq!(clock(Some(theirs), ours).to_string(), expected);
        }
        assert_eq!(
            clock(None, theirs),
            Check::skipped("clock", "no answer that tells the time")
        );
    }
}

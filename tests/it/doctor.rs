//! The self-check, as a person runs it: what it says, with which exit code, and that it gives no secret away.

use std::time::{Duration, SystemTime};

use acedata_pay_mcp::sandbox::{self, Sandbox};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::TOKEN;
use crate::support::platform::{Platform, Reply};
use crate::support::server::command;
use crate::support::tls::Untrusted;

/// A token of a service.
const SERVICE_TOKEN: &str = "c0ffee00c0ffee00c0ffee00c0ffee00";

/// What only the tokens and passwords of these tests have.
const SECRETS: [&str; 3] = ["c0ffee00", "5a4db0c5", "PASSWORD"];

const ACCOUNT: &str = r#"{"id": "token-id", "user_id": "SOMEBODY", "name": "laptop"}"#;

/// What the doctor prints, and its exit code.
async fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let arguments = [&["doctor"], arguments].concat();
    let output = command(&arguments, environment).output().await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    for (stream, text) in [("stdout", &stdout), ("stderr", &stderr)] {
        for secret in SECRETS {
            assert!(!text.contains(secret), "a secret is in {stream}: {text}");
        }
        assert!(!text.contains("SOMEBODY"), "the account is in {stream}: {text}");
    }
    assert_eq!(stderr, "");
    (output.status.code(), stdout)
}

/// The same as JSON: the exit code, and the checks.
async fn checks(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, Vec<Value>) {
    let (code, stdout) = run(&[arguments, &["--json"]].concat(), environment).await;
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["ok"], json!(code == Some(0)));
    (code, report["checks"].as_array().unwrap().clone())
}

/// What is not as it should be, as `status name: said | hint`; and the exit code.
async fn findings(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, Vec<String>) {
    let (code, checks) = checks(arguments, environment).await;
    let found = checks
        .iter()
        .filter(|check| ["warning", "failed"].contains(&check["status"].as_str().unwrap()))
        .map(|check| {
            let [status, name, said, hint] = ["status", "name", "said", "hint"].map(|key| check[key].as_str().unwrap());
            format!("{status} {name}: {said} | {hint}")
        });
    (code, found.collect())
}

/// What one check found, as `status: said`.
fn of<'a>(checks: &'a [Value], name: &str) -> (&'a str, &'a str) {
    let check = checks.iter().find(|check| check["name"] == name).unwrap();
    (check["status"].as_str().unwrap(), check["said"].as_str().unwrap())
}

/// A text in which every number, and the port after `127.0.0.1:`, is `N`.
fn without_numbers(text: &str) -> String {
    let digits = |character: char| character.is_ascii_digit();
    let word = |word: &str| match word.split_once("127.0.0.1:") {
        Some((before, rest)) => format!("{before}127.0.0.1:N{}", rest.trim_start_matches(digits)),
        None if word.trim_end().parse::<u32>().is_ok() => format!("N{}", word.trim_start_matches(digits)),
        None => word.to_owned(),
    };
    let shown: String = text.split_inclusive([' ', '\n']).map(word).collect();
    shown.replace("under N ms", "N ms")
}

const TOKEN_HINT: &str = "check that the token was copied whole and is not revoked, or create a platform token at \
    https://platform.acedata.cloud/console/platform-tokens";

const BAD_ANSWER_HINT: &str = "check the base URL, and any proxy or sign-in page of the network";

#[tokio::test]
async fn everything_is_ok_against_a_sandbox() {
    let sandbox = Sandbox::start(0).await.unwrap();
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", sandbox::TOKEN)];
    let (code, shown) = run(&["--base-url", &sandbox.base_url(), "--timeout", "7.5"], &environment).await;
    let (version, rest) = shown.split_once('\n').unwrap();
    assert!(
        version.starts_with(concat!(
            "ok       version         acedata-pay-mcp ",
            env!("CARGO_PKG_VERSION"),
            ", "
        )),
        "{version}"
    );
    let expected = "\
ok       base URL        http://127.0.0.1:N (from `--base-url`)
ok       token           set, N characters, platform token (from `ACEDATACLOUD_PLATFORM_TOKEN`)
ok       token file      none (the default)
ok       time-out        7.500 s (from `--timeout`)
ok       rate limit      N requests a second (the default)
ok       read-only       no: orders can be paid (the default)
ok       elicitation     on, where the client can (the default)
ok       longest wait    N s (the default)
ok       pay ways        `STRIPE`, `WECHATPAY`, `ALIPAY`, `X402`, `CARD` (the default)
ok       pay hosts       any (the default)
ok       X402 limit      N USDC a payment (the default)
ok       QR folder       none (the default)
ok       log             warn,acedata_pay_mcp=info (the default)
ok       journal         a temporary file (the default), made with the first payment
ok       proxy           none
skipped  DNS             the base URL is an address
ok       connection      to 127.0.0.1:N in N ms
skipped  TLS             plain http, which stays on this machine
ok       platform        accepts the token, in N ms
ok       clock           within N s of the platform's
ok       MCP 2025-11-25  `initialize` answers 2025-11-25, with N tools, N ms after the start
ok       MCP 2026-07-28  `server/discover` answers 2026-07-28, with N tools, N ms after the start
";
    assert_eq!((code, without_numbers(rest).as_str()), (Some(0), expected));
}

#[tokio::test]
async fn the_sandbox_within_is_checked_as_a_server_would_use_it() {
    // What is set for the real platform is not looked at.
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", "two words"), ("RUST_LOG", "error")];
    let (code, checks) = checks(&["--sandbox", "--read-only"], &environment).await;
    assert_eq!(code, Some(0));
    for (name, said) in [
        ("base URL", "a sandbox in the server's own process (from `--sandbox`)"),
        ("token", "the sandbox's own"),
        ("read-only", "yes: nothing can be paid (from `--read-only`)"),
        ("log", "error (from `RUST_LOG`)"),
    ] {
        assert_eq!(of(&checks, name), ("ok", said));
    }
    let (_, said) = of(&checks, "MCP 2026-07-28");
    assert!(
        said.starts_with("`server/discover` answers 2026-07-28, with 1 tool, "),
        "{said}"
    );
}

#[tokio::test]
async fn json_holds_the_same_checks_as_the_lines() {
    let (_, lines) = run(&["--sandbox"], &[]).await;
    let (_, checks) = checks(&["--sandbox"], &[]).await;
    let as_lines: Vec<_> = checks
        .iter()
        .map(|check| {
            let [status, name, said] = ["status", "name", "said"].map(|key| check[key].as_str().unwrap());
            without_numbers(&format!("{status:<9}{name:<16}{said}"))
        })
        .collect();
    assert_eq!(as_lines, without_numbers(&lines).lines().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_refused_token_fails_with_the_page_for_a_new_one() {
    let sandbox = Sandbox::start(0).await.unwrap();
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let (code, found) = findings(&["--base-url", &sandbox.base_url()], &environment).await;
    assert_eq!((code, found.len()), (Some(1), 1));
    let (said, hint) = found[0].split_once(" | ").unwrap();
    assert!(
        said.starts_with("failed platform: the platform did not accept the token (HTTP 401), trace id "),
        "{said}"
    );
    assert_eq!(hint, TOKEN_HINT);
}

#[tokio::test]
async fn a_token_is_told_by_its_length_and_kind_alone() {
    let new_one = "https://platform.acedata.cloud/console/platform-tokens";
    for (token, code, finding) in [
        (
            SERVICE_TOKEN,
            1,
            format!(
                "failed token: set, 32 characters, service token: the wrong kind (from `ACEDATACLOUD_PLATFORM_TOKEN`) | a \
                 service token cannot pay orders: create a platform token (`platform-v1-…`) at {new_one}"
            ),
        ),
        (
            "platform-v1-c0ffee00",
            0,
            "warning token: set, 20 characters, platform token (from `ACEDATACLOUD_PLATFORM_TOKEN`) | a platform token has 76 \
             characters: check that this one was copied whole"
                .into(),
        ),
        (
            "sk-c0ffee00",
            0,
            format!(
                "warning token: set, 11 characters, of an unknown kind (from `ACEDATACLOUD_PLATFORM_TOKEN`) | a platform token \
                 begins with `platform-v1-`: check the setting, or create one at {new_one}"
            ),
        ),
        (
            "",
            1,
            format!(
                "failed token: not set: the server starts, and every call will fail | create a platform token at {new_one}, \
                 and set it as `ACEDATACLOUD_PLATFORM_TOKEN` or write it into a file for `--token-file`"
            ),
        ),
        (
            "two words",
            1,
            format!(
                "failed token: `ACEDATACLOUD_PLATFORM_TOKEN` cannot be used: the token holds a character that no token has (a \
                 space, a line break, a quotation mark or a letter outside ASCII) | set `ACEDATACLOUD_PLATFORM_TOKEN` to a \
                 platform token (`platform-v1-…`) from {new_one}, or leave it unset"
            ),
        ),
    ] {
        let platform = Platform::start([Reply::json(200, ACCOUNT)]).await;
        let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", token)];
        let found = findings(&["--base-url", &platform.base_url], &environment).await;
        assert_eq!(found, (Some(code), vec![finding]));
        assert_eq!(platform.asked(), ["GET /api/v1/platform-tokens/me/ "]);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_token_file_is_told_with_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    std::fs::write(&path, TOKEN).unwrap();
    let file = path.to_str().unwrap();
    let with_mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    let platform = Platform::scripted(|_, _| Reply::json(200, ACCOUNT)).await;
    let arguments = ["--base-url", &platform.base_url, "--token-file", file];

    with_mode(0o600);
    let (code, found) = checks(&arguments, &[]).await;
    assert_eq!(code, Some(0));
    assert_eq!(
        (of(&found, "token"), of(&found, "token file")),
        (
            ("ok", "set, 76 characters, platform token (from `--token-file`)"),
            ("ok", format!("{file}, mode 0600 (from `--token-file`)").as_str()),
        )
    );

    with_mode(0o644);
    assert_eq!(
        findings(&arguments, &[]).await,
        (
            Some(1),
            vec![format!(
                "failed token file: the token file `{file}` of `--token-file` cannot be used: others can read it (its mode is \
                 0644) | chmod 600 '{file}'"
            )]
        )
    );
    let (_, found) = checks(&arguments, &[]).await;
    assert_eq!(of(&found, "token"), ("skipped", "the token file cannot be used"));
    let not_started = ("skipped", "the server only explains itself with these settings");
    assert_eq!(of(&found, "MCP 2025-11-25"), not_started);
}

#[tokio::test]
async fn every_setting_that_cannot_be_used_is_found_at_once() {
    let environment = [
        ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN),
        ("ACEDATACLOUD_PLATFORM_TOKEN_FILE", "/nowhere"),
        ("PLATFORM_API_BASE_URL", "https://me:PASSWORD@a.example"),
        ("PLATFORM_REQUEST_TIMEOUT", "0"),
        ("ACEDATACLOUD_RATE_LIMIT", "0"),
        ("ACEDATACLOUD_READ_ONLY", "maybe"),
        ("ACEDATACLOUD_ELICITATION", "perhaps"),
        ("ACEDATACLOUD_MAX_WAIT", "60"),
        ("ACEDATACLOUD_PAY_WAYS", "cash"),
        ("ACEDATACLOUD_PAY_HOSTS", "*"),
        ("ACEDATACLOUD_X402_MAX", "-1"),
        ("ACEDATACLOUD_JOURNAL", "journal.sqlite3"),
        ("RUST_LOG", "=="),
    ];
    let (code, checks) = checks(&[], &environment).await;
    assert_eq!(code, Some(1));
    let statuses: Vec<_> = checks
        .iter()
        .skip(1)
        .map(|check| (check["name"].as_str().unwrap(), check["status"].as_str().unwrap()))
        .collect();
    assert_eq!(
        statuses,
        [
            ("base URL", "failed"),
            ("token", "failed"),
            ("token file", "skipped"),
            ("time-out", "failed"),
            ("rate limit", "failed"),
            ("read-only", "failed"),
            ("elicitation", "failed"),
            ("longest wait", "failed"),
            ("pay ways", "failed"),
            ("pay hosts", "failed"),
            ("X402 limit", "failed"),
            ("journal", "failed"),
            ("QR folder", "ok"),
            ("log", "warning"),
            ("proxy", "skipped"),
            ("DNS", "skipped"),
            ("connection", "skipped"),
            ("TLS", "skipped"),
            ("platform", "skipped"),
            ("clock", "skipped"),
            ("MCP 2025-11-25", "skipped"),
            ("MCP 2026-07-28", "skipped"),
        ]
    );
}

#[tokio::test]
async fn a_token_in_a_wrong_variable_is_found_and_never_shown() {
    let url = "postgres://me:PASSWORD@db.example/pay";
    let random = "/srv/c0ffee00QRcodesc0ffee00QRcodesc0ffee00";
    for (variable, value, name, status, said) in [
        (
            "ACEDATACLOUD_PLATFORM_TOKEN_FILE",
            TOKEN,
            "token file",
            "failed",
            "holds what looks like a token",
        ),
        (
            "PLATFORM_API_BASE_URL",
            TOKEN,
            "base URL",
            "failed",
            "holds what looks like a token",
        ),
        (
            "ACEDATACLOUD_PAY_WAYS",
            TOKEN,
            "pay ways",
            "failed",
            "holds what looks like a token",
        ),
        (
            "ACEDATACLOUD_QR_DIR",
            SERVICE_TOKEN,
            "QR folder",
            "failed",
            "holds what looks like a token",
        ),
        (
            "ACEDATACLOUD_PAY_WAYS",
            url,
            "pay ways",
            "failed",
            "`postgres://(withheld)@db.example/pay` is not a pay way",
        ),
        (
            "ACEDATACLOUD_QR_DIR",
            random,
            "QR folder",
            "ok",
            "/srv/(withheld) (from `ACEDATACLOUD_QR_DIR`)",
        ),
        ("RUST_LOG", TOKEN, "log", "ok", "(withheld)=trace (from `RUST_LOG`)"),
    ] {
        let nowhere = ("PLATFORM_API_BASE_URL", "http://127.0.0.1:9");
        let (_, found) = checks(&[], &[nowhere, (variable, value)]).await;
        let (found, told) = of(&found, name);
        assert_eq!(found, status, "{variable}");
        assert!(told.contains(said), "{variable}: {told}");
    }
}

#[tokio::test]
async fn without_a_network_the_first_step_that_fails_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let hint = "check the network, a firewall and the base URL";
    for (base_url, finding) in [
        (
            format!("http://{closed}"),
            format!("failed connection: to {closed}: the connection was refused | {hint}"),
        ),
        (
            "https://no-such-host.invalid".into(),
            format!("failed DNS: no-such-host.invalid: its host name cannot be resolved | {hint}"),
        ),
    ] {
        let (code, found) = findings(&["--base-url", &base_url], &environment).await;
        assert_eq!((code, found), (Some(1), vec![finding]));
    }
}

#[tokio::test]
async fn a_proxy_is_named_without_its_user_and_resolves_names_itself() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let proxy = format!("http://me:PASSWORD@{closed}");
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN), ("HTTPS_PROXY", proxy.as_str())];
    let (code, found) = checks(&["--base-url", "https://no-such-host.invalid"], &environment).await;
    let refused = format!("to the proxy {closed}: the connection was refused");
    assert_eq!(code, Some(1));
    for (name, expected) in [
        ("proxy", ("ok", format!("http://{closed}").as_str())),
        ("DNS", ("skipped", "the proxy resolves the name")),
        ("connection", ("failed", refused.as_str())),
        ("platform", ("skipped", "no connection")),
    ] {
        assert_eq!(of(&found, name), expected);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_the_platforms_is_told_as_what_it_is() {
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let bad = |what: &str| format!("failed platform: the answer cannot be understood: {what} | {BAD_ANSWER_HINT}");
    for (reply, finding) in [
        (
            Reply::with_headers(302, &["location: https://evil.example/"], ""),
            bad("it redirects to another address (HTTP 302)"),
        ),
        (
            Reply::page(200, "<!doctype html><title>Sign in to the Wi-Fi</title>"),
            bad("it is a web page, not an answer of the API (HTTP 200)"),
        ),
        (Reply::json(200, "[]"), bad("it does not tell whose token it is (HTTP 200)")),
        (
            Reply::json(404, "{}"),
            format!("failed platform: there is no platform of Ace Data Cloud at this address (HTTP 404) | {BAD_ANSWER_HINT}"),
        ),
        (
            Reply::json(403, "{}"),
            format!("failed platform: the platform refuses access with this token (HTTP 403) | {TOKEN_HINT}"),
        ),
        (
            Reply::json(500, "{}"),
            "failed platform: the platform failed (HTTP 500) | run this again later; if it stays so, ask Ace Data Cloud's \
             support"
                .into(),
        ),
        (
            Reply::Close,
            "failed platform: the connection to the platform broke before its answer was complete | check the network, a \
             firewall and the base URL, and any proxy"
                .into(),
        ),
    ] {
        let platform = Platform::start([reply]).await;
        let found = findings(&["--base-url", &platform.base_url], &environment).await;
        assert_eq!(found, (Some(1), vec![finding]));
        // It is asked once, and a redirect is not followed.
        assert!(platform.requests().iter().all(|request| request.line.contains("/platform-tokens/me/")));
    }
    let throttled = Platform::start([Reply::json(429, "{}")]).await;
    assert_eq!(
        findings(&["--base-url", &throttled.base_url], &environment).await,
        (
            Some(0),
            vec![
                "warning platform: the platform asks for fewer requests (HTTP 429) | wait a minute and run this again"
                    .into()
            ]
        )
    );
}

#[tokio::test]
async fn without_a_token_the_way_to_the_platform_is_checked_all_the_same() {
    let platform = Platform::start([Reply::json(401, "{}")]).await;
    let (code, found) = checks(&["--base-url", &platform.base_url], &[]).await;
    let (status, said) = of(&found, "platform");
    assert_eq!((code, status), (Some(1), "skipped"));
    assert!(said.ends_with("there is no token to show"), "{said}");
    assert!(
        !platform.requests()[0]
            .headers
            .iter()
            .any(|header| header.starts_with("authorization"))
    );
}

#[tokio::test]
async fn a_wrong_clock_is_warned_of() {
    let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
    let date = format!("date: {}", httpdate::fmt_http_date(an_hour_ago));
    let platform = Platform::start([Reply::with_headers(200, &[date.as_str()], ACCOUNT)]).await;
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let (code, found) = findings(&["--base-url", &platform.base_url], &environment).await;
    assert_eq!((code, found.len()), (Some(0), 1));
    let (said, hint) = found[0].split_once(" | ").unwrap();
    assert!(
        said.starts_with("warning clock: 360") && said.ends_with(" s ahead of the platform's"),
        "{said}"
    );
    assert_eq!(
        hint,
        "set this machine's clock: certificates and X402 payments are valid for a time only"
    );
}

#[tokio::test]
async fn a_certificate_that_cannot_be_trusted_is_a_failure_of_tls() {
    let untrusted = Untrusted::start().await;
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let (code, found) = findings(&["--base-url", &untrusted.base_url], &environment).await;
    assert_eq!(
        (code, found),
        (
            Some(1),
            vec![
                "failed TLS: the certificate of the platform's address cannot be trusted (expired, for another name, or of an \
                 unknown issuer) | do not work around this; check this machine's clock, the base URL, and whether a proxy \
                 inspects TLS: its certificate must then be one of the system's"
                    .to_owned()
            ]
        )
    );
}

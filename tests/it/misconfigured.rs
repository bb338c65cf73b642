//! A server with a setting that cannot be used: it starts, and explains itself to whoever calls.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::Platform;
use crate::support::server::{Server, failure};
use crate::support::{ORDER, TOKEN};

const TOKEN_VARIABLE: &str = "ACEDATACLOUD_PLATFORM_TOKEN";

/// What every request of 2026-07-28 carries.
fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

/// The error that every call is to get.
fn misconfigured(wrong: &str, remedy: &str) -> Value {
    json!({
        "code": "misconfigured",
        "message": format!("This server is not set up right, so it does nothing: {wrong}."),
        "hint": format!(
            "Nothing was sent. Tell the person `message`, and what mends it where this server is configured: {remedy}. Then the \
             server has to be restarted."
        ),
        "retryable": false,
        "outcome": "nothing_changed",
    })
}

const CORRECT: &str = "correct the arguments with which the server is started";

/// Arguments and a variable of which one cannot be used, what is wrong with it, and what mends it.
type Unusable = (
    &'static [&'static str],
    (&'static str, &'static str),
    &'static str,
    &'static str,
);

const UNUSABLE: &[Unusable] = &[
    (
        &[],
        ("PLATFORM_REQUEST_TIMEOUT", "soon"),
        "PLATFORM_REQUEST_TIMEOUT must be a number of seconds from 1 to 300",
        "for example 30",
    ),
    (
        &[],
        ("ACEDATACLOUD_RATE_LIMIT", "0"),
        "ACEDATACLOUD_RATE_LIMIT must be a whole number of requests a second from 1 to 10000",
        "for example 20",
    ),
    (
        &[],
        ("ACEDATACLOUD_READ_ONLY", "maybe"),
        "ACEDATACLOUD_READ_ONLY must be true or false (or on or off)",
        "leave `ACEDATACLOUD_READ_ONLY` unset for the default",
    ),
    (
        &[],
        ("ACEDATACLOUD_ELICITATION", "perhaps"),
        "ACEDATACLOUD_ELICITATION must be true or false (or on or off)",
        "leave `ACEDATACLOUD_ELICITATION` unset for the default",
    ),
    (
        &[],
        ("ACEDATACLOUD_MAX_WAIT", "60"),
        "ACEDATACLOUD_MAX_WAIT must be a whole number of seconds from 0 to 50",
        "for example 20",
    ),
    (
        &[],
        ("ACEDATACLOUD_PAY_WAYS", "cash"),
        "ACEDATACLOUD_PAY_WAYS cannot be used: cash is not a pay way; expected one of STRIPE, WECHATPAY, ALIPAY, X402, CARD",
        "for example STRIPE,ALIPAY",
    ),
    (
        &[],
        ("ACEDATACLOUD_X402_MAX", "ten"),
        "ACEDATACLOUD_X402_MAX must be an amount of USDC of zero or more",
        "for example 100",
    ),
    (
        &["--token-file", "/nowhere/token"],
        (TOKEN_VARIABLE, ""),
        "the token file /nowhere/token of --token-file cannot be used: No such file or directory (os error 2)",
        "write the platform token into the first line of a file that only you can read",
    ),
    (
        &["--rate-limit", "0"],
        ("", ""),
        "--rate-limit must be a whole number of requests a second from 1 to 10000",
        "for example 20",
    ),
    (
        &["--read-olny"],
        ("", ""),
        "unexpected argument '--read-olny' found",
        "correct the arguments with which the server is started: perhaps `--read-only` is meant",
    ),
    (&["serve"], ("", ""), "unrecognized subcommand 'serve'", CORRECT),
    (
        &["--timeout"],
        ("", ""),
        "a value is required for '--timeout <SECONDS>' but none was supplied",
        CORRECT,
    ),
];

#[tokio::test]
async fn a_setting_that_cannot_be_used_is_explained_to_every_call_of_either_era_and_nothing_is_sent() {
    let platform = Platform::start([]).await;
    for (arguments, (variable, value), wrong, remedy) in UNUSABLE {
        let mut environment = vec![
            (TOKEN_VARIABLE, TOKEN),
            ("PLATFORM_API_BASE_URL", platform.base_url.as_str()),
        ];
        if !variable.is_empty() {
            environment.push((*variable, *value));
        }
        let expected = misconfigured(wrong, remedy);
        let mut server = Server::start(arguments, &environment);
        let opened = server.initialize("2025-11-25").await;
        let [message, hint] = ["message", "hint"].map(|text| expected[text].as_str().unwrap());
        assert_eq!(opened["instructions"], format!("{message} {hint}"));
        for (tool, arguments) in [
            ("check_order_status", json!({"order_id": ORDER})),
            ("pay_order", json!({"order_id": ORDER, "pay_way": "STRIPE"})),
            ("pay_order", json!({})),
        ] {
            assert_eq!(failure(&server.call(tool, arguments).await), expected);
        }
        server.close_stdin();
        let (status, left) = server.end().await;
        assert_eq!((status.code(), left), (Some(0), vec![]));
        let said = server.stderr_with("hint: ").await.replace('`', "");
        let expected_there = format!("error: {wrong}\nhint: {remedy}\n").replace('`', "");
        assert!(said.starts_with(&expected_there), "{said}");

        explains_itself_when_discovered(arguments, &environment, &expected).await;
    }
    assert_eq!(platform.requests(), []);
}

/// The same in the newer era, which has no `initialize`.
async fn explains_itself_when_discovered(arguments: &[&str], environment: &[(&str, &str)], expected: &Value) {
    let [message, hint] = ["message", "hint"].map(|text| expected[text].as_str().unwrap());
    let mut server = Server::start(arguments, environment);
    let discovered = server.request("server/discover", json!({"_meta": meta()})).await;
    assert_eq!(discovered["result"]["instructions"], format!("{message} {hint}"));
    let call = json!({"name": "check_order_status", "arguments": {"order_id": ORDER}, "_meta": meta()});
    assert_eq!(failure(&server.request("tools/call", call).await["result"]), *expected);
}

/// The tools that are listed, and the pay ways of `pay_order`.
async fn listed(arguments: &[&str], environment: &[(&str, &str)]) -> (Vec<String>, Value) {
    let mut server = Server::start(arguments, environment);
    server.initialize("2025-11-25").await;
    let answer = server.request("tools/list", json!({})).await;
    let tools = answer["result"]["tools"].as_array().unwrap();
    let names = tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned());
    let ways = tools
        .iter()
        .map(|tool| tool["inputSchema"]["properties"]["pay_way"]["enum"].clone())
        .find(|ways| !ways.is_null());
    (names.collect(), ways.unwrap_or_default())
}

#[tokio::test]
async fn what_may_be_paid_by_the_settings_that_can_be_read_is_listed_and_no_more() {
    let bad = ("ACEDATACLOUD_RATE_LIMIT", "0");
    let both = || vec!["check_order_status".to_owned(), "pay_order".to_owned()];
    let check = || (vec!["check_order_status".to_owned()], Value::Null);
    let every = json!(["STRIPE", "WECHATPAY", "ALIPAY", "X402", "CARD"]);
    assert_eq!(listed(&[], &[bad]).await, (both(), every));
    assert_eq!(
        listed(&["--pay-ways", "ALIPAY"], &[bad]).await,
        (both(), json!(["ALIPAY"]))
    );
    for (arguments, environment) in [
        (&["--read-only"][..], &[bad][..]),
        (&[], &[("ACEDATACLOUD_READ_ONLY", "maybe")]),
        (&[], &[("ACEDATACLOUD_PAY_WAYS", "cash")]),
        (&["--pay-ways", "STRIPE", "--read-olny"], &[]),
    ] {
        assert_eq!(
            listed(arguments, environment).await,
            check(),
            "{arguments:?} {environment:?}"
        );
    }
}

#[tokio::test]
async fn a_token_in_the_wrong_place_is_not_repeated_to_the_client_either() {
    for (arguments, variable) in [
        (&[][..], "ACEDATACLOUD_PLATFORM_TOKEN_FILE"),
        (&[], "PLATFORM_API_BASE_URL"),
        (&[], "ACEDATACLOUD_PAY_WAYS"),
        (&[], "ACEDATACLOUD_QR_DIR"),
        (&["--pay-ways", TOKEN], ""),
        (&["--token", TOKEN], ""),
        (&[TOKEN], ""),
    ] {
        let environment = [(variable, TOKEN)];
        let environment = if variable.is_empty() { &[][..] } else { &environment };
        let mut server = Server::start(arguments, environment);
        let opened = server.initialize("2025-11-25").await;
        let called = server.call("check_order_status", json!({"order_id": ORDER})).await;
        assert_eq!(failure(&called)["code"], "misconfigured");
        server.close_stdin();
        server.end().await;
        let shown = format!("{opened}{called}{}", server.stderr_with("hint: ").await);
        assert!(!shown.contains("c0ffee00"), "{arguments:?} {variable}: {shown}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_person_at_a_terminal_is_told_at_once_and_the_commands_end_as_they_did() {
    use std::process::Stdio;

    use tokio::process::Command;

    use crate::support::server::{BINARY, command};

    for (line, says) in [
        ("--rate-limit 0", "error: `--rate-limit` must be a whole number"),
        ("--read-olny", "error: unexpected argument '--read-olny' found"),
    ] {
        // A terminal, by `script` of util-linux, which every Debian has.
        let mut terminal = Command::new("script");
        terminal
            .args(["--quiet", "--return", "--command"])
            .arg(format!("{BINARY} {line}"))
            .arg("/dev/null")
            .envs([("SHELL", "/bin/sh"), ("NO_COLOR", "1")])
            .stdin(Stdio::piped())
            .kill_on_drop(true);
        let child = terminal.stdout(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().await.unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{shown}");
        assert!(shown.contains(says), "{shown}");
    }
    for arguments in [
        &["pay", ORDER, "--rate-limit", "0"][..],
        &["status", ORDER, "--read-olny"],
        &["history", "--rate-limit", "0"],
        &["doctor", "--read-olny"],
        &["--rate-limit", "0", "doctor"],
    ] {
        let output = command(arguments, &[]).stdin(Stdio::null()).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

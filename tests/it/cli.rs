//! The commands as a person runs them.

use std::process::{Output, Stdio};

use pretty_assertions::assert_eq;

use crate::support::TOKEN;
use crate::support::server::command;

async fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = command(arguments, environment);
    command.stdin(Stdio::null()).output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn version_and_help_are_what_people_expect() {
    let output = run(&["--version"], &[]).await;
    assert_eq!(
        text(&output.stdout),
        format!("acedata-pay-mcp {}\n", env!("CARGO_PKG_VERSION"))
    );
    let output = run(&["--help"], &[]).await;
    let help = text(&output.stdout);
    assert!(output.status.success());
    for word in [
        "--sandbox",
        "--token-file",
        "--base-url",
        "--timeout",
        "demo",
        "ACEDATACLOUD_PLATFORM_TOKEN",
    ] {
        assert!(help.contains(word), "{word} is missing in: {help}");
    }
}

#[tokio::test]
async fn a_server_that_nobody_asks_anything_ends_with_what_is_wrong_with_its_settings() {
    let secret = "two words c0ffee00";
    for (arguments, environment, message) in [
        (
            &["--base-url", "http://example.com"][..],
            &[][..],
            "error: `--base-url` cannot be used: it must be https (plain http only to a sandbox on 127.0.0.1, [::1] or \
             localhost)\nhint: leave `--base-url` unset to use https://platform.acedata.cloud\n",
        ),
        (
            &[],
            &[("PLATFORM_REQUEST_TIMEOUT", "0")],
            "error: `PLATFORM_REQUEST_TIMEOUT` must be a number of seconds from 1 to 300\nhint: for example 30\n",
        ),
        (
            &["--x402-max", "ten"],
            &[],
            "error: `--x402-max` must be an amount of USDC of zero or more\nhint: for example 100\n",
        ),
        (
            &[],
            &[("ACEDATACLOUD_PLATFORM_TOKEN", secret)],
            "error: `ACEDATACLOUD_PLATFORM_TOKEN` cannot be used: the token holds a character that no token has (a space, a \
             line break, a quotation mark or a letter outside ASCII)\nhint: set `ACEDATACLOUD_PLATFORM_TOKEN` to a platform token \
             (`platform-v1-…`) from https://platform.acedata.cloud/console/platform-tokens, or leave it unset\n",
        ),
    ] {
        let output = run(arguments, environment).await;
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()));
        assert_eq!(text(&output.stderr), message);
    }
}

#[tokio::test]
async fn a_token_in_the_wrong_place_is_not_repeated() {
    for (arguments, variable) in [
        (&[][..], "ACEDATACLOUD_PLATFORM_TOKEN_FILE"),
        (&[], "PLATFORM_API_BASE_URL"),
        (&[], "PLATFORM_REQUEST_TIMEOUT"),
        (&[], "ACEDATACLOUD_RATE_LIMIT"),
        (&[], "ACEDATACLOUD_READ_ONLY"),
        (&[], "ACEDATACLOUD_ELICITATION"),
        (&[], "ACEDATACLOUD_MAX_WAIT"),
        (&[], "ACEDATACLOUD_PAY_WAYS"),
        (&[], "ACEDATACLOUD_X402_MAX"),
        (&[], "ACEDATACLOUD_QR_DIR"),
        (&["--token-file", TOKEN], ""),
        (&["--pay-ways", TOKEN], ""),
        (&["--token", TOKEN], ""),
        (&[TOKEN], ""),
        (&["pay", TOKEN], ""),
        (&["config", TOKEN], ""),
    ] {
        let environment = [(variable, TOKEN)];
        let environment = if variable.is_empty() { &[][..] } else { &environment };
        let output = run(arguments, environment).await;
        let stderr = text(&output.stderr);
        assert_eq!(
            (output.status.code(), text(&output.stdout)),
            (Some(2), String::new()),
            "{arguments:?} {variable}"
        );
        assert!(
            stderr.starts_with("error: ") && !stderr.contains("c0ffee00"),
            "{stderr}"
        );
        if !variable.is_empty() {
            assert_eq!(
                stderr,
                format!(
                    "error: `{variable}` holds what looks like a token\nhint: a platform token belongs into \
                     `ACEDATACLOUD_PLATFORM_TOKEN`\n"
                )
            );
        }
    }
}

#[tokio::test]
async fn flags_that_exclude_each_other_and_unknown_ones_are_refused() {
    for arguments in [
        &["--sandbox", "--base-url", "https://a.example"][..],
        &["--token", "x"],
        &["serve"],
    ] {
        let output = run(arguments, &[]).await;
        assert_eq!(
            (output.status.code(), text(&output.stdout)),
            (Some(2), String::new()),
            "{arguments:?}"
        );
        assert!(text(&output.stderr).starts_with("error: "));
    }
}

#[tokio::test]
async fn the_demo_plays_the_main_job() {
    // What somebody has set for the real server must not disturb it.
    let environment = [
        ("ACEDATACLOUD_READ_ONLY", "true"),
        ("PLATFORM_REQUEST_TIMEOUT", "0"),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
        ("http_proxy", "http://127.0.0.1:1"),
    ];
    let output = run(&["demo"], &environment).await;
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{shown}{}", text(&output.stderr));
    let exchanges: Vec<_> = shown
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("< "))
        .collect();
    assert_eq!(
        exchanges,
        [
            "< Pending, next: open_pay_url",
            "< Paid, next: check_again",
            "< Finished, next: none",
            "< Pending, next: scan_qr_code",
            "< Pending, next: sign_x402",
            "< Finished, next: none",
            "< Finished, next: none",
            "< error order_not_payable, nothing_changed",
        ]
    );
    for shown_too in [
        ". Waiting for the payment: 0 s",
        "     ████ ▄▄▄▄▄ █",
        "on Base Sepolia by the transaction 0x",
    ] {
        assert!(shown.contains(shown_too), "{shown}");
    }
    assert_eq!(text(&output.stderr), "");
}

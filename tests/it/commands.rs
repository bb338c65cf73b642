//! The same use cases from a terminal: what is printed, where, and the exit code.

use std::process::Stdio;

use acedata_pay_mcp::sandbox::{Sandbox, TOKEN};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, command, failure, order};
use crate::support::{ORDER, PENDING};

const STRIPE: &str = "00000000-0000-4000-8000-000000000001";
const WECHAT: &str = "00000000-0000-4000-8000-000000000002";
const FREE: &str = "00000000-0000-4000-8000-000000000005";
const EXPIRED: &str = "00000000-0000-4000-8000-000000000006";
const FINISHED: &str = "00000000-0000-4000-8000-000000000011";

/// Runs a command against a platform: its exit code, stdout and stderr.
async fn run(base_url: &str, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let mut environment = vec![
        ("PLATFORM_API_BASE_URL", base_url),
        ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN),
    ];
    environment.extend(variables);
    let output = command(arguments, &environment)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn paid_pending_and_refused_have_exit_codes_of_their_own() {
    let sandbox = Sandbox::start(0).await.unwrap();
    let base = sandbox.base_url();
    let page = sandbox.checkout_url(STRIPE);
    for (arguments, code, stdout, stderr) in [
        (
            vec!["pay", STRIPE, "--pay-way", "stripe"],
            3,
            format!(
                "Sandbox, no real money: The order described as \"ChatGPT\" waits for the payment of 9.90 USD by Stripe. Open \
                 {page} to pay.\nThen wait for the payment with `acedata-pay-mcp status {STRIPE} --wait 600`.\n"
            ),
            "",
        ),
        (
            vec!["pay", FREE],
            0,
            "Sandbox, no real money: The order described as \"Luma\" is free and finished: there was nothing to pay.\n".to_owned(),
            "",
        ),
        (
            vec!["status", FINISHED],
            0,
            "Sandbox, no real money: The payment of 9.90 USD for the order described as \"ChatGPT\" has arrived, and the order \
             is finished.\n"
                .to_owned(),
            "",
        ),
        (
            vec!["status", EXPIRED],
            4,
            "Sandbox, no real money: The order described as \"ChatGPT\" expired before it was paid. A new order is needed to buy \
             it.\n\
             Create a new order on Ace Data Cloud, and pay that one.\n"
                .to_owned(),
            "",
        ),
        (
            vec!["pay", WECHAT],
            4,
            String::new(),
            "error: This order is not free, so how to pay it has to be chosen.\n\
             the platform said: pay_way: This field is required.\n\
             hint: Pay it with `acedata-pay-mcp pay 00000000-0000-4000-8000-000000000002 --pay-way WAY`, where WAY is one of \
             STRIPE, WECHATPAY, ALIPAY, X402, CARD.\n",
        ),
    ] {
        let told = run(&base, &arguments, &[]).await;
        assert_eq!(told, (code, stdout, stderr.to_owned()), "{arguments:?}");
    }
}

#[tokio::test]
async fn a_failure_and_an_unknown_outcome_are_told_apart() {
    let down = Platform::scripted(|_, _| Reply::with_headers(429, &["retry-after: 600"], "{}")).await;
    let (code, stdout, stderr) = run(&down.base_url, &["status", ORDER], &[]).await;
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(
        stderr.contains("error: ") && stderr.contains("hint: Nothing was done. Wait 600 s"),
        "{stderr}"
    );

    let broken = Platform::scripted(|_, request| {
        if request.line.contains("/pay/") {
            Reply::Close
        } else {
            Reply::json(200, json!({"id": ORDER, "state": "OnHold"}))
        }
    })
    .await;
    let (code, stdout, stderr) = run(&broken.base_url, &["pay", ORDER, "--pay-way", "STRIPE"], &[]).await;
    assert_eq!((code, stdout.as_str()), (5, ""));
    assert!(
        stderr.contains(&format!(
            "hint: Look with `acedata-pay-mcp status {ORDER}` first. If the order waits without a link, it is safe to start"
        )),
        "{stderr}"
    );
}

#[tokio::test]
async fn json_is_what_the_tool_returns() {
    let platform = Platform::scripted(|_, request| {
        if request.body.contains("ALIPAY") {
            Reply::json(404, r#"{"detail":"Not found."}"#)
        } else {
            Reply::json(200, PENDING)
        }
    })
    .await;
    let mut server = Server::start(
        &["--base-url", &platform.base_url],
        &[("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)],
    );
    server.initialize("2025-11-25").await;
    let arguments = ["pay", ORDER, "--pay-way", "STRIPE", "--surface", "h5", "--json"];
    let (code, stdout, stderr) = run(&platform.base_url, &arguments, &[]).await;
    let tool = server
        .call(
            "pay_order",
            json!({"order_id": ORDER, "pay_way": "STRIPE", "surface": "h5"}),
        )
        .await;
    let mut told: Value = serde_json::from_str(&stdout).unwrap();
    // What comes next is said in the words of whoever reads it.
    let next_step = format!("Then wait for the payment with `acedata-pay-mcp status {ORDER} --wait 600`.");
    assert_eq!(told["next_step"], json!(next_step));
    told["next_step"] = order(&tool)["next_step"].clone();
    assert_eq!(told, tool["structuredContent"]);
    assert_eq!((code, stderr.as_str(), stdout.lines().count()), (3, "", 1));

    let (code, stdout, stderr) = run(
        &platform.base_url,
        &["pay", ORDER, "--pay-way", "ALIPAY", "--json"],
        &[],
    )
    .await;
    let tool = server
        .call("pay_order", json!({"order_id": ORDER, "pay_way": "ALIPAY"}))
        .await;
    let mut told: Value = serde_json::from_str(&stdout).unwrap();
    told["error"]["hint"] = failure(&tool)["hint"].clone();
    let host = told["error"].as_object_mut().unwrap().remove("platform");
    assert_eq!(host, Some(json!(platform.base_url.trim_start_matches("http://"))));
    assert_eq!(told["error"], failure(&tool));
    assert_eq!((code, stderr.as_str()), (4, ""));
}

#[tokio::test]
async fn a_wechat_link_is_printed_as_a_code_to_scan_and_any_link_where_it_is_asked_for() {
    let sandbox = Sandbox::start(0).await.unwrap();
    let base = sandbox.base_url();
    for (arguments, has_code) in [
        (vec!["pay", WECHAT, "--pay-way", "WECHATPAY"], true),
        (vec!["pay", STRIPE, "--pay-way", "STRIPE", "--qr"], true),
        (vec!["pay", STRIPE, "--pay-way", "STRIPE"], false),
    ] {
        let (_, stdout, _) = run(&base, &arguments, &[]).await;
        assert_eq!(stdout.contains("█▀▀") || stdout.contains("▄▄▄▄▄"), has_code, "{stdout}");
        // Colours are for a terminal, and this is none.
        assert!(!stdout.contains('\x1b'), "{stdout}");
    }
}

#[tokio::test]
async fn a_wait_ends_when_the_order_is_paid_and_shows_no_progress_to_a_file() {
    let platform = Platform::scripted(|number, _| {
        let state = if number < 1 { "Pending" } else { "Paid" };
        Reply::json(200, json!({"id": ORDER, "state": state}))
    })
    .await;
    let told = run(&platform.base_url, &["status", ORDER, "--wait", "600", "--json"], &[]).await;
    let (code, stdout, stderr) = told;
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &answer["state"], stderr.as_str()), (0, &json!("Paid"), ""));
    assert!(
        (1..=3).contains(&answer["waited_seconds"].as_u64().unwrap()),
        "{answer}"
    );
}

#[tokio::test]
async fn read_only_and_pay_ways_hold_here_too() {
    let platform = Platform::start([]).await;
    let pay = ["pay", ORDER, "--pay-way", "STRIPE"];
    let (code, _, stderr) = run(&platform.base_url, &pay, &[("ACEDATACLOUD_READ_ONLY", "true")]).await;
    assert_eq!(
        (code, stderr.as_str()),
        (
            4,
            "error: Nothing can be paid here: the settings allow only to look.\n\
             hint: Leave out `--read-only`, or unset `ACEDATACLOUD_READ_ONLY`, to pay; `acedata-pay-mcp status \
             a1b2c3d4-e5f6-7890-abcd-ef1234567890` tells how the order stands.\n"
        )
    );
    let as_json = [&pay[..], &["--json", "--read-only"]].concat();
    let (code, stdout, stderr) = run(&platform.base_url, &as_json, &[]).await;
    let refused: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (code, &refused["error"]["code"], stderr.as_str()),
        (4, &json!("pay_way_refused"), "")
    );
    let (code, _, stderr) = run(&platform.base_url, &pay, &[("ACEDATACLOUD_PAY_WAYS", "ALIPAY")]).await;
    assert_eq!(code, 4);
    assert!(stderr.contains("Paying by Stripe is switched off"), "{stderr}");
    assert_eq!(platform.requests(), []);
}

#[tokio::test]
async fn what_cannot_be_read_is_a_usage_error() {
    for arguments in [
        vec!["pay", "nix"],
        vec!["pay", ORDER, "--pay-way", "bar"],
        vec!["pay", ORDER, "--surface", "a b"],
        vec!["status", ORDER, "--wait", "soon"],
        vec!["status"],
    ] {
        let (code, stdout, stderr) = run("https://platform.acedata.cloud", &arguments, &[]).await;
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
}

#[tokio::test]
async fn the_code_of_a_link_is_written_where_the_operator_says() {
    let sandbox = Sandbox::start(0).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let arguments = ["pay", WECHAT, "--pay-way", "WECHATPAY", "--json", "--qr-dir", dir];
    let (_, stdout, _) = run(&sandbox.base_url(), &arguments, &[]).await;
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    let path = folder.path().join(format!("order-{WECHAT}.png"));
    assert_eq!(answer["qr_code_path"], json!(path));
    assert!(std::fs::read(path).unwrap().starts_with(b"\x89PNG"));
}

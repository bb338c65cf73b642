//! The life of the server: how a session opens in either era, and how it ends.

use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, failure, order, order_in_text};
use crate::support::{ORDER, PENDING, TOKEN};

const STRIPE_ORDER: &str = "00000000-0000-4000-8000-000000000001";

/// What every request of 2026-07-28 carries.
fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    })
}

#[tokio::test]
async fn every_version_of_initialize_is_answered_with_our_own_name() {
    let about =
        json!({"name": "acedata-pay-mcp", "title": "Ace Data Cloud payments", "version": env!("CARGO_PKG_VERSION")});
    for version in ["2025-06-18", "2025-11-25"] {
        let mut server = Server::start(&["--sandbox"], &[]);
        let result = server.initialize(version).await;
        assert_eq!(result["protocolVersion"], version);
        assert_eq!(result["serverInfo"], about);
        assert_eq!(result["capabilities"], json!({"tools": {}}));
        assert!(result["instructions"].as_str().unwrap().contains(STRIPE_ORDER));
        let arguments = json!({"order_id": STRIPE_ORDER, "pay_way": "STRIPE"});
        assert_eq!(order(&server.call("pay_order", arguments).await)["state"], "Pending");
    }
}

#[tokio::test]
async fn a_session_before_2025_06_18_gets_nothing_that_its_version_does_not_know() {
    for (version, message) in [
        ("2024-11-05", None),
        ("2025-03-26", Some(&json!("Waiting for the payment"))),
    ] {
        let mut server = Server::start(&["--sandbox"], &[]);
        let result = server.initialize(version).await;
        assert_eq!(result["protocolVersion"], version);
        assert_eq!(
            result["serverInfo"],
            json!({"name": "acedata-pay-mcp", "version": env!("CARGO_PKG_VERSION")})
        );
        let listed = server.request("tools/list", json!({})).await;
        let tools = listed["result"]["tools"].as_array().unwrap();
        assert_eq!(tools.len(), 2);
        for tool in tools {
            let fields: Vec<_> = tool.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(fields, ["name", "description", "inputSchema", "annotations"]);
        }
        let arguments = json!({"order_id": STRIPE_ORDER, "pay_way": "STRIPE"});
        let paid = order_in_text(&server.call("pay_order", arguments).await);
        assert_eq!(paid["next_action"], "open_pay_url");
        let refused = json!({"order_id": STRIPE_ORDER, "pay_way": "CASH"});
        assert_eq!(
            failure(&server.call("pay_order", refused).await)["code"],
            "invalid_arguments"
        );

        let arguments = json!({"order_id": STRIPE_ORDER, "wait_seconds": 1});
        let wait = json!({"name": "check_order_status", "arguments": arguments, "_meta": {"progressToken": 1}});
        server.ask("tools/call", wait).await;
        assert_eq!(server.receive().await.unwrap()["params"].get("message"), message);
        let waited = server.receive().await.unwrap();
        assert_eq!(order_in_text(&waited["result"])["waited_seconds"], 1);
    }
}

#[tokio::test]
async fn a_client_of_2026_07_28_needs_no_initialize() {
    let mut server = Server::start(&["--sandbox"], &[]);
    let discovered = server.request("server/discover", json!({"_meta": meta()})).await;
    let versions = json!(["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]);
    assert_eq!(discovered["result"]["supportedVersions"], versions);
    assert_eq!(
        discovered["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
        "acedata-pay-mcp"
    );

    let listed = server.request("tools/list", json!({"_meta": meta()})).await;
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 2);

    let arguments = json!({"order_id": STRIPE_ORDER, "pay_way": "STRIPE"});
    let params = json!({"name": "pay_order", "arguments": arguments, "_meta": meta()});
    let paid = server.request("tools/call", params).await;
    assert_eq!(paid["result"]["resultType"], "complete");
    assert_eq!(order(&paid["result"])["next_action"], "open_pay_url");
}

#[tokio::test]
async fn a_probe_leaves_the_way_to_initialize_open() {
    let mut server = Server::start(&["--sandbox"], &[]);
    server.request("server/discover", json!({"_meta": meta()})).await;
    server
        .send(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}))
        .await;
    assert_eq!(server.initialize("2025-06-18").await["protocolVersion"], "2025-06-18");
}

#[tokio::test]
async fn what_is_no_request_before_a_session_is_dropped() {
    let mut server = Server::start(&["--sandbox"], &[]);
    for message in [
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7, "reason": "x"}}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "method": "notifications/unheard-of"}),
        json!({"jsonrpc": "2.0", "id": 9, "result": {}}),
        json!({"jsonrpc": "2.0", "id": 9, "error": {"code": -32000, "message": "x"}}),
    ] {
        server.send(message).await;
    }
    let refused = server.request("tools/list", json!({})).await;
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    server
        .send(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}))
        .await;
    server.initialize("2025-11-25").await;
    assert!(server.request("tools/list", json!({})).await["result"]["tools"].is_array());
}

#[tokio::test]
async fn stdin_closed_before_a_session_is_a_clean_end() {
    let mut server = Server::start(&["--sandbox"], &[]);
    server.close_stdin();
    let (status, left) = server.end().await;
    assert_eq!((status.code(), left), (Some(0), vec![]), "{}", server.stderr());
}

#[tokio::test]
async fn stdin_closed_while_idle_ends_it_at_once() {
    let mut server = Server::sandbox().await;
    let started = Instant::now();
    server.close_stdin();
    let (status, left) = server.end().await;
    assert_eq!((status.code(), left), (Some(0), vec![]));
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn stdin_closed_during_a_call_still_brings_its_answer() {
    let slow = Reply::After(Duration::from_secs(1), Box::new(Reply::json(200, PENDING)));
    let platform = Platform::start([slow]).await;
    let mut server = Server::of(&platform.base_url).await;
    let arguments = json!({"order_id": ORDER, "pay_way": "STRIPE"});
    let id = server
        .ask("tools/call", json!({"name": "pay_order", "arguments": arguments}))
        .await;
    server.close_stdin();
    let (status, left) = server.end().await;
    assert_eq!(status.code(), Some(0));
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["id"], json!(id));
    assert_eq!(
        order(&left[0]["result"])["pay_url"],
        "https://buy.stripe.com/xxxxxxxxxxxx"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_while_idle_ends_it_cleanly_before_and_in_a_session() {
    for signal in ["TERM", "INT", "HUP"] {
        for in_session in [false, true] {
            let mut server = Server::start(&["--sandbox"], &[]);
            if in_session {
                server.initialize("2025-11-25").await;
            } else {
                // An answer shows that the server has started.
                server.request("ping", json!({})).await;
            }
            let started = Instant::now();
            let killed = std::process::Command::new("kill")
                .args(["-s", signal, &server.pid().to_string()])
                .status();
            assert!(killed.unwrap().success());
            let (status, left) = server.end().await;
            assert_eq!((status.code(), left), (Some(0), vec![]), "{signal} {in_session}");
            assert!(started.elapsed() < Duration::from_secs(2), "{signal} {in_session}");
        }
    }
}

#[tokio::test]
async fn a_request_whose_parameters_do_not_fit_is_told_so() {
    let mut server = Server::sandbox().await;
    for params in [
        json!({}),
        json!({"name": 7}),
        json!({"name": "pay_order", "arguments": []}),
    ] {
        let answer = server.request("tools/call", params.clone()).await;
        assert_eq!(
            answer["error"],
            json!({"code": -32602, "message": "the parameters of `tools/call` are malformed"}),
            "{params}"
        );
    }
    let answer = server.request("tools/frobnicate", json!({})).await;
    assert_eq!(
        answer["error"],
        json!({"code": -32601, "message": "unknown method `tools/frobnicate`"})
    );
    let answer = server
        .request("tools/call", json!({"name": "refund_order", "arguments": {}}))
        .await;
    assert_eq!(
        answer["error"],
        json!({"code": -32602, "message": "unknown tool; there are `check_order_status`, `pay_order`"})
    );
}

#[tokio::test]
async fn an_address_on_this_machine_alone_is_not_called_a_sandbox() {
    // It may be a tunnel to the live platform: only the sandbox's own token makes it one.
    for (token, environment) in [(TOKEN, "live"), (acedata_pay_mcp::sandbox::TOKEN, "sandbox")] {
        let platform = Platform::start([Reply::json(200, PENDING)]).await;
        let variables = [
            ("ACEDATACLOUD_PLATFORM_TOKEN", token),
            ("PLATFORM_API_BASE_URL", &platform.base_url),
        ];
        let mut server = Server::start(&[], &variables);
        server.initialize("2025-11-25").await;
        let order = order(&server.call("check_order_status", json!({"order_id": ORDER})).await);
        assert_eq!(order["environment"], environment);
        assert_eq!(
            order["message"]
                .as_str()
                .unwrap()
                .starts_with("Sandbox, no real money: "),
            environment == "sandbox"
        );
    }
}

#[tokio::test]
async fn without_a_token_the_tools_are_listed_and_a_call_says_where_to_get_one() {
    let mut server = Server::start(&[], &[]);
    server.initialize("2025-11-25").await;
    assert_eq!(
        server.request("tools/list", json!({})).await["result"]["tools"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let error = failure(&server.call("check_order_status", json!({"order_id": ORDER})).await);
    assert_eq!(
        error,
        json!({
            "code": "unauthenticated",
            "message": "No platform token is configured.",
            "hint": "Create a platform token at https://platform.acedata.cloud/console/platform-tokens, set it as \
                     `ACEDATACLOUD_PLATFORM_TOKEN` (or write it into a file for `--token-file`) where this server is configured, \
                     and restart the server. Never paste a token into the conversation.",
            "retryable": false,
            "outcome": "nothing_changed",
            "order_id": ORDER,
        })
    );
}

#[tokio::test]
async fn at_trace_level_stdout_holds_json_rpc_only() {
    let platform = Platform::start([Reply::json(200, PENDING)]).await;
    let environment = [("RUST_LOG", "trace"), ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let mut server = Server::start(&["--base-url", &platform.base_url], &environment);
    server.initialize("2025-11-25").await;
    order(
        &server
            .call("pay_order", json!({"order_id": ORDER, "pay_way": "STRIPE"}))
            .await,
    );
    server.close_stdin();
    let (status, left) = server.end().await;
    assert_eq!((status.code(), left), (Some(0), vec![]));
    assert!(server.stderr().contains("TRACE"), "{}", server.stderr());
    assert!(!server.stderr().contains('\u{1b}'));
}

#[cfg(unix)]
#[tokio::test]
async fn a_closed_stderr_does_not_disturb_a_call() {
    use std::process::Stdio;
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

    let mut child = crate::support::server::command(&["--sandbox"], &[("RUST_LOG", "trace")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    let mut stdin = child.stdin.take().unwrap();
    let meta = meta();
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "pay_order", "arguments": {"order_id": STRIPE_ORDER, "pay_way": "STRIPE"}, "_meta": meta,
    }});
    stdin.write_all(format!("{call}\n").as_bytes()).await.unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let answer: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(order(&answer["result"])["state"], "Pending");
}

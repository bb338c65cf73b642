//! stdio as hosts really use it: messages that cannot be read, batches, and the end in the middle of something.

use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, failure, order, order_in_text};
use crate::support::{ORDER, PENDING};

const PRESET: &str = "00000000-0000-4000-8000-000000000001";

async fn session(version: &str) -> Server {
    let mut server = Server::start(&["--sandbox"], &[]);
    server.initialize(version).await;
    server
}

/// What is answered to lines, until the answer to a `ping` that comes after them.
async fn answers(server: &mut Server, lines: &[&str]) -> Vec<Value> {
    for line in lines {
        server.send_line(line).await;
    }
    let ping = server.ask("ping", json!({})).await;
    let mut answers = Vec::new();
    loop {
        let answer = server.receive().await.expect("the server ended");
        if answer["id"] == json!(ping) {
            return answers;
        }
        answers.push(answer);
    }
}

fn error(id: impl Into<Value>, code: i64, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "error": {"code": code, "message": message}})
}

#[tokio::test]
async fn an_error_keeps_its_id_wherever_that_can_be_read() {
    let long = "x".repeat(2 * 1024 * 1024);
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let malformed = |method: &str| format!("the parameters of `{method}` are malformed");
    let cases = [
        (
            r#"{"jsonrpc":"2.0","id":50,"method":"tools/list","params":[]}"#.to_owned(),
            error(50, -32602, &malformed("tools/list")),
        ),
        (
            r#"{"jsonrpc":"2.0","id":"a\"b","method":"tools/call","params":{"_meta":"x","name":"pay_order"}}"#
                .to_owned(),
            error("a\"b", -32602, &malformed("tools/call")),
        ),
        (
            r#"{"method":"ping","params":"text","jsonrpc":"2.0","id":-51}"#.to_owned(),
            error(-51, -32602, &malformed("ping")),
        ),
        (
            r#"{"jsonrpc":"2.0","id":52,"method":"no/such","params":[7]}"#.to_owned(),
            error(52, -32601, "unknown method `no/such`"),
        ),
        (
            format!(r#"{{"jsonrpc":"2.0","id":53,"method":"tools/call","params":{{"name":"{long}"}}}}"#),
            error(53, -32600, "the message is longer than 1048576 bytes"),
        ),
        (
            format!(r#"{{"method":"tools/call","params":{{"id":1,"name":"{long}"}},"jsonrpc":"2.0","id":54}}"#),
            error(54, -32600, "the message is longer than 1048576 bytes"),
        ),
        (
            format!(r#"{{"method":"tools/call","params":{{"arguments":{deep}}},"jsonrpc":"2.0","id":55}}"#),
            error(55, -32600, "the message is nested more than 127 deep"),
        ),
        (
            r#"{"jsonrpc":"2.0","id":18446744073709551616,"method":"ping"}"#.to_owned(),
            error(
                serde_json::from_str::<Value>("18446744073709551616").unwrap(),
                -32600,
                "`id` must be a string or a whole number of 64 bits",
            ),
        ),
        (
            r#"{"jsonrpc":"1.0","id":56,"method":"ping"}"#.to_owned(),
            error(56, -32600, "`jsonrpc` must be \"2.0\""),
        ),
        (
            r#"{"jsonrpc":"2.0","id":57,"method":"ping"}}"#.to_owned(),
            error(
                57,
                -32700,
                "the line is not JSON: trailing characters at line 1 column 42",
            ),
        ),
    ];
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let mut server = session(version).await;
        let lines: Vec<_> = cases.iter().map(|(line, _)| line.as_str()).collect();
        let expected: Vec<_> = cases.iter().map(|(_, answer)| answer.clone()).collect();
        assert_eq!(answers(&mut server, &lines).await, expected, "{version}");
    }
}

#[tokio::test]
async fn without_an_id_an_error_is_sent_only_where_the_protocol_has_one() {
    let lines = [
        "no json",
        "7",
        "[]",
        r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
        // Nobody waits for an answer to these.
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":[]}"#,
        r#"{"jsonrpc":"2.0","id":3,"error":"x"}"#,
    ];
    let refused = |code: i64, message: &str| json!({"jsonrpc": "2.0", "error": {"code": code, "message": message}});
    let expected = [
        refused(-32700, "the line is not JSON: expected ident at line 1 column 2"),
        refused(-32600, "a message is a JSON object"),
        refused(
            -32600,
            "this version of the protocol has no batches; send each message as a line of its own",
        ),
        refused(-32600, "`id` must be a string or a whole number of 64 bits"),
    ];
    let mut before = Server::start(&["--sandbox"], &[]);
    assert_eq!(answers(&mut before, &lines).await, expected);
    assert_eq!(answers(&mut session("2025-11-25").await, &lines).await, expected);
    for version in ["2024-11-05", "2025-03-26", "2025-06-18"] {
        assert_eq!(
            answers(&mut session(version).await, &lines).await,
            Vec::<Value>::new(),
            "{version}"
        );
    }
}

#[tokio::test]
async fn a_batch_is_answered_with_a_batch_in_a_session_of_2025_03_26() {
    let mut server = session("2025-03-26").await;
    let check = json!({"name": "check_order_status", "arguments": {"order_id": PRESET}});
    let batch = json!([
        {"jsonrpc": "2.0", "id": 50, "method": "tools/call", "params": check},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": "b", "method": "ping"},
        {"jsonrpc": "2.0", "id": "b", "method": "ping"},
        {"jsonrpc": "2.0", "id": 51, "method": "no/such"},
        {"jsonrpc": "2.0", "id": 52, "method": "tools/list", "params": []},
        {"jsonrpc": "2.0", "id": 53, "method": "initialize", "params": {
            "protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"},
        }},
        {"jsonrpc": "2.0", "id": 54, "result": {}},
        7,
    ]);
    server.send(batch).await;
    let answer = server.receive().await.unwrap();
    let mut parts = answer.as_array().expect("no batch").clone();
    parts.sort_by_key(|part| (part["id"].to_string(), part["error"].to_string()));
    let ids: Vec<_> = parts.iter().map(|part| part["id"].clone()).collect();
    assert_eq!(
        ids,
        [json!("b"), json!("b"), json!(50), json!(51), json!(52), json!(53)]
    );
    assert_eq!(
        parts[1],
        error("b", -32600, "another request of the batch has the same id")
    );
    assert_eq!(parts[0]["result"], json!({}));
    assert_eq!(order_in_text(&parts[2]["result"])["order_id"], PRESET);
    assert_eq!(parts[3], error(51, -32601, "unknown method `no/such`"));
    assert_eq!(
        parts[4],
        error(52, -32602, "the parameters of `tools/list` are malformed")
    );
    assert_eq!(parts[5], error(53, -32600, "`initialize` cannot be part of a batch"));

    // Notifications alone want no answer, and a request that is cancelled is not waited for.
    let wait = json!({"name": "check_order_status", "arguments": {"order_id": PRESET, "wait_seconds": 45}});
    let lines = [
        json!([{"jsonrpc": "2.0", "method": "notifications/initialized"}]),
        json!([
            {"jsonrpc": "2.0", "id": 60, "method": "tools/call", "params": wait},
            {"jsonrpc": "2.0", "id": 61, "method": "no/such"},
        ]),
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 60}}),
    ]
    .map(|line| line.to_string());
    for line in &lines {
        server.send_line(line).await;
    }
    let answer = server.receive().await.unwrap();
    assert_eq!(answer, json!([error(61, -32601, "unknown method `no/such`")]));
}

#[tokio::test]
async fn a_batch_in_any_other_session_is_an_error_for_each_request_in_it() {
    let batch = r#"[{"jsonrpc":"2.0","id":50,"method":"ping"},{"method":"x","jsonrpc":"2.0","id":"b"},{"jsonrpc":"2.0","method":"y"}]"#;
    let said = "this version of the protocol has no batches; send each message as a line of its own";
    let expected = [error(50, -32600, said), error("b", -32600, said)];
    for version in ["2024-11-05", "2025-06-18", "2025-11-25"] {
        assert_eq!(
            answers(&mut session(version).await, &[batch]).await,
            expected,
            "{version}"
        );
    }
    assert_eq!(
        answers(&mut Server::start(&["--sandbox"], &[]), &[batch]).await,
        expected
    );
}

#[tokio::test]
async fn a_last_line_without_a_newline_counts() {
    let mut server = session("2025-11-25").await;
    server
        .send_text(r#"{"jsonrpc":"2.0","id":50,"method":"tools/list"}"#)
        .await;
    server.close_stdin();
    let (status, left) = server.end().await;
    assert_eq!((status.code(), left.len()), (Some(0), 1));
    assert_eq!(
        (&left[0]["id"], left[0]["result"]["tools"].is_array()),
        (&json!(50), true)
    );
}

#[tokio::test]
async fn a_request_that_is_cut_short_by_the_end_is_told_so() {
    let mut server = session("2025-06-18").await;
    server
        .send_text(r#"{"jsonrpc":"2.0","id":50,"method":"tools/call","params":{"na"#)
        .await;
    server.close_stdin();
    let (status, left) = server.end().await;
    let said = "the line is not JSON: EOF while parsing a string at line 1 column 60";
    assert_eq!((status.code(), left), (Some(0), vec![error(50, -32700, said)]));
}

#[tokio::test]
async fn an_initialize_without_a_field_is_told_what_is_missing_and_may_be_sent_again() {
    let mut server = Server::start(&["--sandbox"], &[]);
    let client = json!({"name": "test", "version": "1"});
    for (params, said) in [
        (
            json!({}),
            "there is no `protocolVersion`, no `capabilities`, no `clientInfo`",
        ),
        (
            json!({"capabilities": {}, "clientInfo": client}),
            "there is no `protocolVersion`",
        ),
        (
            json!({"protocolVersion": "2025-11-25", "clientInfo": client}),
            "there is no `capabilities`",
        ),
        (
            json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test"}}),
            "there is no `clientInfo.version`",
        ),
        (
            json!({"protocolVersion": 7, "capabilities": {}, "clientInfo": client}),
            "protocolVersion: invalid type: integer `7`, expected a string",
        ),
    ] {
        let answer = server.request("initialize", params.clone()).await;
        let said = format!("the parameters of `initialize` are malformed: {said}");
        assert_eq!(answer["error"], json!({"code": -32602, "message": said}), "{params}");
    }
    assert_eq!(server.initialize("2025-11-25").await["protocolVersion"], "2025-11-25");
}

#[tokio::test]
async fn a_request_that_is_answered_with_an_error_logs_no_warning() {
    for level in ["warn", "info,acedata_pay_mcp=warn"] {
        let mut server = Server::start(&["--sandbox"], &[("RUST_LOG", level)]);
        server.initialize("2025-11-25").await;
        for (method, params) in [
            ("no/such", json!({})),
            ("prompts/list", json!({})),
            ("prompts/get", json!({"name": "x"})),
            ("resources/list", json!({})),
            ("resources/templates/list", json!({})),
            ("resources/read", json!({"uri": "x:y"})),
            ("resources/subscribe", json!({"uri": "x:y"})),
            (
                "completion/complete",
                json!({"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "x", "value": ""}}),
            ),
            ("logging/setLevel", json!({"level": "info"})),
            ("tasks/get", json!({"taskId": "x"})),
            ("subscriptions/listen", json!({"notifications": {}})),
        ] {
            let answer = server.request(method, params).await;
            assert_eq!(answer["error"]["code"], -32601, "{answer}");
        }
        let answer = server.request("tools/call", json!({"name": "no_such_tool"})).await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        server.close_stdin();
        server.end().await;
        assert!(!server.stderr().contains("WARN"), "{}", server.stderr());
    }
}

#[tokio::test]
async fn the_end_of_stdin_ends_a_wait_at_once_with_how_the_order_stood() {
    // In a pause of the wait, and while it looks at the order once more.
    for looks in [1, 2] {
        let mut replies = vec![Reply::json(200, PENDING)];
        replies.resize(9, Reply::Hang);
        let platform = Platform::start(replies).await;
        let mut server = Server::of(&platform.base_url).await;
        let id = wait(&mut server, ORDER).await;
        while platform.requests().len() < looks {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let started = Instant::now();
        server.close_stdin();
        let (status, left) = server.end().await;
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
        assert_eq!((status.code(), left.len()), (Some(0), 1));
        assert_eq!(left[0]["id"], json!(id));
        let order = order(&left[0]["result"]);
        assert_eq!(
            (&order["state"], &order["next_action"]),
            (&json!("Pending"), &json!("open_pay_url"))
        );
    }
}

#[tokio::test]
async fn a_wait_that_knows_nothing_yet_at_the_end_is_answered_all_the_same() {
    let platform = Platform::start([Reply::Hang]).await;
    let mut server = Server::of(&platform.base_url).await;
    wait(&mut server, ORDER).await;
    platform.first_request().await;
    let started = Instant::now();
    server.close_stdin();
    let (status, left) = server.end().await;
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!(status.code(), Some(0));
    assert_eq!(
        failure(&left[0]["result"]),
        json!({
            "code": "timeout",
            "message": "The session ended before the platform said how the order stands.",
            "hint": "Call `check_order_status` with this `order_id` to see how the order stands.",
            "retryable": true,
            "outcome": "nothing_changed",
            "order_id": ORDER,
        })
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_a_wait_with_what_is_known() {
    let platform = Platform::start(vec![Reply::json(200, PENDING); 9]).await;
    let mut server = Server::of(&platform.base_url).await;
    let id = wait(&mut server, ORDER).await;
    platform.first_request().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let started = Instant::now();
    let pid = server.pid().to_string();
    assert!(std::process::Command::new("kill").arg(pid).status().unwrap().success());
    let (status, left) = server.end().await;
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!((status.code(), left.len()), (Some(0), 1));
    assert_eq!(
        (&left[0]["id"], &order(&left[0]["result"])["state"]),
        (&json!(id), &json!("Pending"))
    );
}

/// Asks to wait for the payment of an order; the id of the request.
async fn wait(server: &mut Server, order_id: &str) -> u64 {
    let arguments = json!({"order_id": order_id, "wait_seconds": 45});
    server
        .ask(
            "tools/call",
            json!({"name": "check_order_status", "arguments": arguments}),
        )
        .await
}

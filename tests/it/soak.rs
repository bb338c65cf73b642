//! Many calls, with every fault mixed in: no reply is lost, and each call is answered exactly once.
//!
//! A short version runs with the other tests; `SOAK_CALLS=20000 cargo test --release soak` is the long one.

use std::collections::HashSet;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::TOKEN;
use crate::support::faults::mixed;
use crate::support::platform::Platform;
use crate::support::server::Server;

/// How many calls are under way at once.
const AT_ONCE: usize = 64;

fn calls() -> usize {
    // A test may ask the environment how long it should take.
    #[expect(clippy::disallowed_methods)]
    std::env::var("SOAK_CALLS")
        .ok()
        .and_then(|calls| calls.parse().ok())
        .unwrap_or(1000)
}

/// The number-th call: now a payment, now a check, each of an order of its own.
fn call(number: usize) -> Value {
    let order_id = format!("00000000-0000-4000-8000-{number:012x}");
    if number.is_multiple_of(3) {
        json!({"name": "pay_order", "arguments": {"order_id": order_id, "pay_way": "STRIPE"}})
    } else {
        json!({"name": "check_order_status", "arguments": {"order_id": order_id}})
    }
}

async fn soaked(calls: usize) -> (Server, HashSet<u64>) {
    // The day turns good towards the end, so that no retry outlasts the two seconds that a signal leaves.
    let platform =
        Platform::scripted(move |number, request| mixed(if number < calls { number } else { 0 }, request)).await;
    let token = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN), ("RUST_LOG", "error")];
    let arguments = [
        "--base-url",
        &platform.base_url,
        "--rate-limit",
        "10000",
        "--timeout",
        "2",
    ];
    let mut server = Server::start(&arguments, &token);
    server.initialize("2025-11-25").await;
    let mut open = HashSet::new();
    for number in 0..calls {
        if open.len() == AT_ONCE {
            settle(&mut open, &server.receive().await.expect("the server ended"));
        }
        open.insert(server.ask("tools/call", call(number)).await);
    }
    (server, open)
}

/// Takes a reply off the calls that wait for one: it must be one of theirs, and whole.
fn settle(open: &mut HashSet<u64>, reply: &Value) {
    assert!(
        open.remove(&reply["id"].as_u64().unwrap()),
        "a reply that nobody waits for: {reply}"
    );
    assert!(reply["result"]["content"][0]["text"].is_string(), "{reply}");
}

#[tokio::test]
async fn soak_until_the_client_closes_stdin() {
    let (mut server, mut open) = soaked(calls()).await;
    server.close_stdin();
    let (status, left) = server.end().await;
    for reply in &left {
        settle(&mut open, reply);
    }
    assert_eq!((status.code(), open), (Some(0), HashSet::new()), "{}", server.stderr());
}

#[cfg(unix)]
#[tokio::test]
async fn soak_until_a_signal() {
    let (mut server, mut open) = soaked(calls()).await;
    // After a signal there is little time to answer: the last ones are under way.
    while open.len() > 4 {
        settle(&mut open, &server.receive().await.expect("the server ended"));
    }
    let killed = std::process::Command::new("kill")
        .arg(server.pid().to_string())
        .status();
    assert!(killed.unwrap().success());
    let (status, left) = server.end().await;
    for reply in &left {
        settle(&mut open, reply);
    }
    assert_eq!((status.code(), open), (Some(0), HashSet::new()), "{}", server.stderr());
}

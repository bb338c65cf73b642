//! Waiting for a payment, over the real binary. The rules of waiting are tested under a paused clock, in `payment/wait.rs`.

use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, order};
use crate::support::{ORDER, PENDING};

fn paid() -> Reply {
    Reply::json(200, PENDING.replace("Pending", "Paid"))
}

fn wait(seconds: u64) -> Value {
    json!({"name": "check_order_status", "arguments": {"order_id": ORDER, "wait_seconds": seconds}})
}

#[tokio::test]
async fn a_wait_ends_with_the_payment_and_tells_progress_to_who_asked_for_it() {
    let platform = Platform::start([
        Reply::json(200, PENDING),
        Reply::json(503, ""),
        Reply::json(200, PENDING),
        paid(),
    ])
    .await;
    let mut server = Server::of(&platform.base_url).await;
    let mut params = wait(50);
    params["_meta"] = json!({"progressToken": "token-1"});
    let id = server.ask("tools/call", params).await;
    let mut progress = Vec::new();
    let answer = loop {
        let message = server.receive().await.unwrap();
        if message["id"] == json!(id) {
            break message;
        }
        assert_eq!(message["method"], "notifications/progress");
        let told = &message["params"];
        assert_eq!(
            (&told["progressToken"], &told["total"]),
            (&json!("token-1"), &json!(50.0))
        );
        assert_eq!(told["message"], "Waiting for the payment");
        progress.push(told["progress"].as_f64().unwrap());
    };
    let order = order(&answer["result"]);
    assert_eq!((&order["state"], &order["paid"]), (&json!("Paid"), &json!(true)));
    assert!((4..=8).contains(&order["waited_seconds"].as_u64().unwrap()), "{order}");
    assert_eq!(progress.len(), 2);
    assert!(progress.is_sorted_by(|earlier, later| earlier < later), "{progress:?}");
}

#[tokio::test]
async fn running_out_of_time_is_a_result_and_nobody_is_told_of_progress_unasked() {
    let platform = Platform::start(vec![Reply::json(200, PENDING); 9]).await;
    let mut server = Server::of(&platform.base_url).await;
    let started = Instant::now();
    let answer = server.request("tools/call", wait(3)).await;
    let order = order(&answer["result"]);
    assert_eq!(
        (&order["state"], &order["next_action"], &order["waited_seconds"]),
        (&json!("Pending"), &json!("open_pay_url"), &json!(3))
    );
    assert!(
        (Duration::from_secs(3)..Duration::from_secs(5)).contains(&started.elapsed()),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_cancelled_wait_asks_the_platform_no_more() {
    let platform = Platform::start(vec![Reply::json(200, PENDING); 9]).await;
    let mut server = Server::of(&platform.base_url).await;
    let id = server.ask("tools/call", wait(50)).await;
    platform.first_request().await;
    server.cancel(id).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(platform.requests().len(), 1);
    server.request("ping", json!({})).await;
}

#[tokio::test]
async fn a_wait_with_progress_still_answers_after_stdin_is_closed() {
    let platform = Platform::start(vec![Reply::json(200, PENDING); 9]).await;
    let mut server = Server::of(&platform.base_url).await;
    let mut params = wait(4);
    params["_meta"] = json!({"progressToken": 1});
    let id = server.ask("tools/call", params).await;
    platform.first_request().await;
    server.close_stdin();
    let (status, left) = server.end().await;
    let answer = left
        .iter()
        .find(|message| message["id"] == json!(id))
        .expect("the reply was lost");
    assert_eq!(
        (status.code(), &order(&answer["result"])["state"]),
        (Some(0), &json!("Pending"))
    );
}

#[tokio::test]
async fn without_a_wait_there_is_no_waited_time() {
    for arguments in [
        json!({"order_id": ORDER}),
        json!({"order_id": ORDER, "wait_seconds": 0}),
    ] {
        let platform = Platform::start([Reply::json(200, PENDING)]).await;
        let answer = Server::of(&platform.base_url)
            .await
            .call("check_order_status", arguments)
            .await;
        assert_eq!(order(&answer).get("waited_seconds"), None);
        assert_eq!(platform.requests().len(), 1);
    }
}

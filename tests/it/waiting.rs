//! Waiting for a payment, over the real binary. The rules of waiting are tested under a paused clock, in `payment/wait.rs`.

use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, failure, order};
use crate::support::{ORDER, PENDING, TOKEN};

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
            (&json!("token-1"), &json!(48.0))
        );
        assert_eq!(told["message"], "Waiting for the payment");
        progress.push(told["progress"].as_f64().unwrap());
    };
    let order = order(&answer["result"]);
    assert_eq!((&order["state"], &order["paid"]), (&json!("Paid"), &json!(true)));
    assert!((4..=8).contains(&order["waited_seconds"].as_u64().unwrap()), "{order}");
    assert_eq!(progress.len(), 2);
    assert!(progress.is_sorted_by(|earlier, later| earlier < later), "{progress:?}");
    assert!(progress.iter().all(|seconds| seconds.fract() == 0.0), "{progress:?}");
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

    // The client gave up on it, so the next answer tells to wait for less, once.
    let check = json!({"order_id": ORDER});
    let mut next_steps = Vec::new();
    for _ in 0..2 {
        let answer = order(&server.call("check_order_status", check.clone()).await);
        next_steps.push(answer["next_step"].as_str().unwrap().to_owned());
    }
    let cut = " The wait before this one was cut off: use a smaller `wait_seconds`.";
    assert_eq!(next_steps[0], format!("{}{cut}", next_steps[1]));
    assert!(!next_steps[1].contains("cut off"));
}

#[tokio::test]
async fn a_wait_that_is_asked_for_again_before_it_ended_was_cut_off_without_a_word() {
    let platform = Platform::start(vec![Reply::json(200, PENDING); 9]).await;
    let mut server = Server::of(&platform.base_url).await;
    let first = server.ask("tools/call", wait(2)).await;
    platform.first_request().await;
    let answer = server.call("check_order_status", json!({"order_id": ORDER})).await;
    let next_step = order(&answer)["next_step"].clone();
    assert!(
        next_step.as_str().unwrap().ends_with("use a smaller `wait_seconds`."),
        "{next_step}"
    );
    let answer = server.receive().await.unwrap();
    assert_eq!(answer["id"], json!(first));
    assert!(!answer.to_string().contains("cut off"), "{answer}");
}

#[tokio::test]
async fn a_time_to_wait_is_a_whole_number_however_it_is_written() {
    let platform = Platform::scripted(|_, _| Reply::json(200, PENDING)).await;
    let mut server = Server::of(&platform.base_url).await;
    for seconds in [json!(1), json!(1.0), json!("1"), json!("1.0")] {
        let arguments = json!({"order_id": ORDER, "wait_seconds": seconds});
        let answer = server.call("check_order_status", arguments).await;
        assert_eq!(order(&answer)["waited_seconds"], 1, "{seconds}");
    }
    let asked = platform.requests().len();
    for seconds in [
        json!(3.5),
        json!(-1),
        json!(51),
        json!("1e400"),
        json!("soon"),
        json!(true),
        json!([1]),
    ] {
        let arguments = json!({"order_id": ORDER, "wait_seconds": seconds});
        let answer = failure(&server.call("check_order_status", arguments).await);
        assert_eq!(
            (&answer["code"], &answer["hint"]),
            (
                &json!("invalid_arguments"),
                &json!(
                    "`wait_seconds`: expected a whole number of seconds from 0 to 50. Nothing was sent. Correct the arguments as the \
                     tool's input schema says and call again."
                )
            ),
            "{seconds}"
        );
    }
    // A number that no JSON reader here can hold.
    server
        .send_line(&format!(
            r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"check_order_status","arguments":{{"order_id":"{ORDER}","wait_seconds":1e400}}}}}}"#
        ))
        .await;
    let answer = server.receive().await.unwrap();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(7), &json!(-32600)));
    let said = answer["error"]["message"].as_str().unwrap();
    assert!(
        said.starts_with("the message cannot be read: number out of range"),
        "{said}"
    );
    assert_eq!(platform.requests().len(), asked);
}

/// What a client sees of a server that may wait so long: what it is given at the start, and the next step of an order.
async fn with_most(seconds: &str) -> (Server, Platform, Value, String) {
    let platform = Platform::scripted(|_, _| Reply::json(200, PENDING)).await;
    let environment = [
        ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN),
        ("PLATFORM_API_BASE_URL", &platform.base_url),
        ("ACEDATACLOUD_MAX_WAIT", seconds),
    ];
    let mut server = Server::start(&[], &environment);
    let opened = server.initialize("2025-11-25").await;
    let listed = server.request("tools/list", json!({})).await["result"]["tools"].clone();
    let arguments = json!({"order_id": ORDER, "pay_way": "STRIPE"});
    let paid = order(&server.call("pay_order", arguments).await);
    let told = format!("{} {listed} {}", opened["instructions"], paid["next_step"]);
    (server, platform, listed[0].clone(), told)
}

#[tokio::test]
async fn the_longest_wait_bounds_the_schema_and_every_text_that_names_one() {
    let (mut server, _platform, tool, told) = with_most("8").await;
    assert_eq!(
        tool["inputSchema"]["properties"]["wait_seconds"],
        json!({
            "type": "integer",
            "minimum": 0,
            "maximum": 8,
            "nullable": true,
            "description": "Wait for so many seconds, 0 to 8, until the state changes. Default 0.",
        })
    );
    assert!(
        told.contains("`wait_seconds` 8") && !told.contains(" 45") && !told.contains(" 50"),
        "{told}"
    );
    let answer = failure(
        &server
            .call("check_order_status", json!({"order_id": ORDER, "wait_seconds": 9}))
            .await,
    );
    let hint = answer["hint"].as_str().unwrap();
    assert!(
        hint.starts_with("`wait_seconds`: expected a whole number of seconds from 0 to 8."),
        "{hint}"
    );
}

#[tokio::test]
async fn a_server_that_may_not_wait_offers_no_wait() {
    let (mut server, platform, tool, told) = with_most("0").await;
    assert_eq!(tool["inputSchema"]["properties"].as_object().unwrap().len(), 1);
    assert!(!told.contains("wait_seconds"), "{told}");
    let asked = platform.requests().len();
    let answer = failure(
        &server
            .call("check_order_status", json!({"order_id": ORDER, "wait_seconds": 1}))
            .await,
    );
    assert_eq!(
        (&answer["code"], platform.requests().len()),
        (&json!("invalid_arguments"), asked)
    );
    let answer = order(
        &server
            .call("check_order_status", json!({"order_id": ORDER, "wait_seconds": 0}))
            .await,
    );
    assert_eq!(answer["state"], "Pending");
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

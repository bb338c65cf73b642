//! What goes wrong on the way, and what is made of it: nothing is charged twice, nothing is lost, nothing hangs.

use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, failure, order};
use crate::support::tls::Untrusted;
use crate::support::{ORDER, PENDING, TOKEN};

fn check() -> Value {
    json!({"order_id": ORDER})
}

fn pay() -> Value {
    json!({"order_id": ORDER, "pay_way": "STRIPE"})
}

fn an_order(state: &str) -> Reply {
    Reply::json(200, json!({"id": ORDER, "state": state}))
}

fn pending() -> Reply {
    Reply::json(200, PENDING)
}

/// Everything that may have happened all the same.
fn unclear() -> Vec<Reply> {
    vec![
        Reply::json(500, r#"{"detail":"Oops."}"#),
        Reply::page(502, "<html><h1>502 Bad Gateway</h1></html>"),
        Reply::json(503, ""),
        Reply::json(504, "upstream timed out"),
        Reply::Close,
        Reply::Part(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"id\":\"a1b2".to_vec()),
        Reply::json(200, r#"{"id":"a1b2c3d4-e5f6-7890-abcd-ef1234567890","sta"#),
        Reply::page(200, "<!doctype html><title>Sign in to the Wi-Fi</title>"),
    ]
}

/// What was asked, as `pay` and `refresh`.
fn actions(platform: &Platform) -> Vec<&'static str> {
    let action = |asked: &String| if asked.contains("/pay/ ") { "pay" } else { "refresh" };
    platform.asked().iter().map(action).collect()
}

/// Asks for a payment, and cancels the call once its request is on the way.
async fn pay_and_cancel(server: &mut Server, platform: &Platform) {
    let id = server
        .ask("tools/call", json!({"name": "pay_order", "arguments": pay()}))
        .await;
    platform.first_request().await;
    server.cancel(id).await;
}

fn verdict(error: &Value) -> (&str, &str, bool) {
    (
        error["code"].as_str().unwrap(),
        error["outcome"].as_str().unwrap(),
        error["retryable"].as_bool().unwrap(),
    )
}

#[tokio::test]
async fn a_check_is_repeated_after_any_fault_that_may_pass() {
    let throttled = Reply::with_headers(429, &["retry-after: 0"], "{}");
    for fault in unclear().into_iter().chain([throttled]) {
        let platform = Platform::start([fault.clone(), pending()]).await;
        let answer = Server::of(&platform.base_url)
            .await
            .call("check_order_status", check())
            .await;
        assert_eq!(
            (order(&answer)["state"].clone(), actions(&platform)),
            (json!("Pending"), vec!["refresh"; 2]),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_check_that_gives_up_says_how_much_it_tried() {
    let platform = Platform::start(vec![Reply::page(502, "<html>"); 9]).await;
    let error = failure(
        &Server::of(&platform.base_url)
            .await
            .call("check_order_status", check())
            .await,
    );
    assert_eq!(verdict(&error), ("unavailable", "nothing_changed", true));
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("A gateway in front of the platform failed and sent a web page (after 4 tries in "),
        "{message}"
    );
    assert_eq!(actions(&platform), vec!["refresh"; 4]);
}

#[tokio::test]
async fn a_throttled_call_waits_as_long_as_it_is_asked_to() {
    for (tool, arguments) in [("check_order_status", check()), ("pay_order", pay())] {
        let platform = Platform::start([Reply::with_headers(429, &["retry-after: 2"], "{}"), pending()]).await;
        let mut server = Server::of(&platform.base_url).await;
        let started = Instant::now();
        order(&server.call(tool, arguments).await);
        assert!(started.elapsed() >= Duration::from_secs(2));
        assert_eq!(platform.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_wait_beyond_the_time_of_the_call_is_told_at_once() {
    let platform = Platform::start([Reply::with_headers(429, &["retry-after: 120"], "{}")]).await;
    let error = failure(&Server::of(&platform.base_url).await.call("pay_order", pay()).await);
    assert_eq!(verdict(&error), ("rate_limited", "nothing_changed", true));
    assert_eq!(error["hint"], "Nothing was done. Wait 120 s, then call again.");
    assert_eq!(actions(&platform), ["pay"]);
}

#[tokio::test]
async fn a_refusal_is_never_repeated() {
    for status in [401, 403, 404, 409, 422] {
        for (tool, arguments) in [("check_order_status", check()), ("pay_order", pay())] {
            let platform = Platform::start(vec![Reply::json(status, "{}"); 9]).await;
            failure(&Server::of(&platform.base_url).await.call(tool, arguments).await);
            // Before a refused payment is explained, the order is looked at.
            let looked = tool == "pay_order" && [409, 422].contains(&status);
            assert_eq!(platform.requests().len(), 1 + usize::from(looked), "{tool} {status}");
        }
    }
    let platform = Platform::start(vec![Reply::json(400, "{}"); 9]).await;
    failure(
        &Server::of(&platform.base_url)
            .await
            .call("check_order_status", check())
            .await,
    );
    assert_eq!(platform.requests().len(), 1);
}

#[tokio::test]
async fn after_an_unclear_end_a_session_that_is_there_is_the_answer() {
    for fault in unclear() {
        let platform = Platform::start([fault.clone(), pending()]).await;
        let order = order(&Server::of(&platform.base_url).await.call("pay_order", pay()).await);
        assert_eq!(
            (&order["pay_url"], &order["state"]),
            (&json!("https://buy.stripe.com/xxxxxxxxxxxx"), &json!("Pending"))
        );
        assert_eq!(actions(&platform), ["pay", "refresh"], "{fault:?}");
    }
}

#[tokio::test]
async fn after_an_unclear_end_a_paid_order_is_told_as_paid() {
    for state in ["Paid", "Finished"] {
        let platform = Platform::start([Reply::Close, an_order(state)]).await;
        let order = order(&Server::of(&platform.base_url).await.call("pay_order", pay()).await);
        assert_eq!(
            (&order["paid"], actions(&platform)),
            (&json!(true), vec!["pay", "refresh"])
        );
        assert!(order["message"].as_str().unwrap().contains("nothing was charged now"));
    }
}

#[tokio::test]
async fn after_an_unclear_end_an_order_without_a_session_is_posted_once_more() {
    for fault in unclear() {
        let platform = Platform::start([fault.clone(), an_order("Pending"), pending()]).await;
        let order = order(&Server::of(&platform.base_url).await.call("pay_order", pay()).await);
        assert_eq!(
            (&order["next_action"], actions(&platform)),
            (&json!("open_pay_url"), vec!["pay", "refresh", "pay"]),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn after_two_unclear_ends_the_order_is_looked_at_again_and_there_is_no_third_post() {
    let unknown = ("outcome_unknown", "unknown", false);
    for (second, last, expected) in [
        (Reply::Close, pending(), Ok("Pending")),
        (Reply::Close, an_order("Paid"), Ok("Paid")),
        (Reply::Close, an_order("Pending"), Err(unknown)),
        (
            Reply::Close,
            an_order("Expired"),
            Err(("order_not_payable", "nothing_changed", false)),
        ),
        // The first request may have arrived after all, so a refusal of the second proves nothing by itself.
        (Reply::json(401, "{}"), an_order("Pending"), Err(unknown)),
        (Reply::json(409, "{}"), an_order("Finished"), Ok("Finished")),
        (Reply::json(409, "{}"), an_order("Pending"), Err(unknown)),
        (Reply::json(409, "{}"), Reply::json(401, "{}"), Err(unknown)),
    ] {
        let platform = Platform::start([Reply::Close, an_order("Pending"), second.clone(), last.clone()]).await;
        let answer = Server::of(&platform.base_url).await.call("pay_order", pay()).await;
        match expected {
            Ok(state) => assert_eq!(order(&answer)["state"], state, "{second:?} {last:?}"),
            Err(expected) => assert_eq!(verdict(&failure(&answer)), expected, "{second:?} {last:?}"),
        }
        assert_eq!(
            actions(&platform),
            ["pay", "refresh", "pay", "refresh"],
            "{second:?} {last:?}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_unknown_and_says_to_look_first() {
    for (last, requests, looks) in [
        (Reply::json(500, "{}"), 5, "four looks"),
        (Reply::Close, 5, "four looks"),
        (Reply::json(200, "[]"), 5, "four looks"),
        (an_order("OnHold"), 2, "one look"),
        (Reply::json(401, "{}"), 2, "one look"),
    ] {
        let replies = std::iter::once(Reply::Close).chain(vec![last.clone(); 9]);
        let platform = Platform::start(replies).await;
        let mut error = failure(&Server::of(&platform.base_url).await.call("pay_order", pay()).await);
        let message = error.as_object_mut().unwrap().remove("message").unwrap();
        let message = message.as_str().unwrap();
        let start = format!(
            "The connection to the platform broke before its answer was complete. Whether a payment was started is unknown (one \
             payment request, {looks} at the order, in "
        );
        assert!(message.starts_with(&start), "{message}");
        assert!(message.ends_with(" s); nobody is charged by that alone."), "{message}");
        assert_eq!(
            error,
            json!({
                "code": "outcome_unknown",
                "hint": "Call `check_order_status` for this order first. If a link is there, give it to the person; if none is \
                         and the order is Pending, `pay_order` again is safe; if that is still unknown, check later and do not \
                         pay before.",
                "retryable": false,
                "outcome": "unknown",
                "order_id": ORDER,
            })
        );
        assert_eq!(platform.requests().len(), requests, "{last:?}");
        assert_eq!(
            actions(&platform).iter().filter(|action| **action == "pay").count(),
            1,
            "{last:?}"
        );
    }
}

#[tokio::test]
async fn a_status_counts_even_when_its_body_cannot_be_read() {
    let long = "x".repeat(2 << 20);
    let platform = Platform::start([Reply::json(502, &long), pending()]).await;
    order(&Server::of(&platform.base_url).await.call("pay_order", pay()).await);
    assert_eq!(actions(&platform), ["pay", "refresh"]);
    let cut = Reply::Part(b"HTTP/1.1 403 X\r\ncontent-length: 99\r\n\r\n{".to_vec());
    for (tool, arguments) in [("check_order_status", check()), ("pay_order", pay())] {
        let platform = Platform::start([cut.clone()]).await;
        let error = failure(&Server::of(&platform.base_url).await.call(tool, arguments).await);
        assert_eq!(verdict(&error), ("forbidden", "nothing_changed", false));
        assert_eq!(platform.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_host_that_drops_packets_was_certainly_sent_nothing() {
    // A listener whose queue is full does not answer any more, as a firewall that drops packets does not.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(1).unwrap();
    let address = full.local_addr().unwrap();
    let connections: Vec<_> = (0..8)
        .map(|_| tokio::spawn(tokio::net::TcpStream::connect(address)))
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let token = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let mut server = Server::start(&["--base-url", &format!("http://{address}"), "--timeout", "2"], &token);
    server.initialize("2025-11-25").await;
    let error = failure(&server.call("pay_order", pay()).await);
    assert_eq!(verdict(&error), ("unavailable", "nothing_changed", true), "{error}");
    assert!(
        error["message"].as_str().unwrap().contains("it did not answer in time"),
        "{error}"
    );
    drop((full, connections));
}

#[tokio::test]
async fn after_an_unclear_end_an_order_that_cannot_be_paid_says_so() {
    let platform = Platform::start([Reply::Close, an_order("Expired")]).await;
    let error = failure(&Server::of(&platform.base_url).await.call("pay_order", pay()).await);
    assert_eq!(
        (verdict(&error), actions(&platform)),
        (("order_not_payable", "nothing_changed", false), vec!["pay", "refresh"])
    );
}

#[tokio::test]
async fn what_was_never_sent_is_tried_again_and_told_by_its_cause() {
    // A port that nobody listens on until later.
    let reserved = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", reserved.local_addr().unwrap());
    drop(reserved);
    let mut server = Server::of(&base_url).await;
    for (tool, arguments) in [("check_order_status", check()), ("pay_order", pay())] {
        let error = failure(&server.call(tool, arguments).await);
        assert_eq!(verdict(&error), ("unavailable", "nothing_changed", true));
        let message = error["message"].as_str().unwrap();
        let cause = "No connection to the platform could be made: the connection was refused (after 4 tries in ";
        assert!(message.starts_with(cause), "{message}");
    }
    let mut server = Server::of("https://no-such-host.invalid").await;
    let error = failure(&server.call("check_order_status", check()).await);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("its host name cannot be resolved (after 4 tries in "),
        "{message}"
    );
}

#[tokio::test]
async fn a_certificate_that_cannot_be_trusted_is_told_plainly_and_not_retried() {
    let untrusted = Untrusted::start().await;
    let mut server = Server::of(&untrusted.base_url).await;
    for (tool, arguments) in [("check_order_status", check()), ("pay_order", pay())] {
        let error = failure(&server.call(tool, arguments).await);
        assert_eq!(verdict(&error), ("unavailable", "nothing_changed", false));
        assert_eq!(
            error["message"],
            "The certificate of the platform's address cannot be trusted (expired, for another name, or of an unknown issuer)."
        );
    }
    assert_eq!(untrusted.connections(), 2);
}

#[tokio::test]
async fn an_answer_that_trickles_or_has_endless_headers_ends_in_time() {
    let token = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    for (reply, code) in [(Reply::Trickle, "timeout"), (Reply::header_bomb(), "bad_response")] {
        let platform = Platform::start(vec![reply; 9]).await;
        let mut server = Server::start(&["--base-url", &platform.base_url, "--timeout", "1"], &token);
        server.initialize("2025-11-25").await;
        let error = failure(&server.call("check_order_status", check()).await);
        assert_eq!(error["code"], code, "{error}");
    }
}

#[tokio::test]
async fn a_call_ends_within_45_seconds_whatever_the_timeout_says() {
    let token = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let platform = Platform::start(vec![Reply::Hang; 9]).await;
    let mut server = Server::start(&["--base-url", &platform.base_url, "--timeout", "300"], &token);
    server.initialize("2025-11-25").await;
    let started = Instant::now();
    let other = "00000000-0000-4000-8000-000000000000";
    server
        .ask("tools/call", json!({"name": "pay_order", "arguments": pay()}))
        .await;
    server
        .ask(
            "tools/call",
            json!({"name": "check_order_status", "arguments": {"order_id": other}}),
        )
        .await;
    for _ in 0..2 {
        let answer = server.receive_within(Duration::from_secs(50)).await.unwrap();
        let code = if answer["id"] == json!(2) {
            "outcome_unknown"
        } else {
            "timeout"
        };
        assert_eq!(failure(&answer["result"])["code"], code);
    }
    let elapsed = started.elapsed();
    assert!(elapsed < Duration::from_secs(46), "{elapsed:?}");
}

#[tokio::test]
async fn two_calls_for_one_order_post_once_and_other_orders_do_not_wait() {
    let slow = |reply| Reply::After(Duration::from_secs(1), Box::new(reply));
    let other = "00000000-0000-4000-8000-000000000000";
    let for_other = PENDING.replace(ORDER, other);
    let platform = Platform::start([slow(pending()), Reply::json(200, for_other), pending()]).await;
    let mut server = Server::of(&platform.base_url).await;
    let ask = |arguments: Value| json!({"name": "pay_order", "arguments": arguments});
    let first = server.ask("tools/call", ask(pay())).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let same = server.ask("tools/call", ask(pay())).await;
    let another = server
        .ask("tools/call", ask(json!({"order_id": other, "pay_way": "STRIPE"})))
        .await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        let answer = server.receive().await.unwrap();
        answers.push((answer["id"].as_u64().unwrap(), order(&answer["result"])));
    }
    assert_eq!(answers[0].0, another);
    answers.sort_by_key(|(id, _)| *id);
    assert_eq!((answers[0].0, answers[1].0), (first, same));
    assert_eq!(answers[0].1, answers[1].1);
    assert_eq!(platform.requests().len(), 2);

    order(&server.call("pay_order", pay()).await);
    assert_eq!(platform.requests().len(), 3, "a call after the answer acts anew");
}

#[tokio::test]
async fn another_pay_way_for_the_same_order_waits_for_the_first() {
    let slow = Reply::After(Duration::from_secs(1), Box::new(pending()));
    let platform = Platform::start([slow, pending()]).await;
    let mut server = Server::of(&platform.base_url).await;
    server
        .ask("tools/call", json!({"name": "pay_order", "arguments": pay()}))
        .await;
    let alipay = json!({"order_id": ORDER, "pay_way": "ALIPAY"});
    server
        .ask("tools/call", json!({"name": "pay_order", "arguments": alipay}))
        .await;
    platform.first_request().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(platform.requests().len(), 1);
    for _ in 0..2 {
        order(&server.receive().await.unwrap()["result"]);
    }
    let sent: Vec<_> = platform.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(sent, [r#"{"pay_way":"STRIPE"}"#, r#"{"pay_way":"ALIPAY"}"#]);
}

#[tokio::test]
async fn a_cancelled_payment_goes_on_and_the_next_call_sees_it() {
    for (next, arguments, requests) in [("pay_order", pay(), 1), ("check_order_status", check(), 2)] {
        let slow = Reply::After(Duration::from_secs(1), Box::new(pending()));
        let platform = Platform::start([slow, pending()]).await;
        let mut server = Server::of(&platform.base_url).await;
        pay_and_cancel(&mut server, &platform).await;
        let order = order(&server.call(next, arguments).await);
        assert_eq!(order["pay_url"], "https://buy.stripe.com/xxxxxxxxxxxx");
        assert_eq!(platform.requests().len(), requests, "{next}");
    }
}

#[tokio::test]
async fn what_came_of_a_cancelled_payment_is_forgotten_once_somebody_looked_at_the_order() {
    let slow = Reply::After(Duration::from_millis(500), Box::new(pending()));
    let paid = || an_order("Paid");
    let refused = Reply::json(400, r#"{"detail":"Only a pending order can be paid."}"#);
    let platform = Platform::start([slow, paid(), refused, paid()]).await;
    let mut server = Server::of(&platform.base_url).await;
    pay_and_cancel(&mut server, &platform).await;
    assert_eq!(
        order(&server.call("check_order_status", check()).await)["state"],
        "Paid"
    );
    let again = order(&server.call("pay_order", pay()).await);
    assert_eq!((&again["state"], again.get("pay_url")), (&json!("Paid"), None));
}

#[tokio::test]
async fn a_cancelled_payment_is_not_torn_down_by_the_end_of_the_session() {
    let slow = Reply::After(Duration::from_millis(700), Box::new(pending()));
    let platform = Platform::start([slow]).await;
    let mut server = Server::of(&platform.base_url).await;
    let started = Instant::now();
    pay_and_cancel(&mut server, &platform).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.close_stdin();
    let (status, left) = server.end().await;
    assert_eq!((status.code(), left), (Some(0), vec![]));
    assert!(
        (Duration::from_millis(600)..Duration::from_secs(3)).contains(&started.elapsed()),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn calls_beyond_the_rate_limit_queue() {
    let platform = Platform::start(vec![pending(); 7]).await;
    let token = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let mut server = Server::start(&["--base-url", &platform.base_url, "--rate-limit", "2"], &token);
    server.initialize("2025-11-25").await;
    let started = Instant::now();
    for _ in 0..6 {
        server
            .ask(
                "tools/call",
                json!({"name": "check_order_status", "arguments": check()}),
            )
            .await;
    }
    for _ in 0..6 {
        order(&server.receive().await.unwrap()["result"]);
    }
    // Four at once, and the fifth and sixth half a second apart.
    assert!(
        started.elapsed() >= Duration::from_millis(950),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn calls_that_would_queue_beyond_their_time_are_told_at_once() {
    let platform = Platform::start(vec![pending(); 60]).await;
    let token = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN), ("ACEDATACLOUD_RATE_LIMIT", "1")];
    let mut server = Server::start(&["--base-url", &platform.base_url], &token);
    server.initialize("2025-11-25").await;
    for _ in 0..60 {
        server
            .ask(
                "tools/call",
                json!({"name": "check_order_status", "arguments": check()}),
            )
            .await;
    }
    // Two go at once and one a second follows, for 44 seconds; there is no turn for the rest.
    let mut refused = 0;
    while refused < 12 {
        let answer = server.receive().await.unwrap();
        if answer["result"]["isError"] == json!(true) {
            let error = failure(&answer["result"]);
            assert_eq!(verdict(&error), ("rate_limited", "nothing_changed", true));
            assert_eq!(
                error["message"],
                "Too many calls at once: this one did not get its turn in time."
            );
            refused += 1;
        }
    }
    assert!(platform.requests().len() < 10, "{}", platform.requests().len());
}

#[tokio::test]
async fn a_line_of_more_than_a_mebibyte_is_refused_and_does_not_stop_the_server() {
    let mut server = Server::sandbox().await;
    server
        .send_line(&format!(
            r#"{{"jsonrpc":"2.0","id":7,"method":"tools/list","x":"{}"}}"#,
            "y".repeat(3 << 20)
        ))
        .await;
    assert_eq!(server.receive().await.unwrap()["id"], 7);
    assert!(server.request("tools/list", json!({})).await["result"]["tools"].is_array());
}

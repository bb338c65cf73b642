//! What stands between here and the platform: proxies and gateways that answer themselves, and pack, delay and mark answers.

use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, failure, order};
use crate::support::{ORDER, PENDING};

fn check() -> Value {
    json!({"order_id": ORDER})
}

fn pay() -> Value {
    json!({"order_id": ORDER, "pay_way": "CARD"})
}

fn text(status: u16, body: &str) -> Reply {
    Reply::with_headers(status, &["content-type: text/plain"], body)
}

fn bytes(status: u16, headers: &str, body: &[u8]) -> Reply {
    let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n", body.len());
    Reply::Bytes([head.as_bytes(), body].concat())
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

/// What was asked, as `pay` and `refresh`.
fn actions(platform: &Platform) -> Vec<&'static str> {
    let action = |asked: &String| if asked.contains("/pay/ ") { "pay" } else { "refresh" };
    platform.asked().iter().map(action).collect()
}

#[tokio::test]
async fn an_answer_of_something_before_the_api_is_not_taken_for_the_apis() {
    for reply in [
        text(403, "RBAC: access denied"),
        text(403, "error code: 1020"),
        text(404, "default backend - 404"),
        text(404, "404 page not found"),
        text(401, "Unauthorized"),
        text(401, ""),
        text(400, "The plain HTTP request was sent to HTTPS port"),
        text(400, "Host not allowed"),
        text(405, "Method Not Allowed"),
        text(409, "Conflict"),
        text(413, "Payload too large"),
        text(451, ""),
        Reply::json(403, r#"{"message":"Forbidden"}"#),
        Reply::json(401, r#"{"message":"Missing Authentication Token"}"#),
        Reply::json(404, r#"{"message":"no Route matched with those values"}"#),
        Reply::json(404, r#"{"success":false,"errors":[{"code":7003}]}"#),
        Reply::json(403, r#""no""#),
        Reply::json(404, "null"),
        Reply::json(404, "7"),
        Reply::page(401, "<html>Sign in</html>"),
        Reply::page(403, "\u{feff}<html>Blocked</html>"),
        Reply::page(404, "\u{feff}\r\n <!doctype html>"),
        bytes(403, "content-encoding: gzip\r\n", &gzip(b"<html>Blocked</html>")),
        bytes(404, "", b"\xff\xfe<\0h\0"),
    ] {
        for (tool, arguments) in [("check_order_status", check()), ("pay_order", pay())] {
            let platform = Platform::start([reply.clone()]).await;
            let failed = failure(&Server::of(&platform.base_url).await.call(tool, arguments).await);
            assert_eq!(
                (&failed["code"], &failed["outcome"], platform.requests().len()),
                (&json!("bad_response"), &json!("nothing_changed"), 1),
                "{reply:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_the_api_itself_refuses_keeps_its_meaning() {
    for (status, body, code) in [
        (
            401,
            r#"{"error":{"code":"invalid_token","message":"No."}}"#,
            "unauthenticated",
        ),
        (
            403,
            r#"{"detail":"No.","code":"permission_denied","trace_id":"0a"}"#,
            "forbidden",
        ),
        (404, "\u{feff}{\"detail\":[\"Not\",\"found.\"]}", "order_not_found"),
        (404, r#"{"error":"not found"}"#, "order_not_found"),
    ] {
        for reply in [Reply::json(status, body), bytes(status, "", &gzip(body.as_bytes()))] {
            let platform = Platform::start([reply]).await;
            let failed = failure(&Server::of(&platform.base_url).await.call("pay_order", pay()).await);
            assert_eq!(
                (&failed["code"], platform.requests().len()),
                (&json!(code), 1),
                "{body}"
            );
        }
    }
}

#[tokio::test]
async fn an_answer_that_came_too_late_or_too_early_is_asked_for_again_where_that_is_safe() {
    let pending = || Reply::json(200, PENDING);
    for status in [408, 421, 425] {
        for reply in [text(status, ""), Reply::json(status, r#"{"detail":"Again."}"#)] {
            let platform = Platform::start([reply.clone(), pending()]).await;
            order(
                &Server::of(&platform.base_url)
                    .await
                    .call("check_order_status", check())
                    .await,
            );
            assert_eq!(actions(&platform), ["refresh"; 2], "{status}");

            let platform = Platform::start([reply, pending()]).await;
            order(
                &Server::of(&platform.base_url)
                    .await
                    .call("pay_order", json!({"order_id": ORDER, "pay_way": "STRIPE"}))
                    .await,
            );
            // What came too late may have been carried out.
            let expected = if status == 408 { ["pay", "refresh"] } else { ["pay"; 2] };
            assert_eq!(actions(&platform), expected, "{status}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_wants_to_know_who_asks_is_no_refusal_of_the_pay_way() {
    for (tool, arguments) in [("check_order_status", check()), ("pay_order", pay())] {
        let platform = Platform::scripted(|_, _| text(407, "Proxy Authentication Required")).await;
        let failed = failure(&Server::of(&platform.base_url).await.call(tool, arguments).await);
        assert_eq!(
            (&failed["code"], &failed["outcome"]),
            (&json!("unavailable"), &json!("nothing_changed"))
        );
    }
}

#[tokio::test]
async fn a_platform_that_failed_is_left_alone_for_as_long_as_it_asks() {
    for status in [502, 503] {
        let busy = Reply::with_headers(status, &["retry-after: 2"], "");
        let platform = Platform::start([busy, Reply::json(200, PENDING)]).await;
        let started = Instant::now();
        order(
            &Server::of(&platform.base_url)
                .await
                .call("check_order_status", check())
                .await,
        );
        assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
    }
    for asked in [
        "120",
        "soon",
        "-1",
        "1e9",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "1764000000",
        "",
    ] {
        for status in [429, 503] {
            let header = format!("retry-after: {asked}");
            let platform = Platform::start([Reply::with_headers(status, &[&header], "{}")]).await;
            let failed = failure(
                &Server::of(&platform.base_url)
                    .await
                    .call("check_order_status", check())
                    .await,
            );
            assert_eq!(
                (&failed["http_status"], platform.requests().len()),
                (&json!(status), 1),
                "{asked}"
            );
        }
    }
}

#[tokio::test]
async fn a_packed_answer_is_unpacked_and_a_bomb_is_not() {
    let marked = format!("\u{feff}{PENDING}");
    for body in [gzip(PENDING.as_bytes()), gzip(marked.as_bytes()), marked.into_bytes()] {
        for headers in ["content-encoding: gzip\r\n", ""] {
            let platform = Platform::start([bytes(200, headers, &body)]).await;
            let told = order(
                &Server::of(&platform.base_url)
                    .await
                    .call("check_order_status", check())
                    .await,
            );
            assert_eq!((&told["state"], &told["price"]), (&json!("Pending"), &json!("9.90")));
        }
    }
    let bomb = gzip(&vec![b' '; 100 << 20]);
    let platform = Platform::start([bytes(200, "content-encoding: gzip\r\n", &bomb)]).await;
    let failed = failure(
        &Server::of(&platform.base_url)
            .await
            .call("check_order_status", check())
            .await,
    );
    assert_eq!(failed["code"], "bad_response");
    let cut = gzip(PENDING.as_bytes());
    let cut = bytes(200, "content-encoding: gzip\r\n", cut.split_at(cut.len() / 2).0);
    let platform = Platform::start([cut, Reply::json(200, PENDING)]).await;
    order(
        &Server::of(&platform.base_url)
            .await
            .call("check_order_status", check())
            .await,
    );
    assert_eq!(actions(&platform), ["refresh"; 2]);
}

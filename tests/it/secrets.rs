//! What must never get out: the token, and the secrets of an answer.

use acedata_pay_mcp::platform::{Limits, Platform as Client};
use serde_json::json;

use crate::support::platform::{Platform, Reply};
use crate::support::server::Server;
use crate::support::{ORDER, PENDING, TOKEN};

/// The part of the token that only the token has.
const SECRET: &str = "c0ffee00c0ffee00";

#[tokio::test]
async fn at_trace_level_no_secret_is_in_stdout_or_stderr_whatever_happens() {
    let echo = format!(r#"{{"detail":"Bad token {TOKEN}","metadata":{{"stripe_client_secret":"SECRETVALUE"}}}}"#);
    let replies = [
        Reply::json(200, PENDING),
        Reply::json(401, r#"{"error":{"code":"invalid_token","message":"No."}}"#),
        Reply::json(500, r#"{"client_secret":"SECRETVALUE"}"#),
        Reply::json(200, r#"{"client_secret":"SECRETVALUE"}"#),
        Reply::with_headers(302, &["location: https://evil.example/"], ""),
        Reply::Close,
        Reply::json(403, echo),
    ];
    let count = replies.len();
    let platform = Platform::start(replies).await;
    let environment = [("RUST_LOG", "trace"), ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let mut server = Server::start(&["--base-url", &platform.base_url], &environment);
    let mut stdout = server.initialize("2025-11-25").await.to_string();
    while platform.requests().len() < count {
        stdout += &server
            .call("check_order_status", json!({"order_id": ORDER}))
            .await
            .to_string();
    }
    server.close_stdin();
    server.end().await;
    assert!(
        platform
            .requests()
            .iter()
            .all(|request| request.headers.iter().any(|header| header.contains(SECRET)))
    );
    for (name, text) in [("stdout", &stdout), ("stderr", &server.stderr())] {
        assert!(
            !text.contains("SECRETVALUE"),
            "a secret of an answer is in {name}: {text}"
        );
        assert!(!text.contains(SECRET), "the token is in {name}: {text}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Platform::start([]).await;
    let location = format!("location: {}/", elsewhere.base_url);
    let platform = Platform::start([Reply::with_headers(307, &[&location], "")]).await;
    Server::of(&platform.base_url)
        .await
        .call("check_order_status", json!({"order_id": ORDER}))
        .await;
    assert_eq!((platform.requests().len(), elsewhere.requests().len()), (1, 0));
}

#[tokio::test]
async fn debug_of_the_client_does_not_show_the_token() {
    let limits = Limits {
        request_timeout: std::time::Duration::from_secs(1),
        requests_per_second: 1,
    };
    let base_url = "https://platform.acedata.cloud".parse().unwrap();
    let client = Client::new(base_url, Some(TOKEN.parse().unwrap()), limits);
    assert!(!format!("{client:?}").contains(SECRET));
}

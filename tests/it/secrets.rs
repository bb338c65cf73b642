//! What must never get out: the token, and the secrets of an answer.

use std::sync::Arc;
use std::time::Duration;

use acedata_pay_mcp::cli::Cli;
use acedata_pay_mcp::pay_way::PayWays;
use acedata_pay_mcp::payment::{Environment, Payments};
use acedata_pay_mcp::platform::{BaseUrl, Limits, Platform as Client};
use acedata_pay_mcp::token::PlatformToken;
use acedata_pay_mcp::{mcp, settings};
use clap::Parser as _;
use serde_json::json;
use tokio_util::sync::CancellationToken;

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
        Reply::json(400, r#"{"client_secret":["SECRETVALUE"],"surface":["No."]}"#),
    ];
    let count = replies.len();
    let tools = ["check_order_status", "pay_order"];
    let platform = Platform::start(replies).await;
    let environment = [("RUST_LOG", "trace"), ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let mut server = Server::start(&["--base-url", &platform.base_url], &environment);
    let mut stdout = server.initialize("2025-11-25").await.to_string();
    while platform.requests().len() < count {
        for tool in tools {
            stdout += &server.call(tool, json!({"order_id": ORDER})).await.to_string();
        }
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

#[test]
fn debug_of_no_public_type_shows_the_token() {
    let token: PlatformToken = TOKEN.parse().unwrap();
    let limits = Limits {
        request_timeout: Duration::from_secs(1),
        requests_per_second: 1,
    };
    let platform = || Client::new(BaseUrl::LIVE.parse().unwrap(), Some(token.clone()), limits);
    let payments = || Payments::new(platform(), Environment::Live, PayWays::default());
    let variable = |name: &str| (name == settings::TOKEN_VARIABLE).then(|| TOKEN.into());
    let cli = Cli::parse_from(["test", "--qr-dir", TOKEN]);
    let world = settings::World {
        flags: &settings::Flags::default(),
        variable: &variable,
        token_file: &|_| Ok(String::new()),
    };
    let config = settings::Config::resolve(&world).unwrap();
    let misplaced = settings::World {
        flags: &cli.settings,
        ..world
    };
    let error = settings::Config::resolve(&misplaced).unwrap_err();
    let server = mcp::Server::new(Arc::new(payments()), mcp::Offer::PayAndCheck, CancellationToken::new());
    for shown in [
        format!("{token:?}"),
        format!("{:?}", platform()),
        format!("{:?}", payments()),
        format!("{cli:?}"),
        format!("{config:?}"),
        format!("{error:?}"),
        format!("{server:?}"),
    ] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

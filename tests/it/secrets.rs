//! What must never get out: the token, and the secrets of an answer.

use std::sync::Arc;
use std::time::Duration;

use acedata_pay_mcp::cli::Cli;
use acedata_pay_mcp::journal::{Front, Journal, Location};
use acedata_pay_mcp::payment::{Clock, Environment, Payments, Rules};
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

/// The token in every way that an answer was seen to write it, as the inside of a JSON text.
fn written() -> Vec<Vec<u8>> {
    let each = |escape: &dyn Fn(char) -> String| TOKEN.chars().map(escape).collect::<String>();
    let text = |text: String| text.into_bytes();
    vec![
        text(TOKEN.to_owned()),
        text(TOKEN.to_uppercase()),
        text(TOKEN.replace('-', "\\u002d")),
        text(TOKEN.replace("c0ffee", "c\\u0030ffee")),
        text(TOKEN.replace('-', "%2D")),
        text(TOKEN.replace("c0", "%63%30")),
        text(TOKEN.split_at(12).1.to_owned()),
        text(TOKEN.split_at(32).0.to_owned()),
        text(TOKEN.split_at(60).1.to_owned()),
        text(each(&|letter| format!("{letter}\u{200b}"))),
        text(each(&|letter| format!("\\u{:04x}", u32::from(letter)))),
        text(TOKEN.replace("ee", "e\\n\\u202ee")),
        [TOKEN.as_bytes(), b"\xff"].concat(),
    ]
}

#[tokio::test]
async fn the_token_is_withheld_however_an_answer_writes_it_and_wherever() {
    for written in written() {
        let around = |before: &str, after: &str| {
            let body = [before.as_bytes(), &written, after.as_bytes()].concat();
            let head = |status: u16| format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
            [400, 200].map(|status| Reply::Bytes([head(status).as_bytes(), &body].concat()))
        };
        let [in_detail, _] = around(r#"{"detail":"Bad token: "#, r#"."}"#);
        let [in_field, _] = around(r#"{"surface":["Not with "#, r#"."]}"#);
        let [as_name, _] = around(r#"{""#, r#"":["No."]}"#);
        let [_, in_order] = around(&format!(r#"{{"id":"{ORDER}","state":"Finished","pay_id":""#), r#""}"#);
        let checked = || Reply::json(200, format!(r#"{{"id":"{ORDER}","state":"Pending"}}"#));
        let replies = [in_detail, checked(), in_field, checked(), as_name, checked(), in_order];
        let platform = Platform::start(replies).await;
        let mut server = Server::of(&platform.base_url).await;
        for _ in 0..4 {
            let card = json!({"order_id": ORDER, "pay_way": "CARD"});
            let shown = server.call("pay_order", card).await.to_string();
            let letters: String = shown
                .to_lowercase()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect();
            assert!(
                !letters.contains(SECRET),
                "{}\n{shown}",
                String::from_utf8_lossy(&written)
            );
        }
        assert_eq!(platform.requests().len(), 7);
    }
}

#[tokio::test]
async fn what_has_the_form_or_the_name_of_a_secret_is_withheld_from_what_the_platform_says() {
    let secrets = [
        "pi_3Mtw_secret_SECRETVALUE",
        "sk_live_SECRETVALUE",
        "rk_live_SECRETVALUE",
        "whsec_SECRETVALUE",
        "Bearer SECRETVALUE",
        "platform-v1-SECRETVALUE",
    ];
    let by_form = secrets.map(|secret| format!(r#"{{"detail":"Not with {secret}.","surface":["Nor {secret}"]}}"#));
    let in_field = secrets.map(|secret| format!(r#"{{"surface":["Not with {secret}."]}}"#));
    let names = [
        "client_secret",
        "access_token",
        "api_key",
        "x_signature",
        "user_password",
        "credentials",
        "bank_details",
        "clientSecret",
    ];
    let by_name = names.map(|name| format!(r#"{{"{name}":["SECRETVALUE"],"surface":["No."]}}"#));
    for body in by_form.iter().chain(&in_field).chain(&by_name) {
        let order = format!(r#"{{"id":"{ORDER}","state":"Pending"}}"#);
        let platform = Platform::start([Reply::json(400, body), Reply::json(200, order)]).await;
        let mut server = Server::of(&platform.base_url).await;
        let card = json!({"order_id": ORDER, "pay_way": "CARD"});
        let shown = server.call("pay_order", card).await.to_string();
        assert!(
            shown.contains("pay_way_refused") && !shown.contains("SECRETVALUE"),
            "{body}\n{shown}"
        );
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
    let journal = || Journal::new(Location::Temporary, Front::Mcp);
    let payments = || Payments::new(platform(), Rules::usual(Environment::Live), journal(), Clock::default());
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
    let server = mcp::Server::new(
        Arc::new(payments()),
        mcp::Offer::PAY_AND_CHECK,
        CancellationToken::new(),
    );
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

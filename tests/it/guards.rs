//! What the operator allows, and the model cannot change.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, command, failure, order};
use crate::support::{ORDER, PENDING, TOKEN};

/// Links, each with the way in which its order is paid.
const LINKS: [(&str, &str); 4] = [
    ("Stripe", "https://buy.stripe.com/secret"),
    ("AliPay", "https://openapi.alipay.com/gateway.do?x=secret"),
    ("WechatPay", "weixin://wxpay/bizpayurl?pr=secret"),
    ("PayPal", "https://www.paypal.com/checkout/secret"),
];

/// A platform that shows an order with this link, whatever it is asked.
async fn with_link(way: Option<&str>, link: &str) -> Platform {
    let order = json!({"id": ORDER, "state": "Pending", "pay_way": way, "pay_url": link, "price": "9.90"});
    Platform::scripted(move |_, _| Reply::json(200, &order)).await
}

/// A server in a session with a client that could be asked to open a link: a question would not be the answer that is awaited.
async fn with_settings(platform: &Platform, settings: &[&str]) -> Server {
    let arguments = [&["--base-url", &platform.base_url], settings].concat();
    let mut server = Server::start(&arguments, &[("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)]);
    let capabilities = json!({"elicitation": {"url": {}}});
    let client = json!({"name": "test", "version": "1"});
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": client});
    server.request("initialize", params).await;
    server
        .send(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        .await;
    server
}

/// What a command shows: on stdout and stderr.
async fn shown(platform: &Platform, arguments: &[&str]) -> String {
    let arguments = [arguments, &["--base-url", &platform.base_url]].concat();
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let output = command(&arguments, &environment).output().await.unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

async fn tools(server: &mut Server) -> Vec<Value> {
    server.request("tools/list", json!({})).await["result"]["tools"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn read_only_takes_pay_order_away() {
    for (arguments, environment) in [
        (&["--sandbox", "--read-only"][..], &[][..]),
        (&["--sandbox"], &[("ACEDATACLOUD_READ_ONLY", "true")]),
    ] {
        let mut server = Server::start(arguments, environment);
        let instructions = server.initialize("2025-11-25").await["instructions"].to_string();
        assert!(
            instructions.contains("set up not to pay any")
                && !instructions.contains("pay_order")
                && !instructions.contains("/checkout/"),
            "{instructions}"
        );
        let names: Vec<_> = tools(&mut server)
            .await
            .into_iter()
            .map(|tool| tool["name"].clone())
            .collect();
        assert_eq!(names, ["check_order_status"]);
        let answer = server
            .request(
                "tools/call",
                json!({"name": "pay_order", "arguments": {"order_id": ORDER}}),
            )
            .await;
        let message = "unknown tool; there are `check_order_status`";
        assert_eq!(answer["error"], json!({"code": -32602, "message": message}));
    }
}

#[tokio::test]
async fn only_the_allowed_pay_ways_are_in_the_schema_and_go_out() {
    let platform = Platform::start([Reply::json(200, PENDING), Reply::json(200, PENDING)]).await;
    let environment = [
        ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN),
        ("ACEDATACLOUD_PAY_WAYS", "alipay,STRIPE"),
    ];
    let mut server = Server::start(&["--base-url", &platform.base_url], &environment);
    server.initialize("2025-11-25").await;
    let pay_order = tools(&mut server).await.pop().unwrap();
    assert_eq!(
        pay_order["inputSchema"]["properties"]["pay_way"],
        json!({
            "type": "string",
            "enum": ["STRIPE", "ALIPAY"],
            "description": "How to pay; ask the person, unless they said or left it to you. Leave out for a free order. STRIPE: card page, USD; \
                            ALIPAY: page, CNY.",
            "nullable": true,
        })
    );
    for pay_way in ["X402", "CARD", "WechatPay"] {
        let error = failure(
            &server
                .call("pay_order", json!({"order_id": ORDER, "pay_way": pay_way}))
                .await,
        );
        assert_eq!(
            (&error["code"], &error["outcome"]),
            (&json!("pay_way_refused"), &json!("nothing_changed"))
        );
        assert_eq!(
            error["hint"],
            "Ask the person for another way to pay: `STRIPE`, `ALIPAY`."
        );
    }
    assert_eq!(platform.requests(), []);
    order(
        &server
            .call("pay_order", json!({"order_id": ORDER, "pay_way": "STRIPE"}))
            .await,
    );
    order(&server.call("pay_order", json!({"order_id": ORDER})).await);
    assert_eq!(platform.requests().len(), 2);
}

#[tokio::test]
async fn read_only_shows_no_link() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    for (way, link) in LINKS {
        let platform = with_link(Some(way), link).await;
        let mut server = with_settings(&platform, &["--read-only", "--qr-dir", dir]).await;
        for wait in [0, 1] {
            let arguments = json!({"order_id": ORDER, "wait_seconds": wait});
            let result = server.call("check_order_status", arguments).await;
            assert!(!result.to_string().contains("secret"), "{result}");
            let told = order(&result);
            let message = told["message"].as_str().unwrap();
            assert!(
                message.ends_with(" Its payment link is not shown here: the settings allow only to look."),
                "{told}"
            );
            assert_eq!(
                told["next_step"],
                "Tell the person `message`, and that this server can only look: the order is paid elsewhere. Then call \
                 `check_order_status` with this `order_id` and `wait_seconds` 45."
            );
            assert_eq!(told["next_action"], "check_again");
        }
        for arguments in [
            &["status", ORDER, "--read-only"][..],
            &["status", ORDER, "--read-only", "--json"],
            &["pay", ORDER, "--pay-way", "STRIPE", "--read-only", "--qr"],
        ] {
            let shown = shown(&platform, arguments).await;
            assert!(!shown.contains("secret") && !shown.contains('█'), "{shown}");
            assert!(!shown.contains("pay a1b2"), "{shown}");
        }
        assert!(platform.asked().iter().all(|asked| asked.contains("/refresh/")));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_link_of_a_way_that_is_not_allowed_is_shown_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let settings = ["--pay-ways", "CARD", "--qr-dir", dir];
    let not_allowed = " Its payment link is not shown here: the settings do not allow this way to pay.";
    // With the way in the answer; and without it, as far as the link tells.
    let stated = LINKS.map(|(way, link)| (Some(way), link));
    let unstated = LINKS.into_iter().skip(1).map(|(_, link)| (None, link));
    for (way, link) in stated.into_iter().chain(unstated) {
        let platform = with_link(way, link).await;
        let mut server = with_settings(&platform, &settings).await;
        let checked = server.call("check_order_status", json!({"order_id": ORDER})).await;
        let pay = json!({"order_id": ORDER, "pay_way": "CARD", "qr_code": true});
        let paid = server.call("pay_order", pay).await;
        for result in [&checked, &paid] {
            assert!(!result.to_string().contains("secret"), "{result}");
            assert_eq!(result["content"].as_array().unwrap().len(), 1);
            assert!(
                order(result)["message"].as_str().unwrap().contains(not_allowed),
                "{result}"
            );
        }
        let (checked, paid) = (order(&checked), order(&paid));
        assert_eq!(
            (&checked["next_action"], &checked["next_step"]),
            (
                &json!("start_payment"),
                &json!(
                    "Ask the person how to pay, unless they said or left it to you, and call `pay_order` with this `order_id` and \
                     `pay_way`: one of `CARD`."
                )
            )
        );
        if way.is_some() {
            assert_eq!(paid["next_step"], "This server allows no other way to pay.");
            let loud = "The platform answered with another way to pay than card, which was asked for.";
            assert!(paid["message"].as_str().unwrap().ends_with(loud), "{paid}");
        }
        for arguments in [
            &["status", ORDER][..],
            &["status", ORDER, "--json"],
            &["pay", ORDER, "--pay-way", "CARD", "--qr"],
            &["pay", ORDER, "--pay-way", "CARD", "--qr", "--json"],
        ] {
            let shown = shown(&platform, &[arguments, &settings].concat()).await;
            assert!(shown.contains(not_allowed), "{shown}");
            assert!(!shown.contains("secret") && !shown.contains('█'), "{shown}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let platform = with_link(None, "https://checkout.airwallex.com/#/x").await;
    let mut server = with_settings(&platform, &settings).await;
    let told = order(&server.call("check_order_status", json!({"order_id": ORDER})).await);
    assert_eq!(told["pay_url"], "https://checkout.airwallex.com/#/x");
}

#[tokio::test]
async fn a_wallet_is_asked_to_sign_nothing_where_x402_is_not_allowed() {
    let entry = json!({
        "scheme": "exact", "network": "eip155:8453", "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
        "amount": "1200000", "payTo": "0x209693Bc6afc0C5328bA36FaF03C514EF312287C", "maxTimeoutSeconds": 120,
        "extra": {"name": "USD Coin", "version": "2"}
    });
    let challenge = json!({"x402Version": 2, "accepts": [entry]});
    let platform = Platform::scripted(move |_, _| Reply::json(402, &challenge)).await;
    let mut server = with_settings(&platform, &["--pay-ways", "STRIPE,ALIPAY"]).await;
    for arguments in [
        json!({"order_id": ORDER}),
        json!({"order_id": ORDER, "pay_way": "STRIPE"}),
    ] {
        let result = server.call("pay_order", arguments).await;
        assert!(!result.to_string().contains("0x2096"), "{result}");
        let error = failure(&result);
        assert_eq!(
            (&error["code"], &error["hint"]),
            (
                &json!("payment_required"),
                &json!("Ask the person for another way to pay, or to settle it on https://platform.acedata.cloud.")
            )
        );
    }
}

#[tokio::test]
async fn a_platform_that_is_not_the_own_is_named_in_every_result_and_once_in_the_log() {
    let platform = Platform::scripted(|number, _| match number % 2 {
        0 => Reply::json(200, PENDING),
        _ => Reply::json(404, r#"{"detail":"Not found."}"#),
    })
    .await;
    let host = platform.base_url.strip_prefix("http://").unwrap();
    let mut server = Server::of(&platform.base_url).await;
    for (tool, arguments) in [
        ("check_order_status", json!({"order_id": ORDER})),
        ("pay_order", json!({"order_id": ORDER, "pay_way": "STRIPE"})),
    ] {
        let result = server.call(tool, arguments.clone()).await;
        assert_eq!(result["structuredContent"]["platform"], host, "{result}");
        for wrong in [json!({"order_id": "x"}), arguments] {
            let result = server.call(tool, wrong).await;
            let body: Value = serde_json::from_str(result["content"][1]["text"].as_str().unwrap()).unwrap();
            assert_eq!(body["error"]["platform"], host, "{result}");
        }
    }
    server.close_stdin();
    server.end().await;
    let stderr = server.stderr();
    let warned: Vec<_> = stderr
        .lines()
        .filter(|line| line.contains("WARN") && line.contains(host))
        .collect();
    assert_eq!(warned.len(), 1, "{stderr}");
    assert!(
        warned[0].contains("the base URL is not Ace Data Cloud's own"),
        "{stderr}"
    );

    // The platform itself is not reached, and is not named either.
    let proxy = [
        ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN),
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
    ];
    let mut server = Server::start(&["--timeout", "1"], &proxy);
    server.initialize("2025-11-25").await;
    let result = server.call("check_order_status", json!({"order_id": "x"})).await;
    assert!(!result.to_string().contains("platform\\\""), "{result}");
    server.close_stdin();
    server.end().await;
    assert!(!server.stderr().contains("base URL"), "{}", server.stderr());
}

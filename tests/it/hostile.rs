//! Hostile and broken input, from the client and from the platform: a clear answer, nothing sent, nothing leaked.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::ORDER;
use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, failure, order};

#[tokio::test]
async fn hostile_arguments_are_refused_before_anything_is_sent() {
    let platform = Platform::start([]).await;
    let mut server = Server::of(&platform.base_url).await;
    let megabyte = "x".repeat(1_000_000);
    let mut deep = json!("x");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let ids = [
        json!(true),
        json!(1e308),
        json!([]),
        json!({}),
        json!([ORDER]),
        json!(" "),
        json!(format!(" {ORDER}")),
        json!(format!("{ORDER}\n")),
        json!(format!("{{{ORDER}}}")),
        json!(format!("urn:uuid:{ORDER}")),
        json!(ORDER.replace('-', "")),
        json!(format!("../{ORDER}")),
        json!(format!("{ORDER}/../../users")),
        json!(format!("%2e%2e%2f{ORDER}")),
        json!(ORDER.replace('a', "а")),
        json!(ORDER.replace('-', "‐")),
        json!("\u{202e}\u{0}\u{1b}[31m"),
        json!(megabyte),
        deep.clone(),
    ];
    for id in ids {
        for tool in ["pay_order", "check_order_status"] {
            let result = server.call(tool, json!({"order_id": id})).await;
            assert_clean(&result);
            let error = failure(&result);
            assert_eq!(
                (&error["code"], &error["outcome"]),
                (&json!("invalid_arguments"), &json!("nothing_changed"))
            );
            assert!(error["hint"].as_str().unwrap().starts_with("`order_id`: "), "{error}");
            assert!(error.to_string().len() < 1000, "{error}");
        }
    }
    for extra in [
        json!({"pay_way": ["STRIPE"]}),
        json!({"pay_way": "STRIPE\n"}),
        json!({"pay_way": " "}),
        json!({"surface": "../x"}),
        json!({"surface": megabyte}),
        json!({"token": "platform-v1-x"}),
        json!({"__proto__": {}}),
        json!({megabyte.as_str(): 1}),
        json!({"nested": deep}),
    ] {
        let mut arguments = json!({"order_id": ORDER});
        arguments
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        let result = server.call("pay_order", arguments).await;
        assert_clean(&result);
        let error = failure(&result);
        assert_eq!(error["code"], "invalid_arguments");
        assert!(error.to_string().len() < 1500, "{} bytes", error.to_string().len());
    }
    assert_eq!(platform.requests(), []);
}

#[tokio::test]
async fn an_upper_case_id_is_one_and_the_same_order() {
    let body = json!({"id": ORDER, "state": "Pending"});
    let platform = Platform::start([Reply::json(200, body)]).await;
    let mut server = Server::of(&platform.base_url).await;
    let result = server
        .call("check_order_status", json!({"order_id": ORDER.to_uppercase()}))
        .await;
    assert_eq!(order(&result)["order_id"], ORDER);
    assert_eq!(platform.asked(), [format!("POST /api/v1/orders/{ORDER}/refresh/ {{}}")]);
}

#[tokio::test]
async fn malformed_json_rpc_neither_stops_the_server_nor_reaches_the_platform() {
    let platform = Platform::start([]).await;
    let mut server = Server::of(&platform.base_url).await;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for line in [
        "",
        " ",
        "not json",
        "{",
        "null",
        "7",
        "\"text\"",
        "[]",
        "[1]",
        "{}",
        r#"{"jsonrpc":"2.0"}"#,
        r#"{"jsonrpc":"1.0","id":90,"method":"tools/list"}"#,
        r#"{"id":91,"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":null,"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":{},"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":92,"method":7}"#,
        r#"{"jsonrpc":"2.0","id":93,"method":"tools/call","params":"text"}"#,
        r#"{"jsonrpc":"2.0","id":94,"method":"tools/call","params":[]}"#,
        r#"{"jsonrpc":"2.0","id":95,"method":"tools/call","params":{"name":"pay_order","arguments":"text"}}"#,
        r#"{"jsonrpc":"2.0","id":96,"result":{},"error":{"code":1,"message":"x"}}"#,
        r#"{"jsonrpc":"2.0","id":97,"result":{}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":12345}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/unheard-of","params":{}}"#,
        r#"[{"jsonrpc":"2.0","id":98,"method":"tools/list"}]"#,
        "\u{feff}{\"jsonrpc\":\"2.0\",\"id\":99,\"method\":\"ping\"}",
        &deep,
    ] {
        server.send_line(line).await;
    }
    server.ask("ping", json!({})).await;
    loop {
        let answer = server.receive().await.expect("the server ended");
        assert_clean(&answer);
        if answer["id"] == json!(2) {
            assert_eq!(answer["result"], json!({}));
            break;
        }
    }
    assert_eq!(platform.requests(), []);
}

#[tokio::test]
async fn what_the_platform_writes_comes_out_clean_and_short() {
    let long = "微".repeat(100_000);
    let evil =
        "Evil\u{202e}\u{200b}\u{feff}\u{1b}]0;x\u{7}\r\n\u{e0041}\u{e0100}\u{fe0f}\u{3164}\u{115f}\u{34f}\u{2800}Name";
    for service in [json!({"name": evil}), json!({"name": long}), json!({"title": evil})] {
        let body = json!({
            "id": ORDER, "state": "Pending", "service": service, "currency": evil, "pay_id": evil, "pay_way": evil,
            "created_at": evil, "expired_at": long, "pay_url": "https://buy.stripe.com/x", "price": "9.90",
        });
        let platform = Platform::start([Reply::json(200, body)]).await;
        let result = Server::of(&platform.base_url)
            .await
            .call("check_order_status", json!({"order_id": ORDER}))
            .await;
        assert_clean(&result);
        let order = order(&result);
        assert_eq!(
            order["service"].as_str().map(|name| name == "Evil]0;x Name"),
            Some(service != json!({"name": long}))
        );
        for fact in ["currency", "pay_id", "pay_way", "created_at", "expires_at"] {
            assert_eq!(order.get(fact), None, "{order}");
        }
        assert!(order.to_string().len() < 4000, "{} bytes", order.to_string().len());
    }
    let state = json!({"id": ORDER, "state": format!("On{evil}Hold")});
    let platform = Platform::start([Reply::json(200, state)]).await;
    let result = Server::of(&platform.base_url)
        .await
        .call("check_order_status", json!({"order_id": ORDER}))
        .await;
    assert_clean(&result);
    assert_eq!(failure(&result)["code"], "bad_response");
}

#[tokio::test]
async fn odd_prices_are_never_shown_as_something_else() {
    for (price, shown) in [
        (r#""NaN""#, None),
        (r#""Infinity""#, None),
        (r#""-9.90""#, None),
        ("-1", None),
        (r#""1,234.50""#, None),
        (r#""9.90 USD""#, None),
        ("1e400", None),
        ("[9.90]", None),
        (r#""123456789012345678901234567890""#, None),
        ("123456789012345678901234567890.5", None),
        (r#""0012.50""#, Some("12.50")),
        ("1e2", Some("100")),
        ("99999999999999999999.99", Some("99999999999999999999.99")),
    ] {
        let body =
            format!(r#"{{"id":"{ORDER}","state":"Pending","price":{price},"pay_url":"https://buy.stripe.com/x"}}"#);
        let platform = Platform::start([Reply::json(200, body)]).await;
        let result = Server::of(&platform.base_url)
            .await
            .call("check_order_status", json!({"order_id": ORDER}))
            .await;
        let order = order(&result);
        assert_eq!(order.get("price"), shown.map(|shown| json!(shown)).as_ref(), "{price}");
        let says_unreadable = order["message"]
            .as_str()
            .unwrap()
            .contains("an amount that could not be read");
        assert_eq!(says_unreadable, shown.is_none(), "{order}");
    }
}

#[tokio::test]
async fn links_that_may_not_be_shown_are_withheld_and_not_even_quoted() {
    for link in [
        "javascript:alert(document.cookie)//evil",
        "data:text/html;base64,evil",
        "https://stripe.com@evil.example/",
        "https://user:password@evil.example/",
        "http://evil.example/",
        "file:///etc/evil",
        "https://evil.example\\@stripe.com/",
        "https://evil\u{202e}.example/",
        "//evil.example/",
        "evil",
        "https://@evil.example/",
        "https:evil.example/",
        "https:///evil.example/",
        "https://buy.stripe.com%2eevil.example/",
        "https://evil.example:8443/",
        "https://evil/",
        "https://evil.local/",
        "https://2130706433/evil",
        "https://[::1]/evil",
        "weixin://wxpay/bizpayurl?pr=evil",
        "weixin://dl/evil",
        "alipays://platformapi/startapp?appId=20000067&url=https%3A%2F%2Fevil.example",
    ] {
        let body = json!({"id": ORDER, "state": "Pending", "pay_url": link, "pay_way": "STRIPE"});
        let platform = Platform::start([Reply::json(200, &body), Reply::json(200, &body)]).await;
        let mut server = Server::of(&platform.base_url).await;
        for (tool, arguments) in [
            ("pay_order", json!({"order_id": ORDER, "pay_way": "STRIPE"})),
            ("check_order_status", json!({"order_id": ORDER})),
        ] {
            let result = server.call(tool, arguments).await;
            assert!(!result.to_string().contains("evil"), "{result}");
            assert_eq!(failure(&result)["code"], "unsafe_pay_url");
        }
    }
}

/// No character in any text of a message that a terminal or a reader could be misled by.
fn assert_clean(message: &Value) {
    match message {
        Value::String(text) => {
            let bad = |character: char| {
                character.is_control()
                    || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
                        | '\u{fe00}'..='\u{fe0f}' | '\u{3164}' | '\u{115f}' | '\u{34f}' | '\u{2800}')
            };
            assert!(!text.contains(bad), "{text:?}");
        }
        Value::Array(values) => values.iter().for_each(assert_clean),
        Value::Object(object) => object.values().for_each(assert_clean),
        _ => {}
    }
}

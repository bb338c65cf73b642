//! The tools as a client sees them: the list, and whole results.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, failure, order};
use crate::support::{ORDER, PENDING};

async fn listed() -> Value {
    Server::sandbox().await.request("tools/list", json!({})).await
}

async fn tools() -> Vec<Value> {
    listed().await["result"]["tools"].as_array().unwrap().clone()
}

/// What the server makes of one answer to one tool call.
async fn answer(reply: Reply, tool: &str, arguments: Value) -> Value {
    let platform = Platform::start(std::iter::repeat_n(reply, 20)).await;
    Server::of(&platform.base_url).await.call(tool, arguments).await
}

fn by_stripe() -> Value {
    json!({"order_id": ORDER, "pay_way": "STRIPE"})
}

fn an_order(fields: Value) -> Reply {
    let mut order = json!({"id": ORDER, "state": "Pending"});
    order
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    Reply::json(200, order)
}

#[tokio::test]
async fn the_list_of_tools_is_as_it_was() {
    for tool in tools().await {
        insta::assert_json_snapshot!(tool["name"].as_str().unwrap().to_owned(), tool);
    }
}

#[tokio::test]
async fn names_and_hints_are_what_hosts_decide_by() {
    let facts: Vec<_> = tools()
        .await
        .into_iter()
        .map(|tool| (tool["name"].clone(), tool["title"].clone(), tool["annotations"].clone()))
        .collect();
    let hints = |read_only: bool, idempotent: bool| json!({"readOnlyHint": read_only, "destructiveHint": !read_only, "idempotentHint": idempotent, "openWorldHint": true});
    assert_eq!(
        facts,
        [
            (json!("check_order_status"), json!("Check an order"), hints(true, true)),
            (json!("pay_order"), json!("Pay an order"), hints(false, false)),
        ]
    );
}

#[tokio::test]
async fn the_list_is_small_flat_and_portable() {
    let tools = listed().await;
    let text = tools.to_string();
    assert!(text.len() < 8000, "{} bytes", text.len());
    for keyword in [
        "$ref",
        "$defs",
        "definitions",
        "$schema",
        "oneOf",
        "anyOf",
        "allOf",
        "format",
        "const",
    ] {
        assert!(!text.contains(&format!("\"{keyword}\":")), "{keyword}");
    }
    no_odd_types(&tools["result"]);
}

#[tokio::test]
async fn what_can_be_left_out_of_a_call_is_marked_for_frameworks_that_want_every_argument() {
    for tool in tools().await {
        let schema = &tool["inputSchema"];
        let required = schema["required"].as_array().unwrap();
        for (name, property) in schema["properties"].as_object().unwrap() {
            let nullable = (!required.contains(&json!(name))).then_some(&json!(true));
            assert_eq!(property.get("nullable"), nullable, "{name}");
        }
        assert!(!tool["outputSchema"].to_string().contains("\"nullable\":"));
    }
}

/// No type is a list of types, and nothing is null.
fn no_odd_types(schema: &Value) {
    match schema {
        Value::Object(object) => {
            assert!(
                object
                    .get("type")
                    .is_none_or(|kind| kind.is_string() || kind.is_object()),
                "{schema}"
            );
            object.values().for_each(no_odd_types);
        }
        Value::Array(values) => values.iter().for_each(no_odd_types),
        Value::Null => panic!("a null in a schema"),
        _ => {}
    }
}

#[tokio::test]
async fn a_started_payment_is_told_whole_and_without_secrets() {
    let result = answer(Reply::json(200, PENDING), "pay_order", by_stripe()).await;
    assert!(!result.to_string().contains("SECRETVALUE"));
    assert_eq!(
        order(&result),
        json!({
            "order_id": ORDER,
            "state": "Pending",
            "paid": false,
            "final": false,
            "next_action": "open_pay_url",
            "message": "The order waits for the payment of 9.90 USD for \"ChatGPT\" by Stripe. Open \
                        https://buy.stripe.com/xxxxxxxxxxxx to pay.",
            "next_step": "Show the person `message` with the link, then call `check_order_status` with this `order_id` and \
                          `wait_seconds` 45.",
            "pay_way": "STRIPE",
            "pay_url": "https://buy.stripe.com/xxxxxxxxxxxx",
            "pay_id": "plink_xxxxxxxxxxxx",
            "price": "9.90",
            "currency": "USD",
            "service": "ChatGPT",
            "created_at": "2024-01-15T10:30:00Z",
            "updated_at": "2024-01-15T10:30:05.123456Z",
            "environment": "live",
        })
    );
}

#[tokio::test]
async fn an_order_of_which_little_is_known_has_absent_fields_and_no_nulls() {
    let reply = an_order(json!({"pay_url": null, "pay_way": null, "price": null, "currency": null, "service": null}));
    assert_eq!(
        order(&answer(reply, "check_order_status", json!({"order_id": ORDER})).await),
        json!({
            "order_id": ORDER,
            "state": "Pending",
            "paid": false,
            "final": false,
            "next_action": "start_payment",
            "message": "The order waits for the payment. No payment of it has been started.",
            "next_step": "Call `pay_order` with this `order_id` and the `pay_way` that the person wants: one of `STRIPE`, \
                          `WECHATPAY`, `ALIPAY`, `X402`, `CARD`.",
            "environment": "live",
        })
    );
}

#[tokio::test]
async fn what_a_state_means_is_told() {
    for (state, paid, is_final, action) in [
        ("Paid", true, false, "check_again"),
        ("Finished", true, true, "none"),
        ("Expired", false, true, "create_new_order"),
        ("Failed", false, true, "create_new_order"),
        ("Refunded", false, true, "none"),
        ("OnHold", false, false, "check_again"),
    ] {
        let reply = an_order(json!({"state": state, "pay_url": "https://buy.stripe.com/x"}));
        let order = order(&answer(reply, "check_order_status", json!({"order_id": ORDER})).await);
        let told = [&order["state"], &order["paid"], &order["final"], &order["next_action"]];
        assert_eq!(told, [&json!(state), &json!(paid), &json!(is_final), &json!(action)]);
        assert_eq!(order.get("pay_url"), None, "{state}");
    }
}

#[tokio::test]
async fn pay_ways_and_prices_are_told_in_one_form() {
    for (fields, pay_way, price) in [
        (
            json!({"pay_way": "WechatPay", "price": 49.99}),
            "WECHATPAY",
            Some("49.99"),
        ),
        (json!({"pay_way": "AliPay", "price": "9.90"}), "ALIPAY", Some("9.90")),
        (json!({"pay_way": "Card", "price": 0}), "CARD", Some("0")),
        (
            json!({"pay_way": "PayPal", "price": "12345678901234567.89"}),
            "PayPal",
            Some("12345678901234567.89"),
        ),
        (json!({"pay_way": "Stripe", "price": "NaN"}), "STRIPE", None),
    ] {
        let order = order(&answer(an_order(fields), "check_order_status", json!({"order_id": ORDER})).await);
        assert_eq!(order["pay_way"], pay_way);
        assert_eq!(order.get("price"), price.map(|price| json!(price)).as_ref());
    }
}

#[tokio::test]
async fn a_price_as_a_number_keeps_its_digits() {
    let body = format!(r#"{{"id":"{ORDER}","state":"Pending","price":12345678901234567.89}}"#);
    let order = order(&answer(Reply::json(200, body), "check_order_status", json!({"order_id": ORDER})).await);
    assert_eq!(order["price"], "12345678901234567.89");
}

#[tokio::test]
async fn a_wrong_argument_says_which_what_and_what_is_accepted_and_sends_nothing() {
    let platform = Platform::start([]).await;
    let mut server = Server::of(&platform.base_url).await;
    for (tool, arguments, reason) in [
        ("pay_order", json!({}), "missing field `order_id`."),
        (
            "pay_order",
            json!({"order_id": "123"}),
            "`order_id`: `123` is not an order id; expected a UUID such as `a1b2c3d4-e5f6-7890-abcd-ef1234567890`.",
        ),
        (
            "pay_order",
            json!({"order_id": 7}),
            "`order_id`: invalid type: integer `7`, expected a string.",
        ),
        (
            "pay_order",
            json!({"order_id": ORDER, "pay_way": "PAYPAL"}),
            "`pay_way`: `PAYPAL` is not a pay way; expected one of `STRIPE`, `WECHATPAY`, `ALIPAY`, `X402`, `CARD`.",
        ),
        (
            "pay_order",
            json!({"order_id": ORDER, "surface": "in a shop"}),
            "`surface`: `in a shop` is not a surface; expected `native`, `h5` or another word of 1 to 32 letters, digits, `-` \
             and `_`.",
        ),
        (
            "pay_order",
            json!({"order_id": ORDER, "token": "x"}),
            "`token`: unknown field `token`, expected one of `order_id`, `pay_way`, `surface`, `qr_code`, `payment_signature`.",
        ),
        (
            "check_order_status",
            json!({"order_id": ORDER, "wait_seconds": 51}),
            "`wait_seconds`: expected a whole number of seconds from 0 to 50.",
        ),
        (
            "check_order_status",
            json!({"order_id": ORDER, "pay_way": "STRIPE"}),
            "`pay_way`: unknown field `pay_way`, expected `order_id` or `wait_seconds`.",
        ),
    ] {
        assert_eq!(
            failure(&server.call(tool, arguments).await),
            json!({
                "code": "invalid_arguments",
                "message": "The request could not be read, so nothing was done.",
                "hint": format!(
                    "{reason} Nothing was sent. Correct the arguments as the tool's input schema says and call again."
                ),
                "retryable": false,
                "outcome": "nothing_changed",
            })
        );
    }
    assert_eq!(platform.requests(), []);
}

#[tokio::test]
async fn null_and_an_empty_text_count_as_left_out() {
    let platform = Platform::scripted(|_, _| Reply::json(200, PENDING)).await;
    let mut server = Server::of(&platform.base_url).await;
    for nothing in [json!(null), json!("")] {
        let pay = json!({"order_id": ORDER, "pay_way": "STRIPE", "surface": nothing, "qr_code": nothing, "payment_signature": nothing});
        order(&server.call("pay_order", pay).await);
        let free = json!({"order_id": ORDER, "pay_way": nothing, "surface": nothing});
        order(&server.call("pay_order", free).await);
        let check = json!({"order_id": ORDER, "wait_seconds": nothing});
        assert_eq!(
            order(&server.call("check_order_status", check).await).get("waited_seconds"),
            None
        );
        let nobody = failure(
            &server
                .call("pay_order", json!({"order_id": nothing, "pay_way": "STRIPE"}))
                .await,
        );
        let hint = nobody["hint"].as_str().unwrap();
        assert!(hint.starts_with("missing field `order_id`."), "{hint}");
    }
    let pay = format!("POST /api/v1/orders/{ORDER}/pay/");
    let check = format!("POST /api/v1/orders/{ORDER}/refresh/ {{}}");
    let asked = [format!(r#"{pay} {{"pay_way":"STRIPE"}}"#), format!("{pay} {{}}"), check];
    assert_eq!(platform.asked(), [asked.clone(), asked].concat());
}

#[tokio::test]
async fn pay_order_sends_what_was_given_and_nothing_else() {
    let platform = Platform::start([Reply::json(200, PENDING), Reply::json(200, PENDING)]).await;
    let mut server = Server::of(&platform.base_url).await;
    let upper = ORDER.to_uppercase();
    order(
        &server
            .call(
                "pay_order",
                json!({"order_id": upper, "pay_way": "aliPay", "surface": "H5"}),
            )
            .await,
    );
    order(
        &server
            .call(
                "pay_order",
                json!({"order_id": ORDER, "pay_way": null, "surface": null}),
            )
            .await,
    );
    assert_eq!(
        platform.asked(),
        [
            format!(r#"POST /api/v1/orders/{ORDER}/pay/ {{"pay_way":"ALIPAY","surface":"H5"}}"#),
            format!("POST /api/v1/orders/{ORDER}/pay/ {{}}"),
        ]
    );
}

/// The facts of a failure that programs decide by.
fn verdict(error: &Value) -> (&str, &str, bool) {
    (
        error["code"].as_str().unwrap(),
        error["outcome"].as_str().unwrap(),
        error["retryable"].as_bool().unwrap(),
    )
}

#[tokio::test]
async fn every_error_of_the_platform_has_its_code() {
    let no = ("nothing_changed", false);
    let again = ("nothing_changed", true);
    let unknown = ("unknown", false);
    let page = || Reply::page(502, "<html>Bad Gateway</html>");
    let other = PENDING.replace(ORDER, "00000000-0000-4000-8000-000000000000");
    let evil = an_order(json!({"pay_url": "javascript:alert(1)"}));
    for (reply, pay, check) in [
        (Reply::json(401, "{}"), ("unauthenticated", no), ("unauthenticated", no)),
        (Reply::json(403, "{}"), ("forbidden", no), ("forbidden", no)),
        (Reply::json(404, "{}"), ("order_not_found", no), ("order_not_found", no)),
        (
            Reply::json(402, "{}"),
            ("payment_required", no),
            ("payment_required", no),
        ),
        (Reply::json(429, "{}"), ("rate_limited", again), ("rate_limited", again)),
        (
            Reply::json(500, "{}"),
            ("outcome_unknown", unknown),
            ("unavailable", again),
        ),
        (page(), ("outcome_unknown", unknown), ("unavailable", again)),
        (Reply::Close, ("outcome_unknown", unknown), ("unavailable", again)),
        (
            Reply::json(200, "[]"),
            ("outcome_unknown", unknown),
            ("bad_response", no),
        ),
        (Reply::json(200, other), ("bad_response", unknown), ("bad_response", no)),
        (evil, ("unsafe_pay_url", unknown), ("unsafe_pay_url", no)),
    ] {
        let error = failure(&answer(reply.clone(), "pay_order", by_stripe()).await);
        assert_eq!(verdict(&error), (pay.0, pay.1.0, pay.1.1), "{reply:?}");
        let error = failure(&answer(reply.clone(), "check_order_status", json!({"order_id": ORDER})).await);
        assert_eq!(verdict(&error), (check.0, check.1.0, check.1.1), "{reply:?}");
    }
}

#[tokio::test]
async fn an_error_holds_what_the_platform_said_and_what_support_asks_for() {
    let body = r#"{"detail":"You do not have permission\u001b[31m.","code":"permission_denied","trace_id":"0a88"}"#;
    assert_eq!(
        failure(&answer(Reply::json(403, body), "pay_order", by_stripe()).await),
        json!({
            "code": "forbidden",
            "message": "The platform refuses access to this order.",
            "hint": "Use the platform token of the account that created the order.",
            "retryable": false,
            "outcome": "nothing_changed",
            "order_id": ORDER,
            "http_status": 403,
            "trace_id": "0a88",
            "platform_said": "You do not have permission[31m.",
            "platform_code": "permission_denied",
        })
    );
}

#[tokio::test]
async fn a_timeout_is_told_by_what_was_at_stake() {
    for (tool, arguments, expected) in [
        ("pay_order", by_stripe(), ("outcome_unknown", "unknown", false)),
        (
            "check_order_status",
            json!({"order_id": ORDER}),
            ("timeout", "nothing_changed", true),
        ),
    ] {
        let platform = Platform::start(vec![Reply::Hang; 9]).await;
        let token = [("ACEDATACLOUD_PLATFORM_TOKEN", crate::support::TOKEN)];
        let mut server = Server::start(&["--base-url", &platform.base_url, "--timeout", "1"], &token);
        server.initialize("2025-11-25").await;
        assert_eq!(verdict(&failure(&server.call(tool, arguments).await)), expected);
    }
}

#[tokio::test]
async fn a_platform_that_is_not_there_is_unavailable_and_nothing_was_sent() {
    for tool in ["pay_order", "check_order_status"] {
        let error = failure(
            &Server::of("http://127.0.0.1:1")
                .await
                .call(tool, json!({"order_id": ORDER}))
                .await,
        );
        assert_eq!(verdict(&error), ("unavailable", "nothing_changed", true));
    }
}

#[tokio::test]
async fn a_400_is_explained_by_the_state_of_the_order() {
    let refusal = || Reply::json(400, r#"{"detail":"No.","trace_id":"t1"}"#);
    let state = |state: &str| an_order(json!({"state": state}));
    let by = |way: &str| json!({"order_id": ORDER, "pay_way": way});
    for (arguments, replies, code, message, said) in [
        (
            by("CARD"),
            vec![refusal(), state("Pending")],
            "pay_way_refused",
            "The platform refused this payment by card.",
            "No.",
        ),
        (
            json!({"order_id": ORDER}),
            vec![refusal(), state("Pending")],
            "pay_way_required",
            "This order is not free, so how to pay it has to be chosen.",
            "No.",
        ),
        (
            by("STRIPE"),
            vec![refusal(), refusal(), state("Expired")],
            "order_not_payable",
            "The order is expired and cannot be paid any more.",
            "No.",
        ),
        (
            by("CARD"),
            vec![refusal(), state("OnHold")],
            "order_not_payable",
            "The order is in the state \"OnHold\", in which it cannot be paid.",
            "No.",
        ),
        (
            by("CARD"),
            vec![refusal(), Reply::json(500, "{}")],
            "order_not_payable",
            "The platform refused the request.",
            "No.",
        ),
        (
            by("CARD"),
            vec![Reply::json(400, r#"{"pay_way":["No."]}"#), Reply::json(500, "{}")],
            "pay_way_refused",
            "The platform refused this payment by card.",
            "pay_way: No.",
        ),
    ] {
        let platform = Platform::start(replies).await;
        let error = failure(&Server::of(&platform.base_url).await.call("pay_order", arguments).await);
        assert_eq!(
            (verdict(&error), &error["message"], &error["platform_said"]),
            ((code, "nothing_changed", false), &json!(message), &json!(said))
        );
        assert_eq!(error["http_status"], 400);
    }
}

#[tokio::test]
async fn paying_what_is_paid_succeeds_and_says_that_nothing_was_charged() {
    for (state, is_final) in [("Paid", false), ("Finished", true)] {
        let refusal = Reply::json(400, r#"{"detail":"Only a pending order can be paid."}"#);
        let platform = Platform::start([refusal, an_order(json!({"state": state}))]).await;
        let arguments = json!({"order_id": ORDER, "pay_way": "CARD"});
        let order = order(&Server::of(&platform.base_url).await.call("pay_order", arguments).await);
        assert_eq!((&order["paid"], &order["final"]), (&json!(true), &json!(is_final)));
        assert!(
            order["message"]
                .as_str()
                .unwrap()
                .contains("was paid already, so nothing was charged now"),
            "{order}"
        );
    }
}

//! What the operator allows, and the model cannot change.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, failure, order};
use crate::support::{ORDER, PENDING, TOKEN};

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
            instructions.contains("set up not to pay any") && !instructions.contains("pay_order"),
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
            "description": "How the person wants to pay; ask them. Leave out only for a free order. STRIPE: card page, USD; \
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

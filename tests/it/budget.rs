//! How much a model is given to read: at the start, and with each result. Every byte of it is paid for, call after call.

use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, order};
use crate::support::{ORDER, PENDING, TOKEN};
use crate::x402::entry;

/// How long the text of a result is.
fn text(result: &Value) -> usize {
    order(result);
    result["content"][0]["text"].as_str().unwrap().len()
}

#[tokio::test]
async fn all_that_a_model_is_given_at_the_start_is_under_3200_bytes() {
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let mut server = Server::start(&[], &environment);
    let instructions = server.initialize("2025-11-25").await["instructions"].clone();
    let list = server.request("tools/list", json!({})).await;
    let tools = list["result"]["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 2);
    let of_tool = |tool: &Value| {
        let words = [&tool["name"], &tool["description"]].map(|text| text.as_str().unwrap().len());
        words.iter().sum::<usize>() + tool["inputSchema"].to_string().len()
    };
    let given = tools.iter().map(of_tool).sum::<usize>() + instructions.as_str().unwrap().len();
    assert!(given < 3200, "{given} bytes");
}

#[tokio::test]
async fn a_link_takes_under_1000_bytes_and_one_to_scan_under_2800_with_its_code() {
    let platform = Platform::start([Reply::json(200, PENDING)]).await;
    let mut live = Server::of(&platform.base_url).await;
    let by_stripe = |id: &str| json!({"order_id": id, "pay_way": "STRIPE"});
    let mut sandbox = Server::sandbox().await;
    let lengths = [
        text(&live.call("pay_order", by_stripe(ORDER)).await),
        text(
            &sandbox
                .call("pay_order", by_stripe("00000000-0000-4000-8000-000000000001"))
                .await,
        ),
    ];
    assert!(lengths.iter().all(|length| *length < 1000), "{lengths:?}");
    let wechat = "00000000-0000-4000-8000-000000000002";
    let lengths = [
        text(
            &sandbox
                .call("pay_order", json!({"order_id": wechat, "pay_way": "WECHATPAY"}))
                .await,
        ),
        text(&sandbox.call("check_order_status", json!({"order_id": wechat})).await),
    ];
    assert!(lengths.iter().all(|length| *length < 2800), "{lengths:?}");
}

#[tokio::test]
async fn an_x402_challenge_takes_under_1400_bytes_also_with_two_networks() {
    let solana = json!({
        "scheme": "exact", "network": "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
        "asset": "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "amount": "1200000",
        "payTo": "3SPmhqYsBgHuFiRBvWLRqdQmEZ3RGPE6zYqdXjnyHZ4k", "maxTimeoutSeconds": 120,
        "extra": {"feePayer": "EwWqGE4ZFKLofuestmU4LDdK7XM1N4ALgdZccwYugwGd"},
    });
    let resource = json!({"url": "http://platform.acedata.cloud/api/v1/orders/x/pay/", "description": "Flux"});
    let challenge = json!({"x402Version": 2, "resource": resource, "accepts": [entry(2), solana]});
    let platform = Platform::start([Reply::json(402, challenge)]).await;
    let mut live = Server::of(&platform.base_url).await;
    let by_x402 = |id: &str| json!({"order_id": id, "pay_way": "X402"});
    let mut sandbox = Server::sandbox().await;
    let lengths = [
        text(&live.call("pay_order", by_x402(ORDER)).await),
        text(
            &sandbox
                .call("pay_order", by_x402("00000000-0000-4000-8000-000000000004"))
                .await,
        ),
    ];
    assert!(lengths.iter().all(|length| *length < 1400), "{lengths:?}");
}

//! Conversations of a scripted person and a model that does what it is told, through a raw client: every text that either of
//! them reads, as it comes out of the real binary.
//!
//! The texts are in `snapshots/`, to be read by people: whoever changes one reads the whole conversation again, once as the
//! person and once as the model.

use std::fmt::Write as _;

use acedata_pay_mcp::sandbox::{self, Wallet};
use regex_lite::Regex;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, failure, order};
use crate::support::{ORDER, PENDING, TOKEN};
use crate::x402::entry;

/// A conversation so far.
struct Conversation {
    server: Server,
    text: String,
    /// What differs from run to run, and what stands for it.
    varying: Vec<(String, &'static str)>,
}

impl Conversation {
    /// A conversation on a platform; with the sandbox's token that is a sandbox.
    async fn on(platform: &Platform, token: &str) -> Self {
        let arguments = ["--base-url", &platform.base_url];
        let mut server = Server::start(&arguments, &[("ACEDATACLOUD_PLATFORM_TOKEN", token)]);
        server.initialize("2025-11-25").await;
        Self {
            server,
            text: String::new(),
            varying: vec![(platform.base_url.clone(), "http://127.0.0.1:8402")],
        }
    }

    fn person(&mut self, said: &str) {
        writeln!(self.text, "Person: {said}\n").unwrap();
    }

    /// The model calls a tool; the answer, written down whole.
    async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.server.call(tool, arguments.clone()).await;
        writeln!(self.text, "Model calls {tool} {arguments}\n").unwrap();
        let is_error = result["isError"] == json!(true);
        let mut facts = if is_error { failure(&result) } else { order(&result) };
        let fields = facts.as_object_mut().unwrap();
        let mut take = |name: &str| fields.shift_remove(name).map(|text| text.as_str().unwrap().to_owned());
        let texts = ["message", "next_step", "hint", "qr_code_text"].map(|name| (name, take(name)));
        for (name, text) in texts {
            let Some(text) = text else { continue };
            let text = if name == "qr_code_text" {
                format!("\n{text}")
            } else {
                format!(" {text}\n")
            };
            write!(self.text, "  {name}:{text}").unwrap();
        }
        let kind = if is_error { "error" } else { "facts" };
        writeln!(self.text, "  {kind}: {facts}\n").unwrap();
        facts
    }

    /// The whole of it, with what differs from run to run made the same.
    fn told(self) -> String {
        let mut text = self.text;
        for (varying, same) in &self.varying {
            text = text.replace(varying, same);
        }
        let seconds = Regex::new(r"in \d+ s\b").unwrap();
        let waited = Regex::new(r#""waited_seconds":\d+"#).unwrap();
        let text = seconds.replace_all(&text, "in N s");
        waited.replace_all(&text, r#""waited_seconds":N"#).trim_end().to_owned()
    }
}

fn an_order(fields: Value) -> Reply {
    let mut order: Value = serde_json::from_str(PENDING).unwrap();
    let order_fields = order.as_object_mut().unwrap();
    order_fields.extend(fields.as_object().unwrap().clone());
    Reply::json(200, order)
}

fn waits() -> Reply {
    Reply::json(200, PENDING)
}

/// An order of which no payment was started.
fn new() -> Reply {
    an_order(json!({"pay_way": null, "pay_url": null, "pay_id": null}))
}

fn check(seconds: u8) -> Value {
    json!({"order_id": ORDER, "wait_seconds": seconds})
}

fn look() -> Value {
    json!({"order_id": ORDER})
}

fn pay(way: &str) -> Value {
    json!({"order_id": ORDER, "pay_way": way})
}

#[tokio::test]
async fn by_card() {
    let state = |state: &str| an_order(json!({"state": state}));
    let platform = Platform::start([new(), waits(), waits(), state("Paid"), state("Paid"), state("Finished")]).await;
    let mut talk = Conversation::on(&platform, TOKEN).await;
    talk.person(&format!("What does my order {ORDER} cost?"));
    talk.call("check_order_status", look()).await;
    talk.person("Fine, I pay by card.");
    talk.call("pay_order", pay("STRIPE")).await;
    talk.person("(pays on that page)");
    talk.call("check_order_status", check(45)).await;
    talk.call("check_order_status", check(45)).await;
    insta::assert_snapshot!("talk_card", talk.told());
}

#[tokio::test]
async fn by_wechat_in_a_terminal() {
    let wechat = |state: &str| {
        an_order(json!({
            "state": state, "pay_way": "WechatPay", "pay_url": "weixin://wxpay/bizpayurl?pr=abc123XYZ",
            "pay_id": "wx2024011510300", "price": "68.00", "currency": "CNY", "service": {"name": "Suno"},
        }))
    };
    let platform = Platform::start([
        wechat("Pending"),
        wechat("Pending"),
        wechat("Pending"),
        wechat("Finished"),
    ])
    .await;
    let mut talk = Conversation::on(&platform, sandbox::TOKEN).await;
    talk.person(&format!("Pay order {ORDER} with WeChat, I sit at a terminal."));
    talk.call("pay_order", pay("WECHATPAY")).await;
    talk.person("The code has scrolled away, show it again.");
    talk.call("check_order_status", look()).await;
    talk.person("(scans it and pays)");
    talk.call("check_order_status", check(45)).await;
    insta::assert_snapshot!("talk_wechat_in_a_terminal", talk.told());
}

#[tokio::test]
async fn only_if_under_40() {
    let priced = |price: &str| an_order(json!({"price": price}));
    let platform = Platform::start([
        priced("49.99"),
        priced("49.99"),
        priced("49.99"),
        // Another time, the price changes as the payment is started.
        priced("39.00"),
        priced("41.00"),
    ])
    .await;
    let mut talk = Conversation::on(&platform, TOKEN).await;
    let at_most = |most: &str| json!({"order_id": ORDER, "pay_way": "STRIPE", "max_price": most});
    talk.person(&format!(
        "Pay order {ORDER} by card, but only if it is under 40 dollars."
    ));
    talk.call("pay_order", at_most("39.99")).await;
    talk.person("All right, up to 50.");
    talk.call("pay_order", at_most("50")).await;
    talk.person("And this one only up to 40.");
    talk.call("pay_order", at_most("40")).await;
    insta::assert_snapshot!("talk_only_if_under_40", talk.told());
}

#[tokio::test]
async fn with_a_lost_answer() {
    let failed = || Reply::json(503, "{}");
    let platform = Platform::start([
        Reply::Close,
        failed(),
        failed(),
        failed(),
        failed(),
        // The payment had not arrived, and is started again.
        new(),
        waits(),
        // Another time it had.
        Reply::Close,
        failed(),
        failed(),
        failed(),
        failed(),
        waits(),
    ])
    .await;
    let mut talk = Conversation::on(&platform, TOKEN).await;
    talk.person(&format!("Pay order {ORDER} by card."));
    talk.call("pay_order", pay("STRIPE")).await;
    talk.call("check_order_status", look()).await;
    talk.call("pay_order", pay("STRIPE")).await;
    talk.person("And this one too.");
    talk.call("pay_order", pay("STRIPE")).await;
    talk.call("check_order_status", look()).await;
    insta::assert_snapshot!("talk_lost_answer", talk.told());
}

#[tokio::test]
async fn by_x402_with_a_lost_answer() {
    let order = |state: &str| {
        Reply::json(
            200,
            json!({"id": ORDER, "state": state, "price": "1.20", "currency": "USD", "service": {"name": "Flux"}}),
        )
    };
    let platform = Platform::start([
        Reply::json(402, json!({"x402Version": 2, "accepts": [entry(2)]})),
        order("Pending"),
        // The signed payment: looked at before, sent once, and looked at after.
        order("Pending"),
        Reply::page(504, "<html>Gateway Timeout</html>"),
        order("Pending"),
        order("Pending"),
        order("Finished"),
    ])
    .await;
    let mut talk = Conversation::on(&platform, TOKEN).await;
    let wallet = Wallet::throw_away();
    talk.varying.push((wallet.address().to_lowercase(), "0xPAYER"));
    talk.person(&format!("Pay order {ORDER} from my wallet."));
    let x402 = talk.call("pay_order", pay("X402")).await["x402"].clone();
    let signature = wallet
        .sign(x402["version"].as_u64().unwrap(), &x402["accepts"][0])
        .unwrap();
    talk.varying.push((signature.clone(), "(what the wallet made)"));
    talk.person("Wait, is anything paid yet?");
    talk.call("check_order_status", look()).await;
    talk.person("Go on. (the wallet signs)");
    let arguments = json!({"order_id": ORDER, "pay_way": "X402", "payment_signature": signature});
    talk.call("pay_order", arguments).await;
    talk.call("check_order_status", check(45)).await;
    insta::assert_snapshot!("talk_x402_lost_answer", talk.told());
}

#[tokio::test]
async fn an_expired_order() {
    let expired = || an_order(json!({"state": "Expired", "pay_url": null}));
    let refusal = || {
        Reply::json(
            400,
            r#"{"detail":"Only a pending order can be paid.","code":"invalid"}"#,
        )
    };
    let platform = Platform::start([refusal(), refusal(), expired(), expired()]).await;
    let mut talk = Conversation::on(&platform, TOKEN).await;
    talk.person(&format!("Pay order {ORDER} by card."));
    talk.call("pay_order", pay("STRIPE")).await;
    talk.person("Are you sure?");
    talk.call("check_order_status", look()).await;
    insta::assert_snapshot!("talk_expired", talk.told());
}

#[tokio::test]
async fn what_the_model_is_told_first() {
    let mut server = Server::start(&[], &[("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)]);
    let told = server.initialize("2025-11-25").await["instructions"].clone();
    let mut text = told.as_str().unwrap().to_owned();
    let list = server.request("tools/list", json!({})).await;
    for tool in list["result"]["tools"].as_array().unwrap() {
        let (name, about) = (tool["name"].as_str().unwrap(), tool["description"].as_str().unwrap());
        write!(text, "\n\n{name}: {about}").unwrap();
        for (name, argument) in tool["inputSchema"]["properties"].as_object().unwrap() {
            write!(text, "\n- {name}: {}", argument["description"].as_str().unwrap()).unwrap();
        }
    }
    insta::assert_snapshot!("talk_instructions", text);
}

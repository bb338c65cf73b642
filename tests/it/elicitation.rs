//! Asking the person inside the client, in both eras: by raw messages, and through rmcp's own client.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acedata_pay_mcp::sandbox::{Sandbox, TOKEN as SANDBOX_TOKEN};
use pretty_assertions::assert_eq;
use rmcp::model::{
    CallToolRequestParams, ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationCapability, Implementation, JsonObject, ProtocolVersion, UrlElicitationCapability,
};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt as _, RequestContext, RoleClient};
use rmcp::{ClientHandler, ErrorData};
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, command, failure, order};
use crate::support::{ORDER, PENDING, TOKEN};

const LINK: &str = "https://buy.stripe.com/xxxxxxxxxxxx";
const WAITING: &str = "The order described as \"ChatGPT\" waits for the payment of 9.90 USD by Stripe.";

/// A server of a platform, in a session of a version whose client can open links.
async fn legacy(platform: &Platform, version: &str, arguments: &[&str]) -> Server {
    let arguments = [&["--base-url", &platform.base_url], arguments].concat();
    let mut server = Server::start(&arguments, &[("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)]);
    let params = json!({
        "protocolVersion": version, "capabilities": {"elicitation": {"url": {}}},
        "clientInfo": {"name": "test", "version": "1"},
    });
    server.request("initialize", params).await;
    server
        .send(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        .await;
    server
}

fn modern(platform: &Platform) -> Server {
    Server::start(
        &["--base-url", &platform.base_url],
        &[("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)],
    )
}

/// The parameters of a call in 2026-07-28.
fn call(arguments: &Value, more: &Value) -> Value {
    let mut params = json!({
        "name": "pay_order", "arguments": arguments,
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"url": {}}},
        },
    });
    params
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    params
}

fn by_stripe() -> Value {
    json!({"order_id": ORDER, "pay_way": "STRIPE"})
}

/// Asks to pay, in a session of 2025-11-25: the id of the call, and the question that it brings.
async fn question(server: &mut Server) -> (u64, Value) {
    let call = json!({"name": "pay_order", "arguments": by_stripe()});
    let id = server.ask("tools/call", call).await;
    let question = server.receive().await.unwrap();
    assert_eq!(question["method"], "elicitation/create");
    (id, question)
}

fn posts(platform: &Platform) -> (usize, usize) {
    let asked = platform.asked();
    let of = |action: &str| asked.iter().filter(|line| line.contains(action)).count();
    (of("/pay/"), of("/refresh/"))
}

async fn pending() -> Platform {
    Platform::scripted(|_, _| Reply::json(200, PENDING)).await
}

#[tokio::test]
async fn in_a_2025_11_25_session_the_person_is_asked_during_the_call() {
    for (answer, says) in [
        (
            json!({"action": "accept"}),
            format!("You agreed to open {LINK}, which does not mean that it is paid."),
        ),
        (
            json!({"action": "decline"}),
            format!("The page was not opened from here. Its link stays valid: open {LINK} to pay."),
        ),
        (json!({"action": "cancel"}), format!("Open {LINK} to pay.")),
        (json!({"action": "shrug"}), format!("Open {LINK} to pay.")),
    ] {
        let platform = pending().await;
        let mut server = legacy(&platform, "2025-11-25", &[]).await;
        let (id, question) = question(&mut server).await;
        assert_eq!(
            (&question["method"], &question["params"]["mode"]),
            (&json!("elicitation/create"), &json!("url"))
        );
        assert_eq!(question["params"]["url"], LINK);
        assert_eq!(
            question["params"]["message"],
            "Open the payment page of Ace Data Cloud for the payment of 9.90 USD for the order described as \"ChatGPT\" by Stripe?"
        );
        server
            .send(json!({"jsonrpc": "2.0", "id": question["id"], "result": answer}))
            .await;
        let result = server.receive().await.unwrap();
        assert_eq!(result["id"], json!(id));
        let order = order(&result["result"]);
        assert_eq!(
            (&order["state"], &order["paid"], &order["pay_url"], &order["message"]),
            (
                &json!("Pending"),
                &json!(false),
                &json!(LINK),
                &json!(format!("{WAITING} {says}"))
            )
        );
        assert_eq!(posts(&platform), (1, 1), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_cannot_answer_gets_the_link_all_the_same() {
    let platform = pending().await;
    let mut server = legacy(&platform, "2025-11-25", &[]).await;
    let (_, question) = question(&mut server).await;
    let error = json!({"code": -32601, "message": "Method not found"});
    server
        .send(json!({"jsonrpc": "2.0", "id": question["id"], "error": error}))
        .await;
    let result = server.receive().await.unwrap();
    assert_eq!(order(&result["result"])["pay_url"], LINK);
}

#[tokio::test]
async fn who_does_not_answer_in_time_gets_the_link_all_the_same() {
    let platform = pending().await;
    let mut server = legacy(&platform, "2025-11-25", &[]).await;
    question(&mut server).await;
    let mut next = server.receive_within(Duration::from_secs(45)).await.unwrap();
    if next["method"] == "notifications/cancelled" {
        next = server.receive().await.unwrap();
    }
    let order = order(&next["result"]);
    assert_eq!(order["pay_url"], LINK);
    assert_eq!(order["message"], format!("{WAITING} Open {LINK} to pay."));
}

#[tokio::test]
async fn nobody_is_asked_who_cannot_be_or_must_not_be() {
    let weixin = PENDING
        .replace("https://buy.stripe.com/xxxxxxxxxxxx", "weixin://wxpay/bizpayurl?pr=x")
        .replace("STRIPE", "WECHATPAY");
    let paid = PENDING.replace("\"Pending\"", "\"Paid\"");
    let unusual = PENDING.replace("https://buy.stripe.com/xxxxxxxxxxxx", "https://pay.evil.example/x");
    let misfit = PENDING.replace("STRIPE", "ALIPAY");
    let by_another_way = misfit.replace(
        "https://buy.stripe.com/xxxxxxxxxxxx",
        "https://openapi.alipay.com/gateway.do",
    );
    let cases: [(&str, &str, &[&str]); 7] = [
        (PENDING, "2025-06-18", &[]),
        (PENDING, "2025-11-25", &["--elicitation", "off"]),
        (&weixin, "2025-11-25", &[]),
        (&paid, "2025-11-25", &[]),
        (&unusual, "2025-11-25", &[]),
        (&misfit, "2025-11-25", &[]),
        (&by_another_way, "2025-11-25", &[]),
    ];
    for (body, version, arguments) in cases {
        let body = body.to_owned();
        let platform = Platform::scripted(move |_, _| Reply::json(200, &body)).await;
        let mut server = legacy(&platform, version, arguments).await;
        order(&server.call("pay_order", by_stripe()).await);
        assert_eq!(posts(&platform), (1, 0));
    }
    let platform = pending().await;
    let mut server = Server::of(&platform.base_url).await;
    order(&server.call("pay_order", by_stripe()).await);
    let mut params = call(&by_stripe(), &json!({}));
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({"elicitation": {}});
    let answer = modern(&platform).request("tools/call", params).await;
    assert_eq!(order(&answer["result"])["pay_url"], LINK);
}

#[tokio::test]
async fn since_2026_07_28_the_call_is_answered_with_a_question_and_its_second_round_never_pays() {
    for (answer, says) in [
        (json!({"pay": {"action": "accept"}}), "You agreed to open"),
        (json!({"pay": {"action": "decline"}}), "link stays valid"),
        (json!({"pay": {"action": "cancel"}}), "Open https://"),
        (json!({"pay": {"action": 7}}), "Open https://"),
        (json!({"pay": null}), "Open https://"),
        (json!({"other": {"action": "accept"}}), "Open https://"),
        (json!({}), "Open https://"),
    ] {
        let platform = pending().await;
        let mut server = modern(&platform);
        let question = server.request("tools/call", call(&by_stripe(), &json!({}))).await;
        let question = &question["result"];
        assert_eq!(question["resultType"], "input_required");
        let asked = &question["inputRequests"]["pay"];
        assert_eq!(
            (&asked["method"], &asked["params"]["mode"], &asked["params"]["url"]),
            (&json!("elicitation/create"), &json!("url"), &json!(LINK))
        );
        assert_eq!(posts(&platform), (1, 0));

        let second = json!({"requestState": question["requestState"], "inputResponses": answer});
        let result = server.request("tools/call", call(&by_stripe(), &second)).await;
        let order = order(&result["result"]);
        assert_eq!((&order["state"], &order["pay_url"]), (&json!("Pending"), &json!(LINK)));
        assert!(order["message"].as_str().unwrap().contains(says), "{order}");
        assert_eq!(posts(&platform), (1, 1), "{answer}");
    }
}

#[tokio::test]
async fn the_second_round_tells_what_has_become_of_the_order_and_shows_no_link_when_it_cannot_look() {
    for (refreshed, state, link) in [
        (
            Reply::json(200, json!({"id": ORDER, "state": "Paid"})),
            "Paid",
            Value::Null,
        ),
        (
            Reply::json(200, json!({"id": ORDER, "state": "Pending"})),
            "Pending",
            json!(LINK),
        ),
        // It may be paid already.
        (Reply::json(404, "{}"), "Pending", Value::Null),
    ] {
        let platform = Platform::scripted(move |_, request| {
            if request.line.contains("/refresh/") {
                refreshed.clone()
            } else {
                Reply::json(200, PENDING)
            }
        })
        .await;
        let mut server = modern(&platform);
        let question = server.request("tools/call", call(&by_stripe(), &json!({}))).await;
        let state_of = &question["result"]["requestState"];
        let second = json!({"requestState": state_of, "inputResponses": {"pay": {"action": "accept"}}});
        let result = server.request("tools/call", call(&by_stripe(), &second)).await;
        let order = order(&result["result"]);
        assert_eq!(
            (&order["state"], order.get("pay_url").cloned().unwrap_or_default()),
            (&json!(state), link)
        );
    }
}

#[tokio::test]
async fn what_the_person_answered_holds_for_what_was_offered_and_the_limit_holds_all_the_same() {
    let raised = PENDING
        .replace("9.90", "4000.00")
        .replace("https://buy.stripe.com/xxxxxxxxxxxx", "https://buy.stripe.com/b");
    for is_modern in [false, true] {
        for (limit, expected) in [(Some("40"), None), (None, Some("https://buy.stripe.com/b"))] {
            let raised = raised.clone();
            let was_asked = Arc::new(Mutex::new(false));
            let asked = Arc::clone(&was_asked);
            let platform = Platform::scripted(move |_, _| {
                Reply::json(
                    200,
                    if *asked.lock().unwrap() {
                        raised.as_str()
                    } else {
                        PENDING
                    },
                )
            })
            .await;
            let mut arguments = by_stripe();
            if let Some(limit) = limit {
                arguments["max_price"] = json!(limit);
            }
            let result = if is_modern {
                let mut server = modern(&platform);
                let question = server.request("tools/call", call(&arguments, &json!({}))).await;
                *was_asked.lock().unwrap() = true;
                let state = &question["result"]["requestState"];
                let second = json!({"requestState": state, "inputResponses": {"pay": {"action": "accept"}}});
                server.request("tools/call", call(&arguments, &second)).await
            } else {
                let mut server = legacy(&platform, "2025-11-25", &[]).await;
                server
                    .ask("tools/call", json!({"name": "pay_order", "arguments": arguments}))
                    .await;
                let question = server.receive().await.unwrap();
                *was_asked.lock().unwrap() = true;
                server
                    .send(json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept"}}))
                    .await;
                server.receive().await.unwrap()
            };
            assert!(!result.to_string().contains("You agreed"), "{result}");
            match expected {
                Some(link) => assert_eq!(order(&result["result"])["pay_url"], link),
                None => assert_eq!(failure(&result["result"])["code"], "price_above_limit"),
            }
        }
    }
}

#[tokio::test]
async fn a_forged_replayed_or_foreign_state_is_refused_and_nothing_is_sent() {
    let platform = pending().await;
    let mut server = modern(&platform);
    let question = server.request("tools/call", call(&by_stripe(), &json!({}))).await;
    let state = question["result"]["requestState"].as_str().unwrap().to_owned();
    let accept = json!({"pay": {"action": "accept"}});
    let good = json!({"requestState": state, "inputResponses": accept});
    let mut of_another_server = modern(&platform);
    let other_order = json!({"order_id": "ffffffff-e5f6-7890-abcd-ef1234567890", "pay_way": "STRIPE"});
    let (middle, last) = state.split_at(state.len() - 4);
    let damaged = format!("{middle}{}", last.chars().rev().collect::<String>());
    let forged = "this state was not sealed by this server for this order";
    let mut refused = Vec::new();
    for (more, arguments, says) in [
        (
            json!({"requestState": damaged, "inputResponses": accept}),
            by_stripe(),
            forged,
        ),
        (
            json!({"requestState": "rs1.nonsense", "inputResponses": accept}),
            by_stripe(),
            forged,
        ),
        (json!({"requestState": ""}), by_stripe(), forged),
        (good.clone(), other_order, forged),
        (
            json!({"inputResponses": accept}),
            by_stripe(),
            "an answer came without the state it belongs to",
        ),
    ] {
        let answer = server.request("tools/call", call(&arguments, &more)).await;
        refused.push((failure(&answer["result"]), says));
    }
    let answer = of_another_server.request("tools/call", call(&by_stripe(), &good)).await;
    refused.push((failure(&answer["result"]), forged));
    assert_eq!(posts(&platform), (1, 0));

    let answer = server.request("tools/call", call(&by_stripe(), &good)).await;
    order(&answer["result"]);
    let answer = server.request("tools/call", call(&by_stripe(), &good)).await;
    refused.push((
        failure(&answer["result"]),
        "this state has been used already, or is older than the server",
    ));
    assert_eq!(posts(&platform), (1, 1));
    for (failure, says) in refused {
        assert_eq!(
            (&failure["code"], &failure["outcome"]),
            (&json!("invalid_arguments"), &json!("nothing_changed"))
        );
        let hint = failure["hint"].as_str().unwrap();
        assert!(
            hint.starts_with(&format!("requestState: {says}. Nothing was sent.")),
            "{hint}"
        );
    }
}

/// rmcp's own client, with a person who always answers the same.
#[derive(Clone)]
struct Person {
    action: ElicitationAction,
    asked: Arc<Mutex<Vec<String>>>,
}

impl ClientHandler for Person {
    fn get_info(&self) -> ClientConfig {
        let elicitation = ElicitationCapability::new().with_url(UrlElicitationCapability::new());
        let mut capabilities = ClientCapabilities::default();
        capabilities.elicitation = Some(elicitation);
        ClientConfig::new(capabilities, Implementation::new("test", "1"))
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        if let ElicitRequestParams::UrlElicitationParams { url, .. } = request {
            self.asked.lock().unwrap().push(url);
        }
        Ok(ElicitResult::new(self.action.clone()))
    }
}

#[tokio::test]
async fn rmcps_client_accepts_and_declines_in_both_eras() {
    let sandbox = Sandbox::start(0).await.unwrap();
    let base = sandbox.base_url();
    let id = "00000000-0000-4000-8000-000000000001";
    let modern = ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
    };
    for mode in [ClientLifecycleMode::Initialize, modern] {
        for (action, says) in [
            (ElicitationAction::Accept, "agreed to open"),
            (ElicitationAction::Decline, "link stays valid"),
        ] {
            let environment = [
                ("PLATFORM_API_BASE_URL", base.as_str()),
                ("ACEDATACLOUD_PLATFORM_TOKEN", SANDBOX_TOKEN),
            ];
            let mut server = command(&[], &environment)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let stdio = (server.stdout.take().unwrap(), server.stdin.take().unwrap());
            let asked = Arc::<Mutex<Vec<String>>>::default();
            let person = Person {
                action,
                asked: Arc::clone(&asked),
            };
            let client = person.serve_with_lifecycle(stdio, mode.clone()).await.unwrap();
            let arguments: JsonObject = serde_json::from_value(json!({"order_id": id, "pay_way": "STRIPE"})).unwrap();
            let result = client
                .call_tool(CallToolRequestParams::new("pay_order").with_arguments(arguments))
                .await
                .unwrap();
            let order = result.structured_content.unwrap();
            assert_eq!(*asked.lock().unwrap(), [sandbox.checkout_url(id)]);
            assert_eq!(
                (&order["state"], &order["pay_url"]),
                (&json!("Pending"), &json!(sandbox.checkout_url(id)))
            );
            assert!(order["message"].as_str().unwrap().contains(says), "{order}");
            client.cancel().await.unwrap();
        }
    }
}

#[tokio::test]
async fn at_the_end_of_the_session_an_open_question_does_not_cost_the_link() {
    let platform = pending().await;
    let mut server = legacy(&platform, "2025-11-25", &[]).await;
    question(&mut server).await;
    server.close_stdin();
    let (status, left) = server.end().await;
    let answer = left.iter().find(|message| message.get("result").is_some()).unwrap();
    assert_eq!(
        (status.success(), &order(&answer["result"])["pay_url"]),
        (true, &json!(LINK))
    );
}

//! The sandbox, as another team's client would meet it, and the main job on it.

use std::process::Stdio;

use acedata_pay_mcp::sandbox::{PRESETS, Sandbox, TOKEN};
use pretty_assertions::assert_eq;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Method, StatusCode, redirect};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::support::form_token;
use crate::support::server::{Server, command, failure, order};

const STRIPE: usize = 0;
const WECHAT: usize = 1;
const X402: usize = 3;
const FREE: usize = 4;
const FOREIGN: usize = 9;

/// A client with the sandbox's token.
struct Api {
    sandbox: Sandbox,
    client: Client,
}

impl Api {
    async fn start() -> Self {
        // The library's client installs the TLS provider that this one needs too.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            sandbox: Sandbox::start(0).await.unwrap(),
            client,
        }
    }

    async fn send(&self, method: Method, path: &str, token: Option<&str>, body: &str) -> (u16, Value) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.sandbox.base_url()));
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = request
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, Some(TOKEN), &body.to_string()).await
    }

    /// The token in the form of an order's page.
    async fn form_token(&self, page: &str) -> String {
        form_token(&self.client, page).await
    }

    /// Starts a payment of an order; its page, and the token of its form.
    async fn started(&self, preset: usize) -> (String, String) {
        let path = format!("/api/v1/orders/{}/pay/", id(preset));
        self.post(&path, json!({"pay_way": "STRIPE"})).await;
        let page = self.sandbox.checkout_url(id(preset));
        let token = self.form_token(&page).await;
        (page, token)
    }

    /// Presses a button of a page, as a browser does that says this of itself.
    async fn press(&self, url: &str, token: Option<&str>, headers: &[(&str, &str)]) -> StatusCode {
        let mut request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let form = token.map(|token| format!("token={token}")).unwrap_or_default();
        request.body(form).send().await.unwrap().status()
    }

    async fn state(&self, preset: usize) -> Value {
        let path = format!("/api/v1/orders/{}", id(preset));
        self.send(Method::GET, &path, Some(TOKEN), "").await.1["state"].clone()
    }
}

fn id(preset: usize) -> &'static str {
    PRESETS[preset].id
}

/// An answer without what differs each time.
fn without_trace(mut answer: (u16, Value)) -> (u16, Value) {
    let trace = answer.1.as_object_mut().unwrap().remove("trace_id");
    assert_eq!(trace.and_then(|trace| trace.as_str().map(str::len)), Some(32));
    answer
}

#[tokio::test]
async fn an_order_is_paid_on_its_page_and_finishes_with_the_next_refresh() {
    let api = Api::start().await;
    let order = format!("/api/v1/orders/{}", id(STRIPE));
    let (status, paid) = api.post(&format!("{order}/pay/"), json!({"pay_way": "STRIPE"})).await;
    assert_eq!(
        (status, &paid["state"], &paid["pay_way"]),
        (200, &json!("Pending"), &json!("STRIPE"))
    );
    assert_eq!((&paid["price"], &paid["currency"]), (&json!("9.90"), &json!("USD")));
    let link = paid["pay_url"].as_str().unwrap();
    assert_eq!(link, api.sandbox.checkout_url(id(STRIPE)));

    let page = api.client.get(link).send().await.unwrap().text().await.unwrap();
    for text in ["ChatGPT", "9.90 USD", "Pending", "Decline", id(STRIPE)] {
        assert!(page.contains(text), "{text}");
    }
    for outside in ["src=", "href=", "@import", "url(", "<script"] {
        assert!(!page.contains(outside), "{outside}");
    }

    let token = api.form_token(link).await;
    let pressed = api.press(&format!("{link}/pay"), Some(&token), &[]).await;
    assert_eq!(pressed, StatusCode::SEE_OTHER);
    let page = api.client.get(link).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Payment received") && page.contains("Paid") && !page.contains("<button"));

    for state in ["Paid", "Finished", "Finished"] {
        let (_, refreshed) = api.post(&format!("{order}/refresh/"), json!({})).await;
        assert_eq!(refreshed["state"], state);
    }
    let again = without_trace(api.post(&format!("{order}/pay/"), json!({"pay_way": "STRIPE"})).await);
    assert_eq!(
        again,
        (
            400,
            json!({"detail": "Only a pending order can be paid.", "code": "invalid"})
        )
    );
}

#[tokio::test]
async fn a_declined_order_has_failed_and_stays_so() {
    let api = Api::start().await;
    let page = api.sandbox.checkout_url(id(WECHAT));
    api.post(
        &format!("/api/v1/orders/{}/pay/", id(WECHAT)),
        json!({"pay_way": "WechatPay"}),
    )
    .await;
    let token = api.form_token(&page).await;
    for button in ["decline", "pay"] {
        api.press(&format!("{page}/{button}"), Some(&token), &[]).await;
        let (_, order) = api
            .post(&format!("/api/v1/orders/{}/refresh/", id(WECHAT)), json!({}))
            .await;
        assert_eq!(order["state"], "Failed");
    }
}

#[tokio::test]
async fn the_page_pays_nothing_before_a_payment_is_started() {
    let api = Api::start().await;
    let page = api.sandbox.checkout_url(id(STRIPE));
    let (_, token) = api.started(WECHAT).await;
    api.press(&format!("{page}/pay"), Some(&token), &[]).await;
    let html = api.client.get(&page).send().await.unwrap().text().await.unwrap();
    assert!(html.contains("No payment started") && !html.contains("<button"));
    let nowhere = api
        .client
        .get(api.sandbox.checkout_url("nowhere"))
        .send()
        .await
        .unwrap();
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_name_that_was_pointed_at_this_machine_is_not_answered() {
    let api = Api::start().await;
    let (page, token) = api.started(STRIPE).await;
    let port = api.sandbox.base_url().rsplit(':').next().unwrap().to_owned();
    let (evil, bare) = (format!("evil.example:{port}"), format!("rebound.evil.example:{port}"));
    for host in [evil.as_str(), &bare, "evil.example", "127.0.0.1", "localhost:1"] {
        // A page of that name is same-origin with what it asks.
        let own = format!("http://{host}");
        let headers = [("host", host), ("origin", &own), ("sec-fetch-site", "same-origin")];
        assert_eq!(
            api.press(&format!("{page}/pay"), Some(&token), &headers).await,
            403,
            "{host}"
        );
        for path in ["/checkout/", "/api/v1/orders/"] {
            let url = format!("{}{path}{}", api.sandbox.base_url(), id(STRIPE));
            let answer = api.client.get(url).header("host", host).send().await.unwrap();
            assert_eq!(answer.status(), 403, "{host}");
            assert!(!answer.text().await.unwrap().contains("ChatGPT"));
        }
    }
    assert_eq!(api.state(STRIPE).await, "Pending");
    let localhost = format!("localhost:{port}");
    assert_eq!(
        api.press(&format!("{page}/pay"), Some(&token), &[("host", &localhost)])
            .await,
        303
    );
}

#[tokio::test]
async fn a_page_from_elsewhere_presses_no_button_and_calls_no_endpoint() {
    let api = Api::start().await;
    let (page, token) = api.started(STRIPE).await;
    let pay = format!("{page}/pay");
    for headers in [
        &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")][..],
        &[("origin", "http://127.0.0.1:1"), ("sec-fetch-site", "same-site")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(api.press(&pay, Some(&token), headers).await, 403, "{headers:?}");
        let url = format!("{}/api/v1/orders/", api.sandbox.base_url());
        let mut request = api.client.post(url).header(AUTHORIZATION, format!("Bearer {TOKEN}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request
            .body(r#"{"application_id":"a","package_id":"p"}"#)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 403, "{headers:?}");
    }
    // The token that is in the form is asked for, whoever asks.
    for wrong in [None, Some(""), Some("0123456789abcdef0123456789abcdef")] {
        assert_eq!(api.press(&pay, wrong, &[]).await, 403, "{wrong:?}");
    }
    assert_eq!(api.state(STRIPE).await, "Pending");
    let own = api.sandbox.base_url();
    let headers = [("origin", own.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(api.press(&pay, Some(&token), &headers).await, 303);
    assert_eq!(api.state(STRIPE).await, "Paid");
    // A link from elsewhere may be followed.
    let followed = api.client.get(&page).header("sec-fetch-site", "cross-site");
    assert_eq!(followed.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn every_pay_way_has_its_kind_of_link() {
    let api = Api::start().await;
    for (way, prefix) in [
        ("STRIPE", "http://127.0.0.1:"),
        ("Card", "http://127.0.0.1:"),
        ("AliPay", "http://127.0.0.1:"),
        ("WECHATPAY", "weixin://wxpay/bizpayurl?pr="),
    ] {
        let (status, order) = api
            .post(&format!("/api/v1/orders/{}/pay/", id(STRIPE)), json!({"pay_way": way}))
            .await;
        assert_eq!((status, &order["pay_way"]), (200, &json!(way)));
        assert!(order["pay_url"].as_str().unwrap().starts_with(prefix), "{order}");
    }
}

#[tokio::test]
async fn x402_is_answered_with_a_challenge_for_the_price() {
    let api = Api::start().await;
    let (status, challenge) = api
        .post(&format!("/api/v1/orders/{}/pay/", id(X402)), json!({"pay_way": "X402"}))
        .await;
    assert_eq!((status, &challenge["x402Version"]), (402, &json!(2)));
    let entry = &challenge["accepts"][0];
    assert_eq!(
        (&entry["network"], &entry["amount"]),
        (&json!("eip155:84532"), &json!("1200000"))
    );
    // A test network: what a real wallet signs here is worth nothing on Base itself.
    let usdc = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
    assert_eq!(entry["asset"], usdc);
    assert_eq!(
        entry["extra"],
        json!({"name": "USDC", "version": "2", "chainId": 84532, "verifyingContract": usdc, "decimals": 6})
    );
    assert_eq!(entry["payTo"], "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
}

#[tokio::test]
async fn refusals_have_the_platforms_shapes() {
    let api = Api::start().await;
    let pay = |preset: usize| format!("/api/v1/orders/{}/pay/", id(preset));
    for (body, complaint) in [
        (json!({}), "This field is required."),
        (json!({"pay_way": "FOO"}), "\"FOO\" is not a valid choice."),
        (json!({"pay_way": "stripe"}), "\"stripe\" is not a valid choice."),
    ] {
        assert_eq!(
            api.post(&pay(STRIPE), body).await,
            (400, json!({"pay_way": [complaint]}))
        );
    }
    for token in [None, Some("wrong")] {
        let answer = without_trace(api.send(Method::POST, &pay(STRIPE), token, "{}").await);
        let error = json!({"code": "invalid_token", "message": "Token is missing or invalid."});
        assert_eq!(answer, (401, json!({"error": error})));
    }
    let foreign = without_trace(api.post(&pay(FOREIGN), json!({"pay_way": "STRIPE"})).await);
    let detail = "You do not have permission to perform this action.";
    assert_eq!(foreign, (403, json!({"detail": detail, "code": "permission_denied"})));
    let nowhere = without_trace(
        api.post(
            "/api/v1/orders/a1b2c3d4-e5f6-7890-abcd-ef1234567890/refresh/",
            json!({}),
        )
        .await,
    );
    assert_eq!(nowhere, (404, json!({"detail": "Not found.", "code": "not_found"})));
    let put = api
        .send(
            Method::PUT,
            &format!("/api/v1/orders/{}", id(STRIPE)),
            Some(TOKEN),
            "{}",
        )
        .await;
    assert_eq!(
        without_trace(put),
        (
            405,
            json!({"detail": "Method not allowed.", "code": "method_not_allowed"})
        )
    );
    let slash = api
        .send(
            Method::POST,
            &format!("/api/v1/orders/{}/pay", id(STRIPE)),
            Some(TOKEN),
            "{}",
        )
        .await;
    assert_eq!(slash.0, 404);
}

#[tokio::test]
async fn anyone_sees_eight_fields_and_the_owner_all() {
    let api = Api::start().await;
    let path = format!("/api/v1/orders/{}", id(STRIPE));
    let (_, public) = api.send(Method::GET, &path, None, "").await;
    assert_eq!(public.as_object().unwrap().len(), 8);
    let (_, own) = api.send(Method::GET, &path, Some(TOKEN), "").await;
    assert!(own.as_object().unwrap().len() > 8);
    assert_eq!(
        api.send(Method::GET, "/api/v1/platform-tokens/me/", Some(TOKEN), "")
            .await
            .0,
        200
    );
    assert_eq!(
        api.send(Method::GET, "/api/v1/platform-tokens/me/", None, "").await.0,
        401
    );
}

#[tokio::test]
async fn a_new_order_can_be_created_and_paid() {
    let api = Api::start().await;
    let body = json!({"application_id": "a", "package_id": "p"});
    let (status, created) = api.post("/api/v1/orders/", body).await;
    assert_eq!(
        (status, &created["state"], &created["pay_url"]),
        (201, &json!("Pending"), &Value::Null)
    );
    let path = format!("/api/v1/orders/{}/pay/", created["id"].as_str().unwrap());
    assert_eq!(
        api.post(&path, json!({"pay_way": "Stripe"})).await.1["state"],
        "Pending"
    );
    let (_, free) = api
        .post("/api/v1/orders/", json!({"application_id": "a", "package_id": "free"}))
        .await;
    let path = format!("/api/v1/orders/{}/pay/", free["id"].as_str().unwrap());
    assert_eq!(api.post(&path, json!({})).await.1["state"], "Finished");
    let missing = json!({"application_id": ["This field is required."], "package_id": ["This field is required."]});
    assert_eq!(api.post("/api/v1/orders/", json!({})).await, (400, missing));
}

#[tokio::test]
async fn every_preset_answers_through_the_tools_as_documented() {
    let mut server = Server::sandbox().await;
    for (preset, arguments, expected) in [
        (0, json!({"pay_way": "STRIPE"}), "Pending open_pay_url"),
        (0, json!({"pay_way": "card"}), "Pending open_pay_url"),
        (1, json!({"pay_way": "WECHATPAY"}), "Pending scan_qr_code"),
        (2, json!({"pay_way": "ALIPAY", "surface": "h5"}), "Pending open_pay_url"),
        (3, json!({"pay_way": "X402"}), "Pending sign_x402"),
        (4, json!({}), "Finished none"),
        (7, json!({"pay_way": "STRIPE"}), "Pending open_pay_url"),
        (8, json!({"pay_way": "STRIPE"}), "Pending open_pay_url"),
        (10, json!({"pay_way": "STRIPE"}), "Finished none"),
    ] {
        let mut arguments = arguments;
        arguments["order_id"] = json!(id(preset));
        let order = order(&server.call("pay_order", arguments).await);
        let told = format!(
            "{} {}",
            order["state"].as_str().unwrap(),
            order["next_action"].as_str().unwrap()
        );
        assert_eq!(told, expected, "{order}");
        assert_eq!(order["environment"], "sandbox");
        assert!(
            order["message"]
                .as_str()
                .unwrap()
                .starts_with("Sandbox, no real money: "),
            "{order}"
        );
    }
    for (preset, code) in [(5, "order_not_payable"), (6, "order_not_payable"), (9, "forbidden")] {
        let error = failure(
            &server
                .call("pay_order", json!({"order_id": id(preset), "pay_way": "STRIPE"}))
                .await,
        );
        assert_eq!(error["code"], code);
    }
}

#[tokio::test]
async fn the_sandbox_runs_alone_and_a_server_can_use_it() {
    let mut sandbox = command(&["sandbox", "--port", "0"], &[])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(sandbox.stdout.take().unwrap()).lines();
    let mut printed = Vec::new();
    while printed
        .last()
        .is_none_or(|line: &String| !line.contains("ACEDATACLOUD_PLATFORM_TOKEN="))
    {
        printed.push(
            lines
                .next_line()
                .await
                .unwrap()
                .expect("the sandbox should say how to use it"),
        );
    }
    let text = printed.join("\n");
    assert!(
        text.contains(TOKEN) && PRESETS.iter().all(|preset| text.contains(preset.id)),
        "{text}"
    );

    let setting = |name: &str| {
        let start = format!("  export {name}=");
        let line = printed.iter().find_map(|line| line.strip_prefix(&start));
        line.unwrap().to_owned()
    };
    let environment = ["PLATFORM_API_BASE_URL", "ACEDATACLOUD_PLATFORM_TOKEN"].map(|name| (name, setting(name)));
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let mut server = Server::start(&[], &environment);
    server.initialize("2025-11-25").await;
    let order = order(&server.call("pay_order", json!({"order_id": id(FREE)})).await);
    assert_eq!(
        (&order["state"], &order["environment"]),
        (&json!("Finished"), &json!("sandbox"))
    );
}

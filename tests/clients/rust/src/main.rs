//! The Rust SDK of another family, `rust-mcp-sdk`: what `../python/scenario.py` does, but for cancelling, for which this SDK
//! does not tell the id of a call.

use std::collections::HashMap;
use std::env::var;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rust_mcp_sdk::error::SdkResult;
use rust_mcp_sdk::mcp_client::{ClientHandler, McpClientOptions, ToMcpClientHandler, client_runtime};
use rust_mcp_sdk::schema::{CallToolRequestParams, ClientCapabilities, Implementation};
use rust_mcp_sdk::{ClientDetails, McpClient, StdioTransport, TransportOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

struct Silent;

#[async_trait]
impl ClientHandler for Silent {}

struct Client {
    sdk: Arc<dyn McpClient>,
    expected: Value,
    platform: String,
}

type Outcome = Result<(), String>;

#[tokio::main]
async fn main() -> SdkResult<()> {
    let expected = std::fs::read_to_string(var("EXPECTED").unwrap()).unwrap();
    let platform = var("PLATFORM_API_BASE_URL").unwrap();
    let environment: HashMap<_, _> = ["PATH", "PLATFORM_API_BASE_URL", "ACEDATACLOUD_PLATFORM_TOKEN"]
        .map(|name| (name.to_owned(), var(name).unwrap()))
        .into();
    let transport = StdioTransport::create_with_server_launch(
        var("SERVER").unwrap(),
        vec![],
        Some(environment),
        TransportOptions::default(),
    )?;
    let details = ClientDetails {
        client_info: Implementation {
            name: "test".into(),
            version: "1".into(),
            title: None,
            description: None,
            icons: vec![],
            website_url: None,
        },
        capabilities: ClientCapabilities::default(),
    };
    let sdk = client_runtime::create_client(McpClientOptions::new(details, transport, Silent.to_mcp_client_handler()));
    sdk.clone().start().await?;
    println!("{}", json!({"protocol": protocol(), "cancels": "never"}));

    let client = Client {
        sdk,
        expected: serde_json::from_str(&expected).unwrap(),
        platform,
    };
    report("lists_the_tools", client.lists_the_tools().await);
    report("pays", client.pays().await);
    report("waits_until_paid", client.waits_until_paid().await);
    report("is_refused", client.is_refused().await);
    client.sdk.shut_down().await
}

/// This SDK speaks one version.
fn protocol() -> String {
    rust_mcp_sdk::schema::ProtocolVersion::latest().to_string()
}

fn report(check: &str, outcome: Outcome) {
    println!("{}", json!({"check": check, "failure": outcome.err()}));
}

fn same(actual: &Value, expected: &Value) -> Outcome {
    (actual == expected).then_some(()).ok_or_else(|| format!("\n  expected {expected}\n  got      {actual}"))
}

impl Client {
    async fn lists_the_tools(&self) -> Outcome {
        let listed = self.sdk.request_tool_list(None).await.map_err(|error| error.to_string())?;
        let annotations: Value = listed.tools.iter().map(|tool| (tool.name.clone(), json!(tool.annotations))).collect();
        same(&annotations, &self.expected["tools"])
    }

    async fn pays(&self) -> Outcome {
        let mut order = self.call("pay_order", &self.expected["payment"]).await?;
        let link = order["pay_url"].as_str().ok_or("no `pay_url`")?.to_owned();
        if !order["message"].as_str().is_some_and(|message| message.contains(&link)) {
            return Err(format!("the link is not in {}", order["message"]));
        }
        for field in self.expected["varying"].as_array().unwrap() {
            let field = field.as_str().unwrap();
            order.as_object_mut().and_then(|order| order.remove(field)).ok_or_else(|| format!("no `{field}`"))?;
        }
        let mut pending = self.expected["pending"].clone();
        pending["pay_url"] = json!(pending["pay_url"].as_str().unwrap().replace("{platform}", &self.platform));
        pending["platform"] = json!(self.host());
        same(&order, &pending)
    }

    async fn waits_until_paid(&self) -> Outcome {
        let id = &self.expected["payment"]["order_id"];
        let waiting = json!({"order_id": id, "wait_seconds": 45});
        let (paid, pressed) = tokio::join!(self.call("check_order_status", &waiting), self.press_pay(id));
        pressed.map_err(|error| error.to_string())?;
        let finished = self.call("check_order_status", &json!({"order_id": id})).await?;
        let stands = |order: &Value| json!([order["state"], order["paid"], order["final"]]);
        same(
            &json!([stands(&paid?), stands(&finished)]),
            &json!([["Paid", true, false], ["Finished", true, true]]),
        )
    }

    fn host(&self) -> &str {
        self.platform.trim_start_matches("http://")
    }

    async fn press_pay(&self, id: &Value) -> std::io::Result<()> {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let path = format!("/checkout/{}", id.as_str().unwrap());
        let page = self.ask(&format!("GET {path}"), "").await?;
        let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let form = format!("token={}", token.expect("the page should have a form"));
        self.ask(&format!("POST {path}/pay"), &form).await.map(drop)
    }

    /// The whole answer to a request with a form.
    async fn ask(&self, line: &str, form: &str) -> std::io::Result<String> {
        let host = self.host();
        let mut page = TcpStream::connect(host).await?;
        let request = format!(
            "{line} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{form}",
            form.len()
        );
        page.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        page.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    async fn is_refused(&self) -> Outcome {
        let refusal = match self.call("pay_order", &self.expected["refused"]).await {
            Ok(order) => return Err(format!("it was not refused: {order}")),
            Err(refusal) => refusal,
        };
        let parts = self.expected["refusal"].as_array().unwrap();
        let all = parts.iter().all(|part| refusal.contains(part.as_str().unwrap()));
        all.then_some(()).ok_or_else(|| format!("it shows only: {refusal}"))
    }

    /// The order of a result, which holds it twice, or the text of an error.
    async fn call(&self, tool: &str, arguments: &Value) -> Result<Value, String> {
        let request = CallToolRequestParams {
            name: tool.into(),
            arguments: arguments.as_object().cloned(),
            meta: Default::default(),
            input_responses: None,
            request_state: None,
        };
        let result = self.sdk.request_tool_call(request).await.map_err(|error| error.to_string())?;
        let text = result.content.first().ok_or("no content")?;
        let text = &text.as_text_content().map_err(|error| error.to_string())?.text;
        if result.is_error == Some(true) {
            return Err(text.clone());
        }
        let order = serde_json::from_str(text).map_err(|error| error.to_string())?;
        same(&json!(result.structured_content), &order)?;
        Ok(order)
    }
}

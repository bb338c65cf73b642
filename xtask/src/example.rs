//! What the tools really return, for the documents: the program's own server and sandbox are asked.

use std::sync::Arc;
use std::time::Duration;

use acedata_pay_mcp::journal::{Front, Journal, Location};
use acedata_pay_mcp::mcp::{Offer, Server};
use acedata_pay_mcp::payment::{Clock, Environment, Payments, Rules};
use acedata_pay_mcp::platform::{Limits, Platform};
use acedata_pay_mcp::sandbox::{self, Sandbox};
use anyhow::Context as _;
use rmcp::ServiceExt as _;
use rmcp::model::{CallToolRequestParams, CallToolResult, ClientConfig, JsonObject};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

/// Where a sandbox listens that is told nothing else.
const USUAL_BASE: &str = "http://127.0.0.1:8402";

/// A result and an error, as JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Examples {
    /// Of a payment by Stripe that is started: a line a field.
    pub(crate) result: String,
    /// Of a payment of an order that is expired: in a sentence.
    pub(crate) sentence: String,
    /// The same as facts: a line a field too.
    pub(crate) error: String,
}

impl Examples {
    /// Makes them; times and numbers that differ every time are always the same in them.
    ///
    /// # Errors
    /// When the sandbox cannot be started, or the server answers otherwise than it should.
    pub(crate) fn play() -> anyhow::Result<Self> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build()?.block_on(play())
    }
}

async fn play() -> anyhow::Result<Examples> {
    let sandbox = Sandbox::start(0).await?;
    let limits = Limits {
        request_timeout: Duration::from_secs(30),
        requests_per_second: 20,
    };
    let platform = Platform::new(sandbox.base_url().parse()?, Some(sandbox::TOKEN.parse()?), limits);
    let journal = Journal::new(Location::Temporary, Front::Terminal);
    let payments = Payments::new(platform, Rules::usual(Environment::Sandbox), journal, Clock::default());
    let server = Server::new(Arc::new(payments), Offer::PAY_AND_CHECK, CancellationToken::new());

    let (client_end, server_end) = tokio::io::duplex(64 * 1024);
    let serving = tokio::spawn(async move { server.serve(server_end).await });
    let client = ClientConfig::default().serve(client_end).await?;
    let server = serving.await??;
    let call = async |number: u32| -> anyhow::Result<CallToolResult> {
        let order = format!("00000000-0000-4000-8000-{number:012}");
        let arguments: JsonObject = serde_json::from_value(json!({"order_id": order, "pay_way": "STRIPE"}))?;
        let request = CallToolRequestParams::new("pay_order").with_arguments(arguments);
        Ok(client.call_tool(request).await?)
    };
    let (paid, refused) = (call(1).await?, call(6).await?);
    client.cancel().await?;
    server.cancel().await?;

    let text = |result: &CallToolResult, block: usize| -> anyhow::Result<String> {
        let block = result.content.get(block).and_then(|block| block.as_text());
        let text = &block.context("a result without a text")?.text;
        Ok(text.replace(&sandbox.base_url(), USUAL_BASE))
    };
    let mut result = serde_json::from_str(&text(&paid, 0)?)?;
    steady(&mut result);
    let mut error: Map<String, Value> = serde_json::from_str(&text(&refused, 1)?)?;
    error.values_mut().filter_map(Value::as_object_mut).for_each(steady);
    Ok(Examples {
        result: serde_json::to_string_pretty(&result)?,
        sentence: text(&refused, 0)?,
        error: serde_json::to_string_pretty(&error)?,
    })
}

/// Replaces what differs every time.
fn steady(fields: &mut Map<String, Value>) {
    for (name, value) in fields {
        let always = match name.as_str() {
            "created_at" | "updated_at" => "2026-11-23T02:31:32Z",
            "expires_at" => "2026-11-24T02:31:32Z",
            "pay_id" => "plink_3f6214ff62814cc3903f257c6fe96758",
            "trace_id" => "1aa680c252e149f9a822e07f83ce21ec",
            _ => continue,
        };
        *value = always.into();
    }
}

//! The tool `check_order_status`.

use std::time::Duration;

use rmcp::service::{RequestContext, RoleServer};
use rmcp::{tool, tool_router};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use crate::mcp::arguments::Arguments;
use crate::mcp::error::ToolError;
use crate::mcp::progress::Progress;
use crate::mcp::reply::{Answer, Reply};
use crate::mcp::{Server, schema};
use crate::order::OrderId;
use crate::output::OrderOutput;
use crate::payment::{LONGEST_WAIT, Until};

/// The facts that it tells where they are known, besides those that are always there.
pub(in crate::mcp) const RESULTS: &[&str] = &[
    "next_step",
    "pay_way",
    "pay_url",
    "page_url",
    "pay_id",
    "price",
    "currency",
    "service",
    "created_at",
    "updated_at",
    "finished_at",
    "expires_at",
    "x402_receipt",
    "qr_code_text",
    "waited_seconds",
];

/// The arguments of `check_order_status`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// UUID of the order.
    order_id: OrderId,
    /// Wait for so many seconds, 0 to 50, until the state changes. Default 0.
    wait_seconds: Option<WaitSeconds>,
}

/// How long to wait, in seconds.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(try_from = "Value")]
struct WaitSeconds(u8);

impl TryFrom<Value> for WaitSeconds {
    type Error = String;

    fn try_from(seconds: Value) -> Result<Self, String> {
        let longest = LONGEST_WAIT.as_secs();
        let fits = seconds.as_u64().filter(|seconds| *seconds <= longest);
        fits.and_then(|seconds| u8::try_from(seconds).ok())
            .map(Self)
            .ok_or_else(|| format!("expected a whole number of seconds from 0 to {longest}"))
    }
}

impl JsonSchema for WaitSeconds {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WaitSeconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT.as_secs()})
    }
}

#[tool_router(router = check_order_status_tool, vis = "pub(in crate::mcp)")]
impl Server {
    #[tool(
        name = "check_order_status",
        title = "Check an order",
        description = "See how an Ace Data Cloud order stands: its price before anything is started, then whether it is paid. \
            Never charges; safe to repeat. With `wait_seconds` 45 it waits for the payment. Tell the person `message`, then do \
            what `next_step` says.",
        input_schema = schema::input::<Input>(),
        output_schema = schema::output::<OrderOutput>(RESULTS),
        annotations(read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = true)
    )]
    async fn check_order_status(
        &self,
        Arguments(input): Arguments<Input>,
        context: RequestContext<RoleServer>,
    ) -> Result<Answer, ToolError> {
        let call = async {
            let Input { order_id, wait_seconds } = input?;
            let status = match wait_seconds.unwrap_or_default() {
                WaitSeconds(0) => self.payments.check(order_id).await?,
                WaitSeconds(seconds) => {
                    let progress = Progress::of(&context, seconds);
                    let report = |waited| progress.report(waited);
                    let time = Duration::from_secs(seconds.into());
                    self.payments
                        .wait(order_id, Until::Changes, time, self.ending(), report)
                        .await?
                }
            };
            Ok(Reply::new(status, self.offer).into())
        };
        self.answer("check_order_status", &context.ct, call).await
    }
}

//! The tool `check_order_status`.

use rmcp::service::{RequestContext, RoleServer};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::Arguments;
use super::error::ToolError;
use super::reply::Reply;
use super::{Server, schema};
use crate::order::OrderId;

/// The arguments of `check_order_status`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// UUID of the order, e.g. a1b2c3d4-e5f6-7890-abcd-ef1234567890.
    order_id: OrderId,
}

#[tool_router(router = check_order_status_tool, vis = "pub(super)")]
impl Server {
    #[tool(
        name = "check_order_status",
        title = "Check an order",
        description = "Ask how an Ace Data Cloud order stands: pending, paid, finished. Never charges and is safe to repeat. \
            Use it after the person paid, or when the outcome of pay_order is unknown. While `final` is false, tell the \
            person `message` and check again after some seconds.",
        input_schema = schema::input::<Input>(),
        output_schema = schema::output::<Reply>(),
        annotations(read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = true)
    )]
    async fn check_order_status(
        &self,
        Arguments(input): Arguments<Input>,
        context: RequestContext<RoleServer>,
    ) -> Result<Reply, ToolError> {
        let call = async {
            let standing = self.payments.check(input?.order_id).await?;
            Ok(standing.into())
        };
        self.answer("check_order_status", &context.ct, call).await
    }
}

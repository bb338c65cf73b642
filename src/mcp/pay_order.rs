//! The tool `pay_order`.

use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::Arguments;
use super::error::ToolError;
use super::reply::{Reply, logged};
use super::{Server, schema};
use crate::order::{OrderId, PayWay, Surface};
use crate::platform::PayRequest;

/// The arguments of `pay_order`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// UUID of the pending order, e.g. a1b2c3d4-e5f6-7890-abcd-ef1234567890.
    order_id: OrderId,
    /// How the person wants to pay; ask them. STRIPE or CARD: card page, USD. WECHATPAY: code to scan, CNY. ALIPAY:
    /// page, CNY. X402: USDC, signed by a wallet. Leave out only for a free order.
    #[serde(default)]
    #[schemars(with = "PayWay")]
    pay_way: Option<PayWay>,
    /// Where the person pays: `native` (scan a code), `h5` (phone browser) or another word of the platform. Usually left
    /// out.
    #[serde(default)]
    #[schemars(with = "Surface")]
    surface: Option<Surface>,
}

#[tool_router(router = pay_order_tool, vis = "pub(super)")]
impl Server {
    #[tool(
        name = "pay_order",
        title = "Pay an order",
        description = "Start the payment of a pending Ace Data Cloud order and get its payment link. Charges nobody by \
            itself: the person pays by opening `pay_url` (or scanning it, for WeChat Pay). Show them `message`, follow \
            `next_action`, then call check_order_status. Does not create orders and does not wait. On an error with outcome \
            `unknown`, call check_order_status and do not pay again.",
        input_schema = schema::input::<Input>(),
        output_schema = schema::output::<Reply>(),
        annotations(read_only_hint = false, destructive_hint = false, idempotent_hint = false, open_world_hint = true)
    )]
    async fn pay_order(&self, Arguments(input): Arguments<Input>) -> Result<Reply, ToolError> {
        let call = async {
            let Input {
                order_id,
                pay_way,
                surface,
            } = input?;
            let standing = self.payments.pay(order_id, &PayRequest { pay_way, surface }).await?;
            Ok(standing.into())
        };
        logged("pay_order", call).await
    }
}

//! The tool `pay_order`.

use std::sync::Arc;

use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::arguments::Arguments;
use super::error::ToolError;
use super::reply::Reply;
use super::{Server, schema};
use crate::order::{OrderId, Surface};
use crate::pay_url::LinkKind;
use crate::pay_way::{PayWay, PayWays};
use crate::payment::Failure;
use crate::platform::{PayRequest, SignedPayment};
use crate::qr::QrCode;
use crate::report::Report;
use crate::x402::PaymentSignature;

/// The tool's name.
pub(super) const NAME: &str = "pay_order";

/// The arguments of `pay_order`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// UUID of the pending order, e.g. a1b2c3d4-e5f6-7890-abcd-ef1234567890.
    order_id: OrderId,
    /// How the person wants to pay; ask them. Leave out only for a free order.
    #[serde(default)]
    #[schemars(with = "PayWay")]
    pay_way: Option<PayWay>,
    /// Where the person pays: `native` (scan a code), `h5` (phone browser) or another word of the platform. Usually left
    /// out.
    #[serde(default)]
    #[schemars(with = "Surface")]
    surface: Option<Surface>,
    /// Add the link's QR code as a picture and as text. A WeChat link always comes with the picture.
    #[serde(default)]
    #[schemars(with = "bool")]
    qr_code: Option<bool>,
    /// X402 only, and it moves money: the value of the PAYMENT-SIGNATURE (version 1: X-PAYMENT) header that the wallet made
    /// of `x402`, base64. Never repeat or replace one whose outcome is unknown.
    #[serde(default)]
    #[schemars(with = "PaymentSignature")]
    payment_signature: Option<PaymentSignature>,
}

/// The tool, with the pay ways that the operator allows in its schema, and what each of them means.
pub(super) fn tool(allowed: &PayWays) -> ToolRouter<Server> {
    let mut router = Server::pay_order_tool();
    for route in router.map.values_mut() {
        let properties = Arc::make_mut(&mut route.attr.input_schema)
            .get_mut("properties")
            .and_then(Value::as_object_mut);
        let Some(properties) = properties else { continue };
        if let Some(pay_way) = properties.get_mut("pay_way").and_then(Value::as_object_mut) {
            let means: Vec<_> = allowed
                .iter()
                .map(|way| format!("{}: {}", way.as_str(), way.about()))
                .collect();
            let description = pay_way.get("description").and_then(Value::as_str).unwrap_or_default();
            pay_way.insert(
                "description".into(),
                json!(format!("{description} {}.", means.join("; "))),
            );
            pay_way.insert("enum".into(), allowed.iter().map(PayWay::as_str).collect());
        }
        if !allowed.allow(PayWay::X402) {
            properties.remove("payment_signature");
        }
    }
    router
}

#[tool_router(router = pay_order_tool, vis = "pub(super)")]
impl Server {
    #[tool(
        name = "pay_order",
        title = "Pay an order",
        description = "Start the payment of a pending Ace Data Cloud order and get its payment link. Charges nobody by \
            itself, except with `payment_signature`: the person pays by opening `pay_url` (or scanning it, for WeChat Pay). \
            Show them `message`, follow `next_action`, then call check_order_status. Does not create orders and does not \
            wait. On an error with outcome `unknown`, call check_order_status and do not pay again.",
        input_schema = schema::input::<Input>(),
        output_schema = schema::output::<Report>(&["waited_seconds"]),
        annotations(read_only_hint = false, destructive_hint = false, idempotent_hint = false, open_world_hint = true)
    )]
    async fn pay_order(
        &self,
        Arguments(input): Arguments<Input>,
        context: RequestContext<RoleServer>,
    ) -> Result<Reply, ToolError> {
        let call = async {
            let Input {
                order_id,
                pay_way,
                surface,
                qr_code,
                payment_signature,
            } = input?;
            let standing = match payment_signature {
                None => self.payments.pay(order_id, &PayRequest { pay_way, surface }).await?,
                Some(signature) if pay_way == Some(PayWay::X402) => {
                    let payment = SignedPayment { signature, surface };
                    self.payments.settle(order_id, &payment).await?
                }
                Some(_) => return Err(Failure::signature_without_x402(order_id, pay_way).into()),
            };
            let is_asked = qr_code == Some(true);
            let link = standing
                .pay_url()
                .filter(|link| is_asked || link.kind() == LinkKind::Scan);
            let code = link.and_then(|link| QrCode::new(link.as_str()).ok());
            let reply = Reply::from(standing);
            Ok(match code {
                Some(code) => reply.with_qr_code(&code, is_asked, self.qr_dir.as_deref()),
                None => reply,
            })
        };
        self.answer(NAME, &context.ct, call).await
    }
}

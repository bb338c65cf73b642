//! The tool `pay_order`.

use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::tool::{InputResponses, RequestState};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::elicitation::{self, Means, StateError};
use crate::mcp::error::ToolError;
use crate::mcp::reply::{Answer, Reply};
use crate::mcp::{Server, schema};
use crate::order::{OrderId, Surface};
use crate::output::OrderOutput;
use crate::pay_url::LinkKind;
use crate::pay_way::{PayWay, PayWays};
use crate::payment::{Advice, Failure, LAST_ANSWER, LAST_ANSWER_AFTER_SIGNAL, OfferResponse, OrderStatus};
use crate::platform::{PayRequest, SignedPayment};
use crate::qr::QrCode;
use crate::x402::PaymentPayload;

/// The tool's name.
pub(in crate::mcp) const NAME: &str = "pay_order";

/// The facts that it tells where they are known, besides those that are always there.
pub(in crate::mcp) const RESULTS: &[&str] = &[
    "next_step",
    "pay_way",
    "pay_url",
    "pay_id",
    "price",
    "currency",
    "service",
    "created_at",
    "updated_at",
    "finished_at",
    "expires_at",
    "x402",
    "x402_receipt",
    "qr_code_path",
    "qr_code_text",
];

/// The arguments of `pay_order`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// UUID of the pending order, e.g. a1b2c3d4-e5f6-7890-abcd-ef1234567890.
    order_id: OrderId,
    /// How the person wants to pay; ask them. Leave out only for a free order.
    pay_way: Option<PayWay>,
    /// Where the person pays: `native` (scan a code), `h5` (phone browser) or another of the platform's words. Usually
    /// left out.
    surface: Option<Surface>,
    /// Add the link's QR code as a picture and as text. A WeChat link always comes with the picture.
    qr_code: Option<bool>,
    /// X402 only, and it moves money: the value of the PAYMENT-SIGNATURE (version 1: X-PAYMENT) header that the wallet made
    /// from `x402`, base64. Never repeat or replace one whose outcome is unknown.
    payment_signature: Option<PaymentPayload>,
}

/// The tool, with the pay ways that the operator allows in its schema, and what each of them means. Only a signed payment
/// moves money, and cannot be undone.
pub(in crate::mcp) fn tool(allowed: &PayWays) -> ToolRouter<Server> {
    let mut router = Server::pay_order_tool();
    for route in router.map.values_mut() {
        let Some(properties) = schema::properties(&mut route.attr.input_schema) else {
            continue;
        };
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
        let moves_money = allowed.allow(PayWay::X402);
        if !moves_money {
            properties.remove("payment_signature");
        }
        route.attr.description = Some(description(moves_money).into());
        if let Some(hints) = &mut route.attr.annotations {
            hints.destructive_hint = Some(moves_money);
        }
    }
    router
}

/// What the tool does, for a model. Only a signed payment can charge somebody.
fn description(moves_money: bool) -> String {
    let except = if moves_money {
        ", except with `payment_signature`"
    } else {
        ""
    };
    format!(
        "Start the payment of a pending Ace Data Cloud order and get its payment link. Charges nobody by itself{except}: the \
         person pays by opening `pay_url` (or scanning it, for WeChat Pay). Show them `message`, then do what `next_step` says. \
         Does not create orders and does not wait. On an error with outcome `unknown`, call check_order_status and do not \
         pay again."
    )
}

#[tool_router(router = pay_order_tool, vis = "pub(in crate::mcp)")]
impl Server {
    #[tool(
        name = "pay_order",
        title = "Pay an order",
        input_schema = schema::input::<Input>(),
        output_schema = schema::output::<OrderOutput>(RESULTS),
        annotations(read_only_hint = false, destructive_hint = false, idempotent_hint = false, open_world_hint = true)
    )]
    async fn pay_order(
        &self,
        Arguments(input): Arguments<Input>,
        RequestState(state): RequestState,
        InputResponses(responses): InputResponses,
        context: RequestContext<RoleServer>,
    ) -> Result<Answer, ToolError> {
        let call = async {
            let input = input?;
            if state.is_some() || responses.is_some() {
                return self.second_round(&input, state.as_deref(), responses).await;
            }
            let started = Instant::now();
            let status = self.pay(&input).await?;
            let elicitor = self
                .elicitation
                .as_ref()
                .zip(elicitation::means(&context))
                .zip(elicitation::page(&status));
            match elicitor {
                None => Ok(self.reply(status, &input).into()),
                Some(((elicitor, Means::Result), page)) => {
                    Ok(Answer::Question(Box::new(elicitor.question(NAME, status, &page))))
                }
                Some(((_, Means::Request), page)) => {
                    let response = tokio::select! {
                        response = elicitation::request(&context.peer, &status, page, started) => response,
                        () = self.ending() => OfferResponse::None,
                    };
                    let status = self.payments.after_offer(status, response).await?;
                    Ok(self.reply(status, &input).into())
                }
            }
        };
        self.answer(NAME, &context.ct, call).await
    }
}

impl Server {
    /// Pays, or sends what a wallet has signed.
    async fn pay(&self, input: &Input) -> Result<OrderStatus, Failure> {
        let (order_id, pay_way, surface) = (input.order_id, input.pay_way, input.surface.clone());
        match &input.payment_signature {
            None => self.payments.pay(order_id, &PayRequest { pay_way, surface }).await,
            Some(signature) if pay_way == Some(PayWay::X402) => {
                let signature = signature.clone();
                let payment = SignedPayment { signature, surface };
                // At the end of a session a call has a short time to answer; the settlement goes on.
                tokio::select! {
                    outcome = self.payments.settle(order_id, &payment) => outcome,
                    () = self.last_answer() => Ok(self.payments.settling(order_id)),
                }
            }
            Some(_) => Err(Failure {
                order_id: Some(order_id),
                ..invalid(&signature_without_x402(pay_way))
            }),
        }
    }

    /// Waits until the session ends and a call must be answered, or its answer is lost.
    async fn last_answer(&self) {
        let after = async |end: &CancellationToken, time| {
            end.cancelled().await;
            sleep(time).await;
        };
        tokio::select! {
            () = after(&self.end_of_input, LAST_ANSWER) => {}
            () = after(&self.stop, LAST_ANSWER_AFTER_SIGNAL) => {}
        }
    }

    /// The call again, with what the person answered: it looks at the order, and never pays.
    async fn second_round(
        &self,
        input: &Input,
        state: Option<&str>,
        responses: Option<rmcp::model::InputResponses>,
    ) -> Result<Answer, Failure> {
        let opened = match &self.elicitation {
            Some(elicitor) => elicitor.open(NAME, input.order_id, state),
            None => Err(StateError::Forged),
        };
        let status = opened.map_err(|error| refused_state(input.order_id, error))?;
        let status = self.payments.after_offer(status, elicitation::read(responses)).await?;
        Ok(self.reply(status, input).into())
    }

    /// The reply, with the QR code of the link where it is asked for or the only way to pay.
    fn reply(&self, status: OrderStatus, input: &Input) -> Reply {
        let is_asked = input.qr_code == Some(true);
        let link = status
            .pay_url()
            .filter(|link| is_asked || link.kind() == LinkKind::Scan);
        let code = link.and_then(|link| QrCode::new(link.as_str()).ok());
        let reply = Reply::new(status, self.offer);
        match code {
            Some(code) => reply.with_qr_code(&code, is_asked, self.qr_dir.as_deref()),
            None => reply,
        }
    }
}

/// A signature with another pay way than X402, or with none.
fn signature_without_x402(pay_way: Option<PayWay>) -> String {
    let given = pay_way.map_or("none", PayWay::as_str);
    format!("payment_signature: it goes only with `pay_way` `X402`, and that is {given}.")
}

/// The second round of a call whose state cannot be taken, for a reason. Nothing was sent.
fn refused_state(id: OrderId, reason: StateError) -> Failure {
    let correction = format!(
        "requestState: {reason}. Nothing was sent. Call `check_order_status`: it tells how the order stands, with its payment \
         link."
    );
    Failure {
        order_id: Some(id),
        ..Failure::invalid_arguments(
            "The answer to the question came too late or twice, so nothing was done with it.",
            Advice::Correct(correction),
        )
    }
}

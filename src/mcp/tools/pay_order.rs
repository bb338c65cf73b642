//! The tool `pay_order`.

use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::tool::{InputResponses, RequestState};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{tool, tool_router};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::elicitation::{self, Means, StateError};
use crate::mcp::error::ToolError;
use crate::mcp::reply::{Answer, Reply};
use crate::mcp::{Server, schema};
use crate::money::Money;
use crate::order::{OrderId, Surface};
use crate::output::OrderOutput;
use crate::pay_url::LinkKind;
use crate::pay_way::{PayWay, PayWays};
use crate::payment::{Advice, Conditions, Failure, LAST_ANSWER, LAST_ANSWER_AFTER_SIGNAL, OfferResponse, OrderStatus};
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
    "page_url",
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
    "platform",
];

/// The arguments of `pay_order`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// UUID of the order.
    order_id: OrderId,
    /// How to pay; ask the person, unless they said or left it to you. Leave out for a free order.
    pay_way: Option<PayWay>,
    /// Where the person pays: native (scan a code), h5 (phone browser). Usually left out.
    surface: Option<Surface>,
    /// The most that it may cost, in the order's currency, e.g. "40.00". Dearer: `price_above_limit`, nothing is started.
    max_price: Option<MaxPrice>,
    /// Add the link's QR code, as picture and text. A WeChat link always has it.
    qr_code: Option<bool>,
    /// X402 only; it moves money. The PAYMENT-SIGNATURE (version 1: X-PAYMENT) header that the wallet made, base64. Never
    /// repeat or replace one whose outcome is unknown.
    payment_signature: Option<PaymentPayload>,
}

/// The most that an order may cost.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Value")]
struct MaxPrice(Money);

/// How many digits a number has at most of which none is lost on the way here.
const EXACT_DIGITS: usize = 15;

impl TryFrom<Value> for MaxPrice {
    type Error = &'static str;

    /// Reads a decimal text. Of a number that is not one of some digits nobody knows what was meant: JSON readers round it.
    fn try_from(price: Value) -> Result<Self, Self::Error> {
        let read = match &price {
            Value::String(text) => text.trim().parse().ok(),
            Value::Number(number) => {
                let text = number.to_string();
                let digits = text.bytes().filter(u8::is_ascii_digit).count();
                (digits <= EXACT_DIGITS).then(|| text.parse().ok()).flatten()
            }
            _ => None,
        };
        read.map(Self)
            .ok_or("expected a decimal of zero or more as text, such as \"40.00\"")
    }
}

impl JsonSchema for MaxPrice {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MaxPrice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
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

impl Input {
    /// The most that the order may cost.
    fn most(&self) -> Option<Money> {
        self.max_price.map(|MaxPrice(most)| most)
    }
}

/// What the tool does, for a model. Only a signed payment can charge somebody.
fn description(moves_money: bool) -> String {
    let except = if moves_money {
        ", except with `payment_signature`"
    } else {
        ""
    };
    format!(
        "Start the payment of a pending Ace Data Cloud order: get its link. Charges nobody by itself{except}: the person opens \
         `pay_url`, or scans it with WeChat. Show them `message`, then do what `next_step` says. Creates no orders, and does \
         not wait. After outcome `unknown`, call check_order_status first."
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
                None => Ok(self.started(status, &input).await.into()),
                Some(((elicitor, Means::Result), page)) => {
                    Ok(Answer::Question(Box::new(elicitor.question(NAME, status, &page))))
                }
                Some(((_, Means::Request), page)) => {
                    let response = tokio::select! {
                        response = elicitation::request(&context.peer, &status, page, started) => response,
                        () = self.ending() => OfferResponse::None,
                    };
                    let status = self.payments.after_offer(status, response, input.most()).await?;
                    Ok(self.started(status, &input).await.into())
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
        let most = input.most();
        match &input.payment_signature {
            None => {
                // Who asks for a code may have the link already, and a new session would make another one.
                let reuse = input.qr_code == Some(true);
                let request = PayRequest { pay_way, surface };
                self.payments.pay(order_id, &request, Conditions { most, reuse }).await
            }
            Some(signature) if pay_way == Some(PayWay::X402) => {
                let signature = signature.clone();
                let payment = SignedPayment { signature, surface };
                // At the end of a session a call has a short time to answer; the settlement goes on.
                tokio::select! {
                    outcome = self.payments.settle(order_id, &payment, most) => outcome,
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
        let response = elicitation::read(responses);
        let status = self.payments.after_offer(status, response, input.most()).await?;
        Ok(self.started(status, input).await.into())
    }

    /// The reply, with the QR code of the link where it is asked for or the only way to pay.
    async fn started(&self, status: OrderStatus, input: &Input) -> Reply {
        let is_asked = input.qr_code == Some(true);
        let link = status
            .pay_url()
            .filter(|link| is_asked || link.kind() == LinkKind::Scan);
        let code = link.and_then(|link| QrCode::new(link.as_str()).ok());
        let reply = self.reply(status).await;
        match code {
            Some(code) => reply.with_qr_code(&code, self.qr_dir.as_ref()).await,
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

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_limit_is_decimal_text_or_a_number_of_which_no_digit_is_lost() {
        let read = |json: &str| {
            let value: Value = serde_json::from_str(json).unwrap();
            MaxPrice::try_from(value).ok().map(|MaxPrice(most)| most.to_string())
        };
        for (given, most) in [
            (r#""40""#, "40"),
            (r#""40.00""#, "40.00"),
            (r#"" 9.90 ""#, "9.90"),
            (r#""12345678901234567.89""#, "12345678901234567.89"),
            ("40", "40"),
            ("39.99", "39.99"),
            ("0.1", "0.1"),
            ("1e3", "1000.0"),
        ] {
            assert_eq!(read(given).as_deref(), Some(most), "{given}");
        }
        for given in [
            r#""""#,
            r#""forty""#,
            r#""40 USD""#,
            r#""-1""#,
            r#""40,00""#,
            r#""NaN""#,
            "-1",
            "12345678901234567.89",
            "9007199254740993",
            "true",
            "[40]",
        ] {
            assert_eq!(read(given), None, "{given}");
        }
    }
}

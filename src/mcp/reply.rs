//! What both tools return: one flat object of facts about an order.

use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock};
use schemars::JsonSchema;
use serde::Serialize;

use crate::payment::{Environment, NextAction, Standing};

/// How an order stands. A fact that is not known is left out.
///
/// The field docs are the schema's text. Clients read the schema of both tools with every list, so they are short.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Reply {
    /// The order's UUID.
    order_id: String,
    /// Pending, Paid, Finished, Expired, Failed, Refunded, or a newer word.
    state: String,
    /// The money has arrived.
    paid: bool,
    /// No further change is to come.
    #[serde(rename = "final")]
    is_final: bool,
    /// What to do next.
    next_action: NextAction,
    /// Tell the person this: what stands and what to do.
    message: String,
    /// STRIPE, WECHATPAY, ALIPAY, X402, CARD, or a newer one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pay_way: Option<String>,
    /// Payment link for the person; only while Pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pay_url: Option<String>,
    /// The payment provider's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pay_id: Option<String>,
    /// Money due, an exact decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    price: Option<String>,
    /// Currency of the price, if stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    currency: Option<String>,
    /// What is bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    service: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    created_at: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    updated_at: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    finished_at: Option<String>,
    /// Payment deadline, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    expires_at: Option<String>,
    /// How long the call waited for a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    waited_seconds: Option<u64>,
    /// In a sandbox no money is real.
    environment: Environment,
}

impl Reply {
    /// The order's state.
    pub(super) fn state(&self) -> &str {
        &self.state
    }
}

impl From<Standing> for Reply {
    fn from(standing: Standing) -> Self {
        fn shown<T: ToString>(fact: Option<T>) -> Option<String> {
            fact.map(|fact| fact.to_string())
        }
        Self {
            message: standing.message(),
            next_action: standing.next_action(),
            pay_url: shown(standing.pay_url()),
            environment: standing.environment,
            waited_seconds: standing.waited.map(|waited| waited.as_secs()),
            order_id: standing.order.id.to_string(),
            paid: standing.order.state.is_paid(),
            is_final: standing.order.state.is_final(),
            state: standing.order.state.to_string(),
            pay_way: standing.order.pay_way.map(|way| way.as_str().to_owned()),
            pay_id: shown(standing.order.pay_id),
            price: shown(standing.order.price.and_then(Result::ok)),
            currency: shown(standing.order.currency),
            service: shown(standing.order.service),
            created_at: shown(standing.order.created_at),
            updated_at: shown(standing.order.updated_at),
            finished_at: shown(standing.order.finished_at),
            expires_at: shown(standing.order.expires_at),
        }
    }
}

impl IntoCallToolResult for Reply {
    /// The same facts twice: some clients show the model only `structuredContent`, others only `content`.
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let unserializable = |_| ErrorData::internal_error("the result cannot be written as JSON", None);
        let text = serde_json::to_string(&self).map_err(unserializable)?;
        let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
        result.structured_content = Some(serde_json::to_value(&self).map_err(unserializable)?);
        Ok(result.into())
    }
}

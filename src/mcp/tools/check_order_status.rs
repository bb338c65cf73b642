//! The tool `check_order_status`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::mcp::arguments::{Arguments, invalid, whole_number};
use crate::mcp::error::ToolError;
use crate::mcp::progress::Progress;
use crate::mcp::reply::Answer;
use crate::mcp::{Offer, Server, schema};
use crate::order::OrderId;
use crate::output::OrderOutput;
use crate::payment::{Failure, Until};

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
    "platform",
];

/// The arguments of `check_order_status`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// UUID of the order.
    order_id: OrderId,
    /// How long to wait, in seconds; [`tool()`] says how long that may be.
    #[schemars(with = "Option<u64>")]
    wait_seconds: Option<Value>,
}

/// The tool, with the longest time that it may wait in its schema, and what it is for.
pub(in crate::mcp) fn tool(offer: Offer) -> ToolRouter<Server> {
    let longest = offer.longest_wait.as_secs();
    let mut router = Server::check_order_status_tool();
    for route in router.map.values_mut() {
        route.attr.description = Some(description(offer).into());
        let Some(properties) = schema::properties(&mut route.attr.input_schema) else {
            continue;
        };
        if longest == 0 {
            properties.remove("wait_seconds");
        }
        if let Some(wait_seconds) = properties.get_mut("wait_seconds").and_then(Value::as_object_mut) {
            let description = format!("Wait for so many seconds, 0 to {longest}, until the state changes. Default 0.");
            wait_seconds.insert("maximum".into(), longest.into());
            wait_seconds.insert("description".into(), description.into());
        }
    }
    router
}

/// What the tool does, for a model.
fn description(offer: Offer) -> String {
    let waits = offer
        .usual_wait()
        .map(|seconds| format!(" With `wait_seconds` {seconds} it waits for the payment."))
        .unwrap_or_default();
    format!(
        "See how an Ace Data Cloud order stands: its price before anything is started, then whether it is paid. Never charges; \
         safe to repeat.{waits} Tell the person `message`, then do what `next_step` says."
    )
}

/// The order of the latest wait that has no answer yet. One that is asked about again was cut off by the client, with or
/// without a word.
#[derive(Debug, Default)]
pub(in crate::mcp) struct UnansweredWait(Mutex<Option<OrderId>>);

impl UnansweredWait {
    /// Begins to wait for an order.
    fn begin(&self, order: OrderId) {
        *self.latest() = Some(order);
    }

    /// Whether it is a wait for this order that has no answer, which is then forgotten.
    fn end(&self, order: OrderId) -> bool {
        self.latest().take_if(|latest| *latest == order).is_some()
    }

    fn latest(&self) -> MutexGuard<'_, Option<OrderId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tool_router(router = check_order_status_tool, vis = "pub(in crate::mcp)")]
impl Server {
    #[tool(
        name = "check_order_status",
        title = "Check an order",
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
            let time = self.time_to_wait(wait_seconds.as_ref())?;
            let was_cut_off = self.unanswered_wait.end(order_id);
            let status = if time.is_zero() {
                self.payments.check(order_id).await
            } else {
                self.unanswered_wait.begin(order_id);
                let progress = Progress::of(&context, time);
                let report = |waited| progress.report(waited);
                let status = self
                    .payments
                    .wait(order_id, Until::Changes, time, self.ending(), report)
                    .await;
                self.unanswered_wait.end(order_id);
                status
            };
            let reply = self.reply(status?).await;
            Ok(if was_cut_off {
                reply.after_a_wait_that_was_cut_off()
            } else {
                reply
            }
            .into())
        };
        self.answer("check_order_status", &context.ct, call).await
    }
}

impl Server {
    /// How long a call is to wait: not at all where it does not say.
    fn time_to_wait(&self, seconds: Option<&Value>) -> Result<Duration, Failure> {
        let Some(seconds) = seconds else {
            return Ok(Duration::ZERO);
        };
        let time = whole_number(seconds).map(Duration::from_secs);
        time.filter(|time| *time <= self.offer.longest_wait).ok_or_else(|| {
            let longest = self.offer.longest_wait.as_secs();
            invalid(&format!(
                "`wait_seconds`: expected a whole number of seconds from 0 to {longest}."
            ))
        })
    }
}

//! The MCP edge: the server and its tools.
//!
//! This module and its children are the only ones (with the clients of the demo and the doctor) that name `rmcp`. They
//! turn arguments into vocabulary, call [`crate::payment`], and turn what comes back into results.

mod arguments;
mod catalog;
mod elicitation;
mod error;
mod misconfigured;
mod offer;
mod progress;
mod reply;
mod schema;
mod serve;
mod tools;
mod transport;
mod wording;

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt as _;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::tool::{IntoCallToolResult as _, ToolCallContext};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CustomRequest, CustomResult, Implementation, ServerCapabilities,
    ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{ErrorData, ServerHandler, tool_handler};
use tokio_util::sync::CancellationToken;

pub use self::catalog::{Field, ToolFacts, tools};
use self::elicitation::Elicitation;
use self::error::ToolError;
pub use self::offer::Offer;
use self::reply::Answer;
#[cfg(fuzzing)]
pub use self::serve::serve_on;
pub use self::serve::{explain, serve};
use self::tools::check_order_status::{self, UnansweredWait};
use self::tools::pay_order;
use crate::pay_way::{PayWay, PayWays};
use crate::payment::{Environment, Failure, Payments};
use crate::{qr, sandbox};

/// The name the server announces.
pub const NAME: &str = env!("CARGO_PKG_NAME");

/// The version the server announces.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How an order is paid by X402, for a model.
const BY_WALLET: &str = " X402 takes two calls of `pay_order`: the first shows what to sign, a wallet signs one entry of \
     `x402.accepts`, and the second, with the same `pay_way` and the `payment_signature`, pays.";

/// The MCP server: the tools over one platform.
#[derive(Debug)]
pub struct Server {
    payments: Arc<Payments>,
    tools: ToolRouter<Self>,
    offer: Offer,
    qr_dir: Option<qr::Folder>,
    checkout_page: Option<String>,
    elicitation: Option<Elicitation>,
    unanswered_wait: UnansweredWait,
    stop: CancellationToken,
    end_of_input: CancellationToken,
}

impl Server {
    /// A server whose tools act on `payments`, until `stop` is cancelled. Creating one does no I/O.
    #[must_use]
    pub fn new(payments: Arc<Payments>, offer: Offer, stop: CancellationToken) -> Self {
        let tools = Self::tools(offer, payments.allowed());
        Self {
            payments,
            tools,
            offer,
            qr_dir: None,
            checkout_page: None,
            elicitation: Some(Elicitation::new()),
            unanswered_wait: UnansweredWait::default(),
            stop,
            end_of_input: CancellationToken::new(),
        }
    }

    fn tools(offer: Offer, allowed: &PayWays) -> ToolRouter<Self> {
        let mut tools = check_order_status::tool(offer);
        if offer.can_pay {
            tools += pay_order::tool(allowed);
        }
        tools
    }

    /// Keeps the QR codes of payment links in a folder, while their orders wait.
    #[must_use]
    pub fn with_qr_dir(self, folder: Option<&Path>) -> Self {
        Self {
            qr_dir: folder.map(qr::Folder::new),
            ..self
        }
    }

    /// Never asks the person inside the client, whatever the client can do.
    #[must_use]
    pub fn without_elicitation(self) -> Self {
        Self {
            elicitation: None,
            ..self
        }
    }

    /// Tells clients where the sandbox's checkout page of an order is.
    #[must_use]
    pub fn with_checkout_page(self, page: Option<String>) -> Self {
        Self {
            checkout_page: page,
            ..self
        }
    }

    /// Is cancelled when the client has closed stdin, or stdout: it asks and answers nothing more. A signal to stop cancels
    /// the token that the server was made with.
    fn end_of_input(&self) -> CancellationToken {
        self.end_of_input.clone()
    }

    /// Waits until the session ends: the client has left, or a signal to stop came.
    async fn ending(&self) {
        tokio::select! {
            () = self.end_of_input.cancelled() => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// Carries out a tool call, logs it in one line, and lets go of it when the client cancels it: what has been sent
    /// for it goes on, and the next call on that order sees what came of it.
    async fn answer(
        &self,
        tool: &'static str,
        cancelled: &CancellationToken,
        call: impl Future<Output = Result<Answer, Failure>>,
    ) -> Result<Answer, ToolError> {
        let started = Instant::now();
        let mut call = pin!(call);
        let answer = tokio::select! {
            answer = &mut call => answer,
            // A signal to stop cancels every call too, but leaves some time to answer.
            () = cancelled.cancelled() => if self.stop.is_cancelled() { call.await } else { Err(Failure::cancelled()) },
        };
        let elapsed_ms = started.elapsed().as_millis();
        match &answer {
            Ok(answer) => tracing::info!(tool, state = answer.state(), elapsed_ms, "tool call"),
            Err(_) if cancelled.is_cancelled() => tracing::info!(tool, elapsed_ms, "tool call cancelled"),
            Err(failure) => tracing::warn!(
                tool,
                code = ?failure.code,
                outcome = ?failure.outcome,
                http_status = failure.platform.status,
                elapsed_ms,
                "tool call failed"
            ),
        }
        answer.map_err(|failure| self.error(failure))
    }

    fn error(&self, failure: Failure) -> ToolError {
        ToolError::new(failure, self.offer, self.payments.platform())
    }

    fn instructions(&self) -> String {
        let mut text = if self.offer.can_pay {
            let except = if self.payments.allowed().allow(PayWay::X402) {
                ", except with `payment_signature`"
            } else {
                ""
            };
            let by_wallet = if except.is_empty() { "" } else { BY_WALLET };
            format!(
                "Pay orders of Ace Data Cloud; they are created on the platform and have a UUID. `check_order_status` shows the \
                 price. 1. Ask the person how to pay, unless they said or left it to you, then call `pay_order`, with \
                 their limit as `max_price` if they set one; it charges nobody by itself{except}. 2. Give the person \
                 `message` in their language, links and codes unchanged. 3. Do what `next_step` says, until `final` is \
                 true. To find out whether a payment went through, call `check_order_status`, never `pay_order`.\
                 {by_wallet}"
            )
        } else {
            "Check orders of Ace Data Cloud with `check_order_status`. This server is set up not to pay any.".to_owned()
        };
        if self.payments.environment() == Environment::Sandbox {
            text.push_str("\n\nThis is a sandbox: no account is needed and no money is real; X402 is on Base Sepolia.");
            // It has a Pay button.
            let page = self.checkout_page.as_ref().filter(|_| self.offer.can_pay);
            if let Some(page) = page {
                text.extend([" The checkout page of an order, also of a WeChat one: ", page]);
            }
            text.push_str("\nIts orders:");
            text.extend(
                sandbox::PRESETS
                    .iter()
                    .map(|order| format!("\n- {}: {}", order.id, order.about)),
            );
        }
        text
    }
}

/// What a client is told of the server.
fn introduction(instructions: String) -> ServerConfig {
    let about = Implementation::new(NAME, VERSION).with_title("Ace Data Cloud payments");
    ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
        .with_server_info(about)
        .with_instructions(instructions)
}

#[tool_handler(router = self.tools)]
impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        introduction(self.instructions())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if !self.tools.has_route(&request.name) {
            let known: Vec<_> = self
                .tools
                .list_all()
                .into_iter()
                .map(|tool| format!("`{}`", tool.name))
                .collect();
            return Err(ErrorData::invalid_params(
                format!("unknown tool; there are {}", known.join(", ")),
                None,
            ));
        }
        let call = self.tools.call(ToolCallContext::new(self, request, context));
        // Without an answer the client would wait for ever: rmcp loses the reply of a handler that panics.
        let panicked = |_| self.error(Failure::internal_error()).into_call_tool_result();
        AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(panicked)
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(transport::unfit(&request.method))
    }
}

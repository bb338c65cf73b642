//! The MCP edge: the server, its tools, and serving them on stdio.
//!
//! This module and its children are the only ones (with the demo's client) that name `rmcp`. They turn arguments into
//! vocabulary, call [`crate::payment`], and turn what comes back into results.

mod arguments;
mod check_order_status;
mod error;
mod lifecycle;
mod pay_order;
mod progress;
mod reply;
mod schema;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CustomRequest, CustomResult, ErrorCode, Implementation,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::{QuitReason, RequestContext, RoleServer, ServerInitializeError};
use rmcp::{ErrorData, ServerHandler, ServiceExt as _, tool_handler};
use tokio_util::sync::CancellationToken;

use self::error::ToolError;
use self::lifecycle::Lifecycle;
use self::reply::Reply;
use crate::config::{Config, Target};
use crate::payment::{Environment, Failure, Payments};
use crate::platform::{Limits, Platform};
use crate::sandbox::{self, Sandbox};
use crate::text::Given;

/// How long requests of cancelled calls are waited for at the end.
const LAST_REQUESTS: Duration = Duration::from_secs(2);

/// The longest line that is read, in bytes; a longer one is dropped.
const MAX_LINE: usize = 1024 * 1024;

/// The name the server announces.
pub const NAME: &str = env!("CARGO_PKG_NAME");

/// The version the server announces.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The MCP server: the tools over one platform.
#[derive(Debug)]
pub struct Server {
    payments: Arc<Payments>,
    tools: ToolRouter<Self>,
    qr_dir: Option<PathBuf>,
    stop: CancellationToken,
}

/// Which tools a server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Orders can be checked and paid.
    PayAndCheck,
    /// Orders can only be checked.
    CheckOnly,
}

impl Server {
    /// A server whose tools act on `payments`, until `stop` is cancelled. Creating one does no I/O.
    #[must_use]
    pub fn new(payments: Arc<Payments>, offer: Offer, stop: CancellationToken) -> Self {
        let mut tools = Self::check_order_status_tool();
        if offer == Offer::PayAndCheck {
            tools += pay_order::tool(payments.allowed());
        }
        Self {
            payments,
            tools,
            qr_dir: None,
            stop,
        }
    }

    /// Writes the QR codes of payment links into a folder.
    #[must_use]
    pub fn with_qr_dir(self, folder: Option<PathBuf>) -> Self {
        Self { qr_dir: folder, ..self }
    }

    /// Carries out a tool call, logs it in one line, and lets go of it when the client cancels it: what has been sent
    /// for it goes on, and the next call on that order sees what came of it.
    async fn answer(
        &self,
        tool: &'static str,
        cancelled: &CancellationToken,
        call: impl Future<Output = Result<Reply, ToolError>>,
    ) -> Result<Reply, ToolError> {
        let started = Instant::now();
        let mut call = pin!(call);
        let answer = tokio::select! {
            answer = &mut call => answer,
            // A signal to stop cancels every call too, but leaves some time to answer.
            () = cancelled.cancelled() => if self.stop.is_cancelled() { call.await } else { Err(ToolError(Failure::cancelled())) },
        };
        let elapsed_ms = started.elapsed().as_millis();
        match &answer {
            Ok(reply) => tracing::info!(tool, state = reply.state(), elapsed_ms, "tool call"),
            Err(_) if cancelled.is_cancelled() => tracing::info!(tool, elapsed_ms, "tool call cancelled"),
            Err(ToolError(failure)) => tracing::warn!(
                tool,
                code = ?failure.code,
                outcome = ?failure.outcome,
                http_status = failure.http_status,
                elapsed_ms,
                "tool call failed"
            ),
        }
        answer
    }

    fn instructions(&self) -> String {
        let mut text = if self.tools.has_route(pay_order::NAME) {
            "Pay orders of Ace Data Cloud. An order is created on the platform and has a UUID. \
             1. Ask the person how to pay, then call `pay_order`; it charges nobody by itself. \
             2. Give the person `message` with the link. \
             3. Call `check_order_status` with `wait_seconds` until `final` is true. \
             Never call `pay_order` again to find out whether a payment went through."
        } else {
            "Check orders of Ace Data Cloud with `check_order_status`. This server is set up not to pay any."
        }
        .to_owned();
        if self.payments.environment() == Environment::Sandbox {
            text.push_str("\n\nThis is a sandbox: no account is needed and no money is real. Its orders:");
            text.extend(
                sandbox::PRESETS
                    .iter()
                    .map(|order| format!("\n- {}: {}", order.id, order.about)),
            );
        }
        text
    }
}

#[tool_handler(router = self.tools)]
impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let about = Implementation::new(NAME, VERSION).with_title("Ace Data Cloud payments");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(about)
            .with_instructions(self.instructions())
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
        let panicked = |_| Ok(error::failed(&Failure::internal_error()).into());
        AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(panicked)
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        // A request of the protocol arrives here when its parameters do not fit, which is not an unknown method.
        Err(if lifecycle::is_standard_request(&request.method) {
            ErrorData::invalid_params(format!("the parameters of `{}` are malformed", request.method), None)
        } else {
            ErrorData::new(
                ErrorCode::METHOD_NOT_FOUND,
                format!("unknown method {}", Given(&request.method)),
                None,
            )
        })
    }
}

/// Serves MCP on stdin and stdout until the client closes stdin, or a signal asks to stop.
///
/// # Errors
/// When the sandbox cannot be started, or stdin or stdout break before a session is open.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let offer = if config.read_only.value {
        Offer::CheckOnly
    } else {
        Offer::PayAndCheck
    };
    let qr_dir = config.qr_dir.clone().map(|folder| folder.value);
    let (payments, _sandbox) = payments(config).await?;
    let payments = Arc::new(payments);
    tracing::info!(environment = ?payments.environment(), ?offer, pay_ways = %payments.allowed(), "serving MCP on stdio");
    let stop = CancellationToken::new();
    tokio::spawn(cancel_on_signal(stop.clone())?);
    let served = serve_session(
        Server::new(Arc::clone(&payments), offer, stop.clone()).with_qr_dir(qr_dir),
        stop,
    )
    .await;
    // A call that the client cancelled may still have a request under way: it is not torn down half-way.
    payments.idle(LAST_REQUESTS).await;
    served
}

async fn serve_session(server: Server, stop: CancellationToken) -> anyhow::Result<()> {
    let (stdin, stdout) = rmcp::transport::stdio_pipes();
    let transport = Lifecycle::new(stdin, stdout, MAX_LINE);
    match server.serve_with_ct(transport, stop).await {
        Ok(session) => match session.waiting().await? {
            QuitReason::JoinError(error) => Err(error.into()),
            _ => Ok(()),
        },
        // The client left, or a signal came, before a session was open: nothing was lost.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The payments that a configuration asks for; with the sandbox, which lives as long as it is held.
async fn payments(config: Config) -> anyhow::Result<(Payments, Option<Sandbox>)> {
    let (base_url, token, sandbox) = match config.target {
        Target::Platform { base_url, token } => (base_url.value, token.map(|token| token.value), None),
        Target::Sandbox => {
            let sandbox = Sandbox::start(0).await?;
            (
                sandbox.base_url().parse()?,
                Some(sandbox::TOKEN.parse()?),
                Some(sandbox),
            )
        }
    };
    // An address on this machine alone says little: it may be a tunnel to the live platform. A sandbox has its own token.
    let is_sandbox = base_url.is_loopback() && token.as_ref().is_some_and(|token| token.is(sandbox::TOKEN));
    let environment = if is_sandbox {
        Environment::Sandbox
    } else {
        Environment::Live
    };
    let limits = Limits {
        request_timeout: config.timeout.value,
        requests_per_second: config.rate_limit.value,
    };
    let platform = Platform::new(base_url, token, limits);
    Ok((Payments::new(platform, environment, config.pay_ways.value), sandbox))
}

/// Waits for a signal to stop: SIGTERM, SIGINT and SIGHUP, or Ctrl-C on Windows.
fn cancel_on_signal(stop: CancellationToken) -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let signal = {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = hangup.recv() => {}
            }
        }
    };
    #[cfg(not(unix))]
    let signal = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    Ok(async move {
        signal.await;
        stop.cancel();
    })
}

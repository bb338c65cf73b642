//! Serving on stdio: from a configuration to a session, and to its end.

use std::sync::Arc;

use rmcp::service::{QuitReason, ServerInitializeError};
use rmcp::{ServerHandler, ServiceExt as _};
use tokio::io::AsyncRead;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::misconfigured::Misconfigured;
use super::transport::StdioTransport;
use super::{Offer, Server};
use crate::journal::Front;
use crate::pay_way::PayWays;
use crate::payment::{AFTER_SIGNAL, Environment, LAST_REQUESTS, LAST_WRITES, Payments};
use crate::settings::{Config, ConfigError};
use crate::setup;

/// Serves MCP on stdin and stdout until the client closes either of them, or a signal asks to stop.
///
/// # Errors
/// When the sandbox cannot be started, signals cannot be received, or the protocol library fails.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let offer = Offer {
        can_pay: !config.read_only.value,
        longest_wait: config.max_wait.value,
    };
    let qr_dir = config.qr_dir.value.clone();
    let asks = config.elicitation.value;
    let (payments, sandbox) = setup::payments(config, Front::Mcp).await?;
    let payments = Arc::new(payments);
    tracing::info!(environment = ?payments.environment(), ?offer, pay_ways = %payments.allowed(), "serving MCP on stdio");
    if sandbox.is_none() {
        warn_of_other_platform(&payments);
    }
    let stop = CancellationToken::new();
    tokio::spawn(cancel_on_signal(stop.clone())?);
    let server = Server::new(Arc::clone(&payments), offer, stop.clone())
        .with_qr_dir(qr_dir.as_deref())
        .with_checkout_page(sandbox.as_ref().map(|sandbox| sandbox.checkout_url("ORDER_ID")));
    let server = if asks { server } else { server.without_elicitation() };
    // Whatever the session is at, also at its end: rmcp does not look at a signal once stdin is closed.
    tokio::select! {
        outcome = session(server, &payments, &stop) => outcome,
        () = out_of_time(&stop) => {
            tracing::warn!("something was still under way at the end");
            Ok(())
        }
    }
}

/// Answers every call on stdin and stdout with the setting that cannot be used, and lists the tools as far as `ways` allows
/// them; whether anybody has opened a session. Nothing is sent.
///
/// # Errors
/// When signals cannot be received, or the protocol library fails.
pub async fn explain(error: &ConfigError, ways: Option<PayWays>) -> anyhow::Result<bool> {
    let stop = CancellationToken::new();
    tokio::spawn(cancel_on_signal(stop.clone())?);
    let (stdin, stdout) = rmcp::transport::stdio_pipes();
    let (transport, writing) = StdioTransport::start(stdin, stdout, CancellationToken::new());
    let session = async {
        let outcome = speak(Misconfigured::new(error, ways), transport, &stop).await;
        // A client that reads nothing is not waited for.
        let _ = timeout(LAST_WRITES, writing).await;
        outcome
    };
    tokio::select! {
        outcome = session => outcome,
        () = out_of_time(&stop) => Ok(true),
    }
}

/// Waits for a signal to stop, and until the time after it is up.
async fn out_of_time(stop: &CancellationToken) {
    stop.cancelled().await;
    sleep(AFTER_SIGNAL).await;
}

/// One line for whoever reads the log of a server that was pointed elsewhere, perhaps by somebody else's configuration.
fn warn_of_other_platform(payments: &Payments) {
    let Some(platform) = payments.platform() else { return };
    match payments.environment() {
        Environment::Live => tracing::warn!(
            platform,
            "the base URL is not Ace Data Cloud's own: orders and the token go to another platform"
        ),
        Environment::Sandbox => tracing::warn!(platform, "the base URL is a sandbox's: no money is real"),
    }
}

/// A session, up to the last request to the platform and the last answer.
async fn session(server: Server, payments: &Arc<Payments>, stop: &CancellationToken) -> anyhow::Result<()> {
    let (stdin, stdout) = rmcp::transport::stdio_pipes();
    let (transport, writing) = StdioTransport::start(stdin, stdout, server.end_of_input());
    tokio::spawn(stop_payments(Arc::clone(payments), server.end_of_input(), stop.clone()));
    let outcome = speak(server, transport, stop).await;
    // A call that the client cancelled may still have a request under way: it is not torn down half-way.
    payments.idle(LAST_REQUESTS, stop.cancelled()).await;
    if timeout(LAST_WRITES, writing).await.is_err() {
        tracing::warn!("the client did not read the last answers");
    }
    outcome.map(drop)
}

/// Serves one client on pipes that are not stdin and stdout.
///
/// # Errors
/// When the protocol library fails, or the task that writes.
#[cfg(fuzzing)]
pub async fn serve_on<R, W>(server: Server, input: R, output: W) -> anyhow::Result<()>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let (transport, writing) = StdioTransport::start(input, output, server.end_of_input());
    speak(server, transport, &CancellationToken::new()).await?;
    Ok(writing.await?)
}

/// Lets no signed payment leave any more once stdin is closed or a signal asks to stop.
async fn stop_payments(payments: Arc<Payments>, end_of_input: CancellationToken, stop: CancellationToken) {
    tokio::select! {
        () = end_of_input.cancelled() => {}
        () = stop.cancelled() => {}
    }
    payments.stop();
}

/// Speaks MCP until the client leaves or a signal comes, and calls had their time to answer; whether a session was opened.
async fn speak<S, R>(server: S, transport: StdioTransport<R>, stop: &CancellationToken) -> anyhow::Result<bool>
where
    S: ServerHandler,
    R: AsyncRead + Send + Unpin + 'static,
{
    // A token of its own: rmcp cancels it at the end of every session, and not only a signal.
    match server.serve_with_ct(transport, stop.child_token()).await {
        Ok(session) => match session.waiting().await? {
            QuitReason::JoinError(error) => Err(error.into()),
            _ => Ok(true),
        },
        // The client left, or a signal came, before a session was open: nothing was lost.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => Ok(false),
        Err(error) => Err(error.into()),
    }
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

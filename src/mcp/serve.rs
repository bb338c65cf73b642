//! Serving on stdio: from a configuration to a session, and to its end.

use std::sync::Arc;

use rmcp::ServiceExt as _;
use rmcp::service::{QuitReason, ServerInitializeError};
use tokio::io::AsyncRead;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::transport::StdioTransport;
use super::{Offer, Server};
use crate::journal::Front;
use crate::payment::{AFTER_SIGNAL, LAST_REQUESTS, LAST_WRITES, Payments};
use crate::settings::Config;
use crate::setup;

/// Serves MCP on stdin and stdout until the client closes either of them, or a signal asks to stop.
///
/// # Errors
/// When the sandbox cannot be started, signals cannot be received, or the protocol library fails.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let offer = if config.read_only.value {
        Offer::CheckOnly
    } else {
        Offer::PayAndCheck
    };
    let qr_dir = config.qr_dir.value.clone();
    let asks = config.elicitation.value;
    let (payments, sandbox) = setup::payments(config, Front::Mcp).await?;
    let payments = Arc::new(payments);
    tracing::info!(environment = ?payments.environment(), ?offer, pay_ways = %payments.allowed(), "serving MCP on stdio");
    let stop = CancellationToken::new();
    tokio::spawn(cancel_on_signal(stop.clone())?);
    let server = Server::new(Arc::clone(&payments), offer, stop.clone())
        .with_qr_dir(qr_dir)
        .with_checkout_page(sandbox.as_ref().map(|sandbox| sandbox.checkout_url("ORDER_ID")));
    let server = if asks { server } else { server.without_elicitation() };
    let out_of_time = async {
        stop.cancelled().await;
        sleep(AFTER_SIGNAL).await;
    };
    // Whatever the session is at, also at its end: rmcp does not look at a signal once stdin is closed.
    tokio::select! {
        outcome = session(server, &payments, &stop) => outcome,
        () = out_of_time => {
            tracing::warn!("something was still under way at the end");
            Ok(())
        }
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
    outcome
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

/// Speaks MCP until the client leaves or a signal comes, and calls had their time to answer.
async fn speak<R>(server: Server, transport: StdioTransport<R>, stop: &CancellationToken) -> anyhow::Result<()>
where
    R: AsyncRead + Send + Unpin + 'static,
{
    // A token of its own: rmcp cancels it at the end of every session, and not only a signal.
    match server.serve_with_ct(transport, stop.child_token()).await {
        Ok(session) => match session.waiting().await? {
            QuitReason::JoinError(error) => Err(error.into()),
            _ => Ok(()),
        },
        // The client left, or a signal came, before a session was open: nothing was lost.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => Ok(()),
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

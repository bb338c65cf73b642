//! The transport: stdin and stdout, one JSON-RPC message a line, made to survive whatever clients send.
//!
//! Until the first request that opens a session, rmcp ends the server when it meets a notification or a response. Hosts
//! do send such messages then (a cancelled probe, for one), so they are dropped here. What rmcp cannot read is answered
//! here, batches are taken apart and put together, and an older client gets nothing that its version does not know. rmcp never waits for stdout, so a client that reads nothing stops
//! neither the session nor its end.

mod batches;
mod fields;
mod lines;
mod older;
mod output;
mod requests;
mod session;

use std::future::{Future, ready};
use std::io;

use rmcp::RoleServer;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::lines::Lines;
use self::output::Output;
pub(super) use self::requests::unfit;
use self::session::Session;

/// The longest line that is read, in bytes; a longer one is refused. `fuzz/` has short ones.
const LONGEST_LINE: usize = if cfg!(fuzzing) { 2048 } else { 1024 * 1024 };

/// stdin and stdout, or other pipes.
pub(super) struct StdioTransport<R> {
    lines: Lines<R>,
    end_of_input: CancellationToken,
    session: Session,
}

impl<R: AsyncRead + Unpin> StdioTransport<R> {
    /// `end_of_input` is cancelled when stdin is closed, or stdout is. The task is the one that writes: it ends when
    /// everything is written and the transport is gone.
    pub(super) fn start(
        stdin: R,
        stdout: impl AsyncWrite + Send + Unpin + 'static,
        end_of_input: CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        let (output, writing) = Output::start(stdout);
        let transport = Self {
            lines: Lines::new(stdin, LONGEST_LINE),
            end_of_input,
            session: Session::new(output),
        };
        (transport, writing)
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> Transport<RoleServer> for StdioTransport<R> {
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        ready(self.session.send(message))
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            if let Some(message) = self.session.next() {
                return Some(message);
            }
            let line = tokio::select! {
                line = self.lines.next() => line,
                () = self.session.broken() => Ok(None),
            };
            match line {
                Ok(Some(line)) => self.session.read(&line),
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%error, "stdin cannot be read");
                    break;
                }
            }
        }
        self.end_of_input.cancel();
        None
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.session.end();
        Ok(())
    }
}

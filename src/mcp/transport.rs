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
use rmcp::transport::io::{StdioReader, StdioWriter};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::lines::Lines;
use self::output::Output;
pub(super) use self::requests::unfit;
use self::session::Session;

/// The longest line that is read, in bytes; a longer one is refused.
const LONGEST_LINE: usize = 1024 * 1024;

/// stdin and stdout.
pub(super) struct StdioTransport {
    lines: Lines<StdioReader>,
    end_of_input: CancellationToken,
    session: Session,
}

impl StdioTransport {
    /// `end_of_input` is cancelled when stdin is closed, or stdout is. The task is the one that writes: it ends when
    /// everything is written and the transport is gone.
    pub(super) fn start(
        stdin: StdioReader,
        stdout: StdioWriter,
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

impl Transport<RoleServer> for StdioTransport {
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

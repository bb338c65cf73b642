//! The transport, made to survive what clients send before a session is open.
//!
//! Until the first request that opens a session, rmcp ends the server when it meets a notification or a response. Hosts
//! do send such messages then (a cancelled probe, for one), so they are dropped here.

use std::future::Future;

use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, GetMeta as _, ProtocolVersion};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::io::{StdioReader, StdioWriter};
use tokio_util::sync::CancellationToken;

/// stdin and stdout, one JSON-RPC message a line.
pub(super) struct StdioTransport {
    stdio: AsyncRwTransport<RoleServer, StdioReader, StdioWriter>,
    is_open: bool,
    end_of_input: CancellationToken,
}

impl StdioTransport {
    /// Lines longer than `max_line` bytes are dropped. `end_of_input` is cancelled when stdin is closed.
    pub(super) fn new(
        stdin: StdioReader,
        stdout: StdioWriter,
        max_line: usize,
        end_of_input: CancellationToken,
    ) -> Self {
        Self {
            stdio: AsyncRwTransport::new(stdin, stdout).with_max_line_length(max_line),
            is_open: false,
            end_of_input,
        }
    }
}

impl Transport<RoleServer> for StdioTransport {
    type Error = std::io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.stdio.send(message)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let Some(message) = self.stdio.receive().await else {
                self.end_of_input.cancel();
                return None;
            };
            if self.is_open {
                return Some(message);
            }
            if let ClientJsonRpcMessage::Request(request) = &message {
                self.is_open = opens_session(&request.request);
                return Some(message);
            }
            tracing::debug!("dropped a message that came before the session was open");
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.stdio.close().await
    }
}

/// Whether rmcp opens a session on this request: `initialize`, or any request but a probe that carries all that
/// 2026-07-28 wants of it.
fn opens_session(request: &ClientRequest) -> bool {
    match request {
        ClientRequest::InitializeRequest(_) => true,
        ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => false,
        request => {
            let meta = request.get_meta();
            meta.missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty()
                && meta
                    .protocol_version()
                    .is_some_and(|version| ProtocolVersion::KNOWN_VERSIONS.contains(&version))
        }
    }
}

/// Whether a method is a request of the protocol that a client may send to a server.
pub(super) fn is_standard_request(method: &str) -> bool {
    matches!(
        method,
        "initialize"
            | "ping"
            | "server/discover"
            | "tools/call"
            | "tools/list"
            | "prompts/get"
            | "prompts/list"
            | "resources/list"
            | "resources/read"
            | "resources/templates/list"
            | "resources/subscribe"
            | "resources/unsubscribe"
            | "subscriptions/listen"
            | "completion/complete"
            | "logging/setLevel"
    )
}

//! What is known of a session: which messages rmcp may see, which are answered here, and in which form answers go out.

use std::collections::VecDeque;
use std::io;

use rmcp::RoleServer;
use rmcp::model::{ClientNotification, ClientRequest, GetMeta as _, JsonRpcMessage, ProtocolVersion, ServerResult};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use serde_json::value::RawValue;

use super::LONGEST_LINE;
use super::batches::{Batch, Batches};
use super::lines::Line;
use super::older;
use super::output::Output;
use super::requests::{self, Incoming, Refusal};

/// What some editors and shells put in front of UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A session, from before it is open.
#[derive(Debug)]
pub(super) struct Session {
    output: Output,
    is_open: bool,
    /// What `initialize` has settled on; `None` without one.
    version: Option<ProtocolVersion>,
    unread: VecDeque<RxJsonRpcMessage<RoleServer>>,
    batches: Batches,
}

impl Session {
    /// A session whose answers go to an output.
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            is_open: false,
            version: None,
            unread: VecDeque::new(),
            batches: Batches::default(),
        }
    }

    /// Waits until nothing can be answered any more, since the client has closed stdout.
    pub(super) async fn broken(&self) {
        self.output.broken().await;
    }

    /// Reads a line: what is in it is for [`Session::next`], or is answered at once.
    pub(super) fn read(&mut self, line: &Line<'_>) {
        let bytes = match line {
            Line::Whole(bytes) => bytes.trim_ascii(),
            Line::TooLong(fields) => {
                tracing::warn!(longest = LONGEST_LINE, "refused a line that is too long");
                return self.take(Err(requests::too_long(fields, LONGEST_LINE)));
            }
        };
        match bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes) {
            [] => {}
            batch @ [b'[', ..] => match requests::split(batch) {
                Ok(messages) => self.read_batch(&messages),
                Err(refusal) => self.refuse(&refusal),
            },
            message => self.take(requests::read(message)),
        }
    }

    /// The next message for rmcp of those that were read.
    pub(super) fn next(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        while let Some(message) = self.unread.pop_front() {
            match &message {
                JsonRpcMessage::Request(request) => self.is_open |= opens_session(&request.request),
                _ if !self.is_open => {
                    tracing::debug!("dropped a message that came before the session was open");
                    continue;
                }
                JsonRpcMessage::Notification(notification) => self.cancelled(&notification.notification),
                _ => {}
            }
            return Some(message);
        }
        None
    }

    /// Sends a message of rmcp.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub(super) fn send(&mut self, mut message: TxJsonRpcMessage<RoleServer>) -> io::Result<()> {
        let id = match &message {
            JsonRpcMessage::Response(response) => {
                if let ServerResult::InitializeResult(result) = &response.result {
                    self.version = Some(result.protocol_version.clone());
                }
                Some(response.id.clone())
            }
            JsonRpcMessage::Error(error) => error.id.clone(),
            _ => None,
        };
        if let Some(version) = &self.version {
            older::fit(&mut message, version);
        }
        let answer = self.batches.answer(id.as_ref(), serde_json::to_vec(&message)?);
        self.write(answer);
        Ok(())
    }

    /// Sends what is there of the batches that are not complete.
    pub(super) fn end(&mut self) {
        for array in self.batches.rest() {
            self.output.write(array);
        }
    }

    fn read_batch(&mut self, messages: &[&RawValue]) {
        if messages.is_empty() || self.version != Some(ProtocolVersion::V_2025_03_26) {
            for refusal in requests::no_batches(messages) {
                self.refuse(&refusal);
            }
            return;
        }
        let mut batch = Batch::default();
        for message in messages {
            match in_batch(&mut batch, requests::read(message.get().as_bytes())) {
                Ok(message) => self.unread.push_back(message),
                // Without an id, an error is no part of the answer in this version.
                Err(Some(refusal)) if refusal.has_id() => batch.add(refusal.to_json()),
                Err(_) => {}
            }
        }
        let array = self.batches.open(batch);
        self.write(array);
    }

    fn take(&mut self, incoming: Incoming) {
        match incoming {
            Ok(message) => self.unread.push_back(message),
            Err(Some(refusal)) => self.refuse(&refusal),
            Err(None) => tracing::debug!("ignored a message that cannot be read and wants no answer"),
        }
    }

    fn refuse(&self, refusal: &Refusal) {
        // Up to 2025-06-18 an error without an id is no message of the protocol.
        let may_lack_id = self
            .version
            .as_ref()
            .is_none_or(|version| *version >= ProtocolVersion::V_2025_11_25);
        if refusal.has_id() || may_lack_id {
            self.output.write(refusal.to_json());
        } else {
            tracing::debug!("ignored a message that cannot be read and has no id");
        }
    }

    /// Nobody waits for the answer to a request that the client has cancelled; rmcp gives none.
    fn cancelled(&mut self, notification: &ClientNotification) {
        if let ClientNotification::CancelledNotification(cancelled) = notification
            && let Some(id) = &cancelled.params.request_id
        {
            let array = self.batches.cancel(id);
            self.write(array);
        }
    }

    fn write(&self, message: Option<Vec<u8>>) {
        if let Some(message) = message {
            self.output.write(message);
        }
    }
}

/// Takes a message of a batch, which then waits for the answer to it.
fn in_batch(batch: &mut Batch, incoming: Incoming) -> Incoming {
    let message = incoming?;
    if let JsonRpcMessage::Request(request) = &message {
        if matches!(request.request, ClientRequest::InitializeRequest(_)) {
            return Err(Some(requests::initialize_in_a_batch(&request.id)));
        }
        if !batch.wait_for(request.id.clone()) {
            return Err(Some(requests::id_is_taken(&request.id)));
        }
    }
    Ok(message)
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

//! Failures as tool results: an error block that the model sees.
//!
//! A failure is `isError: true` with one text block of JSON and no `structuredContent`: clients validate that against the
//! output schema even when it is an error, and would hide the failure behind a validation message. JSON-RPC errors are
//! for faults of the protocol only.

use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock};

use crate::output;
use crate::payment::Failure;

/// A failure that a tool answers with.
#[derive(Debug)]
pub(super) struct ToolError(pub(super) Failure);

impl From<Failure> for ToolError {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl IntoCallToolResult for ToolError {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        Ok(failed(&self.0).into())
    }
}

/// The result of a call that failed.
pub(super) fn failed(failure: &Failure) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(output::of_failure(failure))])
}

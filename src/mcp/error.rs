//! Failures as tool results: what the model sees of an error.
//!
//! A failure is `isError: true` with two text blocks, a sentence and then the facts as JSON, and no `structuredContent`:
//! clients validate that against the output schema even when it is an error, and would hide the failure behind a
//! validation message. Some do the same to a first block that is JSON. JSON-RPC errors are for faults of the protocol only.

use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock};

use super::{Offer, wording};
use crate::output::ErrorOutput;
use crate::payment::Failure;

/// A failure that a tool answers with.
#[derive(Debug)]
pub(super) struct ToolError {
    failure: Failure,
    hint: String,
}

impl ToolError {
    /// A failure, with what to do about it in the words of the tools that are offered.
    pub(super) fn new(failure: Failure, offer: Offer) -> Self {
        let hint = wording::of(&failure.advice, offer).unwrap_or_default();
        Self { failure, hint }
    }
}

impl IntoCallToolResult for ToolError {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let Failure { code, message, .. } = &self.failure;
        let sentence = format!("{code}: {message} {}", self.hint);
        let facts = ErrorOutput::new(&self.failure, &self.hint).to_json();
        let blocks = [sentence.trim_end(), &facts].map(ContentBlock::text);
        Ok(CallToolResult::error(blocks.into()).into())
    }
}

//! What both tools return: the output of an order, and a picture where there is one.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, InputRequiredResult};

use super::{Offer, wording};
use crate::output::OrderOutput;
use crate::payment::OrderStatus;
use crate::qr::QrCode;

/// A success.
#[derive(Debug)]
pub(super) struct Reply {
    output: OrderOutput,
    /// The link's QR code as a PNG: a content block of its own, and never the only carrier of a fact.
    picture: Option<Vec<u8>>,
}

impl Reply {
    /// How an order stands, with what comes next in the words of the tools that are offered.
    pub(super) fn new(status: OrderStatus, offer: Offer) -> Self {
        let next_step = wording::next_step(&status, offer);
        Self {
            output: OrderOutput::new(status, next_step),
            picture: None,
        }
    }

    /// Tells the model to wait for less, where there is more to wait for.
    pub(super) fn after_a_wait_that_was_cut_off(mut self) -> Self {
        if let Some(next_step) = &mut self.output.next_step {
            next_step.push_str(" The wait before this one was cut off: use a smaller `wait_seconds`.");
        }
        self
    }

    /// Adds the QR code of the payment link: as a picture, in a file where there is a folder for them, and as text where
    /// that was asked for.
    pub(super) fn with_qr_code(mut self, code: &QrCode, as_text: bool, folder: Option<&Path>) -> Self {
        let picture = code.png();
        self.output.add_qr_code(code, &picture, as_text, folder);
        self.picture = Some(picture);
        self
    }
}

/// What a call is answered with, when it does not fail.
#[derive(Debug)]
pub(super) enum Answer {
    /// How the order stands.
    Reply(Box<Reply>),
    /// A question to the person; the client calls again with what they answered.
    Question(Box<InputRequiredResult>),
}

impl Answer {
    /// What the log says of it.
    pub(super) fn state(&self) -> &str {
        match self {
            Self::Reply(reply) => reply.output.state.as_str(),
            Self::Question(_) => "input_required",
        }
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self::Reply(Box::new(reply))
    }
}

impl IntoCallToolResult for Answer {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        match self {
            Self::Reply(reply) => reply.into_call_tool_result(),
            Self::Question(question) => Ok((*question).into()),
        }
    }
}

impl IntoCallToolResult for Reply {
    /// The same facts twice: some clients show the model only `structuredContent`, others only `content`.
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let unserializable = |_| ErrorData::internal_error("the result cannot be written as JSON", None);
        let text = serde_json::to_string(&self.output).map_err(unserializable)?;
        let picture = self
            .picture
            .as_ref()
            .map(|png| ContentBlock::image(BASE64.encode(png), "image/png"));
        let content = std::iter::once(ContentBlock::text(text)).chain(picture).collect();
        let mut result = CallToolResult::success(content);
        result.structured_content = Some(serde_json::to_value(&self.output).map_err(unserializable)?);
        Ok(result.into())
    }
}

//! A tool's arguments, read so that a mistake becomes an answer the model can act on.

use rmcp::ErrorData;
use rmcp::handler::server::common::FromContextPart;
use rmcp::handler::server::tool::ToolCallContext;
use serde::de::DeserializeOwned;

use crate::payment::{Advice, Failure};
use crate::text::{Given, Text};

/// The arguments of a call, or what is wrong with them.
///
/// rmcp's own extractor answers with bare text; this one keeps the error for the tool to answer in its own shape.
pub(super) struct Arguments<T>(pub(super) Result<T, Failure>);

impl<S, T: DeserializeOwned> FromContextPart<ToolCallContext<'_, S>> for Arguments<T> {
    fn from_context_part(context: &mut ToolCallContext<'_, S>) -> Result<Self, ErrorData> {
        let arguments = serde_json::Value::Object(context.arguments.take().unwrap_or_default());
        let read = serde_path_to_error::deserialize(arguments);
        Ok(Self(read.map_err(|error| invalid(&explain(&error)))))
    }
}

/// Arguments that cannot be taken, for a reason that names them. Nothing was sent.
pub(super) fn invalid(reason: &str) -> Failure {
    let correction =
        format!("{reason} Nothing was sent. Correct the arguments as the tool's input schema says and call again.");
    Failure::invalid_arguments(
        "The request could not be read, so nothing was done.",
        Advice::Correct(correction),
    )
}

/// Which argument, what was given, and what is accepted.
fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let said = Text::sentence(&error.inner().to_string());
    let said = said.as_ref().map_or("it cannot be read", Text::as_str);
    match error.path().to_string().as_str() {
        "." => format!("{said}."),
        path => format!("{}: {said}.", Given(path)),
    }
}

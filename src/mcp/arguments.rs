//! A tool's arguments, read so that a mistake becomes an answer the model can act on.

use rmcp::ErrorData;
use rmcp::handler::server::common::FromContextPart;
use rmcp::handler::server::tool::ToolCallContext;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::payment::{Advice, Failure};
use crate::text::{Given, Text};

/// The arguments of a call, or what is wrong with them.
///
/// rmcp's own extractor answers with bare text; this one keeps the error for the tool to answer in its own shape. What is
/// `null` or an empty text counts as left out: many frameworks send so what their model did not give.
pub(super) struct Arguments<T>(pub(super) Result<T, Failure>);

impl<S, T: DeserializeOwned> FromContextPart<ToolCallContext<'_, S>> for Arguments<T> {
    fn from_context_part(context: &mut ToolCallContext<'_, S>) -> Result<Self, ErrorData> {
        let mut arguments = context.arguments.take().unwrap_or_default();
        arguments.retain(|_, value| !value.is_null() && value != "");
        let read = serde_path_to_error::deserialize(Value::Object(arguments));
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

/// A whole number of zero or more, as models write one: `3`, `3.0` or `"3"`. No digit is lost on the way.
pub(super) fn whole_number(value: &Value) -> Option<u64> {
    let text = match value {
        Value::Number(number) => &number.to_string(),
        Value::String(text) => text,
        _ => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let all = |text: &str, are: fn(&u8) -> bool| !text.is_empty() && text.as_bytes().iter().all(are);
    let is_whole = all(whole, u8::is_ascii_digit) && all(fraction, |digit| *digit == b'0');
    whole.parse().ok().filter(|_| is_whole)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        let read = |json: &str| whole_number(&serde_json::from_str(json).unwrap());
        for (json, number) in [
            ("0", 0),
            ("3", 3),
            ("3.0", 3),
            ("3.000", 3),
            ("3e0", 3),
            (r#""3""#, 3),
            (r#""3.0""#, 3),
            (r#""007""#, 7),
            ("18446744073709551615", u64::MAX),
            (r#""18446744073709551615""#, u64::MAX),
        ] {
            assert_eq!(read(json), Some(number), "{json}");
        }
        for json in [
            "3.5",
            "-1",
            "-0.0",
            "1e300",
            "18446744073709551616",
            r#""3.5""#,
            r#""1e400""#,
            r#""3e0""#,
            r#""+3""#,
            r#"" 3""#,
            r#""3.""#,
            r#"".0""#,
            r#""three""#,
            r#""""#,
            "true",
            "null",
            "[3]",
            "{}",
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}

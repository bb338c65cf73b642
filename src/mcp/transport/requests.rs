//! Reading a message, and what is answered here because rmcp cannot read it.
//!
//! rmcp drops what it cannot read, or answers without an id; whoever asked would wait for ever. An answer is given wherever
//! an id can be seen, and to nothing that wants none.

use std::borrow::Cow;

use rmcp::model::{ClientRequest, CustomRequest, ErrorCode, InitializeRequestParams, JsonRpcMessage, RequestId};
use rmcp::service::RxJsonRpcMessage;
use rmcp::{ErrorData, RoleServer};
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::fields::{Fields, Id};
use crate::text::{Given, Text};

/// How deep a message may be nested.
///
/// Source: `serde_json`, which refuses what is deeper.
const DEEPEST: usize = 127;

/// A message for rmcp, or the answer to one that rmcp cannot read; `None` where nobody waits for an answer.
pub(super) type Incoming = Result<RxJsonRpcMessage<RoleServer>, Option<Refusal>>;

/// The answer to a message that cannot be taken.
#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Box<RawValue>>,
    error: Box<ErrorData>,
}

impl Refusal {
    /// The answer to a request that rmcp could read.
    pub(super) fn of(id: &RequestId, error: ErrorData) -> Self {
        Self::new(to_raw_value(id).ok(), error)
    }

    /// Whether it tells to which request it belongs.
    pub(super) fn has_id(&self) -> bool {
        self.id.is_some()
    }

    /// It as JSON.
    pub(super) fn to_json(&self) -> Vec<u8> {
        // It cannot fail: these are texts and numbers.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn new(id: Option<Box<RawValue>>, error: ErrorData) -> Self {
        Self {
            jsonrpc: "2.0",
            id,
            error: Box::new(error),
        }
    }
}

/// Reads a message.
pub(super) fn read(message: &[u8]) -> Incoming {
    match serde_json::from_slice(message) {
        Ok(JsonRpcMessage::Request(request)) => match &request.request {
            ClientRequest::CustomRequest(custom) if custom.method == "initialize" => {
                Err(Some(Refusal::of(&request.id, unfit_initialize(custom))))
            }
            _ => Ok(JsonRpcMessage::Request(request)),
        },
        Ok(message) => Ok(message),
        Err(_) => {
            let fields = Fields::of(message);
            Err(refuse(&fields, || fault(message, &fields)))
        }
    }
}

/// The messages of a batch, or the answer to what is none.
pub(super) fn split(batch: &[u8]) -> Result<Vec<&RawValue>, Refusal> {
    serde_json::from_slice(batch).map_err(|error| Refusal::new(None, no_json(&error)))
}

/// The answer to a line that is longer than what is read, by its fields.
pub(super) fn too_long(fields: &Fields, longest: usize) -> Option<Refusal> {
    refuse(fields, || {
        invalid(format!("the message is longer than {longest} bytes"))
    })
}

/// The answers to a batch where there may be none: one for each request in it, or one for all.
pub(super) fn no_batches(messages: &[&RawValue]) -> Vec<Refusal> {
    let fault = || invalid("this version of the protocol has no batches; send each message as a line of its own");
    let refusals: Vec<_> = messages
        .iter()
        .filter_map(|message| refuse(&Fields::of(message.get().as_bytes()), fault))
        .filter(Refusal::has_id)
        .collect();
    if refusals.is_empty() {
        vec![Refusal::new(None, fault())]
    } else {
        refusals
    }
}

/// The answer to `initialize` in a batch.
pub(super) fn initialize_in_a_batch(id: &RequestId) -> Refusal {
    Refusal::of(id, invalid("`initialize` cannot be part of a batch"))
}

/// The answer to a request of a batch whose id is taken.
pub(super) fn id_is_taken(id: &RequestId) -> Refusal {
    Refusal::of(id, invalid("another request of the batch has the same id"))
}

/// Refuses a message, where somebody waits for an answer to it.
fn refuse(fields: &Fields, fault: impl FnOnce() -> ErrorData) -> Option<Refusal> {
    let id = match fields.id() {
        // Its id is one of ours: an error with it would be taken for the answer to a request of the client.
        _ if fields.is_answer() => return None,
        Id::Absent if fields.has_method() => return None,
        Id::Absent | Id::Unusable => None,
        Id::Usable(id) => Some(id),
    };
    Some(Refusal::new(id, fault()))
}

/// What is wrong with a message that cannot be read.
fn fault(message: &[u8], fields: &Fields) -> ErrorData {
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(message) {
        return no_json(&error);
    }
    if std::str::from_utf8(message).is_err() {
        return ErrorData::parse_error("the line is not UTF-8", None);
    }
    if !fields.is_object() {
        return invalid("a message is a JSON object");
    }
    if !fields.is_version_2() {
        return invalid("`jsonrpc` must be \"2.0\"");
    }
    let has_a_fitting_id = match fields.id() {
        Id::Absent => true,
        Id::Unusable => false,
        Id::Usable(id) => serde_json::from_str::<RequestId>(id.get()).is_ok(),
    };
    if !has_a_fitting_id {
        return invalid("`id` must be a string or a whole number of 64 bits");
    }
    let Some(method) = fields.method() else {
        return invalid("`method` must be a string");
    };
    if fields.deepest() > DEEPEST {
        return invalid(format!("the message is nested more than {DEEPEST} deep"));
    }
    // What is JSON and cannot be held, as a number that is too large.
    if let Err(error) = serde_json::from_slice::<Value>(message) {
        return invalid(format!("the message cannot be read: {error}"));
    }
    unfit(&method)
}

/// The answer to a request whose method is unknown, or whose parameters do not fit.
pub(in crate::mcp) fn unfit(method: &str) -> ErrorData {
    if is_standard(method) {
        ErrorData::invalid_params(format!("the parameters of `{method}` are malformed"), None)
    } else {
        ErrorData::new(
            ErrorCode::METHOD_NOT_FOUND,
            format!("unknown method {}", Given(method)),
            None,
        )
    }
}

/// What an `initialize` lacks, or what is wrong with it.
fn unfit_initialize(request: &CustomRequest) -> ErrorData {
    let params = request.params.clone().unwrap_or_else(|| json!({}));
    let lacks = |path: &&str| params.pointer(path).is_none();
    let of_client: &[&str] = if lacks(&"/clientInfo") {
        &[]
    } else {
        &["/clientInfo/name", "/clientInfo/version"]
    };
    let lacking: Vec<_> = ["/protocolVersion", "/capabilities", "/clientInfo"]
        .iter()
        .chain(of_client)
        .filter(|path| lacks(path))
        .map(|path| format!("`{}`", path.trim_start_matches('/').replace('/', ".")))
        .collect();
    let fault = if lacking.is_empty() {
        ill_formed(params)
    } else {
        format!("there is no {}", lacking.join(", no "))
    };
    ErrorData::invalid_params(format!("the parameters of `initialize` are malformed: {fault}"), None)
}

/// Which parameter of an `initialize` that lacks nothing has the wrong form.
fn ill_formed(params: Value) -> String {
    let read = serde_path_to_error::deserialize::<_, InitializeRequestParams>(params);
    let error = read.err().map(|error| format!("{}: {}", error.path(), error.inner()));
    let error = error.as_deref().and_then(Text::sentence);
    error.map_or_else(|| "they cannot be read".to_owned(), |error| error.as_str().to_owned())
}

fn no_json(error: &serde_json::Error) -> ErrorData {
    ErrorData::parse_error(format!("the line is not JSON: {error}"), None)
}

fn invalid(message: impl Into<Cow<'static, str>>) -> ErrorData {
    ErrorData::invalid_request(message, None)
}

/// Whether a method is a request of the protocol that a client may send to a server.
fn is_standard(method: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn refusal(message: &str) -> Option<Value> {
        let refusal = read(message.as_bytes()).expect_err("it can be read");
        refusal.map(|refusal| serde_json::to_value(refusal).unwrap())
    }

    #[test]
    fn an_error_keeps_its_id_wherever_that_can_be_seen() {
        let deep = format!("{}{}", "[".repeat(126), "]".repeat(126));
        let deep = format!(r#"{{"method":"tools/call","params":{{"a":{deep}}},"jsonrpc":"2.0","id":"x"}}"#);
        let malformed = |method: &str| format!("the parameters of `{method}` are malformed");
        for (message, id, code, said) in [
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}"#,
                json!(1),
                -32602,
                &*malformed("tools/list"),
            ),
            (
                r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":"x"}"#,
                json!(2),
                -32602,
                &malformed("tools/call"),
            ),
            (
                r#"{"jsonrpc":"2.0","id":3,"method":"ping","params":{"_meta":"x"}}"#,
                json!(3),
                -32602,
                &malformed("ping"),
            ),
            (
                r#"{"jsonrpc":"2.0","id":4,"method":"a/b","params":[1]}"#,
                json!(4),
                -32601,
                "unknown method `a/b`",
            ),
            (
                r#"{"jsonrpc":"1.0","id":5,"method":"ping"}"#,
                json!(5),
                -32600,
                r#"`jsonrpc` must be "2.0""#,
            ),
            (
                r#"{"id":6,"method":"ping"}"#,
                json!(6),
                -32600,
                r#"`jsonrpc` must be "2.0""#,
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"method":7}"#,
                json!(7),
                -32600,
                "`method` must be a string",
            ),
            (
                r#"{"jsonrpc":"2.0","id":8}"#,
                json!(8),
                -32600,
                "`method` must be a string",
            ),
            (&deep, json!("x"), -32600, "the message is nested more than 127 deep"),
            (
                r#"{"jsonrpc":"2.0","id":9,"method":"ping","params":{"cut"#,
                json!(9),
                -32700,
                "the line is not JSON: EOF while parsing a string at line 1 column 54",
            ),
        ] {
            let expected = json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": said}});
            assert_eq!(refusal(message), Some(expected), "{message}");
        }
    }

    #[test]
    fn without_an_id_that_can_be_used_the_answer_has_none() {
        for (message, code, said) in [
            (
                "no json",
                -32700,
                "the line is not JSON: expected ident at line 1 column 2",
            ),
            ("null", -32600, "a message is a JSON object"),
            (r#""text""#, -32600, "a message is a JSON object"),
            ("{}", -32600, r#"`jsonrpc` must be "2.0""#),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
                -32600,
                "`id` must be a string or a whole number of 64 bits",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
                -32600,
                "`id` must be a string or a whole number of 64 bits",
            ),
        ] {
            let expected = json!({"jsonrpc": "2.0", "error": {"code": code, "message": said}});
            assert_eq!(refusal(message), Some(expected), "{message}");
        }
    }

    #[test]
    fn nothing_is_said_to_a_notification_and_to_an_answer() {
        for message in [
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":[]}"#,
            r#"{"method":"notifications/x"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":[],"error":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":"x"}"#,
        ] {
            assert_eq!(refusal(message), None, "{message}");
        }
    }

    #[test]
    fn an_initialize_is_told_what_it_lacks_or_what_is_wrong_with_it() {
        for (params, said) in [
            (
                json!({}),
                "there is no `protocolVersion`, no `capabilities`, no `clientInfo`",
            ),
            (
                json!({"capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}),
                "there is no `protocolVersion`",
            ),
            (
                json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"version": "1"}}),
                "there is no `clientInfo.name`",
            ),
            (
                json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": 1}}),
                "clientInfo.version: invalid type: integer `1`, expected a string",
            ),
        ] {
            let message = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
            let said = format!("the parameters of `initialize` are malformed: {said}");
            let expected = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": said}});
            assert_eq!(refusal(&message.to_string()), Some(expected), "{params}");
        }
    }
}

//! What can be told of a message that cannot be read: the fields that say what it is, and how deep it is nested.
//!
//! A message that is too long, too deep or broken still has an id, and whoever sent it waits for an answer with that id.
//! So its bytes are gone through one by one, as they come; memory and time are bounded by that, whatever they are.

use serde_json::Value;
use serde_json::value::RawValue;

/// How many bytes of a key or a value are kept. Longer ones are none of those that are looked for, or not usable.
const MOST_KEPT: usize = 1024;

/// What was seen so far of a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    is_object: bool,
    depth: usize,
    deepest: usize,
    place: Place,
    /// The key of the field that is being read, once it is there.
    key: Option<Vec<u8>>,
    /// The key or the value that is being read, of a field of the message itself.
    token: Vec<u8>,
    jsonrpc: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
    method: Option<Vec<u8>>,
    has_result: bool,
}

/// Where in JSON a byte is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    Outside,
    String,
    /// In a string, after a backslash.
    Escape,
}

/// What a message has as its id.
#[derive(Debug)]
pub(super) enum Id {
    /// None: it wants no answer.
    Absent,
    /// One that an answer cannot have, as `null`.
    Unusable,
    /// One for the answer, as it was written.
    Usable(Box<RawValue>),
}

impl Fields {
    /// The fields of a message that is there as a whole.
    pub(super) fn of(message: &[u8]) -> Self {
        let mut fields = Self::default();
        fields.read(message);
        fields
    }

    /// Reads on.
    pub(super) fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.read_byte(*byte);
        }
    }

    /// Whether it is an object, as every message is.
    pub(super) fn is_object(&self) -> bool {
        self.is_object
    }

    /// Whether it says that it is JSON-RPC 2.0.
    pub(super) fn is_version_2(&self) -> bool {
        self.jsonrpc.as_deref() == Some(br#""2.0""#)
    }

    /// How deep arrays and objects are nested in each other, the message itself included.
    pub(super) fn deepest(&self) -> usize {
        self.deepest
    }

    /// The id.
    pub(super) fn id(&self) -> Id {
        let Some(id) = &self.id else { return Id::Absent };
        if id.len() > MOST_KEPT {
            return Id::Unusable;
        }
        let usable = match serde_json::from_slice(id) {
            Ok(Value::String(_)) => true,
            // A whole number of any size: it is given back as it was written.
            Ok(Value::Number(_)) => id.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-'),
            _ => false,
        };
        let written = String::from_utf8(id.clone()).ok().filter(|_| usable);
        written
            .and_then(|written| RawValue::from_string(written).ok())
            .map_or(Id::Unusable, Id::Usable)
    }

    /// Whether there is a method, of whatever form: it is no answer.
    pub(super) fn has_method(&self) -> bool {
        self.method.is_some()
    }

    /// The method, where it is a string.
    pub(super) fn method(&self) -> Option<String> {
        serde_json::from_slice(self.method.as_ref()?).ok()
    }

    /// Whether it is an answer to a request of ours, and no request or notification.
    pub(super) fn is_answer(&self) -> bool {
        self.has_result && !self.has_method()
    }

    fn read_byte(&mut self, byte: u8) {
        if self.place != Place::Outside {
            self.keep(byte);
            self.place = match (self.place, byte) {
                (Place::String, b'"') => Place::Outside,
                (Place::String, b'\\') => Place::Escape,
                _ => Place::String,
            };
            return;
        }
        match byte {
            b'{' | b'[' => {
                if self.depth == 0 {
                    self.is_object = byte == b'{';
                }
                self.keep(byte);
                self.depth += 1;
                self.deepest = self.deepest.max(self.depth);
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.end_field();
                }
            }
            b':' if self.depth == 1 => self.key = Some(std::mem::take(&mut self.token)),
            b',' if self.depth == 1 => self.end_field(),
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => {
                if byte == b'"' {
                    self.place = Place::String;
                }
                self.keep(byte);
            }
        }
    }

    /// Keeps a byte of a field of the message itself.
    fn keep(&mut self, byte: u8) {
        // One more than can be used, so that what was cut does not pass for whole.
        if self.depth == 1 && self.token.len() <= MOST_KEPT {
            self.token.push(byte);
        }
    }

    fn end_field(&mut self) {
        let value = std::mem::take(&mut self.token);
        match self.key.take().as_deref() {
            Some(br#""jsonrpc""#) => self.jsonrpc = Some(value),
            Some(br#""id""#) => self.id = Some(value),
            Some(br#""method""#) => self.method = Some(value),
            Some(br#""result""# | br#""error""#) => self.has_result = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn id(message: &str) -> Option<String> {
        match Fields::of(message.as_bytes()).id() {
            Id::Absent => Some("absent".to_owned()),
            Id::Unusable => None,
            Id::Usable(id) => Some(id.get().to_owned()),
        }
    }

    #[test]
    fn the_id_is_found_wherever_it_stands_and_given_back_as_it_was_written() {
        for (message, expected) in [
            (r#"{"id":7,"method":"x"}"#, "7"),
            (r#" { "method" : "x" , "id" : -7 } "#, "-7"),
            (r#"{"params":{"id":1,"a":[{"id":2}]},"id":"3"}"#, "\"3\""),
            (r#"{"params":"\"id\":1,{[","id":"a\"b\\"}"#, r#""a\"b\\""#),
            (
                r#"{"id":123456789012345678901234567890}"#,
                "123456789012345678901234567890",
            ),
            (r#"{"id":7,"method":"x","params":{"cut"#, "7"),
            (r#"{"id":7,"method":"x","params":no json}"#, "7"),
            (r#"{"id":7}{"id":8"#, "7"),
            ("{\"id\":\"\\u4e2d 中\"}", "\"\\u4e2d 中\""),
        ] {
            assert_eq!(id(message).as_deref(), Some(expected), "{message}");
        }
    }

    #[test]
    fn an_id_that_no_answer_can_have_is_not_usable_and_one_inside_is_none() {
        let text = format!(r#"{{"id":"{}"}}"#, "x".repeat(2000));
        let number = format!(r#"{{"id":{}}}"#, "0".repeat(2000).replacen('0', "1", 1));
        for message in [
            r#"{"id":null}"#,
            r#"{"id":true}"#,
            r#"{"id":1.5}"#,
            r#"{"id":1e3}"#,
            r#"{"id":{}}"#,
            r#"{"id":[1]}"#,
            r#"{"id":01}"#,
            r#"{"id":}"#,
            &text,
            &number,
        ] {
            assert_eq!(id(message), None, "{message}");
        }
        for message in [
            "",
            "x",
            "7",
            r#""id""#,
            r#"{"params":{"id":1}}"#,
            r#"{"id"#,
            r#"{"id":7"#,
            r#"[{"id":7}]"#,
        ] {
            assert_eq!(id(message).as_deref(), Some("absent"), "{message}");
        }
    }

    #[test]
    fn it_makes_no_difference_where_the_bytes_are_cut() {
        let message = br#"{"jsonrpc":"2.0","params":{"a":["\\\"",{}]},"id":"\"7","method":"tools/call"}"#;
        let whole = Fields::of(message);
        for cut in 0..message.len() {
            let (start, rest) = message.split_at(cut);
            let mut fields = Fields::of(start);
            fields.read(rest);
            assert_eq!(fields, whole, "{cut}");
        }
        assert_eq!(whole.method().as_deref(), Some("tools/call"));
        assert_eq!(
            (whole.is_version_2(), whole.is_object(), whole.deepest()),
            (true, true, 4)
        );
        assert!(!whole.is_answer());
    }

    #[test]
    fn an_answer_is_told_from_a_request() {
        for (message, is_answer) in [
            (r#"{"id":1,"result":{}}"#, true),
            (r#"{"id":1,"error":{}}"#, true),
            (r#"{"id":1,"method":"x","result":{}}"#, false),
            (r#"{"id":1}"#, false),
        ] {
            assert_eq!(Fields::of(message.as_bytes()).is_answer(), is_answer, "{message}");
        }
    }

    /// Any JSON, with texts that look like its marks.
    fn any_json() -> impl Strategy<Value = Value> {
        let text = r#"[a-z"\\{}\[\]:, \n\u{4e2d}]{0,6}"#;
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<i32>().prop_map(Value::from),
            text.prop_map(Value::from)
        ];
        leaf.prop_recursive(5, 20, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(prop_oneof![Just("id".to_owned()), text], inner, 0..4)
                    .prop_map(|fields| fields.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn what_is_found_is_what_is_there(number in any::<i64>(), params in any_json(), order in any::<bool>()) {
            let message = if order {
                format!(r#"{{"jsonrpc":"2.0","id":{number},"method":"a/b","params":{params}}}"#)
            } else {
                format!(r#"{{"params":{params},"method":"a/b","jsonrpc":"2.0","id":{number}}}"#)
            };
            let fields = Fields::of(message.as_bytes());
            let found = match fields.id() {
                Id::Usable(id) => Some(id.get().to_owned()),
                _ => None,
            };
            prop_assert_eq!(found, Some(number.to_string()));
            prop_assert_eq!(fields.method(), Some("a/b".to_owned()));
            prop_assert!(fields.is_object() && fields.is_version_2() && !fields.is_answer());
        }

        #[test]
        fn whatever_comes_is_gone_through(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let fields = Fields::of(&bytes);
            let _ = (fields.id(), fields.method(), fields.deepest());
        }
    }
}

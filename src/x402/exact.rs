//! JSON of which nothing may be lost: what a wallet echoes, and what it signed.
//!
//! Two programs read a key that is there twice, or the number `1.0e3`, in two ways. What would not be written again as it
//! came (apart from white space, and from how a text escapes its characters) is refused.

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};
use sha2::{Digest as _, Sha256};

/// How many levels deep a value may be; real ones have three.
const MAX_DEPTH: usize = 16;

/// A SHA-256 hash.
pub(super) type Hash = [u8; 32];

/// Reads JSON of which nothing is lost; `None` for anything else.
pub(super) fn read(json: &[u8]) -> Option<Value> {
    let raw: &RawValue = serde_json::from_slice(json).ok()?;
    value(raw.get(), MAX_DEPTH)
}

/// Reads an object that is echoed inside of another, and so may be a level less deep.
pub(super) fn read_inner(json: &str) -> Option<Map<String, Value>> {
    match value(json, MAX_DEPTH - 1)? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn value(raw: &str, depth: usize) -> Option<Value> {
    let inside = depth.checked_sub(1)?;
    match raw.as_bytes().first()? {
        b'{' => {
            let mut object = Map::new();
            for (name, member) in serde_json::from_str::<Members<'_>>(raw).ok()?.0 {
                if object.insert(name, value(member.get(), inside)?).is_some() {
                    return None;
                }
            }
            Some(Value::Object(object))
        }
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
            let items = items.into_iter().map(|item| value(item.get(), inside));
            items.collect::<Option<_>>().map(Value::Array)
        }
        b'"' | b't' | b'f' | b'n' => serde_json::from_str(raw).ok(),
        _ => {
            let number: Number = serde_json::from_str(raw).ok()?;
            (number.to_string() == raw).then_some(Value::Number(number))
        }
    }
}

/// The hash of a value: the same for every order of its keys.
pub(super) fn hash(value: &Value) -> Hash {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    Sha256::digest(sorted.to_string()).into()
}

/// The members of an object in their order, each still as it came.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Collect).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_read_is_written_again_as_it_came() {
        for json in [
            r#"{"z":1,"a":{"y":[1,-2,2.5,null,true,"é"],"b":{}},"":[]}"#,
            "18446744073709551615",
            "\"0x00\"",
            "0",
            "[]",
        ] {
            assert_eq!(read(json.as_bytes()).unwrap().to_string(), json);
        }
        assert_eq!(
            read(b" { \"a\" : [ 1 , 2 ] , \"b\" : \"\\u0041\\/\" } ")
                .unwrap()
                .to_string(),
            r#"{"a":[1,2],"b":"A/"}"#
        );
    }

    #[test]
    fn what_would_not_be_written_again_as_it_came_is_refused() {
        for json in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":{"b":{"c":1,"c":2}}}"#,
            r#"[{"a":1,"b":2,"a":3}]"#,
            "1.0e3",
            "1e2",
            "1.20",
            "-0",
            "0.10",
            "1E400",
            "123456789012345678901234567890",
            "0.1234567890123456789",
            r#"{"a":[1,{"b":1.50}]}"#,
            r#""\ud800""#,
            "{}{}",
            "{",
            "",
            "nul",
        ] {
            assert_eq!(read(json.as_bytes()), None, "{json}");
        }
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(nested(MAX_DEPTH).as_bytes()).is_some());
        assert!(read(nested(MAX_DEPTH + 1).as_bytes()).is_none());
        assert!(read(nested(100_000).as_bytes()).is_none());
    }

    #[test]
    fn a_hash_is_the_same_for_every_order_of_the_keys() {
        let of = |json: &str| hash(&read(json.as_bytes()).unwrap());
        let one = of(r#"{"a":1,"b":{"c":[{"d":1,"e":2}],"f":null}}"#);
        assert_eq!(one, of(r#"{"b":{"f":null,"c":[{"e":2,"d":1}]},"a":1}"#));
        assert_ne!(one, of(r#"{"a":"1","b":{"c":[{"d":1,"e":2}],"f":null}}"#));
        assert_ne!(of("[1,2]"), of("[2,1]"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_bytes_are_read_without_loss_or_refused(json in prop_oneof![
            any::<Vec<u8>>(),
            r#"[\[\]{}:,"a\\u0-9.eE+ -]{0,40}"#.prop_map(String::into_bytes),
            "-?[0-9]{1,25}(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?".prop_map(String::into_bytes),
        ]) {
            if let Some(value) = read(&json) {
                let written = value.to_string();
                prop_assert_eq!(read(written.as_bytes()), Some(value.clone()));
                if value.is_number() {
                    prop_assert_eq!(written.as_bytes(), json.trim_ascii());
                }
            }
        }
    }
}

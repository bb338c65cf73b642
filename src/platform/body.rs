//! The body of an answer: unpacked, decoded, and without secrets before anybody reads it.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use crate::secret::Redactor;

/// The most that is read of a body, in bytes, packed or not.
pub(super) const MAX_BODY: usize = 1024 * 1024;

/// What the bytes of a body in gzip begin with; neither JSON nor a page does.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A body, as far as it may be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Body {
    text: String,
    speaker: Speaker,
}

/// Who wrote a body, as far as it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// The API: JSON with an error in its own words.
    Api,
    /// The API, most likely: complaints by field, or a list of them, as others may write them too.
    Complaints,
    /// The API, perhaps: JSON without a word in it, or the beginning of JSON.
    Silent,
    /// Something before it, with a web page.
    Page,
    /// Nobody, or something else.
    Other,
}

/// Why a body cannot be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// It is longer than [`MAX_BODY`].
    TooLong,
    /// It is cut short, or damaged.
    Broken,
}

impl Body {
    /// A whole body.
    pub(super) fn whole(bytes: Vec<u8>, redactor: &Redactor) -> Result<Self, Packing> {
        let bytes = unpacked(bytes)?;
        let text = redactor.json(trimmed(&String::from_utf8_lossy(&bytes)));
        let speaker = speaker(&text);
        Ok(Self { text, speaker })
    }

    /// The beginning of a body that broke off: it says nothing, but may show whose it is.
    pub(super) fn cut(bytes: &[u8]) -> Self {
        let speaker = match trimmed(&String::from_utf8_lossy(bytes)).as_bytes().first() {
            Some(b'{' | b'[') => Speaker::Silent,
            Some(b'<') => Speaker::Page,
            _ => Speaker::Other,
        };
        Self {
            text: String::new(),
            speaker,
        }
    }

    /// What it says, without secrets.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Whether there is nothing of it to read.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Who wrote it.
    pub(super) fn speaker(&self) -> Speaker {
        self.speaker
    }
}

/// A text without what some writers put before the first character.
fn trimmed(text: &str) -> &str {
    text.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{feff}')
}

/// Unpacks what a proxy has packed, although nobody asked for that.
fn unpacked(bytes: Vec<u8>) -> Result<Vec<u8>, Packing> {
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let most = u64::try_from(MAX_BODY).unwrap_or(u64::MAX);
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes.as_slice())
        .take(most.saturating_add(1))
        .read_to_end(&mut unpacked)
        .map_err(|_| Packing::Broken)?;
    if unpacked.len() > MAX_BODY {
        return Err(Packing::TooLong);
    }
    Ok(unpacked)
}

fn speaker(text: &str) -> Speaker {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) if object.is_empty() => Speaker::Silent,
        Ok(body) if is_an_error_of_the_api(&body) => Speaker::Api,
        Ok(body) if is_complaints(&body) => Speaker::Complaints,
        Err(_) if text.starts_with('<') => Speaker::Page,
        Ok(_) | Err(_) => Speaker::Other,
    }
}

/// Whether JSON says what is wrong in one of the API's own shapes.
///
/// Source: the platform's answers. Gateways in front of it write JSON as well, such as `{"message":"no Route matched"}`.
fn is_an_error_of_the_api(body: &Value) -> bool {
    let is_error = |error: &Value| match error {
        Value::Object(error) => ["code", "message", "detail"]
            .iter()
            .any(|key| error.get(*key).is_some_and(is_words)),
        error => is_words(error),
    };
    body.get("detail").is_some_and(is_words)
        || body.get("error").is_some_and(is_error)
        || body.get("x402Version").is_some()
        || body.get("pay_way").is_some_and(is_words)
}

/// Whether JSON complains as Django REST Framework does: by field, or in a list; or it has at least the API's trace id.
fn is_complaints(body: &Value) -> bool {
    match body {
        Value::Object(object) => {
            object.contains_key("trace_id") || object.values().any(|value| value.is_array() && is_words(value))
        }
        list => list.is_array() && is_words(list),
    }
}

fn is_words(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(list) => !list.is_empty() && list.iter().all(Value::is_string),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use pretty_assertions::assert_eq;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<(String, Speaker), Packing> {
        let body = Body::whole(bytes.to_vec(), &Redactor::default())?;
        Ok((body.text, body.speaker))
    }

    #[test]
    fn who_wrote_a_body_shows() {
        for (body, speaker) in [
            (r#"{"detail":"No.","code":"permission_denied"}"#, Speaker::Api),
            (r#"{"detail":["a","list"],"trace_id":"1"}"#, Speaker::Api),
            (r#"{"error":{"code":"invalid_token","message":"No."}}"#, Speaker::Api),
            (r#"{"error":"a bare string"}"#, Speaker::Api),
            (r#"{"pay_way":["No."]}"#, Speaker::Api),
            (r#"["Order is not pending."]"#, Speaker::Complaints),
            (r#"{"surface":["No."]}"#, Speaker::Complaints),
            (r#"{"trace_id":"1"}"#, Speaker::Complaints),
            ("\u{feff}\n {\"detail\":\"No.\"}", Speaker::Api),
            ("{}", Speaker::Silent),
            (r#"{"message":"no Route matched with those values"}"#, Speaker::Other),
            (r#"{"error":{"code":403,"status":"PERMISSION_DENIED"}}"#, Speaker::Other),
            (r#"{"success":false,"result":null}"#, Speaker::Other),
            (r#"{"detail":"#, Speaker::Other),
            ("default backend - 404", Speaker::Other),
            ("RBAC: access denied", Speaker::Other),
            (r#""a text""#, Speaker::Other),
            ("null", Speaker::Other),
            ("", Speaker::Other),
            ("<html>", Speaker::Page),
            ("\u{feff}<!doctype html>", Speaker::Page),
            ("\u{feff}\r\n\u{feff} <html>", Speaker::Page),
        ] {
            assert_eq!(read(body.as_bytes()).unwrap().1, speaker, "{body}");
        }
    }

    #[test]
    fn a_packed_body_is_unpacked_up_to_the_most_that_is_read() {
        let (text, speaker) = read(&gzip(b"\xef\xbb\xbf{\"detail\":\"No.\"}")).unwrap();
        assert_eq!((text.as_str(), speaker), (r#"{"detail":"No."}"#, Speaker::Api));
        assert_eq!(read(&gzip(&vec![b' '; 50 * MAX_BODY])), Err(Packing::TooLong));
        let packed = gzip(b"{}");
        let (half, _) = packed.split_at(packed.len() - 9);
        assert_eq!(read(half), Err(Packing::Broken));
    }

    #[test]
    fn a_byte_that_is_no_text_hides_no_secret_and_loses_no_field() {
        let redactor = Redactor::of(["0123456789abcdef"]);
        let body = Body::whole(
            b"{\"x\":\"\xff\",\"detail\":\"0123456789ABCDEF\xfe\"}".to_vec(),
            &redactor,
        )
        .unwrap();
        assert_eq!(
            String::from_utf8_lossy(body.as_bytes()),
            "{\"x\":\"\u{fffd}\",\"detail\":\"[withheld]\u{fffd}\"}"
        );
    }
}

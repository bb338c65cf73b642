//! What must not be shown again although somebody typed it: a token or a password in the place of something else.
//!
//! Vocabulary: no I/O. Every value that an error or the self-check of the settings shows passes through [`withheld`].

use super::PREFIX;

/// What stands in place of a secret.
const WITHHELD: &str = "(withheld)";

/// What the tokens of other services begin with.
const OTHER_PREFIXES: [&str; 11] = [
    "sk-",
    "sk_",
    "pk_",
    "rk_",
    "whsec_",
    "eyj",
    "ghp_",
    "gho_",
    "github_pat_",
    "xoxb-",
    "xoxp-",
];

/// The shortest word that may be random, in characters.
const RANDOM_LENGTH: usize = 32;

/// The longest part between hyphens that people type, as in a UUID, in characters.
const LONGEST_PART: usize = 12;

/// Whether a text holds what can only be a token: one of the platform or of a service, or an `Authorization` header.
#[must_use]
pub fn holds_token(text: &str) -> bool {
    let mut follows_bearer = false;
    words(text).any(|(word, _)| is_token(word, &mut follows_bearer))
}

/// A text without what looks like a token, a long random word, or the user and password of a URL.
#[must_use]
pub fn withheld(text: &str) -> String {
    let text = without_passwords(text);
    let mut follows_bearer = false;
    words(&text).fold(String::new(), |mut shown, (word, rest)| {
        let is_secret = is_token(word, &mut follows_bearer) || is_random(word);
        shown.push_str(if is_secret { WITHHELD } else { word });
        shown.push_str(rest);
        shown
    })
}

/// The words of a text, each with the character that ends it.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let ends = |character: char| !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '+' | '~'));
    text.split_inclusive(ends).map(move |part| {
        let word = part.trim_end_matches(ends);
        (word, part.strip_prefix(word).unwrap_or_default())
    })
}

/// Whether a word has the form of a token; `follows_bearer` is kept from word to word.
fn is_token(word: &str, follows_bearer: &mut bool) -> bool {
    let lower = word.to_ascii_lowercase();
    if word.is_empty() {
        return false;
    }
    let is_credential = std::mem::replace(follows_bearer, lower == "bearer");
    let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let begins_with = |prefix: &str| lower.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 8);
    is_credential
        || is_hex && word.len() == 32
        || lower
            .find(PREFIX)
            .is_some_and(|start| lower.len() > start + PREFIX.len())
        || OTHER_PREFIXES.iter().any(|prefix| begins_with(prefix))
}

/// Whether a word is long, and of letters and digits as nobody types them. A UUID is not: orders have them.
fn is_random(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
    word.len() >= RANDOM_LENGTH
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && word.split(['-', '_']).any(|part| part.len() > LONGEST_PART)
}

/// A text without the user and password of its URLs, and without what follows `password=`.
fn without_passwords(text: &str) -> String {
    let ends = |character: char| character.is_whitespace() || matches!(character, '`' | '"');
    text.split_inclusive(ends).map(without_password).collect()
}

fn without_password(word: &str) -> String {
    let (word, query) = match word.to_ascii_lowercase().find("password=") {
        Some(start) => word.split_at_checked(start).unwrap_or((word, "")),
        None => (word, ""),
    };
    let mut shown = match word.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((_, place)) => format!("{scheme}://{WITHHELD}@{place}"),
            None => word.to_owned(),
        },
        None => word.to_owned(),
    };
    if !query.is_empty() {
        let end = query.find(|character: char| character == '&' || character.is_whitespace() || character == '`');
        let rest = end.and_then(|end| query.get(end..)).unwrap_or_default();
        shown.extend(["password=", WITHHELD, rest]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const HEX: &str = "c0ffee00c0ffee00c0ffee00c0ffee00";

    #[test]
    fn a_token_in_any_form_is_withheld_and_known_as_one() {
        for (text, shown) in [
            (format!("platform-v1-{HEX}{HEX}"), "(withheld)"),
            (format!("`PLATFORM-V1-{HEX}` is no number"), "`(withheld)` is no number"),
            ("/home/me/platform-v1-c0ff".into(), "/home/me/(withheld)"),
            ("token=platform-v1-c0ff,STRIPE".into(), "token=(withheld),STRIPE"),
            (format!("the file {HEX}"), "the file (withheld)"),
            ("sk_live_c0ffee00".into(), "(withheld)"),
            ("`sk-c0ffee00`".into(), "`(withheld)`"),
            (
                "Authorization: Bearer  secret.x".into(),
                "Authorization: Bearer  (withheld).x",
            ),
        ] {
            assert_eq!(
                (withheld(&text), holds_token(&text)),
                (shown.to_owned(), true),
                "{text}"
            );
        }
    }

    #[test]
    fn long_random_words_and_passwords_are_withheld_too() {
        for (text, shown) in [
            ("wJalrXUtnFEMIK7MDENG_bPxRfiCYEXAMPLEKEY", "(withheld)"),
            (
                "`postgres://me:PASS/W@RD@db.example/pay` is not a pay way",
                "`postgres://(withheld)@db.example/pay` is not a pay way",
            ),
            (
                "postgres://db.example/pay?user=me&Password=PASSWORD&sslmode=require",
                "postgres://db.example/pay?user=me&password=(withheld)&sslmode=require",
            ),
            (
                "host=db password=PASSWORD user=me",
                "host=db password=(withheld) user=me",
            ),
        ] {
            assert_eq!((withheld(text), holds_token(text)), (shown.to_owned(), false), "{text}");
        }
    }

    #[test]
    fn what_people_type_is_shown_as_it_is() {
        for text in [
            "",
            "cash",
            "set `ACEDATACLOUD_PLATFORM_TOKEN_FILE` to a platform token (`platform-v1-…`)",
            "https://platform.acedata.cloud:8443/api/v1",
            "/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/token",
            "the order a1b2c3d4-e5f6-7890-abcd-ef1234567890",
            "/srv/acedata-pay-mcp-qr-codes-of-production-2026",
            "warn,acedata_pay_mcp=info",
            "微信支付 9.90 元",
        ] {
            assert_eq!((withheld(text).as_str(), holds_token(text)), (text, false));
        }
    }
}

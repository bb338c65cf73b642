use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

const TOKEN: &str = "platform-v1-0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

static REDACTOR: LazyLock<Redactor> = LazyLock::new(redactor);

fn redactor() -> Redactor {
    Redactor::of([TOKEN])
}

/// Whether any 16 letters and digits of the token are in a text as it is shown.
fn shows_the_token(text: &str) -> bool {
    let letters = |text: &str| Letters::of(text).alphanumeric().0;
    let (token, text) = (letters(TOKEN), letters(text));
    text.windows(RUN)
        .any(|run| token.windows(RUN).any(|secret| run == secret))
}

#[test]
fn a_secret_that_was_sent_is_withheld_in_whatever_way_it_is_written() {
    let escaped = |escape: &dyn Fn(char) -> String| TOKEN.chars().map(escape).collect::<String>();
    let percent = escaped(&|letter| format!("%{:02x}", u32::from(letter)));
    for written in [
        TOKEN.to_owned(),
        TOKEN.to_uppercase(),
        TOKEN.split_at(12).1.to_owned(),
        TOKEN.split_at(30).0.to_owned(),
        TOKEN.split_at(44).1.to_owned(),
        TOKEN.replace('-', "%2D"),
        percent.clone(),
        percent.replace('%', "%25"),
        TOKEN.replace('-', "\\u002d"),
        escaped(&|letter| format!("\\u{:04X}", u32::from(letter))),
        escaped(&|letter| format!("\\x{:02x}", u32::from(letter))),
        escaped(&|letter| format!("&#{};", u32::from(letter))),
        escaped(&|letter| format!("&#x{:x};", u32::from(letter))),
        TOKEN.replace('-', "&hyphen;"),
        escaped(&|letter| format!("{letter}\u{200b}")),
        escaped(&|letter| format!("{letter} ")),
        escaped(&|letter| format!("{letter}\u{e0100}")),
        TOKEN.replace('5', "\n5"),
        BASE64.encode(format!("Bearer {TOKEN}")),
        BASE64.encode(format!("x:{TOKEN}")),
    ] {
        let text = format!("Bad «{written}», sorry.");
        let clean = redactor().text(&text).into_owned();
        assert!(clean.contains(WITHHELD) && !shows_the_token(&clean), "{text}\n{clean}");
        assert!(clean.starts_with("Bad «") && clean.ends_with(", sorry."), "{clean}");
    }
    let echo = format!("Token {TOKEN} is revoked.");
    assert_eq!(redactor().text(&echo), "Token [withheld] is revoked.");
}

#[test]
fn what_is_no_secret_stays_as_it_is() {
    for text in [
        "",
        "Pending",
        "https://buy.stripe.com/cs_live_a1B2c3D4e5F6g7H8?x=%2D&amp;y=1#fidkdWxOYHwnPyd1blpxYHZxWjA0",
        "https://openapi.alipay.com/gateway.do?sign=AbC%2B12&sign_type=RSA2&timestamp=2026-11-23",
        "https://checkout.airwallex.com/#/standalone/checkout?intent_id=int_1&client_secret=eyJx",
        "weixin://wxpay/bizpayurl?pr=a1b2c3d4",
        "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
        "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "plink_1MtwBwLkdIwHu7ix",
        "You do not have permission to perform this action.",
        "Bearer token required.",
        "Invalid token: expired",
        "Use a token that begins with platform-v1-.",
        "微信支付 100% & \\ 价",
        TOKEN.split_at(12).0,
        "0f1e2d3c4b5a697",
    ] {
        assert_eq!(redactor().text(text), text);
        assert!(!is_in(text), "{text}");
    }
}

#[test]
fn what_has_the_form_of_a_secret_is_withheld() {
    for (text, clean) in [
        ("no sk_live_51Abc, sorry", "no [withheld], sorry"),
        ("no SK_TEST_51Abc.", "no [withheld]."),
        ("rk_live_x1", "[withheld]"),
        ("whsec_AbC+/=", "[withheld]"),
        ("pi_3Mtw_secret_9xY is used", "[withheld] is used"),
        ("seti_1_secret_2", "[withheld]"),
        ("platform-v1-deadbeef", "[withheld]"),
        ("platform%2Dv1%2Ddeadbeef", "[withheld]"),
        ("p\u{200b}latform-v1-dead", "[withheld]"),
        ("Authorization: Bearer eyJhbGciOiJ9.x.y", "Authorization: [withheld]"),
        ("bearer SECRETVALUE", "[withheld]"),
        ("Bearer%20abc123", "[withheld]"),
        ("client_secret=SECRETVALUE&x=1", "[withheld]&x=1"),
        (r#"{"api_key": "SECRETVALUE"}"#, r#"{"[withheld]"}"#),
        ("password: hunter2", "[withheld]"),
    ] {
        assert_eq!(Redactor::default().text(text), clean);
        assert!(is_in(text) && is_in(clean), "{text}");
    }
}

#[test]
fn a_field_is_known_to_be_a_secret_by_its_name() {
    for name in [
        "client_secret",
        "stripe_client_secret",
        "clientSecret",
        "client-secrets",
        "access_token",
        "Token",
        "apiKey",
        "private_keys",
        "payment_signature",
        "PASSWORD",
        "credentials",
        "bank_details",
        "bankDetails",
    ] {
        assert!(is_name(name), "{name}");
    }
    for name in [
        "pay_way", "surface", "detail", "name", "version", "chainId", "feePayer", "token_id", "",
    ] {
        assert!(!is_name(name), "{name}");
    }
}

#[test]
fn json_is_cleaned_in_every_text_and_keeps_every_number() {
    let json = format!(
        r#"{{"price":12345678901234567.890,"{TOKEN}":1,"a":["{}","\ud800"],"b\"c":{{"d":"x\\\"sk_live_1\\"}},"e":null}}"#,
        TOKEN.replace('-', "\\u002D").replace('f', "\\u0066")
    );
    assert_eq!(
        redactor().json(&json),
        r#"{"price":12345678901234567.890,"[withheld]":1,"a":["[withheld]",""],"b\"c":{"d":"x\\\"[withheld]\\"},"e":null}"#
    );
    for broken in ["", "{", "\"", "\"\\", "nothing", r#"{"a":"b"#] {
        assert!(!redactor().json(broken).contains('b'), "{broken}");
    }
}

#[test]
fn a_secret_learnt_later_is_withheld_until_many_others_were_sent() {
    let redactor = redactor();
    let secret = |number: usize| BASE64.encode(format!("{number:064}").repeat(200));
    redactor.learn("0xfeedfacefeedfacecafe");
    assert_eq!(redactor.text("feedfacefeedfacecafe!"), "[withheld]!");
    for number in 0..3 {
        redactor.learn(&secret(number));
        let shown = redactor.text(&secret(number)).into_owned();
        assert_eq!(shown.trim_end_matches('='), "[withheld]");
    }
    assert_eq!(redactor.text("feedfacefeedfacecafe!"), "[withheld]!");
    assert!(!format!("{redactor:?}").contains("feed"));
}

#[test]
fn a_short_secret_is_withheld_whole_and_one_of_a_few_letters_is_none() {
    assert_eq!(
        Redactor::of(["platform-v1-0123"]).text("is platform-v1-0123 it"),
        "is [withheld] it"
    );
    assert_eq!(
        Redactor::of(["ab-12-cd"]).text("AB12CD or ab-12-c"),
        "[withheld] or ab-12-c"
    );
    assert_eq!(Redactor::of(["a-b"]).text("a-b"), "a-b");
    let transaction = format!("AQ{}Bgh7", "A".repeat(80));
    let redactor = Redactor::of([transaction.as_str()]);
    let shown = redactor.text(&transaction).replace(WITHHELD, "");
    assert!(shown.chars().all(|letter| letter == 'A'), "{shown}");
    assert_eq!(redactor.text(&"A".repeat(40)), "A".repeat(40));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn no_part_of_16_letters_gets_out_of_any_text(
        before in any::<String>(), after in any::<String>(), from in 0..60_usize, length in 16..76_usize, gap in "[%& \\-\u{200b}]{0,2}",
    ) {
        let part: Vec<_> = TOKEN.chars().skip(from).take(length).map(String::from).collect();
        let text = before + &part.join(&gap) + &after;
        let clean = REDACTOR.text(&text).into_owned();
        prop_assert!(!shows_the_token(&clean), "{}\n{}", text, clean);
    }

    #[test]
    fn any_json_stays_json_with_the_same_numbers(text in any::<String>(), number in any::<i64>()) {
        let json = serde_json::json!({ text.clone(): [number, text] });
        let clean: serde_json::Value = serde_json::from_str(&Redactor::default().json(&json.to_string())).unwrap();
        let (_, list) = clean.as_object().unwrap().iter().next().unwrap();
        prop_assert_eq!(&list[0], &serde_json::json!(number));
    }
}

//! Bodies of the platform: what is read of them can be shown, gives no secret away, and claims nothing that was not said.
//!
//! The input is a status, what was asked for, and a body in which control characters stand for the token and the order.
#![no_main]

use acedata_pay_mcp::fuzzing::Received;
use acedata_pay_mcp::order::OrderState;
use acedata_pay_mcp::pay_url::PlainHttp;
use acedata_pay_mcp::platform::Error;
use fuzz::{TOKEN, assert_hides, assert_order, assert_visible, filled, order_id, token};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const STATUS: [u16; 16] = [
    200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 408, 425, 429, 500, 502, 503,
];

fuzz_target!(|input: &[u8]| {
    let [status, asked, body @ ..] = input else { return };
    let status = STATUS[usize::from(*status) % STATUS.len()];
    let body = filled(body, TOKEN);
    let said = String::from_utf8_lossy(&body).to_lowercase();
    let is_packed = body.starts_with(&[0x1f, 0x8b]);
    let Some(received) = Received::new(status, &[], body.clone(), &token(), None) else {
        return;
    };
    let is_sandbox = asked & 1 == 1;
    let plain_http = if is_sandbox {
        PlainHttp::Loopback
    } else {
        PlainHttp::Refused
    };
    match received.order(order_id(), plain_http) {
        Ok(order) => {
            assert!((200..300).contains(&status));
            assert_order(&order, is_sandbox);
            if !is_packed {
                // Without a key that is there twice, which other programs may read in another way.
                if let Ok(json) = serde_json::from_slice::<Value>(body.trim_ascii()) {
                    let id = json["id"].as_str().map(str::to_ascii_lowercase);
                    assert_eq!(id.as_deref(), Some(fuzz::ORDER));
                    let state = json["state"].as_str().unwrap().to_lowercase();
                    let claims = |state: &OrderState| state.is_paid() || state.is_final();
                    assert!(
                        !claims(&order.state) || letters(&state) == order.state.as_str().to_lowercase(),
                        "{state}"
                    );
                }
            }
        }
        Err(error) => assert_error(&error, status, &said),
    }
    // Of a signed payment, only a refusal in the API's own words means that nothing happened.
    match received.settled(order_id()) {
        Ok(settled) => assert_order(&settled.order, false),
        Err(error) => {
            assert_error(&error, status, &said);
            assert!(error.may_have_happened() || status >= 300);
            assert!(error.may_have_happened() || status < 500);
        }
    }
});

/// What is told of a failure can be shown.
fn assert_error(error: &Error, status: u16, said: &str) {
    assert_eq!(error.status, Some(status));
    let said_words = error.said.detail.iter().map(ToString::to_string);
    let codes = [&error.said.code, &error.said.trace_id]
        .into_iter()
        .flatten()
        .map(ToString::to_string);
    for text in said_words.chain(codes).chain([error.to_string(), format!("{error:?}")]) {
        assert_visible(&text);
        assert_hides(&text, TOKEN);
    }
    assert!(!error.said.about_pay_way || said.contains("pay"));
    if let Some(detail) = &error.said.detail {
        assert!(detail.as_str().chars().count() <= 301);
    }
}

/// The letters of a text in ASCII.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

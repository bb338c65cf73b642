//! A platform on a bad day: most answers are fine, and every kind of fault is among the rest.

use serde_json::json;

use super::platform::{Reply, Request};

/// The reply to a request on a bad day.
pub fn mixed(number: usize, request: &Request) -> Reply {
    let order = || {
        let id = request.line.split('/').nth(4).unwrap_or_default();
        Reply::json(
            200,
            json!({
                "id": id, "state": "Pending", "pay_way": "STRIPE", "pay_url": "https://buy.stripe.com/x", "price": "9.90",
                "currency": "USD", "service": {"name": "ChatGPT"}, "created_at": "2026-11-23T00:00:00Z",
            }),
        )
    };
    match number % 40 {
        3 => Reply::json(500, r#"{"detail":"Oops."}"#),
        7 => Reply::page(502, "<html>Bad Gateway</html>"),
        11 => Reply::json(400, r#"{"detail":"Only a pending order can be paid."}"#),
        13 => Reply::json(401, r#"{"error":{"code":"invalid_token","message":"No."}}"#),
        17 => Reply::json(404, r#"{"detail":"Not found."}"#),
        19 => Reply::with_headers(429, &["retry-after: 0"], "{}"),
        23 => Reply::Close,
        29 => Reply::Part(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"id\":".to_vec()),
        31 => Reply::json(200, "[]"),
        37 => Reply::json(200, r#"{"id":"ffffffff-0000-4000-8000-000000000000","state":"Paid"}"#),
        _ => order(),
    }
}

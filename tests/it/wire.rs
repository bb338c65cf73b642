//! The client against a recorded wire: what it sends, to the byte, and what it makes of every answer.

use std::time::Duration;

use acedata_pay_mcp::order::{OrderId, Surface};
use acedata_pay_mcp::pay_way::PayWay;
use acedata_pay_mcp::platform::{BadResponse, ErrorKind, Limits, PayRequest, Platform, Started, Unreachable};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pretty_assertions::assert_eq;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::support::platform::{Platform as Fake, Reply};
use crate::support::{ORDER, PENDING, TOKEN};

/// An entry of an X402 challenge, as the live platform sends it.
const ENTRY: &str = r#"{"scheme":"exact","network":"eip155:8453","asset":"0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "amount":"1200000","payTo":"0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a","maxTimeoutSeconds":120}"#;

fn id() -> OrderId {
    ORDER.parse().unwrap()
}

fn client(fake: &Fake) -> Platform {
    client_of(&fake.base_url, Duration::from_secs(5))
}

fn client_of(base_url: &str, request_timeout: Duration) -> Platform {
    let limits = Limits {
        request_timeout,
        requests_per_second: 1000,
    };
    Platform::new(base_url.parse().unwrap(), Some(TOKEN.parse().unwrap()), limits)
}

/// So soon that a question is not asked again.
fn once_more() -> Instant {
    Instant::now() + Duration::from_millis(1100)
}

/// So soon that no payment is posted again.
fn once() -> Instant {
    Instant::now() + Duration::from_millis(6100)
}

/// Nothing keeps it back.
fn goes() -> CancellationToken {
    CancellationToken::new()
}

/// Time enough for whatever is sent: a refusal is not posted again anyway.
fn ample() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn by(pay_way: PayWay) -> PayRequest {
    PayRequest {
        pay_way: Some(pay_way),
        surface: None,
    }
}

fn pay_line() -> String {
    format!("POST /api/v1/orders/{ORDER}/pay/ HTTP/1.1")
}

#[tokio::test]
async fn a_payment_is_posted_exactly_as_the_specification_says() {
    let fake = Fake::start([Reply::json(200, PENDING), Reply::json(200, PENDING)]).await;
    let surface = Surface::try_from("h5".to_owned()).unwrap();
    client(&fake)
        .pay(
            id(),
            &PayRequest {
                pay_way: Some(PayWay::Stripe),
                surface: Some(surface),
            },
            once(),
            &goes(),
        )
        .await
        .unwrap();
    client(&fake).refresh(id(), once_more()).await.unwrap();
    let headers = |length: usize| {
        vec![
            "accept: application/json".to_owned(),
            format!("authorization: Bearer {TOKEN}"),
            format!("content-length: {length}"),
            "content-type: application/json".to_owned(),
            format!("user-agent: acedata-pay-mcp/{}", env!("CARGO_PKG_VERSION")),
        ]
    };
    let requests = fake.requests();
    assert_eq!(requests[0].line, pay_line());
    assert_eq!(requests[0].body, r#"{"pay_way":"STRIPE","surface":"h5"}"#);
    assert_eq!(requests[0].headers, headers(35));
    assert_eq!(
        requests[1].line,
        format!("POST /api/v1/orders/{ORDER}/refresh/ HTTP/1.1")
    );
    assert_eq!(requests[1].body, "{}");
    assert_eq!(requests[1].headers, headers(2));
}

#[tokio::test]
async fn a_free_order_is_posted_with_an_empty_object() {
    let finished = PENDING.replace("Pending", "Finished");
    let fake = Fake::start([Reply::json(200, finished)]).await;
    client(&fake)
        .pay(
            id(),
            &PayRequest {
                pay_way: None,
                surface: None,
            },
            once(),
            &goes(),
        )
        .await
        .unwrap();
    assert_eq!(fake.asked(), [format!("POST /api/v1/orders/{ORDER}/pay/ {{}}")]);
}

#[tokio::test]
async fn a_refused_spelling_falls_back_to_the_platforms_and_the_one_that_worked_is_remembered() {
    let refusal = Reply::json(400, r#"{"pay_way":["\"WECHATPAY\" is not a valid choice."]}"#);
    let fake = Fake::start([
        refusal,
        Reply::json(200, PENDING),
        Reply::json(200, PENDING),
        Reply::json(200, PENDING),
    ])
    .await;
    let client = client(&fake);
    client
        .pay(id(), &by(PayWay::WechatPay), ample(), &goes())
        .await
        .unwrap();
    client
        .pay(id(), &by(PayWay::WechatPay), ample(), &goes())
        .await
        .unwrap();
    client.pay(id(), &by(PayWay::Alipay), ample(), &goes()).await.unwrap();
    let sent = ["WECHATPAY", "WechatPay", "WechatPay", "ALIPAY"];
    assert_eq!(
        fake.asked(),
        sent.map(|way| format!("POST /api/v1/orders/{ORDER}/pay/ {{\"pay_way\":\"{way}\"}}"))
    );
}

#[tokio::test]
async fn a_pay_way_with_one_spelling_is_sent_ample() {
    for (way, spelling) in [(PayWay::Card, "Card"), (PayWay::X402, "X402")] {
        let fake = Fake::start([Reply::json(400, r#"{"detail":"No."}"#)]).await;
        let error = client(&fake).pay(id(), &by(way), ample(), &goes()).await.unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::Refused, Some(400)));
        assert_eq!(
            fake.asked(),
            [format!(
                "POST /api/v1/orders/{ORDER}/pay/ {{\"pay_way\":\"{spelling}\"}}"
            )]
        );
    }
}

#[tokio::test]
async fn of_two_refusals_the_one_about_more_than_the_spelling_is_told() {
    let spelling = Reply::json(400, r#"{"pay_way":["not a valid choice"]}"#);
    let state = Reply::json(400, r#"{"detail":"Order is not pending."}"#);
    for replies in [[spelling.clone(), state.clone()], [state, spelling]] {
        let fake = Fake::start(replies).await;
        let error = client(&fake)
            .pay(id(), &by(PayWay::Stripe), ample(), &goes())
            .await
            .unwrap_err();
        assert_eq!(error.said.detail.unwrap().as_str(), "Order is not pending.");
        assert_eq!(fake.requests().len(), 2);
    }
}

#[tokio::test]
async fn an_x402_challenge_is_read_from_body_header_and_status_200() {
    let challenge = format!(r#"{{"x402Version":2,"error":"~~~???>>>.","accepts":[{ENTRY}]}}"#);
    let padded = format!("payment-required: {}", BASE64.encode(&challenge));
    let for_urls = padded
        .replace('+', "-")
        .replace('/', "_")
        .replace("payment_", "payment-");
    let bare = for_urls.trim_end_matches('=');
    assert!(padded != for_urls && for_urls != bare, "{padded}");
    for reply in [
        Reply::json(402, &challenge),
        Reply::with_headers(402, &[&padded], "{}"),
        Reply::with_headers(402, &[&for_urls], "{}"),
        Reply::with_headers(402, &[bare], "{}"),
        Reply::json(200, &challenge),
        Reply::json(
            200,
            format!(r#"{{"id":"{ORDER}","state":"Pending","payment_requirements":{challenge}}}"#),
        ),
    ] {
        let fake = Fake::start([reply]).await;
        let Started::PaymentRequired(challenge) = client(&fake)
            .pay(id(), &by(PayWay::X402), once(), &goes())
            .await
            .unwrap()
        else {
            panic!("no challenge");
        };
        assert_eq!(
            (challenge.version.number(), challenge.options[0].amount.to_string()),
            (2, "1.20".to_owned())
        );
    }
}

#[tokio::test]
async fn a_challenge_beside_another_order_is_not_taken() {
    let other = "00000000-0000-4000-8000-000000000000";
    let body = format!(r#"{{"id":"{other}","state":"Pending","payment_requirements":[{ENTRY}]}}"#);
    let fake = Fake::start([Reply::json(200, body)]).await;
    let error = client(&fake)
        .pay(id(), &by(PayWay::X402), once(), &goes())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadResponse(BadResponse::OtherOrder));
}

#[tokio::test]
async fn a_402_is_an_error_for_any_other_pay_way_and_without_a_challenge() {
    let challenge = |entry: &str| format!(r#"{{"x402Version":2,"accepts":[{entry}]}}"#);
    for (way, body) in [
        (PayWay::Stripe, challenge(ENTRY)),
        (PayWay::X402, r#"{"detail":"Pay first."}"#.to_owned()),
        (PayWay::X402, challenge(&ENTRY.replace("eip155:8453", "eip155:84532"))),
        (PayWay::X402, challenge(&ENTRY.replace("exact", "upto"))),
    ] {
        let fake = Fake::start([Reply::json(402, body)]).await;
        let error = client(&fake).pay(id(), &by(way), once(), &goes()).await.unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::PaymentRequired, Some(402)));
    }
}

#[tokio::test]
async fn every_status_has_its_meaning() {
    let rate = |seconds| ErrorKind::RateLimited {
        retry_after: Some(Duration::from_secs(seconds)),
    };
    let bad = ErrorKind::BadResponse;
    let other = PENDING.replace(ORDER, "00000000-0000-4000-8000-000000000000");
    let huge = format!(
        r#"{{"id":"{ORDER}","state":"Pending","padding":"{}"}}"#,
        "x".repeat(1024 * 1024)
    );
    for (reply, kind, may_have_happened) in [
        (
            Reply::json(401, r#"{"error":{"code":"invalid_token","message":"No."}}"#),
            ErrorKind::Unauthenticated,
            false,
        ),
        (Reply::json(403, "{}"), ErrorKind::Forbidden, false),
        (
            Reply::json(404, r#"{"detail":"Not found."}"#),
            ErrorKind::NotFound,
            false,
        ),
        (Reply::page(404, "<html>404</html>"), bad(BadResponse::WebPage), false),
        (Reply::json(502, "x".repeat(2 << 20)), ErrorKind::ServerError, true),
        (
            Reply::Part(b"HTTP/1.1 403 X\r\ncontent-length: 99\r\n\r\n{".to_vec()),
            ErrorKind::Forbidden,
            false,
        ),
        (Reply::json(405, "{}"), ErrorKind::Refused, false),
        (Reply::json(422, "{}"), ErrorKind::Refused, false),
        (Reply::with_headers(429, &["retry-after: 7"], "{}"), rate(7), false),
        (
            Reply::json(429, "{}"),
            ErrorKind::RateLimited { retry_after: None },
            false,
        ),
        (Reply::json(500, "{}"), ErrorKind::ServerError, true),
        (Reply::page(502, "<html>Bad Gateway</html>"), ErrorKind::Gateway, true),
        (
            Reply::page(403, "<html>Blocked</html>"),
            bad(BadResponse::WebPage),
            false,
        ),
        (
            Reply::Part(b"SSH-2.0-OpenSSH\r\n".to_vec()),
            bad(BadResponse::NotHttp),
            true,
        ),
        (Reply::header_bomb(), bad(BadResponse::NotHttp), true),
        (Reply::json(503, ""), ErrorKind::ServerError, true),
        (
            Reply::with_headers(302, &["location: https://evil.example/"], ""),
            bad(BadResponse::Redirect),
            false,
        ),
        (Reply::json(200, ""), bad(BadResponse::NotAnOrder), true),
        (Reply::json(200, "[]"), bad(BadResponse::NotAnOrder), true),
        (Reply::page(200, "<!doctype html>"), bad(BadResponse::WebPage), true),
        (Reply::json(200, other), bad(BadResponse::OtherOrder), true),
        (Reply::json(200, huge), bad(BadResponse::TooLong), true),
        (Reply::Close, ErrorKind::Interrupted, true),
        (
            Reply::Part(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"id\":".to_vec()),
            ErrorKind::Interrupted,
            true,
        ),
    ] {
        let fake = Fake::start([reply.clone(), reply.clone()]).await;
        let error = client(&fake)
            .pay(id(), &by(PayWay::Stripe), once(), &goes())
            .await
            .unwrap_err();
        assert_eq!(
            (&error.kind, error.may_have_happened()),
            (&kind, may_have_happened),
            "{reply:?}"
        );
        assert_eq!(fake.requests().len(), 1, "{reply:?}");
        assert_eq!(
            client(&fake).refresh(id(), once_more()).await.unwrap_err().kind,
            kind,
            "{reply:?}"
        );
    }
}

#[tokio::test]
async fn a_platform_that_hangs_is_a_timeout_and_one_that_is_not_there_is_unreachable() {
    let soon = Duration::from_millis(200);
    for reply in [
        Reply::Hang,
        Reply::After(Duration::from_secs(5), Box::new(Reply::json(200, PENDING))),
    ] {
        let fake = Fake::start([reply]).await;
        let client = client_of(&fake.base_url, soon);
        let error = client
            .pay(id(), &by(PayWay::Stripe), once(), &goes())
            .await
            .unwrap_err();
        assert_eq!((&error.kind, error.may_have_happened()), (&ErrorKind::Timeout, true));
    }
    let nobody = client_of("http://127.0.0.1:1", soon);
    let error = nobody
        .pay(id(), &by(PayWay::Stripe), once(), &goes())
        .await
        .unwrap_err();
    assert_eq!(
        (&error.kind, error.may_have_happened()),
        (&ErrorKind::Unreachable(Unreachable::Refused), false)
    );
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let fake = Fake::start([]).await;
    let limits = Limits {
        request_timeout: Duration::from_secs(5),
        requests_per_second: 1000,
    };
    let client = Platform::new(fake.base_url.parse().unwrap(), None, limits);
    assert_eq!(
        client
            .pay(id(), &by(PayWay::Stripe), once(), &goes())
            .await
            .unwrap_err()
            .kind,
        ErrorKind::NoToken
    );
    assert_eq!(
        client.refresh(id(), once_more()).await.unwrap_err().kind,
        ErrorKind::NoToken
    );
    assert_eq!(fake.requests(), []);
}

#[tokio::test]
async fn connections_are_reused() {
    // The replies belong to requests in order, and one connection serves them all or the second would be refused.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        for _ in 0..3 {
            let mut bytes = [0; 4096];
            while !bytes.windows(2).any(|window| window == b"{}") {
                assert_ne!(stream.read(&mut bytes).await.unwrap(), 0);
            }
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", PENDING.len());
            stream.write_all((head + PENDING).as_bytes()).await.unwrap();
        }
    });
    let client = client_of(&format!("http://{address}"), Duration::from_secs(5));
    for _ in 0..3 {
        client.refresh(id(), once_more()).await.unwrap();
    }
    server.await.unwrap();
}

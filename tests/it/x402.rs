//! Payments by X402: from the challenge to the receipt, and every way in which they fail.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use acedata_pay_mcp::sandbox::Wallet;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply, Request};
use crate::support::server::{Server, failure, order};
use crate::support::{ORDER, PENDING, TOKEN};

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

pub fn by_x402(id: &str) -> Value {
    json!({"order_id": id, "pay_way": "X402"})
}

pub fn signed(id: &str, signature: &str) -> Value {
    json!({"order_id": id, "pay_way": "X402", "payment_signature": signature})
}

/// Asks for the challenge of an order and signs it.
async fn sign(server: &mut Server, wallet: &Wallet, id: &str) -> String {
    let x402 = order(&server.call("pay_order", by_x402(id)).await)["x402"].clone();
    wallet
        .sign(x402["version"].as_u64().unwrap(), &x402["accepts"][0])
        .unwrap()
}

/// The same signature with something changed in it.
pub fn forged(signature: &str, pointer: &str, value: Value) -> String {
    let mut signed: Value = serde_json::from_slice(&BASE64.decode(signature).unwrap()).unwrap();
    *signed.pointer_mut(pointer).unwrap() = value;
    BASE64.encode(signed.to_string())
}

#[tokio::test]
async fn a_challenge_is_handed_over_typed_and_untouched() {
    let entry = json!({
        "scheme": "exact", "network": "eip155:8453", "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
        "amount": "1200000", "payTo": "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a", "maxTimeoutSeconds": 120,
        "extra": {"name": "USD Coin", "version": "2", "chainId": 8453, "decimals": 6, "z": [1, null, 2.5]},
    });
    let resource = json!({"url": "http://platform.acedata.cloud/api/v1/orders/x/pay/", "description": "Flux"});
    let challenge = json!({"x402Version": 2, "error": "Payment required.", "resource": resource, "accepts": [entry]});
    let platform = Platform::start([Reply::json(402, challenge)]).await;
    let mut server = Server::of(&platform.base_url).await;
    let answer = order(&server.call("pay_order", by_x402(ORDER)).await);
    assert_eq!(
        answer,
        json!({
            "order_id": ORDER, "state": "Pending", "paid": false, "final": false, "next_action": "sign_x402",
            "message": "The order waits for a payment of 1.20 USDC on Base to \
                0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a, by X402. Nothing is charged until a wallet has signed it.",
            "next_step": "Have a wallet sign one entry of `x402.accepts`, which are in the order of `message`; then call \
                `pay_order` with the same `order_id` and `pay_way` and what it made as `payment_signature`. Without a wallet, \
                use another `pay_way`.",
            "pay_way": "X402", "environment": "live",
            "x402": {"version": 2, "accepts": [entry]},
        })
    );
}

#[tokio::test]
async fn who_looks_after_a_challenge_is_told_that_a_wallet_was_asked_by_whatever_process() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.sqlite3");
    let platform = Platform::scripted(|_, request| {
        if request.line.contains("/refresh/") {
            Reply::json(
                200,
                json!({"id": ORDER, "state": "Pending", "price": "1.20", "currency": "USD"}),
            )
        } else if request.body.contains("X402") {
            Reply::json(402, json!({"x402Version": 2, "accepts": [entry(2)]}))
        } else {
            Reply::json(200, PENDING)
        }
    })
    .await;
    let start = async |ways: &str| {
        let arguments = ["--base-url", &platform.base_url, "--pay-ways", ways];
        let journal = ("ACEDATACLOUD_JOURNAL", journal.to_str().unwrap());
        let mut server = Server::start(&arguments, &[("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN), journal]);
        server.initialize("2025-11-25").await;
        server
    };
    let look = json!({"order_id": ORDER});
    let mut asking = start("STRIPE,X402").await;
    let before = order(&asking.call("check_order_status", look.clone()).await);
    assert_eq!(before["next_action"], "start_payment");
    order(&asking.call("pay_order", by_x402(ORDER)).await);
    // This process remembers, and the journal tells another one: some clients start one for each call.
    for server in [&mut asking, &mut start("STRIPE,X402").await] {
        let told = order(&server.call("check_order_status", look.clone()).await);
        assert_eq!(
            told,
            json!({
                "order_id": ORDER, "state": "Pending", "paid": false, "final": false, "next_action": "sign_x402",
                "message": "The order waits for the payment of 1.20 USD. A wallet was asked to sign it; nothing is charged until \
                    one has.",
                "next_step": "Call `pay_order` with `pay_way` `X402` and the wallet's `payment_signature`; without one it shows \
                    again what to sign. Or use another `pay_way`: `STRIPE`.",
                "price": "1.20", "currency": "USD", "environment": "live",
            })
        );
    }
    // Where X402 is not allowed any more, or another payment was started since, nobody is sent back to the wallet.
    let told = order(&start("STRIPE").await.call("check_order_status", look.clone()).await);
    assert_eq!(told["next_action"], "start_payment");
    let link = order(
        &asking
            .call("pay_order", json!({"order_id": ORDER, "pay_way": "STRIPE"}))
            .await,
    );
    let message = link["message"].as_str().unwrap();
    assert!(!message.contains("given before"), "a challenge is no link: {message}");
    let told = order(&start("STRIPE,X402").await.call("check_order_status", look).await);
    assert_eq!(told["next_action"], "start_payment");
}

#[tokio::test]
async fn a_signed_challenge_pays_in_either_version_and_the_receipt_proves_it() {
    let mut server = Server::sandbox().await;
    for (number, network, amount) in [(4, "eip155:84532", "1.20"), (16, "base-sepolia", "2.50")] {
        let (id, wallet) = (id(number), Wallet::throw_away());
        let signature = sign(&mut server, &wallet, &id).await;
        let paid = order(&server.call("pay_order", signed(&id, &signature)).await);
        let payer = wallet.address();
        let receipt = json!({
            "success": true, "amount": amount, "transaction": paid["pay_id"], "network": network, "payer": payer,
        });
        assert_eq!(
            (
                &paid["state"],
                &paid["paid"],
                &paid["next_action"],
                &paid["x402_receipt"]
            ),
            (&json!("Finished"), &json!(true), &json!("none"), &receipt)
        );
        let hash = paid["pay_id"].as_str().unwrap();
        let message = paid["message"].as_str().unwrap();
        assert!(
            message.contains(&format!(
                "The payment of {amount} USDC for the order described as \"Flux\" has arrived on Base Sepolia from {payer} by the \
                 transaction {hash}, and"
            )),
            "{message}"
        );
        // The same again is the same payment, and whoever asks later sees the receipt too.
        let again = order(&server.call("pay_order", signed(&id, &signature)).await);
        assert_eq!(
            (&again["state"], &again["x402_receipt"]),
            (&json!("Finished"), &receipt)
        );
        assert!(again["message"].as_str().unwrap().contains("paid already"), "{again}");
        let checked = order(&server.call("check_order_status", json!({"order_id": id})).await);
        assert_eq!(checked["x402_receipt"], receipt);
    }
}

#[tokio::test]
async fn an_entry_reaches_the_wallet_byte_for_byte_and_its_neighbours_are_left_out() {
    let payee = "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
    let entry = format!(
        r#"{{"scheme":"exact","network":"eip155:8453","payTo":"{payee}","asset":"{USDC}","amount":"1200000","extra":{{"version":"2","name":"USD Coin","chainId":8453,"a":2.5}}}}"#
    );
    let neighbours = [
        entry.replace("exact", "upto"),
        entry.replace("eip155:8453", "eip155:1187947933"),
        entry.replace("eip155:8453", "eip155:84532"),
        entry.replace(USDC, "0x50c5725949A6F0c72E6C4a641F24049A917DB0Cb"),
        entry.replace(&format!(r#""asset":"{USDC}","#), ""),
        entry.replace(r#""a":2.5"#, r#""a":2.50"#),
        entry.replace(r#""a":2.5"#, r#""decimals":18"#),
        entry.replace(r#""chainId":8453"#, r#""chainId":1"#),
    ];
    let all = [neighbours.as_slice(), std::slice::from_ref(&entry)].concat().join(",");
    let challenge = format!(r#"{{"x402Version":2,"accepts":[{all}]}}"#);
    let platform = Platform::start([Reply::json(402, challenge)]).await;
    let mut server = Server::of(&platform.base_url).await;
    let result = server.call("pay_order", by_x402(ORDER)).await;
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains(&format!(r#""accepts":[{entry}]"#)), "{text}");
    assert_eq!(
        result["structuredContent"]["x402"]["accepts"].to_string(),
        format!("[{entry}]")
    );
}

#[tokio::test]
async fn of_a_hostile_challenge_at_most_8_kilobytes_reach_anybody() {
    let resource = json!({"url": "価".repeat(5000), "description": "値".repeat(5000), "mimeType": "段".repeat(5000)});
    for length in [0, 400, 1600, 3500] {
        let mut padded = entry(2);
        padded["extra"]["memo"] = json!(vec!["x".repeat(100); length / 100]);
        let entries = [
            vec![entry(2); 3],
            vec![padded.clone(); 50],
            vec![json!("x".repeat(100_000))],
        ]
        .concat();
        for entries in [entries, vec![padded; 50]] {
            let challenge = json!({"x402Version": 2, "resource": resource, "accepts": entries});
            let platform = Platform::start([Reply::json(402, challenge)]).await;
            let mut server = Server::of(&platform.base_url).await;
            let asked = order(&server.call("pay_order", by_x402(ORDER)).await);
            let length = asked["x402"].to_string().len();
            assert!(length <= 8192, "{length}");
        }
    }
}

#[tokio::test]
async fn what_the_sandbox_refuses_as_a_facilitator_does_comes_back_with_its_code() {
    let wallet = Wallet::throw_away();
    let mut challenger = Server::sandbox().await;
    let good = sign(&mut challenger, &wallet, &id(4)).await;
    for (pointer, value) in [
        ("/payload/signature", format!("0x{}1b", "11".repeat(64))),
        ("/payload/authorization/nonce", format!("0x{}", "22".repeat(32))),
        ("/payload/authorization/from", format!("0x{}", "33".repeat(20))),
    ] {
        let mut server = Server::sandbox().await;
        let arguments = signed(&id(4), &forged(&good, pointer, json!(value)));
        let refused = failure(&server.call("pay_order", arguments).await);
        assert_eq!(
            (&refused["code"], &refused["outcome"], &refused["payment_error"]),
            (
                &json!("x402_payment_failed"),
                &json!("nothing_changed"),
                &json!({"code": "invalid_exact_evm_signature", "stage": "verify", "charged": "no"})
            ),
            "{pointer}"
        );
    }
}

#[tokio::test]
async fn an_authorization_pays_one_order_only() {
    let (mut server, wallet) = (Server::sandbox().await, Wallet::throw_away());
    // Two orders of the same price have the same entry in their challenge.
    let signature = sign(&mut server, &wallet, &id(13)).await;
    order(&server.call("pay_order", signed(&id(14), &signature)).await);
    let replayed = failure(&server.call("pay_order", signed(&id(12), &signature)).await);
    // The platform says that nobody was charged now; whether it was this order that was paid before, it does not.
    assert_eq!(
        (&replayed["outcome"], &replayed["payment_error"]),
        (
            &json!("unknown"),
            &json!({"code": "invalid_exact_evm_nonce_already_used", "stage": "verify", "charged": "unknown"})
        )
    );
    assert!(
        replayed["hint"].as_str().unwrap().contains("Do not sign or pay again"),
        "{replayed}"
    );
}

#[tokio::test]
async fn a_failure_that_charged_nobody_says_what_to_do_and_leaves_the_order_payable() {
    let (mut server, wallet) = (Server::sandbox().await, Wallet::throw_away());
    let signature = sign(&mut server, &wallet, &id(12)).await;
    let failed = failure(&server.call("pay_order", signed(&id(12), &signature)).await);
    assert_eq!(
        failed,
        json!({
            "code": "x402_payment_failed",
            "message": "The X402 payment failed (invalid_exact_evm_insufficient_balance), and nobody was charged.",
            "platform_said": "Payment failed.",
            "hint": "The wallet holds too little USDC on that network: ask the person to top it up, or for another way to pay. \
                After that: Call `pay_order` without `payment_signature` for new terms, and have the wallet sign those.",
            "retryable": false,
            "outcome": "nothing_changed",
            "order_id": id(12),
            "http_status": 402,
            "payment_error": {"code": "invalid_exact_evm_insufficient_balance", "stage": "verify", "charged": "no"},
        })
    );
    let checked = order(&server.call("check_order_status", json!({"order_id": id(12)})).await);
    assert_eq!(checked["state"], "Pending");
    let by_card = order(
        &server
            .call("pay_order", json!({"order_id": id(12), "pay_way": "CARD"}))
            .await,
    );
    assert_eq!(by_card["next_action"], "open_pay_url");
}

#[tokio::test]
async fn while_the_end_of_a_signed_payment_is_unknown_nothing_else_is_paid() {
    let (mut server, wallet) = (Server::sandbox().await, Wallet::throw_away());
    let (first, second) = (
        sign(&mut server, &wallet, &id(13)).await,
        sign(&mut server, &wallet, &id(13)).await,
    );
    let failed = failure(&server.call("pay_order", signed(&id(13), &first)).await);
    assert_eq!(
        (&failed["code"], &failed["outcome"], &failed["payment_error"]),
        (
            &json!("x402_payment_failed"),
            &json!("unknown"),
            &json!({"code": "invalid_exact_evm_transaction_failed", "stage": "settle", "charged": "unknown"})
        )
    );
    for arguments in [
        signed(&id(13), &second),
        by_x402(&id(13)),
        json!({"order_id": id(13), "pay_way": "STRIPE"}),
    ] {
        let refused = failure(&server.call("pay_order", arguments).await);
        assert_eq!(
            (&refused["code"], &refused["outcome"]),
            (&json!("payment_in_flight"), &json!("nothing_changed"))
        );
    }
    // The same one is looked up, and so is the order.
    for answer in [
        server.call("pay_order", signed(&id(13), &first)).await,
        server.call("check_order_status", json!({"order_id": id(13)})).await,
    ] {
        let open = order(&answer);
        assert_eq!(
            (&open["state"], &open["next_action"]),
            (&json!("Pending"), &json!("check_again"))
        );
        assert!(
            open["message"].as_str().unwrap().contains("must not be signed again"),
            "{open}"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_the_payment_is_not_sent_again() {
    let (mut server, wallet) = (Server::sandbox().await, Wallet::throw_away());
    let signature = sign(&mut server, &wallet, &id(14)).await;
    let paid = order(&server.call("pay_order", signed(&id(14), &signature)).await);
    // Without the platform's proof, what was signed is known.
    let payer = wallet.address().to_lowercase();
    let receipt = json!({"success": true, "amount": "2.50", "network": "eip155:84532", "payer": payer});
    assert_eq!((&paid["state"], &paid["x402_receipt"]), (&json!("Finished"), &receipt));
}

/// Whether a request carries a signed payment.
fn is_signed(request: &Request) -> bool {
    let carries = |header: &String| header.starts_with("payment-signature:") || header.starts_with("x-payment:");
    request.headers.iter().any(carries)
}

/// A platform that asks for [`entry`] and answers signed payments as told, whose order is in a state from then on.
async fn platform(pay: Reply, state: &'static str) -> Platform {
    platform_of(2, vec![pay], state).await
}

/// The same in a version, with an answer for each signed payment; beyond the last it is that one.
async fn platform_of(version: u64, replies: Vec<Reply>, state: &'static str) -> Platform {
    let signed = AtomicUsize::new(0);
    Platform::scripted(move |_, request| {
        if is_signed(request) {
            let number = signed.fetch_add(1, Ordering::SeqCst);
            replies[number.min(replies.len() - 1)].clone()
        } else if request.line.contains("/refresh/") {
            let state = if signed.load(Ordering::SeqCst) == 0 {
                "Pending"
            } else {
                state
            };
            Reply::json(200, json!({"id": ORDER, "state": state}))
        } else {
            Reply::json(402, json!({"x402Version": version, "accepts": [entry(version)]}))
        }
    })
    .await
}

fn posts(platform: &Platform) -> usize {
    platform.requests().iter().filter(|request| is_signed(request)).count()
}

/// Waits until a signed payment has arrived.
async fn first_post(platform: &Platform) {
    while posts(platform) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// USDC on Base.
const USDC: &str = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";

/// An entry of a challenge for [`ORDER`], of a platform that is not the sandbox.
pub fn entry(version: u64) -> Value {
    let (network, amount) = if version == 1 {
        ("base", "maxAmountRequired")
    } else {
        ("eip155:8453", "amount")
    };
    json!({
        "scheme": "exact", "network": network, "asset": USDC, amount: "1200000",
        "payTo": "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a", "maxTimeoutSeconds": 120,
        "extra": {"name": "USD Coin", "version": "2", "chainId": 8453, "verifyingContract": USDC},
    })
}

/// Another signature of the same payment.
fn second_signature() -> String {
    let nonce = format!("0x{}", "33".repeat(32));
    forged(&signature(2), "/payload/authorization/nonce", json!(nonce))
}

/// A signature of that entry.
pub fn signature(version: u64) -> String {
    Wallet::throw_away().sign(version, &entry(version)).unwrap()
}

#[tokio::test]
async fn each_version_travels_in_its_own_header_and_the_body_is_that_of_any_payment() {
    for (version, name) in [(1, "x-payment"), (2, "payment-signature")] {
        let receipt = BASE64.encode(r#"{"success":true,"transaction":"0xab","network":"base","payer":"0xcd"}"#);
        let header = if version == 1 {
            "x-payment-response"
        } else {
            "PAYMENT-RESPONSE"
        };
        let done = json!({"id": ORDER, "state": "Finished", "pay_way": "X402"});
        let reply = Reply::with_headers(200, &[&format!("{header}: {receipt}")], done);
        let platform = platform_of(version, vec![reply], "Finished").await;
        let mut server = Server::of(&platform.base_url).await;
        let signature = signature(version);
        let arguments = json!({"order_id": ORDER, "pay_way": "x402", "surface": "pc", "payment_signature": signature});
        let paid = order(&server.call("pay_order", arguments).await);
        assert_eq!(
            paid["x402_receipt"],
            json!({"success": true, "amount": "1.20", "transaction": "0xab", "network": "base", "payer": "0xcd"})
        );
        let requests = platform.requests();
        let request = requests.iter().find(|request| is_signed(request)).unwrap();
        assert_eq!(request.body, r#"{"pay_way":"X402","surface":"pc"}"#);
        let carried: Vec<_> = request
            .headers
            .iter()
            .filter(|header| header.contains("payment"))
            .collect();
        assert_eq!(carried, [&format!("{name}: {signature}")]);
    }
}

#[tokio::test]
async fn an_unclear_end_is_looked_up_once_and_never_posted_again() {
    let replies = [
        (Reply::Close, "outcome_unknown"),
        (Reply::json(500, "{}"), "outcome_unknown"),
        (Reply::page(504, "<html>Gateway Timeout</html>"), "outcome_unknown"),
        (Reply::json(200, r#"{"x402Version":2,"accepts":[]}"#), "outcome_unknown"),
        (
            Reply::json(402, r#"{"x402Version":2,"accepts":[]}"#),
            "x402_payment_failed",
        ),
    ];
    for (reply, code) in replies {
        let pending = platform(reply.clone(), "Pending").await;
        let mut server = Server::of(&pending.base_url).await;
        let signature = signature(2);
        let failed = failure(&server.call("pay_order", signed(ORDER, &signature)).await);
        assert_eq!(
            (&failed["code"], &failed["outcome"], &failed["retryable"]),
            (&json!(code), &json!("unknown"), &json!(false))
        );
        assert!(
            failed["hint"].as_str().unwrap().contains("Do not sign or pay again"),
            "{failed}"
        );
        order(&server.call("pay_order", signed(ORDER, &signature)).await);
        assert_eq!(posts(&pending), 1, "{reply:?}");

        let finished = platform(reply, "Finished").await;
        let mut server = Server::of(&finished.base_url).await;
        let paid = order(&server.call("pay_order", signed(ORDER, &signature)).await);
        assert_eq!((&paid["state"], posts(&finished)), (&json!("Finished"), 1));
    }
}

#[tokio::test]
async fn what_was_certainly_not_carried_out_is_sent_again_or_may_be() {
    let replies = [
        Reply::with_headers(429, &["retry-after: 0"], "{}"),
        Reply::json(200, json!({"id": ORDER, "state": "Finished"})),
    ];
    let throttled = platform_of(2, replies.to_vec(), "Finished").await;
    let mut server = Server::of(&throttled.base_url).await;
    order(&server.call("pay_order", signed(ORDER, &signature(2))).await);
    assert_eq!(posts(&throttled), 2);

    let denied = platform(Reply::json(403, r#"{"detail":"No."}"#), "Pending").await;
    let mut server = Server::of(&denied.base_url).await;
    let signature = signature(2);
    for _ in 0..2 {
        let refused = failure(&server.call("pay_order", signed(ORDER, &signature)).await);
        assert_eq!(
            (&refused["code"], &refused["outcome"]),
            (&json!("forbidden"), &json!("nothing_changed"))
        );
    }
    assert_eq!(posts(&denied), 2);
}

#[tokio::test]
async fn a_settlement_that_outlasts_the_call_goes_on_and_its_end_is_told_later() {
    let failed = json!({"extensions": {"acedatacloud": {"paymentError": {"code": "expired", "charged": false}}}});
    let late = Reply::After(Duration::from_secs(47), Box::new(Reply::json(402, failed)));
    let platform = platform(late, "Pending").await;
    let mut server = Server::of(&platform.base_url).await;
    let asked = server
        .ask(
            "tools/call",
            json!({"name": "pay_order", "arguments": signed(ORDER, &signature(2))}),
        )
        .await;
    let answer = server.receive_within(Duration::from_secs(50)).await.unwrap();
    assert_eq!(answer["id"], json!(asked));
    let open = order(&answer["result"]);
    assert_eq!(
        (&open["state"], &open["next_action"], &open["paid"]),
        (&json!("Pending"), &json!("check_again"), &json!(false))
    );
    let refused = failure(&server.call("pay_order", signed(ORDER, &signature(2))).await);
    assert_eq!(refused["code"], "payment_in_flight");
    let ended = server
        .call("check_order_status", json!({"order_id": ORDER, "wait_seconds": 10}))
        .await;
    let ended = failure(&ended);
    assert_eq!(
        (&ended["code"], &ended["outcome"], &ended["payment_error"]["charged"]),
        (&json!("x402_payment_failed"), &json!("nothing_changed"), &json!("no"))
    );
    // Told once; after that the order just waits.
    let checked = order(&server.call("check_order_status", json!({"order_id": ORDER})).await);
    assert_eq!((&checked["state"], posts(&platform)), (&json!("Pending"), 1));
}

#[tokio::test]
async fn a_signature_that_cannot_pay_is_refused_before_anything_is_sent() {
    let platform = platform(Reply::json(418, "{}"), "Pending").await;
    let mut server = Server::of(&platform.base_url).await;
    let good = signature(2);
    for (arguments, says) in [
        (
            signed(ORDER, "?"),
            "`payment_signature`: it is not base64 of a JSON object of at most 16384 characters.",
        ),
        (
            signed(ORDER, &BASE64.encode("{}")),
            "`payment_signature`: its `x402Version` is neither 1 nor 2.",
        ),
        (
            json!({"order_id": ORDER, "pay_way": "STRIPE", "payment_signature": good}),
            "payment_signature: it goes only with `pay_way` `X402`, and that is STRIPE.",
        ),
        (
            json!({"order_id": ORDER, "payment_signature": good}),
            "payment_signature: it goes only with `pay_way` `X402`, and that is none.",
        ),
        (
            signed(
                ORDER,
                &forged(&good, "/payload/authorization/validBefore", json!("1700000000")),
            ),
            "does not fit the order, and was not sent: it has expired (`validBefore` has passed).",
        ),
        (
            signed(ORDER, &forged(&good, "/payload/authorization/value", json!("1"))),
            "`payment_signature`: it contradicts itself: `amount` differs between what was accepted and what was signed.",
        ),
        (
            signed(ORDER, &forged(&good, "/payload/authorization/nonce", json!("0x01"))),
            "`payment_signature`: its `nonce` is not 32 bytes in hexadecimal, after `0x`.",
        ),
        (
            signed(ORDER, &forged(&good, "/accepted/scheme", json!("upto"))),
            "`payment_signature`: its `scheme` is not `exact`, the only way to pay that is known.",
        ),
        (
            signed(
                ORDER,
                &forged(
                    &good,
                    "/payload",
                    json!({"permit2Authorization": {}, "signature": "0x"}),
                ),
            ),
            "`payment_signature`: it is a Permit2 permission, and only an EIP-3009 `authorization` can be sent.",
        ),
    ] {
        let refused = failure(&server.call("pay_order", arguments).await);
        assert_eq!(refused["code"], "invalid_arguments");
        let told = format!(
            "{} {}",
            refused["message"].as_str().unwrap(),
            refused["hint"].as_str().unwrap()
        );
        assert!(told.contains(says) && told.contains("Nothing was sent"), "{told}");
    }
    assert_eq!(platform.requests(), []);

    let mut server = Server::sandbox().await;
    let other = sign(&mut server, &Wallet::throw_away(), &id(8)).await;
    order(&server.call("pay_order", by_x402(&id(4))).await);
    let refused = failure(&server.call("pay_order", signed(&id(4), &other)).await);
    assert_eq!(
        (&refused["code"], &refused["message"]),
        (
            &json!("invalid_arguments"),
            &json!(
                "The signed payment does not fit the order, and was not sent: its amount is not the challenge's `1200000`."
            )
        )
    );
}

#[tokio::test]
async fn a_signature_is_in_no_log_error_or_result_even_when_the_platform_repeats_it() {
    let signature = signature(2);
    let inner: Value = serde_json::from_slice(&BASE64.decode(&signature).unwrap()).unwrap();
    let inner = inner["payload"]["signature"].as_str().unwrap().to_owned();
    let parts = [signature.split_at(60).0, inner.split_at(40).0];
    let echo = format!(
        "PAYMENT-RESPONSE: {}",
        BASE64.encode(format!(r#"{{"success":true,"transaction":"{inner}"}}"#))
    );
    let replies = [
        Reply::json(402, json!({"error": format!("bad {signature}")})),
        Reply::json(403, json!({"detail": format!("bad {inner}")})),
        Reply::json(400, json!({"payment_signature": [signature], "surface": [inner]})),
        Reply::with_headers(
            200,
            &[&echo],
            json!({"id": ORDER, "state": "Finished", "pay_id": inner}),
        ),
        Reply::Close,
    ];
    for reply in replies {
        let platform = platform(reply, "Pending").await;
        let environment = [("RUST_LOG", "trace"), ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
        let mut server = Server::start(&["--base-url", &platform.base_url], &environment);
        server.initialize("2025-11-25").await;
        let mut stdout = server.call("pay_order", signed(ORDER, &signature)).await.to_string();
        stdout += &server
            .call("check_order_status", json!({"order_id": ORDER}))
            .await
            .to_string();
        assert_eq!(posts(&platform), 1);
        server.close_stdin();
        server.end().await;
        for text in [stdout, server.stderr()] {
            assert!(!parts.iter().any(|part| text.contains(part)), "{text}");
        }
    }
}

#[tokio::test]
async fn where_x402_is_switched_off_there_is_no_signature_to_give() {
    let platform = platform(Reply::json(418, "{}"), "Pending").await;
    let arguments = ["--base-url", &platform.base_url, "--pay-ways", "STRIPE"];
    let mut server = Server::start(&arguments, &[("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)]);
    server.initialize("2025-11-25").await;
    let answer = server.request("tools/list", json!({})).await;
    let tools = answer["result"]["tools"].as_array().unwrap();
    let pay_order = tools.iter().find(|tool| tool["name"] == "pay_order").unwrap();
    assert_eq!(pay_order["inputSchema"]["properties"].get("payment_signature"), None);
    assert_eq!(pay_order["annotations"]["destructiveHint"], json!(false));
    let refused = failure(&server.call("pay_order", signed(ORDER, &signature(2))).await);
    assert_eq!(
        (&refused["code"], platform.requests().len()),
        (&json!("pay_way_refused"), 0)
    );
}

const RECEIPT: &str = r#"{"success":true,"transaction":"0xab","network":"base","payer":"0xcd"}"#;

fn receipt_header() -> String {
    format!("PAYMENT-RESPONSE: {}", BASE64.encode(RECEIPT))
}

#[tokio::test]
async fn of_two_signatures_at_the_same_time_one_is_sent() {
    let done = Reply::json(200, json!({"id": ORDER, "state": "Finished"}));
    let platform = platform(Reply::After(Duration::from_millis(300), Box::new(done)), "Finished").await;
    let mut server = Server::of(&platform.base_url).await;
    for signature in [signature(2), signature(2)] {
        server
            .ask(
                "tools/call",
                json!({"name": "pay_order", "arguments": signed(ORDER, &signature)}),
            )
            .await;
    }
    let mut states = Vec::new();
    for _ in 0..2 {
        let answer = server.receive().await.unwrap();
        let result = &answer["result"];
        states.push(if result["isError"] == json!(true) {
            failure(result)["code"].clone()
        } else {
            order(result)["state"].clone()
        });
    }
    assert_eq!(posts(&platform), 1);
    assert!(states.contains(&json!("Finished")), "{states:?}");
}

#[tokio::test]
async fn after_a_settlement_nothing_is_sent_however_late_the_order_shows_it() {
    let waits = ("Pending", "check_again", "must not be signed again");
    for (code, headers, body, (state, action, says)) in [
        // A state that was seen is not overruled by one that lags behind.
        (
            200,
            vec![receipt_header()],
            json!({"id": ORDER, "state": "Finished"}),
            ("Finished", "none", "was paid already, so nothing was charged now"),
        ),
        (
            200,
            vec![receipt_header()],
            json!({"id": ORDER, "state": "Pending"}),
            waits,
        ),
        (
            402,
            vec![],
            json!({"extensions": {"acedatacloud": {"paymentError": {"code": "order_update_failed", "charged": true}}}}),
            waits,
        ),
    ] {
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        let lagging = platform(Reply::with_headers(code, &headers, &body), "Pending").await;
        let mut server = Server::of(&lagging.base_url).await;
        let first = signature(2);
        server.call("pay_order", signed(ORDER, &first)).await;
        for arguments in [
            signed(ORDER, &signature(2)),
            signed(ORDER, &first),
            by_x402(ORDER),
            json!({"order_id": ORDER, "pay_way": "STRIPE"}),
        ] {
            let open = order(&server.call("pay_order", arguments).await);
            assert_eq!((&open["state"], &open["next_action"]), (&json!(state), &json!(action)));
            assert!(open["message"].as_str().unwrap().contains(says), "{open}");
        }
        let checked = order(&server.call("check_order_status", json!({"order_id": ORDER})).await);
        let receipt = (code == 200).then(|| {
            let mut receipt: Value = serde_json::from_str(RECEIPT).unwrap();
            receipt["amount"] = json!("1.20");
            receipt
        });
        assert_eq!(checked.get("x402_receipt").cloned(), receipt);
        assert_eq!(posts(&lagging), 1, "{body}");
    }
}

#[tokio::test]
async fn while_a_signed_payment_is_open_no_other_link_is_shown() {
    let platform = Platform::scripted(|_, request| match request.line.contains("/refresh/") {
        _ if is_signed(request) => Reply::json(504, "{}"),
        false if request.body.contains("X402") => Reply::json(402, json!({"x402Version": 2, "accepts": [entry(2)]})),
        _ => Reply::json(200, PENDING),
    })
    .await;
    let mut server = Server::of(&platform.base_url).await;
    let by_stripe = order(
        &server
            .call("pay_order", json!({"order_id": ORDER, "pay_way": "STRIPE"}))
            .await,
    );
    assert_eq!(by_stripe["next_action"], "open_pay_url");
    let signature = signature(2);
    // That another payment is open is told once, before anything is sent.
    let told = failure(&server.call("pay_order", signed(ORDER, &signature)).await);
    assert_eq!(
        (&told["code"], &told["outcome"], &told["retryable"], posts(&platform)),
        (&json!("other_payment_open"), &json!("nothing_changed"), &json!(true), 0)
    );
    failure(&server.call("pay_order", signed(ORDER, &signature)).await);
    assert_eq!(posts(&platform), 1);
    for answer in [
        server.call("check_order_status", json!({"order_id": ORDER})).await,
        server.call("pay_order", signed(ORDER, &signature)).await,
    ] {
        let open = order(&answer);
        assert_eq!(
            (open.get("pay_url"), &open["next_action"]),
            (None, &json!("check_again"))
        );
        assert!(!open["message"].as_str().unwrap().contains("https://"), "{open}");
    }
}

#[tokio::test]
async fn a_failure_is_read_from_the_header_too_in_every_form_of_base64() {
    let body = json!({"error": "~~~???>>>", "extensions": {"acedatacloud": {"paymentError":
        {"code": "invalid_exact_evm_insufficient_balance", "stage": "verify", "charged": false}}}});
    let padded = BASE64.encode(body.to_string());
    let unpadded = padded.trim_end_matches('=').to_owned();
    let for_urls = padded.replace('+', "-").replace('/', "_");
    assert!(padded != unpadded && padded != for_urls, "{padded}");
    for header in [padded, unpadded, for_urls] {
        let header = format!("PAYMENT-REQUIRED: {header}");
        let platform = platform(Reply::with_headers(402, &[&header], "{}"), "Pending").await;
        let mut server = Server::of(&platform.base_url).await;
        let failed = failure(&server.call("pay_order", signed(ORDER, &signature(2))).await);
        assert_eq!(
            (&failed["outcome"], &failed["payment_error"]),
            (
                &json!("nothing_changed"),
                &json!({"code": "invalid_exact_evm_insufficient_balance", "stage": "verify", "charged": "no"})
            )
        );
    }
}

#[tokio::test]
async fn a_refusal_that_may_come_from_a_payment_at_work_is_unknown() {
    for reply in [
        Reply::json(409, r#"{"detail":"A payment of this order is being settled."}"#),
        Reply::json(408, "{}"),
        Reply::json(425, "{}"),
        Reply::with_headers(302, &["location: https://evil.example/"], ""),
        Reply::page(404, "<html>Not here</html>"),
    ] {
        let platform = platform(reply.clone(), "Pending").await;
        let mut server = Server::of(&platform.base_url).await;
        let failed = failure(&server.call("pay_order", signed(ORDER, &signature(2))).await);
        assert_eq!(
            (&failed["code"], &failed["outcome"]),
            (&json!("outcome_unknown"), &json!("unknown")),
            "{reply:?}"
        );
        assert!(
            failed["message"]
                .as_str()
                .unwrap()
                .contains("Whether the payer was charged is unknown (one payment request, one look at the order, in "),
            "{failed}"
        );
        let refused = failure(&server.call("pay_order", signed(ORDER, &signature(2))).await);
        assert_eq!((&refused["code"], posts(&platform)), (&json!("payment_in_flight"), 1));
    }
}

#[tokio::test]
async fn an_order_that_ends_unpaid_after_an_unclear_payment_is_no_reason_to_pay_again() {
    let platform = platform(Reply::json(504, "{}"), "Expired").await;
    let mut server = Server::of(&platform.base_url).await;
    failure(&server.call("pay_order", signed(ORDER, &signature(2))).await);
    let over = order(&server.call("check_order_status", json!({"order_id": ORDER})).await);
    assert_eq!(
        (&over["state"], &over["next_action"], &over["message"]),
        (
            &json!("Expired"),
            &json!("none"),
            &json!(
                "The order is expired, and whether its signed USDC payment has charged the payer is not known. The wallet's \
                 transactions show it, and Ace Data Cloud's support can tell; nothing should be paid again before that."
            )
        )
    );
}

#[tokio::test]
async fn a_signed_payment_is_not_sent_long_after_its_call() {
    let platform = platform(Reply::with_headers(429, &["retry-after: 70"], "{}"), "Pending").await;
    let mut server = Server::of(&platform.base_url).await;
    let refused = failure(&server.call("pay_order", signed(ORDER, &signature(2))).await);
    assert_eq!(
        (&refused["code"], &refused["outcome"]),
        (&json!("rate_limited"), &json!("nothing_changed"))
    );
    assert_eq!(posts(&platform), 1);
}

#[tokio::test]
async fn the_token_is_withheld_from_what_headers_repeat_and_an_entry_that_repeats_it_is_left_out() {
    let paying = |pay_to: &str| {
        let mut entry = entry(1);
        entry["payTo"] = json!(pay_to);
        entry
    };
    let challenge = json!({"x402Version": 1, "accepts": [paying(TOKEN), entry(1)]}).to_string();
    let challenge = format!("PAYMENT-REQUIRED: {}", BASE64.encode(challenge));
    let escaped = TOKEN.to_uppercase().replace('-', "\\u002d");
    let receipt = format!(r#"{{"success":true,"transaction":"{escaped}"}}"#);
    let receipt = format!("PAYMENT-RESPONSE: {}", BASE64.encode(receipt));
    let platform = Platform::scripted(move |_, request| {
        if is_signed(request) {
            Reply::with_headers(200, &[&receipt], json!({"id": ORDER, "state": "Finished"}))
        } else if request.line.contains("/refresh/") {
            Reply::json(200, json!({"id": ORDER, "state": "Pending"}))
        } else {
            Reply::with_headers(402, &[&challenge], "{}")
        }
    })
    .await;
    let mut server = Server::of(&platform.base_url).await;
    let asked = order(&server.call("pay_order", by_x402(ORDER)).await);
    assert_eq!(asked["x402"]["accepts"], json!([entry(1)]));
    let mut other = Server::of(&platform.base_url).await;
    let paid = order(&other.call("pay_order", signed(ORDER, &signature(1))).await);
    assert_eq!(paid["x402_receipt"].get("transaction"), None);
    assert_eq!(paid["x402_receipt"]["amount"], "1.20");
}

#[tokio::test]
async fn only_the_api_itself_can_refuse_a_signed_payment_for_certain() {
    let text = |status, body: &str| Reply::with_headers(status, &["content-type: text/plain"], body);
    for reply in [
        text(403, "RBAC: access denied"),
        text(404, "default backend - 404"),
        text(400, "Bad Request"),
        text(401, ""),
        text(429, "Too many requests"),
        text(407, ""),
        Reply::json(407, r#"{"detail":"Who asks?"}"#),
        Reply::json(425, r#"{"detail":"Too early."}"#),
        Reply::json(421, r#"{"detail":"Not here."}"#),
        Reply::json(408, r#"{"detail":"Too late."}"#),
        Reply::json(403, r#"{"message":"Forbidden"}"#),
        Reply::json(404, r#"{"message":"no Route matched with those values"}"#),
        Reply::json(403, "{}"),
        Reply::page(403, "\u{feff}<html>Blocked</html>"),
        Reply::Part(b"HTTP/1.1 403 X\r\ncontent-length: 99\r\n\r\n{\"detail\":".to_vec()),
    ] {
        let platform = platform(reply.clone(), "Pending").await;
        let mut server = Server::of(&platform.base_url).await;
        let failed = failure(&server.call("pay_order", signed(ORDER, &signature(2))).await);
        assert_eq!(
            (&failed["code"], &failed["outcome"], posts(&platform)),
            (&json!("outcome_unknown"), &json!("unknown"), 1),
            "{reply:?}"
        );
    }
}

/// A status that refuses says nothing where the words, or a receipt, speak of a payment.
#[tokio::test]
async fn a_refusal_that_speaks_of_a_payment_closes_the_order() {
    let receipt = BASE64.encode(r#"{"success":true,"transaction":"0xab","network":"eip155:8453"}"#);
    let receipt = format!("payment-response: {receipt}");
    let used = json!({"code": "nonce_already_used", "stage": "settle", "charged": true});
    for reply in [
        Reply::json(
            400,
            json!({"detail": "x", "extensions": {"acedatacloud": {"paymentError": used}}}),
        ),
        Reply::with_headers(
            400,
            &["content-type: application/json", &receipt],
            r#"{"detail":"Order is not payable."}"#,
        ),
        Reply::json(
            400,
            r#"{"detail":"A settlement of this order is pending.","code":"settlement_pending"}"#,
        ),
        Reply::json(400, r#"{"error":"invalid_exact_evm_nonce_already_used"}"#),
        Reply::json(403, r#"{"detail":["duplicate settlement"],"trace_id":"t"}"#),
        Reply::json(403, r#"{"x":["a"]}"#),
        Reply::json(404, r#"{"trace_id":"a"}"#),
        Reply::json(
            429,
            r#"{"detail":"A settlement is already in progress for this order.","code":"settlement_in_progress"}"#,
        ),
    ] {
        let platform = platform(reply.clone(), "Pending").await;
        let mut server = Server::of(&platform.base_url).await;
        let failed = failure(&server.call("pay_order", signed(ORDER, &signature(2))).await);
        assert_eq!(
            (&failed["outcome"], posts(&platform)),
            (&json!("unknown"), 1),
            "{reply:?}: {failed}"
        );
        for more in [
            signed(ORDER, &second_signature()),
            json!({"order_id": ORDER, "pay_way": "STRIPE"}),
        ] {
            let told = server.call("pay_order", more).await.to_string();
            assert!(told.contains("signed USDC payment"), "{reply:?}: {told}");
            assert!(!told.contains("pay_url"), "{reply:?}: {told}");
            assert_eq!(posts(&platform), 1, "{reply:?}: {told}");
        }
    }
}

/// The journal knows a platform on this machine by one name.
#[tokio::test]
async fn a_platform_under_another_name_of_this_machine_is_the_same_platform() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.sqlite3");
    let platform = platform(Reply::json(504, "{}"), "Pending").await;
    let other_name = platform.base_url.replace("127.0.0.1", "localhost");
    assert_ne!(other_name, platform.base_url);
    for (base_url, signature, code) in [
        (&platform.base_url, signature(2), "outcome_unknown"),
        (&other_name, second_signature(), "payment_in_flight"),
    ] {
        let arguments = ["--base-url", base_url, "--journal", journal.to_str().unwrap()];
        let mut server = Server::start(&arguments, &[("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)]);
        server.initialize("2025-11-25").await;
        let failed = failure(&server.call("pay_order", signed(ORDER, &signature)).await);
        assert_eq!((&failed["code"], posts(&platform)), (&json!(code), 1), "{failed}");
    }
}

#[tokio::test]
async fn at_the_end_of_the_session_a_settlement_is_answered_and_not_torn_down() {
    let done = Reply::json(200, json!({"id": ORDER, "state": "Finished"}));
    let platform = platform(Reply::After(Duration::from_secs(9), Box::new(done)), "Pending").await;
    let mut server = Server::of(&platform.base_url).await;
    let started = std::time::Instant::now();
    server
        .ask(
            "tools/call",
            json!({"name": "pay_order", "arguments": signed(ORDER, &signature(2))}),
        )
        .await;
    first_post(&platform).await;
    server.close_stdin();
    let answer = server.receive().await.unwrap();
    assert_eq!(order(&answer["result"])["next_action"], "check_again");
    let (status, left) = server.end().await;
    assert!(status.success() && left.is_empty());
    assert!(started.elapsed() > Duration::from_secs(8), "{:?}", started.elapsed());
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_leaves_a_settlement_time_to_be_answered_and_not_more() {
    let platform = platform(Reply::Hang, "Pending").await;
    let mut server = Server::of(&platform.base_url).await;
    server
        .ask(
            "tools/call",
            json!({"name": "pay_order", "arguments": signed(ORDER, &signature(2))}),
        )
        .await;
    first_post(&platform).await;
    let started = std::time::Instant::now();
    let pid = server.pid().to_string();
    assert!(std::process::Command::new("kill").arg(pid).status().unwrap().success());
    let (status, left) = server.end().await;
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!((status.code(), left.len()), (Some(0), 1));
    assert_eq!(order(&left[0]["result"])["next_action"], "check_again");
}

#[tokio::test]
async fn money_that_came_back_is_told_as_such() {
    let done = Reply::json(200, json!({"id": ORDER, "state": "Finished"}));
    let platform = platform(done, "Refunded").await;
    let mut server = Server::of(&platform.base_url).await;
    order(&server.call("pay_order", signed(ORDER, &signature(2))).await);
    let refunded = order(&server.call("check_order_status", json!({"order_id": ORDER})).await);
    assert_eq!(
        (&refunded["state"], &refunded["message"]),
        (
            &json!("Refunded"),
            &json!("The order was refunded. There is nothing left to do.")
        )
    );
}

//! What a person allows an order to cost: `max_price` of `pay_order`.

use acedata_pay_mcp::sandbox::Wallet;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, failure, order};
use crate::support::{ORDER, PENDING};
use crate::x402::{entry, signed};

fn at_most(most: impl Into<Value>) -> Value {
    json!({"order_id": ORDER, "pay_way": "STRIPE", "max_price": most.into()})
}

/// The specification's example order, at another price.
fn priced(price: &str) -> Reply {
    Reply::json(200, PENDING.replace("9.90", price))
}

/// Which endpoints were asked.
fn actions(platform: &Platform) -> Vec<&'static str> {
    let action = |line: &str| if line.contains("/refresh/") { "refresh" } else { "pay" };
    platform
        .requests()
        .iter()
        .map(|request| action(&request.line))
        .collect()
}

#[tokio::test]
async fn an_order_within_the_limit_is_looked_at_and_started() {
    for most in [json!("9.90"), json!("40"), json!(9.9), json!(40)] {
        let platform = Platform::start([Reply::json(200, PENDING), Reply::json(200, PENDING)]).await;
        let mut server = Server::of(&platform.base_url).await;
        let started = order(&server.call("pay_order", at_most(most)).await);
        assert_eq!(started["next_action"], "open_pay_url");
        assert_eq!(actions(&platform), ["refresh", "pay"]);
    }
}

#[tokio::test]
async fn an_order_above_it_is_not_started_and_neither_is_one_of_an_unknown_price() {
    let unpriced = || Reply::json(200, json!({"id": ORDER, "state": "Pending"}));
    for (reply, message) in [
        (
            priced("40.01"),
            "The order costs 40.01 USD, which is above the limit of 40. Nothing was started.",
        ),
        (
            unpriced(),
            "What the order costs is not known, so it may be above the limit of 40. Nothing was started.",
        ),
    ] {
        let platform = Platform::start([reply]).await;
        let refused = failure(
            &Server::of(&platform.base_url)
                .await
                .call("pay_order", at_most("40"))
                .await,
        );
        assert_eq!(
            refused,
            json!({
                "code": "price_above_limit", "message": message, "retryable": false, "outcome": "nothing_changed",
                "hint": "Tell the person `message`. Only if they agree to the price, call `pay_order` again, with a higher \
                         `max_price` or without.",
                "order_id": ORDER,
            })
        );
        assert_eq!(actions(&platform), ["refresh"]);
    }
}

#[tokio::test]
async fn where_the_price_rises_as_the_payment_is_started_its_link_is_withheld() {
    let platform = Platform::start([priced("39"), priced("41")]).await;
    let result = Server::of(&platform.base_url)
        .await
        .call("pay_order", at_most("40"))
        .await;
    assert!(!result.to_string().contains("buy.stripe.com"), "{result}");
    let refused = failure(&result);
    assert_eq!(
        (&refused["code"], &refused["outcome"], &refused["message"]),
        (
            &json!("price_above_limit"),
            &json!("unknown"),
            &json!(
                "The order now costs 41 USD, which is above the limit of 40. Its payment was started, which charges nobody, and \
                 the link is withheld."
            )
        )
    );
    assert_eq!(actions(&platform), ["refresh", "pay"]);
}

#[tokio::test]
async fn what_is_paid_already_is_told_whatever_it_cost() {
    let paid = || Reply::json(200, PENDING.replace("Pending", "Finished"));
    let platform = Platform::start([paid(), Reply::json(400, "{}"), Reply::json(400, "{}"), paid()]).await;
    let told = order(
        &Server::of(&platform.base_url)
            .await
            .call("pay_order", at_most("1"))
            .await,
    );
    assert_eq!(told["state"], "Finished");
}

#[tokio::test]
async fn a_platform_that_does_not_tell_the_price_has_nothing_started() {
    let platform = Platform::start([Reply::json(403, "{}")]).await;
    let refused = failure(
        &Server::of(&platform.base_url)
            .await
            .call("pay_order", at_most("40"))
            .await,
    );
    assert_eq!(
        (&refused["code"], &refused["outcome"]),
        (&json!("forbidden"), &json!("nothing_changed"))
    );
    assert_eq!(actions(&platform), ["refresh"]);
}

/// A platform that asks 1.20 USDC for an order at a price.
async fn asking(price: &'static str, currency: &'static str) -> Platform {
    Platform::scripted(move |_, request| {
        if request.line.contains("/refresh/") {
            Reply::json(
                200,
                json!({"id": ORDER, "state": "Pending", "price": price, "currency": currency}),
            )
        } else {
            Reply::json(402, json!({"x402Version": 2, "accepts": [entry(2)]}))
        }
    })
    .await
}

#[tokio::test]
async fn what_a_wallet_is_asked_for_counts_as_well_where_the_price_is_in_dollars() {
    for (price, currency, most, refused) in [
        ("1.20", "USD", "1.20", false),
        ("1.19", "USD", "1.19", true),
        ("1.19", "CNY", "1.19", false),
    ] {
        let platform = asking(price, currency).await;
        let arguments = json!({"order_id": ORDER, "pay_way": "X402", "max_price": most});
        let result = Server::of(&platform.base_url).await.call("pay_order", arguments).await;
        if refused {
            let refused = failure(&result);
            assert_eq!(
                (&refused["code"], &refused["outcome"], &refused["message"]),
                (
                    &json!("price_above_limit"),
                    &json!("nothing_changed"),
                    &json!("The order costs 1.20 USDC, which is above the limit of 1.19. Nothing was started.")
                )
            );
        } else {
            assert_eq!(order(&result)["next_action"], "sign_x402");
        }
        assert_eq!(actions(&platform), ["refresh", "pay"]);
    }
}

#[tokio::test]
async fn a_signed_payment_above_the_limit_is_not_sent() {
    for (price, most) in [("1.20", "1.19"), ("1.196", "1.199")] {
        let platform = asking(price, "USD").await;
        let mut server = Server::of(&platform.base_url).await;
        let mut arguments = signed(ORDER, &Wallet::throw_away().sign(2, &entry(2)).unwrap());
        arguments["max_price"] = json!(most);
        let refused = failure(&server.call("pay_order", arguments).await);
        assert_eq!(
            (&refused["code"], &refused["outcome"]),
            (&json!("price_above_limit"), &json!("nothing_changed"))
        );
        // The challenge was asked for, which starts nothing, and the order was looked at.
        assert_eq!(actions(&platform), ["pay", "refresh"]);
    }
}

//! What is said about an order that stands in some way: plain sentences for the person who pays.
//!
//! Nothing here is for a program or a model: no name of a tool, an argument, a field or a command, and nothing in backticks.
//! What to do next in those terms is [`super::advice`], which each edge puts into its own words.

use super::advice::Advice;
use super::status::{Environment, Note, OfferResponse, OrderStatus, Trigger, Withheld};
use crate::order::OrderState;
use crate::pay_url::{LinkKind, PayUrl};
use crate::pay_way::PayWay;
use crate::text::capitalized;
use crate::x402::PaymentRequired;

impl OrderStatus {
    /// One or two plain sentences for the person: what stands, and what they can do.
    #[must_use]
    pub fn message(&self) -> String {
        let mut text = said(self);
        text.extend(self.notes.iter().filter_map(noted));
        labelled(self, text)
    }

    /// What to ask a person who may open the payment link.
    #[must_use]
    pub fn invitation(&self) -> String {
        let asked = format!(
            "Open the payment page of Ace Data Cloud for the payment{} for {}{}?",
            amount(self),
            order(self),
            by(self)
        );
        labelled(self, asked)
    }
}

/// What a person should know beside how the order stands.
fn noted(note: &Note) -> Option<String> {
    match note {
        Note::NoJournal | Note::AskedWallet => None,
        Note::EarlierLink(way) => Some(format!(
            " A link that was given before, by {}, may still be payable: pay only one of them.",
            way.label()
        )),
        Note::NotAsAsked(way) => Some(format!(
            " The platform answered with another way to pay than {}, which was asked for.",
            way.label()
        )),
        Note::UnreadTransaction => Some(
            " What the wallet signed could not be read here: that it pays what was asked is the wallet's word."
                .to_owned(),
        ),
    }
}

fn labelled(status: &OrderStatus, said: String) -> String {
    match status.environment {
        Environment::Live => said,
        Environment::Sandbox => format!("Sandbox, no real money: {said}"),
    }
}

fn said(status: &OrderStatus) -> String {
    match &status.order.state {
        state if status.advice() == Advice::AskWhoKnows => format!(
            "{} is {}, and whether its signed USDC payment has charged the payer is not known. The wallet's \
             transactions show it, and Ace Data Cloud's support can tell; nothing should be paid again before that.",
            capitalized(&order(status)),
            state.as_str().to_lowercase()
        ),
        OrderState::Pending => pending(status),
        OrderState::Paid => format!(
            "{}The payment{} for {} has arrived{}, and the credits are on their way.",
            already(status),
            amount(status),
            order(status),
            proof(status)
        ),
        OrderState::Finished if is_free(status) => {
            format!(
                "{} is free and finished: there was nothing to pay.",
                capitalized(&order(status))
            )
        }
        OrderState::Finished => format!(
            "{}The payment{} for {} has arrived{}, and the order is finished.",
            already(status),
            amount(status),
            order(status),
            proof(status)
        ),
        OrderState::Expired => format!(
            "{} expired before it was paid. A new order is needed to buy it.",
            capitalized(&order(status))
        ),
        OrderState::Failed => format!(
            "The payment of {} failed. A new order is needed to try again.",
            order(status)
        ),
        OrderState::Refunded => format!(
            "{} was refunded. There is nothing left to do.",
            capitalized(&order(status))
        ),
        OrderState::Other(state) => format!(
            "{} is in the state \"{state}\", which is neither paid nor final.",
            capitalized(&order(status))
        ),
    }
}

fn pending(status: &OrderStatus) -> String {
    let order = capitalized(&order(status));
    let waiting = format!("{order} waits for the payment{}{}.", amount(status), by(status));
    if let Some(challenge) = &status.challenge {
        return format!(
            "{order} waits for {}. Nothing is charged until a wallet has signed it.",
            offers(challenge)
        );
    }
    if status.trigger == Trigger::Settling {
        return format!(
            "{order} waits for its signed USDC payment, which was sent and is not settled yet. It must not be signed again: a \
             second signature could be a second payment."
        );
    }
    if status.trigger == Trigger::Unseen {
        return format!("{order} could not be looked at after its payment page was offered: it may be paid already.");
    }
    if let Some(reason) = status.withheld() {
        return format!("{waiting} Its payment link is not shown here: {}.", why(reason));
    }
    match status.pay_url() {
        Some(link) if link.kind() == LinkKind::Scan => format!("{waiting} {}", scan(status)),
        Some(link) => {
            let unusual = status.order.unusual_host().map(|host| {
                format!(
                    " The page is on {host}, which is not a usual one for this: look at it well before you pay there."
                )
            });
            format!("{waiting} {}{}", open(status, link), unusual.unwrap_or_default())
        }
        None if status.trigger == Trigger::Started => {
            format!("{waiting} The platform gave no payment link yet.")
        }
        None if status.is_by_wallet() => {
            format!("{waiting} A wallet was asked to sign it; nothing is charged until one has.")
        }
        None => format!("{waiting} No payment of it has been started."),
    }
}

/// Why a link is not shown.
fn why(reason: Withheld) -> &'static str {
    match reason {
        Withheld::ReadOnly => "the settings allow only to look",
        Withheld::PayWay => "the settings do not allow this way to pay",
    }
}

/// What there is to do with a link that only WeChat opens. The link itself would help nobody.
fn scan(status: &OrderStatus) -> String {
    let page = status
        .page()
        .map(|page| format!(" The order's page {page} opens in any browser."));
    let alone = status
        .ways
        .allow(PayWay::Alipay)
        .then_some(" With one phone alone, pay by Alipay instead.");
    format!(
        "Scan its QR code with WeChat; the code has to be on another screen than the phone that scans it.{}{}",
        page.unwrap_or_default(),
        alone.unwrap_or_default()
    )
}

/// What there is to do with a link that a browser opens.
fn open(status: &OrderStatus, link: &PayUrl) -> String {
    match status.trigger {
        Trigger::Offered(OfferResponse::Accepted) => {
            format!("You agreed to open {link}, which does not mean that it is paid.")
        }
        Trigger::Offered(OfferResponse::Declined) => {
            format!("The page was not opened from here. Its link stays valid: open {link} to pay.")
        }
        _ => format!("Open {link} to pay."),
    }
}

/// ` of 9.90 USD`, as far as it is known; of a signed payment what it paid.
fn amount(status: &OrderStatus) -> String {
    if let Some(amount) = status.receipt.as_ref().and_then(|receipt| receipt.amount) {
        return format!(" of {amount} USDC");
    }
    match (&status.order.price, &status.order.currency) {
        (Some(Ok(price)), Some(currency)) => format!(" of {price} {currency}"),
        (Some(Ok(price)), None) => format!(" of {price}"),
        (Some(Err(_)), _) => " of an amount that could not be read (see the payment page)".to_owned(),
        (None, _) => String::new(),
    }
}

/// `the order described as "ChatGPT"`, where the service is known: it is the order's own text, and told as such.
fn order(status: &OrderStatus) -> String {
    match &status.order.service {
        Some(service) => format!("the order described as {}", service.quoted()),
        None => "the order".to_owned(),
    }
}

/// ` by Stripe`, where the pay way is known.
fn by(status: &OrderStatus) -> String {
    status
        .order
        .pay_way
        .as_ref()
        .map(|way| format!(" by {}", way.label()))
        .unwrap_or_default()
}

/// What there is to say first when somebody tried to pay what is paid.
fn already(status: &OrderStatus) -> &'static str {
    match status.trigger {
        Trigger::AlreadyPaid => "The order was paid already, so nothing was charged now. ",
        _ => "",
    }
}

/// `a payment of 1.20 USDC on Base to 0x…, or …, by X402`
fn offers(challenge: &PaymentRequired) -> String {
    let offers: Vec<_> = challenge
        .options
        .iter()
        .map(|option| {
            format!(
                "{} USDC on {} to {}",
                option.amount,
                option.network.label(),
                option.pay_to
            )
        })
        .collect();
    format!("a payment of {}, by X402", offers.join(", or "))
}

/// ` on Base from 0x… by the transaction 0x…`, where there is a receipt.
fn proof(status: &OrderStatus) -> String {
    let Some(receipt) = &status.receipt else {
        return String::new();
    };
    let on = receipt.network_name().map(|chain| format!(" on {chain}"));
    let from = receipt.payer.as_ref().map(|payer| format!(" from {payer}"));
    let by = receipt
        .transaction
        .as_ref()
        .map(|hash| format!(" by the transaction {hash}"));
    [on, from, by].into_iter().flatten().collect()
}

fn is_free(status: &OrderStatus) -> bool {
    matches!(status.order.price, Some(Ok(price)) if price.is_zero())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::order::{Order, OrderId};
    use crate::pay_url::PlainHttp;
    use crate::pay_way::{PayWays, StatedPayWay};
    use crate::payment::advice::assert_plain;
    use crate::text::{Currency, Identifier, Text, Word};
    use crate::x402::{Network, SettlementResponse, Version, fixtures};

    fn id() -> OrderId {
        "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap()
    }

    fn status(order: Order, trigger: Trigger) -> OrderStatus {
        OrderStatus {
            trigger,
            ..OrderStatus::started(order, Environment::Live)
        }
    }

    fn order(state: &str, way: PayWay, link: Option<&str>) -> Order {
        Order {
            pay_way: Some(StatedPayWay::Known(way)),
            pay_url: link.map(|link| PayUrl::parse(link, PlainHttp::Refused)),
            price: Some("9.90".parse()),
            currency: Currency::read("USD"),
            service: Text::fact("ChatGPT"),
            ..Order::bare(id(), OrderState::read(state).unwrap())
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn each_status_says_what_stands_and_what_the_person_can_do() {
        let stripe = Some("https://buy.stripe.com/x");
        let bare = |state: &str| Order::bare(id(), OrderState::read(state).unwrap());
        let free = Order {
            price: Some("0.00".parse()),
            currency: None,
            ..order("Finished", PayWay::Card, None)
        };
        let odd = Order {
            price: Some("NaN".parse()),
            currency: None,
            ..order("Pending", PayWay::Stripe, stripe)
        };
        let start = || Advice::StartPayment(PayWays::default());
        for (order, trigger, advice, message) in [
            (
                order("Pending", PayWay::Stripe, stripe),
                Trigger::Started,
                Advice::OpenLink,
                "The order described as \"ChatGPT\" waits for the payment of 9.90 USD by Stripe. Open https://buy.stripe.com/x to pay.",
            ),
            (
                order("Pending", PayWay::Stripe, stripe),
                Trigger::Offered(OfferResponse::Accepted),
                Advice::OpenLink,
                "The order described as \"ChatGPT\" waits for the payment of 9.90 USD by Stripe. You agreed to open \
                 https://buy.stripe.com/x, which does not mean that it is paid.",
            ),
            (
                order("Pending", PayWay::WechatPay, Some("weixin://wxpay/bizpayurl?pr=x")),
                Trigger::Checked,
                Advice::ScanCode,
                "The order described as \"ChatGPT\" waits for the payment of 9.90 USD by WeChat Pay. Scan its QR code with \
                 WeChat; the code has to be on another screen than the phone that scans it. With one phone alone, pay by \
                 Alipay instead.",
            ),
            (
                odd,
                Trigger::Started,
                Advice::OpenLink,
                "The order described as \"ChatGPT\" waits for the payment of an amount that could not be read (see the payment \
                 page) by Stripe. Open https://buy.stripe.com/x to pay.",
            ),
            (
                bare("Pending"),
                Trigger::Started,
                Advice::LookSoon,
                "The order waits for the payment. The platform gave no payment link yet.",
            ),
            (
                bare("Pending"),
                Trigger::Checked,
                start(),
                "The order waits for the payment. No payment of it has been started.",
            ),
            (
                order("Pending", PayWay::X402, None),
                Trigger::Checked,
                Advice::SignAgain(PayWays::default().without(PayWay::X402)),
                "The order described as \"ChatGPT\" waits for the payment of 9.90 USD by X402 (USDC). A wallet was asked to \
                 sign it; nothing is charged until one has.",
            ),
            (
                order("Pending", PayWay::X402, None),
                Trigger::Settling,
                Advice::AwaitSettlement,
                "The order described as \"ChatGPT\" waits for its signed USDC payment, which was sent and is not settled yet. \
                 It must not be signed again: a second signature could be a second payment.",
            ),
            (
                order("Expired", PayWay::X402, None),
                Trigger::Settling,
                Advice::AskWhoKnows,
                "The order described as \"ChatGPT\" is expired, and whether its signed USDC payment has charged the payer is not \
                 known. The wallet's transactions show it, and Ace Data Cloud's support can tell; nothing should be paid again \
                 before that.",
            ),
            (
                order("Paid", PayWay::Stripe, stripe),
                Trigger::Checked,
                Advice::AwaitFinal,
                "The payment of 9.90 USD for the order described as \"ChatGPT\" has arrived, and the credits are on their way.",
            ),
            (
                order("Paid", PayWay::Stripe, stripe),
                Trigger::AlreadyPaid,
                Advice::AwaitFinal,
                "The order was paid already, so nothing was charged now. The payment of 9.90 USD for the order described as \
                 \"ChatGPT\" has arrived, and the credits are on their way.",
            ),
            (
                bare("Finished"),
                Trigger::Checked,
                Advice::Nothing,
                "The payment for the order has arrived, and the order is finished.",
            ),
            (
                free,
                Trigger::Started,
                Advice::Nothing,
                "The order described as \"ChatGPT\" is free and finished: there was nothing to pay.",
            ),
            (
                order("Expired", PayWay::Stripe, stripe),
                Trigger::Checked,
                Advice::NewOrder,
                "The order described as \"ChatGPT\" expired before it was paid. A new order is needed to buy it.",
            ),
            (
                bare("Failed"),
                Trigger::Checked,
                Advice::NewOrder,
                "The payment of the order failed. A new order is needed to try again.",
            ),
            (
                bare("Refunded"),
                Trigger::Checked,
                Advice::Nothing,
                "The order was refunded. There is nothing left to do.",
            ),
            (
                bare("OnHold"),
                Trigger::Checked,
                Advice::LookLater,
                "The order is in the state \"OnHold\", which is neither paid nor final.",
            ),
        ] {
            let status = status(order, trigger);
            assert_eq!((status.advice(), status.message().as_str()), (advice, message));
            assert_plain(message);
        }
    }

    #[test]
    fn a_link_that_is_not_shown_is_said_to_be_there_and_why_it_is_not() {
        let link = Some("https://buy.stripe.com/x");
        let waiting = "The order described as \"ChatGPT\" waits for the payment of 9.90 USD by Stripe.";
        let alipay: PayWays = "ALIPAY".parse().unwrap();
        let looking = OrderStatus {
            read_only: true,
            ..status(order("Pending", PayWay::Stripe, link), Trigger::Checked)
        };
        let other = |trigger| OrderStatus {
            ways: alipay.clone(),
            ..status(order("Pending", PayWay::Stripe, link), trigger)
        };
        let answered = OrderStatus {
            notes: vec![Note::NotAsAsked(PayWay::Alipay)],
            ..other(Trigger::Started)
        };
        let nothing_else = Advice::PayOtherwise {
            ways: None,
            without_surface: false,
        };
        let not_allowed = "Its payment link is not shown here: the settings do not allow this way to pay.";
        for (status, advice, said) in [
            (
                looking,
                Advice::PayElsewhere,
                "Its payment link is not shown here: the settings allow only to look.".to_owned(),
            ),
            (
                other(Trigger::Checked),
                Advice::StartPayment(alipay.clone()),
                not_allowed.to_owned(),
            ),
            (
                answered,
                nothing_else,
                format!(
                    "{not_allowed} The platform answered with another way to pay than Alipay, which was asked for."
                ),
            ),
        ] {
            assert_eq!(
                (status.advice(), status.message()),
                (advice, format!("{waiting} {said}"))
            );
            assert_plain(&status.message());
        }
    }

    #[test]
    fn an_x402_challenge_names_amount_network_and_payee() {
        let challenge = Some(fixtures::challenge(Version::Two, &[Network::Base, Network::Solana]));
        let order = order("Pending", PayWay::X402, None);
        let status = OrderStatus {
            challenge,
            ..status(order, Trigger::Started)
        };
        assert_eq!(status.advice(), Advice::SignPayment);
        assert_eq!(
            status.message(),
            "The order described as \"ChatGPT\" waits for a payment of 1.20 USDC on Base to \
             0x209693Bc6afc0C5328bA36FaF03C514EF312287C, or 1.20 USDC on Solana to \
             3SPmhqYsBgHuFiRBvWLRqdQmEZ3RGPE6zYqdXjnyHZ4k, by X402. Nothing is charged until a wallet has signed it."
        );
        assert_plain(&status.message());
    }

    #[test]
    fn a_wechat_code_is_told_with_the_page_that_shows_it_and_with_another_way_only_where_there_is_one() {
        let order = order("Pending", PayWay::WechatPay, Some("weixin://wxpay/bizpayurl?pr=x"));
        let status = OrderStatus {
            page: Some("https://studio.acedata.cloud/orders/x".to_owned()),
            ways: "WECHATPAY,STRIPE".parse().unwrap(),
            ..status(order, Trigger::Started)
        };
        assert_eq!(
            status.message(),
            "The order described as \"ChatGPT\" waits for the payment of 9.90 USD by WeChat Pay. Scan its QR code with WeChat; \
             the code has to be on another screen than the phone that scans it. The order's page \
             https://studio.acedata.cloud/orders/x opens in any browser."
        );
        assert!(!status.message().contains("weixin:"));
        assert_plain(&status.message());
    }

    #[test]
    fn a_signed_payment_is_told_by_what_it_paid() {
        let receipt = SettlementResponse {
            success: true,
            amount: Some("1.20".parse().unwrap()),
            transaction: Identifier::read("0xab"),
            network: Word::read("eip155:84532"),
            payer: Identifier::read("0xcd"),
        };
        let status = |receipt| OrderStatus {
            receipt: Some(receipt),
            ..status(order("Finished", PayWay::X402, None), Trigger::Settled)
        };
        assert_eq!(
            status(receipt.clone()).message(),
            "The payment of 1.20 USDC for the order described as \"ChatGPT\" has arrived on Base Sepolia from 0xcd by the \
             transaction 0xab, and the order is finished."
        );
        // Of an answer that was lost there is no proof, and what was signed is known.
        let transaction = None;
        assert_eq!(
            status(SettlementResponse { transaction, ..receipt }).message(),
            "The payment of 1.20 USDC for the order described as \"ChatGPT\" has arrived on Base Sepolia from 0xcd, and the order \
             is finished."
        );
    }

    #[test]
    fn a_sandbox_says_that_no_money_is_real() {
        let status = OrderStatus {
            environment: Environment::Sandbox,
            ..status(Order::bare(id(), OrderState::Finished), Trigger::Checked)
        };
        assert_eq!(
            status.message(),
            "Sandbox, no real money: The payment for the order has arrived, and the order is finished."
        );
    }

    #[test]
    fn a_link_is_shown_only_while_there_is_something_to_pay() {
        let link = Some("https://buy.stripe.com/x");
        for (state, shown) in [
            ("Pending", true),
            ("Paid", false),
            ("Finished", false),
            ("Expired", false),
            ("OnHold", false),
        ] {
            let status = status(order(state, PayWay::Stripe, link), Trigger::Checked);
            assert_eq!(status.pay_url().is_some(), shown, "{state}");
        }
    }
}

//! What is said about an order that stands in some way: plain sentences for the person who pays.

use super::status::{Environment, OfferResponse, OrderStatus, Trigger};
use crate::order::OrderState;
use crate::pay_url::LinkKind;
use crate::pay_way::{PayWay, StatedPayWay};
use crate::text::capitalized;
use crate::x402::PaymentRequired;

/// The sentences for a status.
pub(super) fn message(status: &OrderStatus) -> String {
    let said = match &status.order.state {
        state if status.trigger == Trigger::Settling && state.is_final() => format!(
            "The order{} is `{state}`, and whether its signed X402 payment has charged the payer is not known. Look at the \
             wallet's transactions, or ask Ace Data Cloud's support, before paying anything again.",
            of(status)
        ),
        OrderState::Pending => pending(status),
        OrderState::Paid => format!(
            "{}{} has arrived{}, and the credits are on their way. Check again in a few seconds.",
            already(status),
            capitalized(&payment(status)),
            proof(status)
        ),
        OrderState::Finished if is_free(status) => {
            format!(
                "The order{} is free and finished: there was nothing to pay.",
                of(status)
            )
        }
        OrderState::Finished => format!(
            "{}{} has arrived{}, and the order is finished.",
            already(status),
            capitalized(&payment(status)),
            proof(status)
        ),
        OrderState::Expired => {
            format!(
                "The order{} expired before it was paid. Create a new order to buy it.",
                of(status)
            )
        }
        OrderState::Failed => format!(
            "The payment of the order{} failed. Create a new order to try again.",
            of(status)
        ),
        OrderState::Refunded => format!("The order{} was refunded. There is nothing left to do.", of(status)),
        OrderState::Other(state) => {
            format!(
                "The order{} is in the state `{state}`, which is neither paid nor final. Check again later.",
                of(status)
            )
        }
    };
    labelled(status, said)
}

fn labelled(status: &OrderStatus, said: String) -> String {
    match status.environment {
        Environment::Live => said,
        Environment::Sandbox => format!("Sandbox, no real money: {said}"),
    }
}

/// What to ask a person who may open the payment link.
pub(super) fn invitation(status: &OrderStatus) -> String {
    let asked = format!(
        "Open the payment page of Ace Data Cloud for {}{}?",
        payment(status),
        by(status)
    );
    labelled(status, asked)
}

fn pending(status: &OrderStatus) -> String {
    let then = match status.trigger {
        Trigger::Started | Trigger::Offered(_) => ", then check the order with `wait_seconds` 45.",
        _ => ", then check again.",
    };
    let waiting = format!("The order waits for {}{}.", payment(status), by(status));
    if let Some(challenge) = &status.challenge {
        return format!(
            "The order{} waits for {}. Nothing is charged until a wallet signs this and it is sent as `payment_signature`.",
            of(status),
            offers(challenge)
        );
    }
    if status.trigger == Trigger::Settling {
        return format!(
            "The signed X402 payment of the order{} was sent and is not settled yet. Check the order with `wait_seconds` 45, \
             and do not sign again: a second signature could be a second payment.",
            of(status)
        );
    }
    match status.pay_url() {
        Some(link) if link.kind() == LinkKind::Scan => {
            format!("{waiting} Scan the QR code of {link} with WeChat (no browser opens it){then}")
        }
        Some(link) => match status.trigger {
            Trigger::Offered(OfferResponse::Accepted) => {
                format!("{waiting} The person agreed to open {link}, which does not mean that it is paid{then}")
            }
            Trigger::Offered(OfferResponse::Declined) => format!(
                "{waiting} It was not opened from inside the client. The link stays valid: open {link} to pay{then}"
            ),
            _ => format!("{waiting} Open {link} to pay{then}"),
        },
        None if status.trigger == Trigger::Started => {
            format!("{waiting} The platform gave no payment link; check again in a few seconds.")
        }
        None if status.order.pay_way == Some(StatedPayWay::Known(PayWay::X402)) => {
            format!("{waiting} A wallet pays it, without a link.")
        }
        None => format!("{waiting} It has no payment link: a payment of it has to be started first."),
    }
}

/// `payment of 9.90 USD for ChatGPT`, as far as it is known.
fn payment(status: &OrderStatus) -> String {
    let order = &status.order;
    let amount = match (&order.price, &order.currency) {
        (Some(Ok(price)), Some(currency)) => format!(" of {price} {currency}"),
        (Some(Ok(price)), None) => format!(" of {price}"),
        (Some(Err(_)), _) => " of an amount that could not be read (see the payment page)".to_owned(),
        (None, _) => String::new(),
    };
    format!("the payment{amount}{}", of(status))
}

/// ` for ChatGPT`, where the service is known.
fn of(status: &OrderStatus) -> String {
    status
        .order
        .service
        .as_ref()
        .map(|service| format!(" for {service}"))
        .unwrap_or_default()
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

/// `an X402 payment of 1.20 USDC on Base to 0x…, or …`
fn offers(challenge: &PaymentRequired) -> String {
    let offers: Vec<_> = challenge
        .options
        .iter()
        .map(|option| {
            let token = match &option.asset {
                Some(asset) if !option.is_usdc() => format!("of the token {asset}"),
                _ => "USDC".to_owned(),
            };
            format!(
                "{} {token} on {} to {}",
                option.amount,
                option.network_name(),
                option.pay_to
            )
        })
        .collect();
    format!("an X402 payment of {}", offers.join(", or "))
}

/// ` on Base by the transaction 0x…`, where there is a receipt.
fn proof(status: &OrderStatus) -> String {
    let Some(receipt) = &status.receipt else {
        return String::new();
    };
    let on = receipt.network_name().map(|chain| format!(" on {chain}"));
    let by = receipt
        .transaction
        .as_ref()
        .map(|hash| format!(" by the transaction {hash}"));
    [on, by].into_iter().flatten().collect()
}

fn is_free(status: &OrderStatus) -> bool {
    matches!(status.order.price, Some(Ok(price)) if price.is_zero())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::order::{Order, OrderId};
    use crate::pay_url::{PayUrl, PlainHttp};
    use crate::payment::NextAction;
    use crate::text::{Currency, Text};

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
    fn each_standing_says_what_stands_and_what_to_do() {
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
        for (order, trigger, action, message) in [
            (
                order("Pending", PayWay::Stripe, stripe),
                Trigger::Started,
                NextAction::OpenPayUrl,
                "The order waits for the payment of 9.90 USD for ChatGPT by Stripe. Open https://buy.stripe.com/x to pay, \
                 then check the order with `wait_seconds` 45.",
            ),
            (
                order("Pending", PayWay::WechatPay, Some("weixin://wxpay/bizpayurl?pr=x")),
                Trigger::Checked,
                NextAction::ScanQrCode,
                "The order waits for the payment of 9.90 USD for ChatGPT by WeChat Pay. Scan the QR code of \
                 weixin://wxpay/bizpayurl?pr=x with WeChat (no browser opens it), then check again.",
            ),
            (
                odd,
                Trigger::Started,
                NextAction::OpenPayUrl,
                "The order waits for the payment of an amount that could not be read (see the payment page) for ChatGPT by \
                 Stripe. Open https://buy.stripe.com/x to pay, then check the order with `wait_seconds` 45.",
            ),
            (
                bare("Pending"),
                Trigger::Started,
                NextAction::CheckAgain,
                "The order waits for the payment. The platform gave no payment link; check again in a few seconds.",
            ),
            (
                bare("Pending"),
                Trigger::Checked,
                NextAction::CheckAgain,
                "The order waits for the payment. It has no payment link: a payment of it has to be started first.",
            ),
            (
                order("Pending", PayWay::X402, None),
                Trigger::Checked,
                NextAction::CheckAgain,
                "The order waits for the payment of 9.90 USD for ChatGPT by X402 (USDC). A wallet pays it, without a link.",
            ),
            (
                order("Paid", PayWay::Stripe, stripe),
                Trigger::Checked,
                NextAction::CheckAgain,
                "The payment of 9.90 USD for ChatGPT has arrived, and the credits are on their way. Check again in a few \
                 seconds.",
            ),
            (
                order("Paid", PayWay::Stripe, stripe),
                Trigger::AlreadyPaid,
                NextAction::CheckAgain,
                "The order was paid already, so nothing was charged now. The payment of 9.90 USD for ChatGPT has arrived, \
                 and the credits are on their way. Check again in a few seconds.",
            ),
            (
                bare("Finished"),
                Trigger::Checked,
                NextAction::None,
                "The payment has arrived, and the order is finished.",
            ),
            (
                free,
                Trigger::Started,
                NextAction::None,
                "The order for ChatGPT is free and finished: there was nothing to pay.",
            ),
            (
                order("Expired", PayWay::Stripe, stripe),
                Trigger::Checked,
                NextAction::CreateNewOrder,
                "The order for ChatGPT expired before it was paid. Create a new order to buy it.",
            ),
            (
                bare("Failed"),
                Trigger::Checked,
                NextAction::CreateNewOrder,
                "The payment of the order failed. Create a new order to try again.",
            ),
            (
                bare("Refunded"),
                Trigger::Checked,
                NextAction::None,
                "The order was refunded. There is nothing left to do.",
            ),
            (
                bare("OnHold"),
                Trigger::Checked,
                NextAction::CheckAgain,
                "The order is in the state `OnHold`, which is neither paid nor final. Check again later.",
            ),
        ] {
            let status = status(order, trigger);
            assert_eq!((status.next_action(), status.message().as_str()), (action, message));
        }
    }

    #[test]
    fn an_x402_challenge_names_amount_network_and_payee() {
        let challenge = PaymentRequired::read(&json!({"x402Version": 2, "accepts": [
            {"network": "eip155:8453", "amount": "1200000", "payTo": "0xabc"},
            {"network": "solana", "amount": "1200000", "payTo": "So1ana"},
        ]}));
        let order = order("Pending", PayWay::X402, None);
        let status = OrderStatus {
            challenge,
            ..status(order, Trigger::Started)
        };
        assert_eq!(status.next_action(), NextAction::SignX402);
        assert_eq!(
            status.message(),
            "The order for ChatGPT waits for an X402 payment of 1.20 USDC on Base to 0xabc, or 1.20 USDC on Solana to \
             So1ana. Nothing is charged until a wallet signs this and it is sent as `payment_signature`."
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
            "Sandbox, no real money: The payment has arrived, and the order is finished."
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

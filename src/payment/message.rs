//! What is said about an order that stands in some way: plain sentences for the person who pays.

use super::standing::{Environment, Occasion, OfferResponse, Standing};
use crate::order::OrderState;
use crate::pay_url::LinkKind;
use crate::pay_way::{PayWay, StatedPayWay};
use crate::text::capitalized;
use crate::x402::PaymentRequired;

/// The sentences for a standing.
pub(super) fn message(standing: &Standing) -> String {
    let said = match &standing.order.state {
        state if standing.occasion == Occasion::Settling && state.is_final() => format!(
            "The order{} is `{state}`, and whether its signed X402 payment has charged the payer is not known. Look at the \
             wallet's transactions, or ask Ace Data Cloud's support, before paying anything again.",
            of(standing)
        ),
        OrderState::Pending => pending(standing),
        OrderState::Paid => format!(
            "{}{} has arrived{}, and the credits are on their way. Check again in a few seconds.",
            already(standing),
            capitalized(&payment(standing)),
            proof(standing)
        ),
        OrderState::Finished if is_free(standing) => {
            format!(
                "The order{} is free and finished: there was nothing to pay.",
                of(standing)
            )
        }
        OrderState::Finished => format!(
            "{}{} has arrived{}, and the order is finished.",
            already(standing),
            capitalized(&payment(standing)),
            proof(standing)
        ),
        OrderState::Expired => {
            format!(
                "The order{} expired before it was paid. Create a new order to buy it.",
                of(standing)
            )
        }
        OrderState::Failed => format!(
            "The payment of the order{} failed. Create a new order to try again.",
            of(standing)
        ),
        OrderState::Refunded => format!("The order{} was refunded. There is nothing left to do.", of(standing)),
        OrderState::Other(state) => {
            format!(
                "The order{} is in the state `{state}`, which is neither paid nor final. Check again later.",
                of(standing)
            )
        }
    };
    labelled(standing, said)
}

fn labelled(standing: &Standing, said: String) -> String {
    match standing.environment {
        Environment::Live => said,
        Environment::Sandbox => format!("Sandbox, no real money: {said}"),
    }
}

/// What to ask a person who may open the payment link.
pub(super) fn invitation(standing: &Standing) -> String {
    let asked = format!(
        "Open the payment page of Ace Data Cloud for {}{}?",
        payment(standing),
        by(standing)
    );
    labelled(standing, asked)
}

fn pending(standing: &Standing) -> String {
    let then = match standing.occasion {
        Occasion::Started | Occasion::Offered(_) => ", then check the order with `wait_seconds` 45.",
        _ => ", then check again.",
    };
    let waiting = format!("The order waits for {}{}.", payment(standing), by(standing));
    if let Some(challenge) = &standing.challenge {
        return format!(
            "The order{} waits for {}. Nothing is charged until a wallet signs this and it is sent as `payment_signature`.",
            of(standing),
            offers(challenge)
        );
    }
    if standing.occasion == Occasion::Settling {
        return format!(
            "The signed X402 payment of the order{} was sent and is not settled yet. Check the order with `wait_seconds` 45, \
             and do not sign again: a second signature could be a second payment.",
            of(standing)
        );
    }
    match standing.pay_url() {
        Some(link) if link.kind() == LinkKind::Scan => {
            format!("{waiting} Scan the QR code of {link} with WeChat (no browser opens it){then}")
        }
        Some(link) => match standing.occasion {
            Occasion::Offered(OfferResponse::Accepted) => {
                format!("{waiting} The person agreed to open {link}, which does not mean that it is paid{then}")
            }
            Occasion::Offered(OfferResponse::Declined) => format!(
                "{waiting} It was not opened from inside the client. The link stays valid: open {link} to pay{then}"
            ),
            _ => format!("{waiting} Open {link} to pay{then}"),
        },
        None if standing.occasion == Occasion::Started => {
            format!("{waiting} The platform gave no payment link; check again in a few seconds.")
        }
        None if standing.order.pay_way == Some(StatedPayWay::Known(PayWay::X402)) => {
            format!("{waiting} A wallet pays it, without a link.")
        }
        None => format!("{waiting} It has no payment link: a payment of it has to be started first."),
    }
}

/// `payment of 9.90 USD for ChatGPT`, as far as it is known.
fn payment(standing: &Standing) -> String {
    let order = &standing.order;
    let amount = match (&order.price, &order.currency) {
        (Some(Ok(price)), Some(currency)) => format!(" of {price} {currency}"),
        (Some(Ok(price)), None) => format!(" of {price}"),
        (Some(Err(_)), _) => " of an amount that could not be read (see the payment page)".to_owned(),
        (None, _) => String::new(),
    };
    format!("the payment{amount}{}", of(standing))
}

/// ` for ChatGPT`, where the service is known.
fn of(standing: &Standing) -> String {
    standing
        .order
        .service
        .as_ref()
        .map(|service| format!(" for {service}"))
        .unwrap_or_default()
}

/// ` by Stripe`, where the pay way is known.
fn by(standing: &Standing) -> String {
    standing
        .order
        .pay_way
        .as_ref()
        .map(|way| format!(" by {}", way.label()))
        .unwrap_or_default()
}

/// What there is to say first when somebody tried to pay what is paid.
fn already(standing: &Standing) -> &'static str {
    match standing.occasion {
        Occasion::AlreadyPaid => "The order was paid already, so nothing was charged now. ",
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
fn proof(standing: &Standing) -> String {
    let Some(receipt) = &standing.receipt else {
        return String::new();
    };
    let on = receipt.network_name().map(|chain| format!(" on {chain}"));
    let by = receipt
        .transaction
        .as_ref()
        .map(|hash| format!(" by the transaction {hash}"));
    [on, by].into_iter().flatten().collect()
}

fn is_free(standing: &Standing) -> bool {
    matches!(standing.order.price, Some(Ok(price)) if price.is_zero())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::order::{Order, OrderId};
    use crate::pay_url::{PayUrl, PlainHttp};
    use crate::payment::NextAction;
    use crate::text::Text;

    fn id() -> OrderId {
        "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap()
    }

    fn standing(order: Order, occasion: Occasion) -> Standing {
        Standing {
            occasion,
            ..Standing::started(order, Environment::Live)
        }
    }

    fn order(state: &str, way: PayWay, link: Option<&str>) -> Order {
        Order {
            pay_way: Some(StatedPayWay::Known(way)),
            pay_url: link.map(|link| PayUrl::parse(link, PlainHttp::Refused)),
            price: Some("9.90".parse()),
            currency: Text::fact("USD"),
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
        for (order, occasion, action, message) in [
            (
                order("Pending", PayWay::Stripe, stripe),
                Occasion::Started,
                NextAction::OpenPayUrl,
                "The order waits for the payment of 9.90 USD for ChatGPT by Stripe. Open https://buy.stripe.com/x to pay, \
                 then check the order with `wait_seconds` 45.",
            ),
            (
                order("Pending", PayWay::WechatPay, Some("weixin://wxpay/bizpayurl?pr=x")),
                Occasion::Checked,
                NextAction::ScanQrCode,
                "The order waits for the payment of 9.90 USD for ChatGPT by WeChat Pay. Scan the QR code of \
                 weixin://wxpay/bizpayurl?pr=x with WeChat (no browser opens it), then check again.",
            ),
            (
                odd,
                Occasion::Started,
                NextAction::OpenPayUrl,
                "The order waits for the payment of an amount that could not be read (see the payment page) for ChatGPT by \
                 Stripe. Open https://buy.stripe.com/x to pay, then check the order with `wait_seconds` 45.",
            ),
            (
                bare("Pending"),
                Occasion::Started,
                NextAction::CheckAgain,
                "The order waits for the payment. The platform gave no payment link; check again in a few seconds.",
            ),
            (
                bare("Pending"),
                Occasion::Checked,
                NextAction::CheckAgain,
                "The order waits for the payment. It has no payment link: a payment of it has to be started first.",
            ),
            (
                order("Pending", PayWay::X402, None),
                Occasion::Checked,
                NextAction::CheckAgain,
                "The order waits for the payment of 9.90 USD for ChatGPT by X402 (USDC). A wallet pays it, without a link.",
            ),
            (
                order("Paid", PayWay::Stripe, stripe),
                Occasion::Checked,
                NextAction::CheckAgain,
                "The payment of 9.90 USD for ChatGPT has arrived, and the credits are on their way. Check again in a few \
                 seconds.",
            ),
            (
                order("Paid", PayWay::Stripe, stripe),
                Occasion::AlreadyPaid,
                NextAction::CheckAgain,
                "The order was paid already, so nothing was charged now. The payment of 9.90 USD for ChatGPT has arrived, \
                 and the credits are on their way. Check again in a few seconds.",
            ),
            (
                bare("Finished"),
                Occasion::Checked,
                NextAction::None,
                "The payment has arrived, and the order is finished.",
            ),
            (
                free,
                Occasion::Started,
                NextAction::None,
                "The order for ChatGPT is free and finished: there was nothing to pay.",
            ),
            (
                order("Expired", PayWay::Stripe, stripe),
                Occasion::Checked,
                NextAction::CreateNewOrder,
                "The order for ChatGPT expired before it was paid. Create a new order to buy it.",
            ),
            (
                bare("Failed"),
                Occasion::Checked,
                NextAction::CreateNewOrder,
                "The payment of the order failed. Create a new order to try again.",
            ),
            (
                bare("Refunded"),
                Occasion::Checked,
                NextAction::None,
                "The order was refunded. There is nothing left to do.",
            ),
            (
                bare("OnHold"),
                Occasion::Checked,
                NextAction::CheckAgain,
                "The order is in the state `OnHold`, which is neither paid nor final. Check again later.",
            ),
        ] {
            let standing = standing(order, occasion);
            assert_eq!((standing.next_action(), standing.message().as_str()), (action, message));
        }
    }

    #[test]
    fn an_x402_challenge_names_amount_network_and_payee() {
        let challenge = PaymentRequired::read(&json!({"x402Version": 2, "accepts": [
            {"network": "eip155:8453", "amount": "1200000", "payTo": "0xabc"},
            {"network": "solana", "amount": "1200000", "payTo": "So1ana"},
        ]}));
        let order = order("Pending", PayWay::X402, None);
        let standing = Standing {
            challenge,
            ..standing(order, Occasion::Started)
        };
        assert_eq!(standing.next_action(), NextAction::SignX402);
        assert_eq!(
            standing.message(),
            "The order for ChatGPT waits for an X402 payment of 1.20 USDC on Base to 0xabc, or 1.20 USDC on Solana to \
             So1ana. Nothing is charged until a wallet signs this and it is sent as `payment_signature`."
        );
    }

    #[test]
    fn a_sandbox_says_that_no_money_is_real() {
        let standing = Standing {
            environment: Environment::Sandbox,
            ..standing(Order::bare(id(), OrderState::Finished), Occasion::Checked)
        };
        assert_eq!(
            standing.message(),
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
            let standing = standing(order(state, PayWay::Stripe, link), Occasion::Checked);
            assert_eq!(standing.pay_url().is_some(), shown, "{state}");
        }
    }
}

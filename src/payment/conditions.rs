//! On what conditions a payment is started: what the order may cost at most, and whether a session that is open will do.
//!
//! Whoever sets one has the order looked at before anything is started. The price of the answer counts as well, since it can
//! change as a payment is started.

use super::Inner;
use super::failure::Failure;
use super::status::{OrderStatus, Trigger};
use crate::money::Money;
use crate::order::{Order, OrderState};
use crate::pay_way::StatedPayWay;
use crate::platform::PayRequest;
use crate::text::Currency;
use crate::x402::is_dollar;

/// On what conditions a payment is started; none unless they are set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The most that the order may cost, in its own currency. What costs an unknown amount may cost more.
    pub most: Option<Money>,
    /// A session that is open for the same pay way will do: it is told, and none is started.
    pub reuse: bool,
}

impl Conditions {
    /// Whether the order has to be looked at before anything is started.
    pub(super) fn need_a_look(self) -> bool {
        self.most.is_some() || self.reuse
    }

    /// Checks an order that was looked at, before anything is started. One that is known to wait for no payment costs nothing
    /// more.
    pub(super) fn admit(self, order: &Order) -> Result<(), Failure> {
        let may_wait = matches!(order.state, OrderState::Pending | OrderState::Other(_));
        match self.most {
            Some(most) if may_wait && !is_within(order, most) => {
                Err(Failure::price_above_limit(order.id, cost(order).as_deref(), most))
            }
            _ => Ok(()),
        }
    }

    /// Checks what has been started for an order that was `looked` at: where it costs more by now, its link is withheld.
    pub(super) fn hold(self, status: OrderStatus, looked: &Order) -> Result<OrderStatus, Failure> {
        let waits = status.order.state == OrderState::Pending && status.trigger != Trigger::Settling;
        let Some(most) = self.most.filter(|_| waits) else {
            return Ok(status);
        };
        let id = status.order.id;
        if let Some(challenge) = &status.challenge {
            let dearest = challenge.options.iter().map(|option| option.amount).max();
            let above = dearest.filter(|amount| is_in_dollars(looked) && *amount > most);
            return match above {
                Some(amount) => Err(Failure::price_above_limit(id, Some(&format!("{amount} USDC")), most)),
                None => Ok(status),
            };
        }
        // What the answer leaves out is as it was.
        let answer = Order {
            price: status.order.price.or(looked.price),
            currency: status.order.currency.clone().or_else(|| looked.currency.clone()),
            ..Order::bare(id, OrderState::Pending)
        };
        // A limit in one currency says nothing of a price in another.
        let is_same_currency = looked.currency.is_none() || answer.currency == looked.currency;
        if is_same_currency && is_within(&answer, most) {
            Ok(status)
        } else {
            Err(Failure::price_rose_above_limit(id, cost(&answer).as_deref(), most))
        }
    }
}

impl Inner {
    /// Whether a session that is open for an order is what a request asks for.
    pub(super) async fn has_session(&self, order: &Order, request: &PayRequest) -> bool {
        let asked = request.pay_way.map(StatedPayWay::Known);
        let has_link = order.pay_url.as_ref().is_some_and(Result::is_ok);
        if order.state != OrderState::Pending || !has_link || asked.is_none() || order.pay_way != asked {
            return false;
        }
        request.surface.is_none() || self.given(order.id).await.is_some_and(|given| given.is_by(request))
    }
}

/// Whether an order is known to cost that much at most.
fn is_within(order: &Order, most: Money) -> bool {
    matches!(order.price, Some(Ok(price)) if price <= most)
}

/// Whether what an order costs can be compared with an amount in USDC. The platform's prices are in USD where it does not say
/// otherwise.
fn is_in_dollars(order: &Order) -> bool {
    order.currency.as_ref().map(Currency::as_str).is_none_or(is_dollar)
}

/// `9.90 USD`, where it is known.
fn cost(order: &Order) -> Option<String> {
    let price = order.price?.ok()?;
    Some(match &order.currency {
        Some(currency) => format!("{price} {currency}"),
        None => price.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::payment::failure::{Code, Outcome};
    use crate::payment::status::Environment;
    use crate::x402::{Network, Version, fixtures};

    fn order(price: Option<&str>, currency: &str) -> Order {
        let id = "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap();
        Order {
            price: price.map(str::parse),
            currency: Currency::read(currency),
            ..Order::bare(id, OrderState::Pending)
        }
    }

    fn at_most(most: &str) -> Conditions {
        Conditions {
            most: Some(most.parse().unwrap()),
            reuse: false,
        }
    }

    fn told(failure: &Failure) -> (Code, Outcome, &str) {
        (failure.code, failure.outcome, failure.message.as_str())
    }

    #[test]
    fn an_order_that_costs_more_or_an_unknown_amount_is_not_started() {
        let refused = |most: &str, order: Order| at_most(most).admit(&order).unwrap_err();
        for (most, price) in [
            ("40", "40"),
            ("40", "40.00"),
            ("9.90", "9.9"),
            ("0", "0.00"),
            ("1e2", "99.999"),
        ] {
            assert_eq!(
                at_most(most).admit(&order(Some(price), "USD")),
                Ok(()),
                "{price} {most}"
            );
        }
        assert_eq!(
            told(&refused("40", order(Some("40.01"), "USD"))),
            (
                Code::PriceAboveLimit,
                Outcome::NothingChanged,
                "The order costs 40.01 USD, which is above the limit of 40. Nothing was started."
            )
        );
        for price in [None, Some("NaN")] {
            assert_eq!(
                told(&refused("40", order(price, "USD"))),
                (
                    Code::PriceAboveLimit,
                    Outcome::NothingChanged,
                    "What the order costs is not known, so it may be above the limit of 40. Nothing was started."
                )
            );
        }
        let paid = Order {
            state: OrderState::Paid,
            ..order(Some("99"), "USD")
        };
        assert_eq!(at_most("40").admit(&paid), Ok(()));
        assert_eq!(Conditions::default().admit(&order(None, "")), Ok(()));
    }

    #[test]
    fn the_price_of_the_answer_counts_as_well() {
        let hold = |looked: &Order, answer: Order| {
            let status = OrderStatus::started(answer, Environment::Live);
            at_most("40").hold(status, looked)
        };
        let looked = order(Some("39.00"), "USD");
        for fine in [
            order(Some("40"), "USD"),
            order(None, "USD"),
            order(Some("1"), ""),
            order(None, ""),
        ] {
            assert!(hold(&looked, fine).is_ok());
        }
        let above = hold(&looked, order(Some("40.01"), "USD")).unwrap_err();
        assert_eq!(
            told(&above),
            (
                Code::PriceAboveLimit,
                Outcome::Unknown,
                "The order now costs 40.01 USD, which is above the limit of 40. Its payment was started, which charges nobody, \
                 and the link is withheld."
            )
        );
        for unknown in [order(Some("NaN"), "USD"), order(Some("5"), "EUR")] {
            let refused = hold(&looked, unknown).unwrap_err();
            assert_eq!(
                (refused.code, refused.outcome),
                (Code::PriceAboveLimit, Outcome::Unknown)
            );
        }
    }

    #[test]
    fn of_a_challenge_the_dearest_option_counts_where_the_price_is_in_dollars() {
        let challenged = OrderStatus {
            challenge: Some(fixtures::challenge(Version::Two, &[Network::Base, Network::Solana])),
            ..OrderStatus::started(order(None, ""), Environment::Live)
        };
        for (most, currency, fits) in [
            ("1.20", "USD", true),
            ("1.19", "USD", false),
            ("1.19", "usd", false),
            ("1.19", "", false),
            ("1.19", "CNY", true),
        ] {
            let held = at_most(most).hold(challenged.clone(), &order(Some("1"), currency));
            assert_eq!(held.is_ok(), fits, "{most} {currency}");
            if let Err(failure) = held {
                assert_eq!(
                    told(&failure),
                    (
                        Code::PriceAboveLimit,
                        Outcome::NothingChanged,
                        "The order costs 1.20 USDC, which is above the limit of 1.19. Nothing was started."
                    )
                );
            }
        }
    }
}

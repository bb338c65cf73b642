//! Whether what is asked in USDC fits what the order costs.

use crate::money::{Money, MoneyError};
use crate::text::{Given, Text};

/// The currencies that one USDC stands for one of.
const DOLLARS: [&str; 2] = ["USD", "USDC"];

/// Why an amount in USDC does not fit the price of its order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceMisfit {
    /// More is asked than the order costs.
    #[error("{due} USDC are asked for an order of {price} USD")]
    TooMuch {
        /// What is asked, in USDC.
        due: Money,
        /// What the order costs, in USD.
        price: Money,
    },
    /// The price is in another currency, and no rate is known.
    #[error("the order is priced in {}, not in USD", Given(.0))]
    Currency(String),
    /// The price is stated, and cannot be read.
    #[error("the price of the order cannot be read")]
    Unreadable,
}

/// Whether one USDC stands for one of that currency.
#[must_use]
pub fn is_dollar(currency: &str) -> bool {
    DOLLARS.iter().any(|dollar| dollar.eq_ignore_ascii_case(currency))
}

/// Checks that what is due in USDC is no more than the order's price in USD, rounded up to a cent.
///
/// An order without a currency is taken to be priced in USD: the platform's prices are, and stay so for every pay way (it
/// converts when a payment is made). That can only refuse more, since what is compared is an upper limit. An order without a
/// price says nothing to compare with: the challenge and the operator's limit hold alone then.
///
/// # Errors
/// [`PriceMisfit`] when more is due, or the price is in another currency or cannot be read.
pub fn fits_price(
    due: Money,
    price: Option<Result<Money, MoneyError>>,
    currency: Option<&str>,
) -> Result<(), PriceMisfit> {
    let currency = currency.and_then(Text::fact);
    if let Some(other) = currency.filter(|currency| !is_dollar(currency.as_str())) {
        return Err(PriceMisfit::Currency(other.to_string()));
    }
    match price {
        Some(Err(MoneyError)) => Err(PriceMisfit::Unreadable),
        Some(Ok(price)) if due > price.rounded_up_to_a_cent() => Err(PriceMisfit::TooMuch { due, price }),
        Some(Ok(_)) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn no_more_is_due_than_the_price_rounded_up_to_a_cent() {
        for (due, price, currency, fits) in [
            ("1.20", "1.20", Some("USD"), true),
            ("1.20", "1.2", None, true),
            ("1.20", "1.26", Some("usd"), true),
            ("0.000001", "0.001", Some(" USD "), true),
            ("0.01", "0.001", Some("USDC"), true),
            ("0.010001", "0.001", Some("USD"), false),
            ("9.91", "9.901", None, true),
            ("9.910001", "9.901", None, false),
            ("1.200001", "1.20", Some("USD"), false),
            ("12.00", "1.20", None, false),
            ("0.000001", "0", Some("USD"), false),
            ("12345678901234567.90", "12345678901234567.891", None, true),
            ("12345678901234567.900001", "12345678901234567.891", None, false),
        ] {
            let outcome = fits_price(money(due), Some(Ok(money(price))), currency);
            let misfit = PriceMisfit::TooMuch {
                due: money(due),
                price: money(price),
            };
            assert_eq!(
                outcome,
                if fits { Ok(()) } else { Err(misfit) },
                "{due} for {price} {currency:?}"
            );
        }
    }

    #[test]
    fn another_currency_is_refused_however_little_is_due() {
        for currency in ["CNY", "cny", "EUR", "USDT", "US", "$", "AUSD", "USD CNY"] {
            let refused = fits_price(money("0.01"), Some(Ok(money("100"))), Some(currency));
            assert_eq!(refused, Err(PriceMisfit::Currency(currency.to_owned())));
            assert_eq!(fits_price(money("0.01"), None, Some(currency)), refused);
        }
    }

    #[test]
    fn without_a_price_there_is_nothing_to_compare_and_one_that_cannot_be_read_is_refused() {
        for currency in [None, Some("USD"), Some(""), Some(" \u{200b}")] {
            assert_eq!(fits_price(money("5"), None, currency), Ok(()));
            let unreadable = fits_price(money("5"), Some(Err(MoneyError)), currency);
            assert_eq!(unreadable, Err(PriceMisfit::Unreadable));
        }
    }
}

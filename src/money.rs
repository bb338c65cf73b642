//! Money: exact decimals, never binary floats.
//!
//! Vocabulary: no I/O.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// An amount of money of zero or more, exactly as written: `9.90` stays `9.90`.
///
/// It holds 28 significant digits; what does not fit is refused, never rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
pub struct Money(Decimal);

/// The text is not an amount of money: not a decimal, below zero, or too long to hold exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an amount of money: expected a decimal number of zero or more with at most 28 digits")]
pub struct MoneyError;

impl Money {
    /// Whether there is nothing to pay.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The next amount of whole cents, or this one where it is one: `9.901` becomes `9.91`.
    #[must_use]
    pub fn rounded_up_to_a_cent(self) -> Self {
        Self(self.0.round_dp_with_strategy(2, RoundingStrategy::AwayFromZero))
    }

    /// The amount of a token that counts in atomic units: `1200000` with 6 decimals is `1.20`.
    ///
    /// # Errors
    /// [`MoneyError`] when the count is not a whole number or has more digits than fit.
    pub fn from_atomic(count: &str, decimals: u32) -> Result<Self, MoneyError> {
        if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(MoneyError);
        }
        let count: i128 = count.parse().map_err(|_| MoneyError)?;
        let mut amount = Decimal::try_from_i128_with_scale(count, decimals)
            .map_err(|_| MoneyError)?
            .normalize();
        if amount.scale() < 2 {
            amount.rescale(2);
        }
        Ok(Self(amount))
    }
}

impl From<u32> for Money {
    fn from(whole: u32) -> Self {
        Self(whole.into())
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads a decimal as the platform writes it, in a JSON string or as a JSON number.
    ///
    /// # Errors
    /// [`MoneyError`] for anything else, and for what would have to be rounded.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let starts_with_digit = text.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        let only_decimal = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
        if !starts_with_digit || !only_decimal {
            return Err(MoneyError);
        }
        let amount = if text.contains(['e', 'E']) {
            Decimal::from_scientific(text)
        } else {
            Decimal::from_str_exact(text)
        }
        .map_err(|_| MoneyError)?;
        if amount.is_sign_negative() {
            Err(MoneyError)
        } else {
            Ok(Self(amount))
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Option<String> {
        text.parse::<Money>().ok().map(|money| money.to_string())
    }

    #[test]
    fn a_decimal_is_shown_as_it_was_written() {
        for text in ["9.90", "49.99", "0", "0.00", "100", "12345678901234567.89", "0.000001"] {
            assert_eq!(shown(text).as_deref(), Some(text));
        }
        assert_eq!(shown("1e2").as_deref(), Some("100"));
    }

    #[test]
    fn what_is_not_exact_money_is_refused() {
        for text in [
            "",
            " ",
            "NaN",
            "inf",
            "-1",
            "-0.01",
            "+5",
            "1,000.00",
            "9.90 USD",
            "0x10",
            "１２",
            "1.2.3",
            ".5",
            "1_000",
            "123456789012345678901234567890.12",
            "0.00000000000000000000000000001",
            "1e1000000000",
            "1e-1000000000",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn atomic_units_become_exact_amounts() {
        for (count, decimals, amount) in [
            ("1200000", 6, Some("1.20")),
            ("1", 6, Some("0.000001")),
            ("0", 6, Some("0.00")),
            ("100000000", 6, Some("100.00")),
            ("9990000", 6, Some("9.99")),
            ("1.5", 6, None),
            ("-1", 6, None),
            ("", 6, None),
            ("1", 400, None),
            ("99999999999999999999999999999999999999999", 6, None),
        ] {
            let read = Money::from_atomic(count, decimals).ok().map(|money| money.to_string());
            assert_eq!(read.as_deref(), amount, "{count} with {decimals} decimals");
        }
    }

    #[test]
    fn an_amount_is_rounded_up_to_a_cent_and_amounts_compare_by_value() {
        for (text, cents) in [
            ("9.901", "9.91"),
            ("9.900000000001", "9.91"),
            ("9.90", "9.90"),
            ("9.9", "9.9"),
            ("0.000001", "0.01"),
            ("0", "0"),
            ("0.999", "1.00"),
            ("12345678901234567.891", "12345678901234567.90"),
            ("9999999999999999999999999999", "9999999999999999999999999999"),
            ("9999999999999999999999999.991", "10000000000000000000000000.00"),
        ] {
            let rounded = text.parse::<Money>().unwrap().rounded_up_to_a_cent();
            assert_eq!(rounded.to_string(), cents, "{text}");
        }
        let money = |text: &str| text.parse::<Money>().unwrap();
        assert!(money("9.9") == money("9.90") && money("9.900001") > money("9.90") && money("10") > money("9.99"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_text_is_exact_money_or_refused(text in prop_oneof![".*", "[-+0-9.eE]{0,40}"]) {
            if let Ok(money) = text.parse::<Money>() {
                prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
                prop_assert!(money.to_string().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
            }
        }

        #[test]
        fn a_plain_decimal_of_28_digits_keeps_every_one(text in "[1-9][0-9]{0,17}(\\.[0-9]{1,10})?") {
            prop_assert_eq!(text.parse::<Money>().map(|money| money.to_string()), Ok(text));
        }

        #[test]
        fn rounding_up_adds_less_than_a_cent(text in "[0-9]{1,17}(\\.[0-9]{1,10})?") {
            let money = text.parse::<Money>().unwrap();
            let rounded = money.rounded_up_to_a_cent();
            prop_assert!(rounded >= money && rounded.0 - money.0 < Decimal::new(1, 2));
            prop_assert_eq!(rounded.rounded_up_to_a_cent(), rounded);
        }

        #[test]
        fn atomic_units_lose_nothing(count in 0..=u64::MAX, decimals in 0u32..=18) {
            let money = Money::from_atomic(&count.to_string(), decimals).unwrap();
            let (whole, fraction) = money.to_string().split_once('.').map(|(w, f)| (w.to_owned(), f.to_owned())).unwrap();
            let padded = format!("{fraction:0<width$}", width = decimals as usize);
            let (kept, zeros) = padded.split_at(decimals as usize);
            prop_assert!(zeros.bytes().all(|digit| digit == b'0'));
            prop_assert_eq!(format!("{whole}{kept}").parse::<u128>().unwrap(), u128::from(count));
        }
    }
}

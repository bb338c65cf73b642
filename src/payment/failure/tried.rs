//! How much was tried before an end stayed unknown, in words: how many payments there may be is what a person asks first.

use std::fmt;
use std::time::Duration;

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::payment) struct Tried {
    /// How many payment requests may have arrived.
    pub(in crate::payment) requests: u32,
    /// How often the order was asked about.
    pub(in crate::payment) looks: u32,
    /// How long that took, waits included.
    pub(in crate::payment) time: Duration,
}

impl fmt::Display for Tried {
    /// `one payment request, four looks at the order, in 3 s`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = count(self.requests, "payment request");
        let looks = count(self.looks, "look");
        write!(
            formatter,
            "{requests}, {looks} at the order, in {} s",
            self.time.as_secs().max(1)
        )
    }
}

/// `one look`, `four looks`
fn count(number: u32, thing: &str) -> String {
    let word = match number {
        0 => "no",
        1 => return format!("one {thing}"),
        2 => "two",
        3 => "three",
        4 => "four",
        5 => "five",
        6 => "six",
        7 => "seven",
        8 => "eight",
        more => return format!("{more} {thing}s"),
    };
    format!("{word} {thing}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_looks_are_counted_in_words() {
        let told = |requests, looks, milliseconds| {
            let time = Duration::from_millis(milliseconds);
            Tried { requests, looks, time }.to_string()
        };
        assert_eq!(told(1, 4, 3200), "one payment request, four looks at the order, in 3 s");
        assert_eq!(told(2, 1, 10), "two payment requests, one look at the order, in 1 s");
        assert_eq!(
            told(1, 12, 12_000),
            "one payment request, 12 looks at the order, in 12 s"
        );
    }
}

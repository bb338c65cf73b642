//! What a server offers: whether orders can be paid, and how long a call may wait.

use std::time::Duration;

use crate::payment::LONGEST_WAIT;

/// How long a model is told to wait, where it may: a little less than the longest time, for those that count tightly.
const USUAL_WAIT: Duration = Duration::from_secs(45);

/// What a server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Whether orders can be paid, and not only checked.
    pub can_pay: bool,
    /// The longest that a call may wait for a payment, in whole seconds; zero where it cannot wait.
    pub longest_wait: Duration,
}

impl Offer {
    /// Orders can be checked and paid.
    pub const PAY_AND_CHECK: Self = Self {
        can_pay: true,
        longest_wait: LONGEST_WAIT,
    };

    /// Orders can only be checked.
    pub const CHECK_ONLY: Self = Self {
        can_pay: false,
        ..Self::PAY_AND_CHECK
    };

    /// How many seconds a model is told to wait; `None` where it cannot.
    pub(super) fn usual_wait(self) -> Option<u64> {
        let seconds = self.longest_wait.min(USUAL_WAIT).as_secs();
        (seconds > 0).then_some(seconds)
    }
}

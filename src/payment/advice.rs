//! What to do next, as data: each edge puts it into its own words.
//!
//! Nothing here names a tool, an argument or a command: whoever shows an advice knows those.

use std::fmt;
use std::time::Duration;

use super::status::{Note, OrderStatus, Trigger, Withheld};
use crate::order::OrderState;
use crate::pay_url::{LinkKind, PayUrl};
use crate::pay_way::{PayWay, PayWays};

/// What to do next about an order, or about a call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advice {
    /// Nothing is left to do.
    Nothing,
    /// The person opens the payment link; then wait for the payment.
    OpenLink,
    /// The person scans the payment link as a code with WeChat; then wait for the payment.
    ScanCode,
    /// A wallet signs what the platform asks for, and the order is paid with that; or it is paid in another way.
    SignPayment,
    /// Nothing can be paid here: somebody pays the order elsewhere, and it can be looked at.
    PayElsewhere,
    /// A wallet was asked to sign and has not: ask it again, or pay in one of these other ways.
    SignAgain(Option<PayWays>),
    /// Start a payment, by one of these ways.
    StartPayment(PayWays),
    /// A signed payment may still charge the payer: wait for its end, and neither sign nor pay before that.
    AwaitSettlement,
    /// Look again in a few seconds.
    LookSoon,
    /// The order is paid: wait until it is final.
    AwaitFinal,
    /// Look again later.
    LookLater,
    /// Look how the order stands.
    Look,
    /// Look before anything else, and do not pay again before that.
    LookFirst,
    /// Look before anything else: a payment may have been started. It charges nobody by itself, so one may be started again
    /// where there is none.
    LookThenPay,
    /// Ask whether the price is right; more may be paid only then.
    AskAboutPrice,
    /// This order cannot be paid any more: a new one can.
    NewOrder,
    /// Whether the payer was charged only the wallet's transactions or the platform's support can tell; nothing should be
    /// paid before that is known.
    AskWhoKnows,
    /// The payer was charged although the payment failed: wait, and ask the platform's support if the order does not finish.
    AwaitOrAskSupport,
    /// Something is wrong that only the platform's support can explain.
    AskSupport,
    /// Choose how to pay, among these ways.
    ChoosePayWay(PayWays),
    /// Pay in another way.
    PayOtherwise {
        /// The other ways, where there are any.
        ways: Option<PayWays>,
        /// Whether it may help to leave out where the payer is.
        without_surface: bool,
    },
    /// Pay in another way, or settle it with the platform.
    PayOtherwiseOrOnPlatform,
    /// Sign anew, once this is mended.
    SignAnew(Remedy),
    /// Configure a platform token.
    SetToken,
    /// Check the configured token, or configure another one.
    CheckToken {
        /// Whether it looks like the token of a service, which cannot pay orders.
        is_of_service: bool,
    },
    /// Check something, and try again where that may help.
    Check(Thing),
    /// Wait, then try again.
    Wait(Option<Duration>),
    /// Try again in a few seconds, with fewer calls at once.
    FewerAtOnce,
    /// Try again.
    TryAgain,
    /// Let the operator allow payments, or look only.
    AllowPaying,
    /// Do not look for the withheld link elsewhere: open the order on the platform.
    OpenOrderOnPlatform,
    /// Send the same signed payment once more, if nobody pays in the other way.
    ConfirmSigned,
    /// Mend the journal, as this says.
    MendJournal(&'static str),
    /// Correct what was given; what is wrong with it is said by the edge that read it.
    Correct(String),
}

/// What to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// Whose token it is.
    TokenOwner,
    /// The order id, and whose token it is.
    OrderId,
    /// The way to the platform.
    Network,
    /// The platform's address, and who answers there.
    Address,
    /// Why the platform's certificate is not trusted.
    Certificate,
}

impl Thing {
    /// Everything that there is to check.
    pub const ALL: [Self; 5] = [
        Self::TokenOwner,
        Self::OrderId,
        Self::Network,
        Self::Address,
        Self::Certificate,
    ];

    /// Whether trying again may help once it is checked.
    #[must_use]
    pub fn may_pass(self) -> bool {
        self == Self::Network
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TokenOwner => "Use the platform token of the account that created the order.",
            Self::OrderId => "Check the order id, and that the token is of the same account.",
            Self::Network => "Nothing was sent. Check the network, a proxy and the base URL.",
            Self::Address => "Check the base URL and any proxy; if they are right, ask Ace Data Cloud's support.",
            Self::Certificate => {
                "Nothing was sent. Do not work around this. Check this machine's clock, the base URL, and whether a proxy \
                 inspects TLS; its certificate must then be one of the system's."
            }
        })
    }
}

/// What to mend before something is signed anew, after a signed payment that charged nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The wallet holds too little.
    TopUp,
    /// It has expired.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// It is for another network.
    Network,
    /// It pays somebody else.
    Payee,
    /// It pays another amount.
    Amount,
    /// It is not signed as it should be.
    Signature,
    /// It does not fit what the platform asks for.
    Terms,
    /// Nobody knows.
    Unknown,
}

impl Remedy {
    /// Every remedy.
    pub const ALL: [Self; 9] = [
        Self::TopUp,
        Self::Expired,
        Self::NotYetValid,
        Self::Network,
        Self::Payee,
        Self::Amount,
        Self::Signature,
        Self::Terms,
        Self::Unknown,
    ];

    /// The remedy for a failure that charged nobody, by the platform's code for it. The codes are open and differ between
    /// facilitators, so their words decide.
    #[must_use]
    pub(super) fn of(code: &str) -> Self {
        let code = code.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
        if has(&["insufficient", "balance", "funds"]) {
            Self::TopUp
        } else if has(&["valid_before", "expired", "timeout"]) {
            Self::Expired
        } else if has(&["valid_after", "not_yet"]) {
            Self::NotYetValid
        } else if has(&["network", "chain"]) {
            Self::Network
        } else if has(&["recipient", "pay_to", "payto", "payee"]) {
            Self::Payee
        } else if has(&["amount", "value"]) {
            Self::Amount
        } else if has(&["signature"]) {
            Self::Signature
        } else {
            Self::Unknown
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TopUp => {
                "The wallet holds too little USDC on that network: ask the person to top it up, or for another way to pay."
            }
            Self::Expired => "The authorization has expired.",
            Self::NotYetValid => "The authorization is not valid yet: check the wallet's clock.",
            Self::Network => {
                "The signature is for a network that the order cannot be paid on: sign one of the ways that are offered, \
                 with its chain id."
            }
            Self::Payee => "The signature pays another address than the one that is asked for.",
            Self::Amount => "The signature pays another amount than the one that is asked for.",
            Self::Signature => {
                "The signature does not verify: sign with the wallet that the authorization is from, over the domain that \
                 is offered."
            }
            Self::Terms => "Nothing was sent.",
            Self::Unknown => "Ask the person for another way to pay, or try once more.",
        })
    }
}

impl OrderStatus {
    /// What to do next.
    #[must_use]
    pub fn advice(&self) -> Advice {
        let is_settling = self.trigger == Trigger::Settling;
        match &self.order.state {
            // Whether a new order would be a second payment is for the person to find out.
            state if is_settling && state.is_final() => Advice::AskWhoKnows,
            OrderState::Pending if is_settling => Advice::AwaitSettlement,
            OrderState::Pending if self.trigger == Trigger::Unseen => Advice::Look,
            OrderState::Pending if self.challenge.is_some() => Advice::SignPayment,
            OrderState::Pending => match self.pay_url().map(PayUrl::kind) {
                Some(LinkKind::Open) => Advice::OpenLink,
                Some(LinkKind::Scan) => Advice::ScanCode,
                None if self.read_only => Advice::PayElsewhere,
                None if self.withheld() == Some(Withheld::PayWay) => self.another_way(),
                None if self.trigger == Trigger::Started => Advice::LookSoon,
                None if self.is_by_wallet() => Advice::SignAgain(self.ways.without(PayWay::X402)),
                None => Advice::StartPayment(self.ways.clone()),
            },
            OrderState::Paid => Advice::AwaitFinal,
            OrderState::Other(_) => Advice::LookLater,
            OrderState::Expired | OrderState::Failed => Advice::NewOrder,
            OrderState::Finished | OrderState::Refunded => Advice::Nothing,
        }
    }

    /// Pay in an allowed way, and not in one that the platform has just answered with another one.
    fn another_way(&self) -> Advice {
        let asked = self.notes.iter().find_map(|note| match note {
            Note::NotAsAsked(way) => Some(*way),
            _ => None,
        });
        match asked {
            Some(way) => Advice::PayOtherwise {
                ways: self.ways.without(way),
                without_surface: false,
            },
            None => Advice::StartPayment(self.ways.clone()),
        }
    }
}

/// Every advice, for tests that walk them all.
#[cfg(test)]
pub(crate) fn every() -> Vec<Advice> {
    let ways = PayWays::default();
    let other = |ways, without_surface| Advice::PayOtherwise { ways, without_surface };
    let mut all = vec![
        Advice::Nothing,
        Advice::OpenLink,
        Advice::ScanCode,
        Advice::SignPayment,
        Advice::PayElsewhere,
        Advice::SignAgain(Some(ways.clone())),
        Advice::SignAgain(None),
        Advice::StartPayment(ways.clone()),
        Advice::AwaitSettlement,
        Advice::LookSoon,
        Advice::AwaitFinal,
        Advice::LookLater,
        Advice::Look,
        Advice::LookFirst,
        Advice::LookThenPay,
        Advice::AskAboutPrice,
        Advice::NewOrder,
        Advice::AskWhoKnows,
        Advice::AwaitOrAskSupport,
        Advice::AskSupport,
        Advice::ChoosePayWay(ways.clone()),
        other(Some(ways), true),
        other(None, false),
        Advice::PayOtherwiseOrOnPlatform,
        Advice::SetToken,
        Advice::CheckToken { is_of_service: true },
        Advice::CheckToken { is_of_service: false },
        Advice::Wait(None),
        Advice::Wait(Some(Duration::from_secs(7))),
        Advice::FewerAtOnce,
        Advice::TryAgain,
        Advice::AllowPaying,
        Advice::OpenOrderOnPlatform,
        Advice::ConfirmSigned,
        Advice::MendJournal("make room on the disk"),
        Advice::Correct("it is not a UUID".into()),
    ];
    all.extend(Thing::ALL.map(Advice::Check));
    all.extend(Remedy::ALL.map(Advice::SignAnew));
    all
}

/// Fails for a text that holds what only a program or a model knows.
#[cfg(test)]
pub(crate) fn assert_plain(message: &str) {
    for word in [
        "`",
        "_",
        "pay_order",
        "check_order",
        "--",
        "requestState",
        "acedata-pay-mcp",
    ] {
        assert!(!message.contains(word), "`{word}` is in a text for a person: {message}");
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn every_known_code_has_a_remedy_of_its_own() {
        for (code, remedy) in [
            ("insufficient_funds", Remedy::TopUp),
            ("INSUFFICIENT_USDC", Remedy::TopUp),
            ("invalid_exact_evm_payload_authorization_valid_before", Remedy::Expired),
            ("authorization_expired", Remedy::Expired),
            (
                "invalid_exact_evm_payload_authorization_valid_after",
                Remedy::NotYetValid,
            ),
            ("invalid_network", Remedy::Network),
            ("wrong_chain", Remedy::Network),
            ("invalid_exact_evm_payload_recipient_mismatch", Remedy::Payee),
            ("invalid_exact_evm_payload_authorization_value", Remedy::Amount),
            ("invalid_exact_evm_payload_signature", Remedy::Signature),
            ("something_else", Remedy::Unknown),
            ("", Remedy::Unknown),
        ] {
            assert_eq!(Remedy::of(code), remedy, "{code}");
        }
    }
}

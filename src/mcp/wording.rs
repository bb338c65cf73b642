//! What to do next, in the words of the tools: for the model.

use super::Offer;
use crate::payment::advice::Remedy;
use crate::payment::{Advice, Note, OrderStatus};
use crate::text::capitalized;
use crate::token::TOKEN_PAGE;

const LOOK: &str = "Call `check_order_status` with this `order_id` to see how the order stands.";
const RESTART: &str =
    "where this server is configured, and restart the server. Never paste a token into the conversation.";

/// What comes next for an order; `None` when nothing is left to do.
pub(super) fn next_step(status: &OrderStatus, offer: Offer) -> Option<String> {
    let said = of(&status.advice(), offer)?;
    let without_journal = status.notes.contains(&Note::NoJournal);
    let more = if without_journal {
        " The journal of this server cannot be used, so it sends no signed payment; tell the person."
    } else {
        ""
    };
    Some(said + more)
}

/// How the model waits for an order: as long as it may, or else again and again.
fn waiting(offer: Offer) -> String {
    let how = match offer.usual_wait() {
        Some(seconds) => format!("and `wait_seconds` {seconds}"),
        None => "every 10 seconds".to_owned(),
    };
    format!("call `check_order_status` with this `order_id` {how}")
}

/// What the model does next; `None` when nothing is left to do. In a server that offers only to look, it pays nothing.
pub(super) fn of(advice: &Advice, offer: Offer) -> Option<String> {
    let wait = waiting(offer);
    let never_sign_again = capitalized(&format!(
        "{wait} until `final` is true. Do not sign or pay again before that: a second signature is a second payment."
    ));
    let said = match advice {
        Advice::Nothing => return None,
        Advice::OpenLink => format!("Show the person `message` with the link, then {wait}."),
        Advice::ScanCode => format!("Show the person `message` with the QR code, then {wait}."),
        Advice::StartPayment(_) | Advice::SignPayment | Advice::ChoosePayWay(_) | Advice::ConfirmSigned
            if !offer.can_pay =>
        {
            "Tell the person that this server can only look, and that the order is paid elsewhere.".into()
        }
        Advice::SignPayment => "Have a wallet sign one entry of `x402.accepts`, then call `pay_order` with the same `order_id` and \
             `pay_way` and what it made as `payment_signature`; without a wallet, call `pay_order` with another `pay_way`."
            .into(),
        Advice::StartPayment(ways) => format!(
            "Call `pay_order` with this `order_id` and the `pay_way` that the person wants: one of {ways}."
        ),
        Advice::ChoosePayWay(ways) => format!(
            "Ask the person how to pay, unless they said or left it to you, and call `pay_order` again with `pay_way`: one of \
             {ways}."
        ),
        Advice::AwaitSettlement => never_sign_again,
        Advice::LookSoon => "Call `check_order_status` with this `order_id` again in a few seconds.".into(),
        Advice::LookLater => "Call `check_order_status` with this `order_id` later.".into(),
        Advice::Look => LOOK.into(),
        Advice::LookFirst => "Call `check_order_status` for this order before anything else; do not pay again until it tells how \
             the order stands."
            .into(),
        Advice::NewOrder => "Have the person create a new order on Ace Data Cloud, and pay that one.".into(),
        Advice::AskWhoKnows => "Tell the person `message`; sign and pay nothing more for this order.".into(),
        Advice::AwaitOrAskSupport => {
            format!("{never_sign_again} If it does not become `Finished`, ask Ace Data Cloud's support.")
        }
        Advice::AskSupport => "Nothing is lost. If it stays so, ask Ace Data Cloud's support.".into(),
        Advice::PayOtherwise { ways, without_surface } => {
            let without = if *without_surface { "Try without `surface`. " } else { "" };
            match ways {
                Some(ways) => format!("{without}Ask the person for another way to pay: {ways}."),
                None => format!("{without}This server allows no other way to pay."),
            }
        }
        Advice::PayOtherwiseOrOnPlatform => {
            "Ask the person for another way to pay, or to settle it on https://platform.acedata.cloud.".into()
        }
        Advice::SignAnew(remedy) => {
            let first = if *remedy == Remedy::TopUp { " After that:" } else { "" };
            format!(
                "{remedy}{first} Call `pay_order` without `payment_signature` for new terms, and have the wallet sign those."
            )
        }
        Advice::SetToken => format!(
            "Create a platform token at {TOKEN_PAGE}, set it as `ACEDATACLOUD_PLATFORM_TOKEN` (or write it into a file for \
             `--token-file`) {RESTART}"
        ),
        Advice::CheckToken { is_of_service } => {
            let wrong_kind = if *is_of_service {
                "The configured token looks like a service token; a platform token is needed. "
            } else {
                ""
            };
            format!(
                "{wrong_kind}Check that the token was copied whole and is not revoked, or create a platform token at \
                 {TOKEN_PAGE}, set it as `ACEDATACLOUD_PLATFORM_TOKEN` {RESTART}"
            )
        }
        Advice::Check(thing) if thing.may_pass() => format!("{thing} Then call again."),
        Advice::Check(thing) => thing.to_string(),
        Advice::Wait(time) => match time {
            Some(time) => format!("Nothing was done. Wait {} s, then call again.", time.as_secs()),
            None => "Nothing was done. Wait a minute, then call again.".into(),
        },
        Advice::FewerAtOnce => "Nothing was sent. Wait a few seconds, then call again, fewer at once.".into(),
        Advice::TryAgain => "Nothing is lost. Call again in a few seconds.".into(),
        Advice::AllowPaying => "This server can only look: call `check_order_status`.".into(),
        Advice::OpenOrderOnPlatform => "Do not look for the link elsewhere. Have the person open the order on \
             https://platform.acedata.cloud, or ask its support."
            .into(),
        Advice::ConfirmSigned => "Tell the person `message`. If nobody has paid or will pay in that other way, call `pay_order` again \
             with the same arguments; otherwise call `check_order_status`."
            .into(),
        Advice::MendJournal(how) => format!(
            "Nothing was sent. Have the person mend the journal of this server ({how}; `doctor` tells more), or pay in another way."
        ),
        Advice::Correct(what) => what.clone(),
    };
    Some(said)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::payment::advice;

    #[test]
    fn no_advice_names_a_command() {
        for advice in advice::every() {
            for offer in [Offer::PAY_AND_CHECK, Offer::CHECK_ONLY] {
                let said = of(&advice, offer).unwrap_or_default();
                assert_eq!(said.is_empty(), advice == Advice::Nothing, "{advice:?}");
                for word in ["acedata-pay-mcp", "--wait", "--pay-way ", "--json", "--qr", "--surface"] {
                    assert!(!said.contains(word), "`{word}` is in what a model reads: {said}");
                }
                assert!(offer.can_pay || !said.contains("call `pay_order`"), "{said}");
            }
        }
    }

    #[test]
    fn nobody_is_told_to_wait_longer_than_they_may() {
        for (seconds, expected) in [(50, Some(45)), (45, Some(45)), (8, Some(8)), (1, Some(1)), (0, None)] {
            let offer = Offer {
                longest_wait: Duration::from_secs(seconds),
                ..Offer::PAY_AND_CHECK
            };
            for advice in advice::every() {
                let said = of(&advice, offer).unwrap_or_default();
                let told = said.split_once("`wait_seconds` ").map(|(_, rest)| {
                    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                    digits.parse::<u64>().unwrap()
                });
                assert!(told.is_none() || told == expected, "{seconds}: {said}");
            }
            let how = expected.map_or("every 10 seconds".to_owned(), |told| {
                format!("and `wait_seconds` {told}")
            });
            assert_eq!(
                of(&Advice::OpenLink, offer),
                Some(format!(
                    "Show the person `message` with the link, then call `check_order_status` with this `order_id` {how}."
                ))
            );
        }
    }
}

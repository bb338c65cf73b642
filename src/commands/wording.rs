//! What to do next, in the words of the commands: for somebody who types them.

use crate::order::OrderId;
use crate::pay_way::{PayWay, PayWays};
use crate::payment::advice::Remedy;
use crate::payment::{Advice, Note, OrderStatus};
use crate::token::TOKEN_PAGE;

/// What to type or do next about an order that stands in some way; `None` when nothing is left to do.
pub(super) fn next_step(status: &OrderStatus) -> Option<String> {
    let said = of(&status.advice(), status.order.id)?;
    let more = if status.notes.contains(&Note::NoJournal) {
        " The payment journal cannot be used: `acedata-pay-mcp doctor` tells why."
    } else {
        ""
    };
    Some(said + more)
}

/// What to type or do next about an order; `None` when nothing is left to do.
pub(super) fn of(advice: &Advice, order: OrderId) -> Option<String> {
    let status = format!("`acedata-pay-mcp status {order}`");
    let wait = format!("`acedata-pay-mcp status {order} --wait 600`");
    let pay = format!("`acedata-pay-mcp pay {order} --pay-way WAY`");
    let never_sign_again = format!(
        "Wait for it with {wait}. Do not sign or pay again before that: a second signature is a second payment."
    );
    let said = match advice {
        Advice::Nothing => return None,
        Advice::OpenLink | Advice::ScanCode => format!("Then wait for the payment with {wait}."),
        Advice::SignPayment => format!(
            "`--json` prints what to sign; what a wallet has signed is sent by an assistant. Or pay in another way, with {pay}."
        ),
        Advice::PayElsewhere => format!("It is paid elsewhere; look with {wait} whether it was."),
        Advice::SignAgain(others) => format!(
            "`acedata-pay-mcp pay {order} --pay-way X402 --json` prints again what to sign; what a wallet has signed is sent by an \
             assistant.{}",
            others
                .as_ref()
                .map(|ways| format!(" Or pay with {pay}, where WAY is one of {}.", names(ways)))
                .unwrap_or_default()
        ),
        Advice::StartPayment(ways) | Advice::ChoosePayWay(ways) => {
            format!("Pay it with {pay}, where WAY is one of {}.", names(ways))
        }
        Advice::AwaitSettlement => never_sign_again,
        Advice::AwaitFinal => format!("It is paid; see when the order is finished with {status}."),
        Advice::LookSoon => format!("Look again in a few seconds, with {status}."),
        Advice::LookLater => format!("Look again later, with {status}."),
        Advice::Look => format!("See how the order stands with {status}."),
        Advice::LookFirst => {
            format!("Look with {status} before anything else; do not pay again until it tells how the order stands.")
        }
        Advice::LookThenPay => {
            format!(
                "Look with {status} first. If the order waits without a link, it is safe to start its payment again, with {pay}."
            )
        }
        Advice::AskAboutPrice => "Allow a higher price, or pay something else.".into(),
        Advice::NewOrder => "Create a new order on Ace Data Cloud, and pay that one.".into(),
        Advice::AskWhoKnows => "Sign and pay nothing more for this order before that.".into(),
        Advice::AwaitOrAskSupport => {
            format!("{never_sign_again} If the order does not become finished, ask Ace Data Cloud's support.")
        }
        Advice::AskSupport => "Nothing is lost. If it stays so, ask Ace Data Cloud's support.".into(),
        Advice::PayOtherwise { ways, without_surface } => {
            let without = if *without_surface {
                "Try without `--surface`. "
            } else {
                ""
            };
            match ways {
                Some(ways) => format!("{without}Pay in another way: `--pay-way` {}.", names(ways)),
                None => format!("{without}The settings allow no other way to pay."),
            }
        }
        Advice::PayOtherwiseOrOnPlatform => {
            "Pay in another way, or settle it on https://platform.acedata.cloud.".into()
        }
        Advice::SignAnew(remedy) => {
            let first = if *remedy == Remedy::TopUp { " After that:" } else { "" };
            format!("{remedy}{first} Get new terms to sign with `acedata-pay-mcp pay {order} --pay-way X402 --json`.")
        }
        Advice::SetToken => format!(
            "Create a platform token at {TOKEN_PAGE}, and set it as `ACEDATACLOUD_PLATFORM_TOKEN` or write it into a file for \
             `--token-file`."
        ),
        Advice::CheckToken { is_of_service } => {
            let wrong_kind = if *is_of_service {
                "The token that is set looks like a service token; a platform token is needed. "
            } else {
                ""
            };
            format!(
                "{wrong_kind}Check that the token was copied whole and is not revoked, or create a platform token at \
                 {TOKEN_PAGE}."
            )
        }
        Advice::Check(thing) if thing.may_pass() => format!("{thing} Then try again."),
        Advice::Check(thing) => thing.to_string(),
        Advice::Wait(time) => match time {
            Some(time) => format!("Nothing was done. Wait {} s, then try again.", time.as_secs()),
            None => "Nothing was done. Wait a minute, then try again.".into(),
        },
        Advice::FewerAtOnce => "Nothing was sent. Wait a few seconds, then try again.".into(),
        Advice::TryAgain => "Nothing is lost. Try again in a few seconds.".into(),
        Advice::AllowPaying => format!(
            "Leave out `--read-only`, or unset `ACEDATACLOUD_READ_ONLY`, to pay; {status} tells how the order stands."
        ),
        Advice::OpenOrderOnPlatform => {
            "Do not look for the link elsewhere. Open the order on https://platform.acedata.cloud, or ask its support."
                .into()
        }
        Advice::ConfirmSigned => "A payment that a wallet has signed is sent by an assistant.".into(),
        Advice::MendJournal(how) => format!("Mend the payment journal: {how}. `acedata-pay-mcp doctor` tells more."),
        Advice::Correct(what) => what.clone(),
    };
    Some(said)
}

fn names(ways: &PayWays) -> String {
    ways.iter().map(PayWay::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::advice;

    #[test]
    fn no_advice_names_a_tool_or_an_argument() {
        let order = "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap();
        for advice in advice::every() {
            let said = of(&advice, order).unwrap_or_default();
            assert_eq!(said.is_empty(), advice == Advice::Nothing, "{advice:?}");
            for word in [
                "pay_order",
                "check_order_status",
                "wait_seconds",
                "pay_way",
                "payment_signature",
                "order_id",
                "the conversation",
                "restart",
                "Ask the person how",
                "this server",
            ] {
                assert!(!said.contains(word), "`{word}` is in what a person types by: {said}");
            }
        }
    }
}

//! `release`: a person lets an order be paid again although the end of its signed payment is not known.
//!
//! It shows what is known, and asks. There is no way around the question: no flag, and no tool.

use std::io::{self, BufRead, IsTerminal as _, Write};
use std::process::ExitCode;

use super::screen::Screen;
use super::{attempts, complain, without_journal};
use crate::cli;
use crate::journal::{Attempt, Front, Outcome, UnixMillis};
use crate::output::OrderOutput;
use crate::payment::{Failure, OrderStatus};
use crate::settings::Config;
use crate::setup;

/// There was nothing to release.
const NOTHING: u8 = 3;
/// It was not released.
const REFUSED: u8 = 4;

/// Shows the open signed payment of an order, asks whether it may be forgotten, and does that.
///
/// # Errors
/// When a setting cannot be used, or the terminal is closed.
pub async fn run(command: cli::Release) -> anyhow::Result<ExitCode> {
    let config = Config::load(&command.settings)?;
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    let mut out = io::stdout();
    if !(io::stdin().is_terminal() && out.is_terminal()) {
        complain(
            "nothing was released: a person has to answer a question, and this is no terminal",
            "run it in a terminal, without a pipe or a file",
        );
        return Ok(REFUSED.into());
    }
    let screen = Screen::of(&out);
    let (payments, _sandbox) = setup::payments(config, Front::Terminal).await?;
    match payments.holder(command.order).await {
        Ok(Some(_)) => {}
        Ok(None) => {
            writeln!(
                out,
                "There is nothing to release: no signed payment of this order is open."
            )?;
            return Ok(NOTHING.into());
        }
        Err(error) => return Ok(without_journal(&error)),
    }
    // It may be paid, or over: then the journal learns it by this.
    let looked = payments.check(command.order).await;
    writeln!(out, "{}\n", screen.wrapped(&standing(&looked), ""))?;
    let holder = match payments.holder(command.order).await {
        Ok(Some(holder)) => holder,
        Ok(None) => {
            writeln!(
                out,
                "There is nothing to release any more: the signed payment of this order has ended."
            )?;
            return Ok(NOTHING.into());
        }
        Err(error) => return Ok(without_journal(&error)),
    };
    writeln!(out, "{}", attempts::record(&holder))?;
    let is_paid = looked.is_ok_and(|status| status.order.state.is_paid());
    if is_paid || holder.outcome == Outcome::Charged {
        complain(
            "nothing was released: this payment has charged the payer",
            format!("`acedata-pay-mcp status {}` tells how the order stands", command.order),
        );
        return Ok(REFUSED.into());
    }
    for paragraph in risk(&holder) {
        writeln!(out, "{}\n", screen.wrapped(&paragraph, ""))?;
    }
    if !is_confirmed(&mut io::stdin().lock(), &mut out)? {
        writeln!(out, "Nothing was changed.")?;
        return Ok(REFUSED.into());
    }
    match payments.release(holder.id).await {
        Ok(_) => {
            writeln!(out, "Released: the order may be paid again.")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Ok(without_journal(&error)),
    }
}

/// How the order stands, where that can be told.
fn standing(looked: &Result<OrderStatus, Failure>) -> String {
    match looked {
        Ok(status) => OrderOutput::new(status.clone(), None).message,
        Err(failure) => format!("How the order stands could not be looked at: {}", failure.message),
    }
}

/// What may happen, in plain words.
fn risk(holder: &Attempt) -> Vec<String> {
    let until = match holder.signed.valid_before.map(UnixMillis::of_seconds) {
        Some(until) => format!("It can still be made until {}", attempts::seconds(until)),
        None => "It is not known until when it can still be made".to_owned(),
    };
    let at_work = match holder.outcome {
        Outcome::Begun | Outcome::Sent => format!(
            ", and the program that sends it (process {}) may be at work on it right now",
            holder.process
        ),
        _ => String::new(),
    };
    vec![
        "The end of this payment is not known. If it was made after all, or is made yet, and the order is paid again, the order is \
         paid twice. Nobody but the payee can give that money back."
            .to_owned(),
        format!(
            "{until}{at_work}. Look at the transactions of the payer's wallet first, and wait until that time has passed. Release \
             it only when you are sure that it was not made."
        ),
    ]
}

/// Asks, and reads the answer: `yes` in full, and nothing else, is one.
fn is_confirmed(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<bool> {
    write!(output, "May this order be paid again? Type yes to release it: ")?;
    output.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::history::tests::signed;
    use super::*;

    #[test]
    fn only_yes_in_full_is_an_answer() {
        for (typed, is_confirmed_by_it) in [
            ("yes\n", true),
            (" yes \r\n", true),
            ("yes", true),
            ("y\n", false),
            ("Yes\n", false),
            ("YES\n", false),
            ("yes please\n", false),
            ("\nyes\n", false),
            ("no\n", false),
            ("", false),
        ] {
            let mut asked = Vec::new();
            assert_eq!(
                is_confirmed(&mut typed.as_bytes(), &mut asked).unwrap(),
                is_confirmed_by_it,
                "{typed:?}"
            );
            assert_eq!(
                String::from_utf8(asked).unwrap(),
                "May this order be paid again? Type yes to release it: "
            );
        }
    }

    #[test]
    fn the_risk_tells_until_when_and_who_may_be_at_work() {
        let holder = |outcome, valid_before| {
            let mut holder = signed();
            holder.outcome = outcome;
            holder.signed.valid_before = valid_before;
            risk(&holder).pop().unwrap()
        };
        let rest = "Look at the transactions of the payer's wallet first, and wait until that time has passed. Release it only \
                    when you are sure that it was not made.";
        assert_eq!(
            holder(Outcome::Unknown, Some(1_795_000_120)),
            format!("It can still be made until 2026-11-18T11:08:40Z. {rest}")
        );
        assert_eq!(
            holder(Outcome::Sent, None),
            format!(
                "It is not known until when it can still be made, and the program that sends it (process 7) may be at work on it \
                 right now. {rest}"
            )
        );
    }
}

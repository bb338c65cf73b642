//! The same use cases from a terminal: `pay` and `status`.
//!
//! Operator code: it writes to stdout, one answer a command. The rules and the words are those of [`crate::payment`]; only
//! the names of the tools in them become those of the commands.

mod screen;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use self::screen::ProgressLine;
pub(crate) use self::screen::Screen;
use crate::cli;
use crate::config::{Config, Source};
use crate::order::OrderState;
use crate::pay_url::LinkKind;
use crate::payment::{Code, Failure, LONGEST_WAIT, Outcome, Payments, Standing};
use crate::platform::PayRequest;
use crate::qr::QrCode;
use crate::report::{self, Report};
use crate::setup;

/// The order is paid.
const PAID: u8 = 0;
/// The network or the platform failed, and nothing was changed.
const FAILED: u8 = 1;
/// The order waits for its payment.
const PENDING: u8 = 3;
/// The order cannot be paid, or not so, or not by this token.
const REFUSED: u8 = 4;
/// A payment may have been started or made.
const UNKNOWN: u8 = 5;

/// What the tools are called here.
const COMMANDS: [(&str, &str); 7] = [
    (
        "sent as `payment_signature`",
        "sent over MCP; `--json` has what to sign",
    ),
    ("`check_order_status`", "`acedata-pay-mcp status`"),
    ("`pay_order`", "`acedata-pay-mcp pay`"),
    ("`wait_seconds` 45", "`acedata-pay-mcp status --wait 45`"),
    ("`wait_seconds`", "`--wait`"),
    ("`pay_way`", "`--pay-way`"),
    ("`surface`", "`--surface`"),
];

/// Starts the payment of an order, and prints its link.
///
/// # Errors
/// When a setting cannot be used, or stdout is closed.
pub async fn pay(command: cli::Pay) -> anyhow::Result<ExitCode> {
    let config = Config::load(&command.settings)?;
    if config.read_only.value {
        return Ok(read_only(&config.read_only.source));
    }
    let (payments, _sandbox) = setup::payments(config).await?;
    let request = PayRequest {
        pay_way: command.pay_way,
        surface: command.surface,
    };
    let outcome = payments.pay(command.order, &request).await;
    let code = outcome.as_ref().ok().and_then(|standing| qr_code(standing, command.qr));
    answer(outcome, code.as_ref(), command.json)
}

/// Tells how an order stands; with a wait, as soon as it no longer waits for its payment.
///
/// # Errors
/// When a setting cannot be used, or stdout is closed.
pub async fn status(command: cli::Status) -> anyhow::Result<ExitCode> {
    let (payments, _sandbox) = setup::payments(Config::load(&command.settings)?).await?;
    let outcome = match command.wait {
        None => payments.check(command.order).await,
        Some(time) => wait(&payments, &command, time).await,
    };
    answer(outcome, None, command.json)
}

/// Waits for as long as was asked for, however long that is: a tool may wait for less than a minute, a person longer.
async fn wait(payments: &Payments, command: &cli::Status, time: Duration) -> Result<Standing, Failure> {
    let started = Instant::now();
    let line = ProgressLine::new(time);
    loop {
        let left = time.saturating_sub(started.elapsed());
        let report = |_| {
            line.show(started.elapsed());
            std::future::ready(())
        };
        let outcome = payments.wait(command.order, left.min(LONGEST_WAIT), report).await;
        let goes_on = match &outcome {
            Ok(standing) => standing.order.state == OrderState::Pending,
            Err(failure) => failure.retryable,
        };
        if !goes_on || started.elapsed() >= time {
            line.clear();
            return outcome.map(|mut standing| {
                standing.waited = Some(started.elapsed());
                standing
            });
        }
    }
}

/// The QR code of the link, where it is asked for or the only way to pay.
fn qr_code(standing: &Standing, is_asked: bool) -> Option<QrCode> {
    let link = standing
        .pay_url()
        .filter(|link| is_asked || link.kind() == LinkKind::Scan)?;
    QrCode::new(link.as_str()).ok()
}

/// Prints what came of a command, and chooses its exit code.
fn answer(outcome: Result<Standing, Failure>, code: Option<&QrCode>, as_json: bool) -> anyhow::Result<ExitCode> {
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    let mut out = io::stdout();
    match outcome {
        Ok(standing) => {
            let exit = exit_code(&standing);
            let report = Report::from(standing);
            if as_json {
                let report = Report {
                    qr_code_text: code.map(QrCode::text),
                    ..report
                };
                writeln!(out, "{}", serde_json::to_string(&report)?)?;
            } else {
                let screen = Screen::of(&out);
                writeln!(out, "{}", screen.wrapped(&in_commands(&report.message), ""))?;
                if let Some(code) = code {
                    writeln!(out, "\n{}", screen.qr_code(&code.text()))?;
                }
            }
            Ok(exit.into())
        }
        Err(failure) => {
            if as_json {
                writeln!(out, "{}", report::of_failure(&failure))?;
            } else {
                complain(&failure);
            }
            Ok(failure_code(&failure).into())
        }
    }
}

#[expect(clippy::print_stderr, reason = "an operator command")]
fn read_only(source: &Source) -> ExitCode {
    eprintln!("error: Nothing can be paid: {source} allows to look only.");
    eprintln!("hint: Unset it to pay, or use `acedata-pay-mcp status`.");
    REFUSED.into()
}

#[expect(clippy::print_stderr, reason = "an operator command")]
fn complain(failure: &Failure) {
    eprintln!("error: {}", in_commands(&failure.message));
    eprintln!("hint: {}", in_commands(&failure.hint));
    if let Some(trace_id) = &failure.trace_id {
        eprintln!("trace id: {trace_id}");
    }
}

fn exit_code(standing: &Standing) -> u8 {
    match &standing.order.state {
        state if state.is_paid() => PAID,
        state if state.is_final() => REFUSED,
        _ => PENDING,
    }
}

fn failure_code(failure: &Failure) -> u8 {
    match failure.code {
        _ if failure.outcome == Outcome::Unknown => UNKNOWN,
        Code::InvalidArguments
        | Code::Unauthenticated
        | Code::Forbidden
        | Code::OrderNotFound
        | Code::PayWayRequired
        | Code::PayWayRefused
        | Code::OrderNotPayable
        | Code::PaymentRequired
        | Code::X402PaymentFailed
        | Code::PaymentInFlight => REFUSED,
        Code::RateLimited
        | Code::Unavailable
        | Code::Timeout
        | Code::OutcomeUnknown
        | Code::BadResponse
        | Code::UnsafePayUrl
        | Code::InternalError => FAILED,
    }
}

/// The words of the tools, for somebody who types commands.
fn in_commands(text: &str) -> String {
    COMMANDS
        .iter()
        .fold(text.to_owned(), |text, (tool, command)| text.replace(tool, command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_names_become_those_of_the_commands() {
        assert_eq!(
            in_commands("Check it with `wait_seconds` 45. Call `pay_order` with another `pay_way`."),
            "Check it with `acedata-pay-mcp status --wait 45`. Call `acedata-pay-mcp pay` with another `--pay-way`."
        );
    }
}

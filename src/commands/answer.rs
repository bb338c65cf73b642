//! What `pay` and `status` answer: one text or one JSON object, and an exit code.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::screen::Screen;
use super::wording;
use crate::order::OrderId;
use crate::output::{ErrorOutput, OrderOutput};
use crate::payment::{Code, Failure, OrderStatus, Outcome};
use crate::qr::QrCode;

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

/// Prints what came of a command, and chooses its exit code.
pub(super) fn answer(
    order: OrderId,
    outcome: Result<OrderStatus, Failure>,
    code: Option<&QrCode>,
    qr_dir: Option<&Path>,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    let mut out = io::stdout();
    let status = match outcome {
        Ok(status) => status,
        Err(failure) => {
            let hint = wording::of(&failure.advice, order).unwrap_or_default();
            if as_json {
                writeln!(out, "{}", ErrorOutput::new(&failure, &hint).to_json())?;
            } else {
                complain(&failure, &hint);
            }
            return Ok(failure_code(&failure).into());
        }
    };
    let exit = exit_code(&status);
    let next_step = wording::next_step(&status);
    let mut output = OrderOutput::new(status, next_step);
    if let Some(code) = code {
        output.add_qr_code(code, &code.png(), true, qr_dir);
    }
    if as_json {
        writeln!(out, "{}", serde_json::to_string(&output)?)?;
        return Ok(exit.into());
    }
    let screen = Screen::of(&out);
    writeln!(out, "{}", screen.wrapped(&output.message, ""))?;
    if let Some(text) = &output.qr_code_text {
        writeln!(out, "\n{}", screen.qr_code(text))?;
    }
    if let Some(path) = &output.qr_code_path {
        writeln!(out, "The QR code is in {path}")?;
    }
    if let Some(next_step) = &output.next_step {
        writeln!(out, "{}", screen.wrapped(next_step, ""))?;
    }
    Ok(exit.into())
}

#[expect(clippy::print_stderr, reason = "an operator command")]
fn complain(failure: &Failure, hint: &str) {
    eprintln!("error: {}", failure.message);
    match (&failure.platform.said, &failure.platform.code) {
        (Some(said), Some(code)) => eprintln!("the platform said: {said} ({code})"),
        (Some(said), None) => eprintln!("the platform said: {said}"),
        (None, Some(code)) => eprintln!("the platform said: {code}"),
        (None, None) => {}
    }
    if !hint.is_empty() {
        eprintln!("hint: {hint}");
    }
    if let Some(trace_id) = &failure.platform.trace_id {
        eprintln!("trace id: {trace_id}");
    }
}

fn exit_code(status: &OrderStatus) -> u8 {
    match &status.order.state {
        state if state.is_paid() => PAID,
        state if state.is_final() => REFUSED,
        _ => PENDING,
    }
}

fn failure_code(failure: &Failure) -> u8 {
    match failure.code {
        _ if failure.outcome == Outcome::Unknown => UNKNOWN,
        Code::InvalidArguments
        | Code::Misconfigured
        | Code::Unauthenticated
        | Code::Forbidden
        | Code::OrderNotFound
        | Code::PayWayRequired
        | Code::PayWayRefused
        | Code::OrderNotPayable
        | Code::PaymentRequired
        | Code::X402PaymentFailed
        | Code::PaymentInFlight
        | Code::OtherPaymentOpen
        | Code::AmountRefused
        | Code::JournalUnavailable => REFUSED,
        Code::RateLimited
        | Code::Unavailable
        | Code::Timeout
        | Code::OutcomeUnknown
        | Code::BadResponse
        | Code::UnsafePayUrl
        | Code::InternalError => FAILED,
    }
}

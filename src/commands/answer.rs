//! What `pay` and `status` answer: one text or one JSON object, and an exit code.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::screen::Screen;
use crate::order::OrderId;
use crate::output::{self, OrderOutput};
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
            if as_json {
                writeln!(out, "{}", output::of_failure(&failure))?;
            } else {
                complain(order, &failure);
            }
            return Ok(failure_code(&failure).into());
        }
    };
    let exit = exit_code(&status);
    let mut report = OrderOutput::from(status);
    if let Some(code) = code {
        report.add_qr_code(code, &code.png(), true, qr_dir);
    }
    if as_json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
        return Ok(exit.into());
    }
    let screen = Screen::of(&out);
    writeln!(out, "{}", screen.wrapped(&in_commands(order, &report.message), ""))?;
    if let Some(text) = &report.qr_code_text {
        writeln!(out, "\n{}", screen.qr_code(text))?;
    }
    if let Some(path) = &report.qr_code_path {
        writeln!(out, "The QR code is in {path}")?;
    }
    Ok(exit.into())
}

#[expect(clippy::print_stderr, reason = "an operator command")]
fn complain(order: OrderId, failure: &Failure) {
    eprintln!("error: {}", in_commands(order, &failure.message));
    eprintln!("hint: {}", in_commands(order, &failure.hint));
    if let Some(trace_id) = &failure.trace_id {
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

/// The words of the tools, for somebody who types commands about an order.
fn in_commands(order: OrderId, text: &str) -> String {
    let (status, pay) = (
        format!("`acedata-pay-mcp status {order}"),
        format!("`acedata-pay-mcp pay {order}`"),
    );
    [
        (
            "sent as `payment_signature`",
            "sent over MCP; `--json` has what to sign",
        ),
        ("`check_order_status`", &format!("{status}`")),
        ("`pay_order`", &pay),
        (
            "check the order with `wait_seconds` 45",
            &format!("wait for it with {status} --wait 600`"),
        ),
        (
            "Check the order with `wait_seconds` 45",
            &format!("Wait for it with {status} --wait 600`"),
        ),
        ("`wait_seconds`", "`--wait`"),
        ("`pay_way`", "`--pay-way`"),
        ("`surface`", "`--surface`"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (tool, command)| text.replace(tool, command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_names_become_those_of_the_commands() {
        let order = "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap();
        assert_eq!(
            in_commands(
                order,
                "Pay, then check the order with `wait_seconds` 45. Call `pay_order` with another `pay_way`."
            ),
            "Pay, then wait for it with `acedata-pay-mcp status a1b2c3d4-e5f6-7890-abcd-ef1234567890 --wait 600`. Call \
             `acedata-pay-mcp pay a1b2c3d4-e5f6-7890-abcd-ef1234567890` with another `--pay-way`."
        );
    }
}

//! `status`: tells how an order stands, and waits for its payment where that is asked for.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::answer::{Shown, answer};
use super::screen::ProgressLine;
use crate::cli;
use crate::journal::Front;
use crate::payment::{Failure, LONGEST_WAIT, OrderStatus, Payments, Until};
use crate::settings::Config;
use crate::{qr, setup};

/// Tells how an order stands; with a wait, as soon as it no longer waits for its payment.
///
/// # Errors
/// When a setting cannot be used, or stdout is closed.
pub async fn run(command: cli::Status) -> anyhow::Result<ExitCode> {
    let config = Config::load(&command.settings)?;
    let folder = config.qr_dir.value.as_deref().map(qr::Folder::new);
    let (payments, _sandbox) = setup::payments(config, Front::Terminal).await?;
    let outcome = match command.wait {
        None => payments.check(command.order).await,
        Some(time) => wait(&payments, &command, time).await,
    };
    let shown = Shown {
        code: None,
        folder,
        platform: payments.platform(),
        as_json: command.json,
    };
    answer(command.order, outcome, shown).await
}

/// Waits for as long as was asked for, however long that is: a tool may wait for less than a minute, a person longer.
async fn wait(payments: &Payments, command: &cli::Status, time: Duration) -> Result<OrderStatus, Failure> {
    let started = Instant::now();
    let line = ProgressLine::new(time);
    loop {
        let left = time.saturating_sub(started.elapsed());
        let report = |_| {
            line.show(started.elapsed());
            std::future::ready(())
        };
        let never = std::future::pending();
        let outcome = payments
            .wait(
                command.order,
                Until::LeavesPending,
                left.min(LONGEST_WAIT),
                never,
                report,
            )
            .await;
        if !Until::LeavesPending.goes_on(None, &outcome) || started.elapsed() >= time {
            line.clear();
            return outcome.map(|mut status| {
                status.waited = Some(started.elapsed());
                status
            });
        }
    }
}

//! `pay`: starts the payment of an order, and prints its link.

use std::process::ExitCode;

use super::answer::{Shown, answer};
use crate::cli;
use crate::journal::Front;
use crate::pay_url::LinkKind;
use crate::payment::{Conditions, OrderStatus};
use crate::platform::PayRequest;
use crate::qr::QrCode;
use crate::settings::Config;
use crate::{qr, setup};

/// Starts the payment of an order, and prints its link.
///
/// # Errors
/// When a setting cannot be used, or stdout is closed.
pub async fn run(command: cli::Pay) -> anyhow::Result<ExitCode> {
    let config = Config::load(&command.settings)?;
    let qr_dir = config.qr_dir.value.clone();
    let (payments, _sandbox) = setup::payments(config, Front::Terminal).await?;
    let request = PayRequest {
        pay_way: command.pay_way,
        surface: command.surface,
    };
    let outcome = payments.pay(command.order, &request, Conditions::default()).await;
    let code = outcome.as_ref().ok().and_then(|status| qr_code(status, command.qr));
    let shown = Shown {
        code,
        folder: qr_dir.as_deref().map(qr::Folder::new),
        platform: payments.platform(),
        as_json: command.json,
    };
    answer(command.order, outcome, shown).await
}

/// The QR code of the link, where it is asked for or the only way to pay.
fn qr_code(status: &OrderStatus, is_asked: bool) -> Option<QrCode> {
    let link = status
        .pay_url()
        .filter(|link| is_asked || link.kind() == LinkKind::Scan)?;
    QrCode::new(link.as_str()).ok()
}

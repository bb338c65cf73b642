//! How an order stands: the facts, and what follows from them.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::message;
use crate::order::{Order, OrderState};
use crate::pay_url::{LinkKind, PayUrl};
use crate::x402::{Challenge, Receipt};

/// How an order stands, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The order, as the platform last described it.
    pub order: Order,
    /// What a wallet has to sign, where the order is paid by X402 and waits for that.
    pub challenge: Option<Challenge>,
    /// The proof that a signed payment was settled, where this process has it.
    pub receipt: Option<Receipt>,
    /// Whether real money is at stake.
    pub environment: Environment,
    /// How long was waited for a change, where that was asked for.
    pub waited: Option<Duration>,
    pub(super) occasion: Occasion,
}

/// Whether real money is at stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// The live platform.
    Live,
    /// A sandbox on this machine: nothing is real.
    Sandbox,
}

impl JsonSchema for Environment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Environment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": [Self::Live, Self::Sandbox]})
    }
}

/// What to do next about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NextAction {
    /// The person opens the payment link.
    OpenPayUrl,
    /// The person scans the payment link as a QR code with WeChat.
    ScanQrCode,
    /// A wallet signs the X402 challenge.
    SignX402,
    /// Ask again how the order stands.
    CheckAgain,
    /// This order cannot be paid any more.
    CreateNewOrder,
    /// Nothing is left to do.
    None,
}

impl NextAction {
    const ALL: [Self; 6] = [
        Self::OpenPayUrl,
        Self::ScanQrCode,
        Self::SignX402,
        Self::CheckAgain,
        Self::CreateNewOrder,
        Self::None,
    ];
}

impl JsonSchema for NextAction {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NextAction".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": Self::ALL})
    }
}

/// What led to a standing; it decides what there is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// A payment was started just now.
    Started,
    /// A payment was asked for, and the order turned out to be paid already.
    AlreadyPaid,
    /// A signed payment was sent, and its end is not known yet.
    Settling,
    /// A signed payment was settled just now.
    Settled,
    /// Somebody asked how the order stands.
    Checked,
}

impl Standing {
    /// The payment link, while there is something to pay: a link of a paid order would invite a second payment.
    #[must_use]
    pub fn pay_url(&self) -> Option<&PayUrl> {
        let link = self.order.pay_url.as_ref()?.as_ref().ok()?;
        (self.order.state == OrderState::Pending).then_some(link)
    }

    /// What to do next.
    #[must_use]
    pub fn next_action(&self) -> NextAction {
        match &self.order.state {
            OrderState::Pending if self.challenge.is_some() => NextAction::SignX402,
            OrderState::Pending => match self.pay_url().map(PayUrl::kind) {
                Some(LinkKind::Open) => NextAction::OpenPayUrl,
                Some(LinkKind::Scan) => NextAction::ScanQrCode,
                None => NextAction::CheckAgain,
            },
            OrderState::Paid | OrderState::Other(_) => NextAction::CheckAgain,
            OrderState::Expired | OrderState::Failed => NextAction::CreateNewOrder,
            OrderState::Finished | OrderState::Refunded => NextAction::None,
        }
    }

    /// One or two plain sentences for the person: what stands, and what to do.
    #[must_use]
    pub fn message(&self) -> String {
        message::message(self)
    }
}

//! How an order stands: the facts, and what follows from them.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::order::{Order, OrderState};
use crate::pay_url::PayUrl;
use crate::pay_way::PayWays;
use crate::x402::{PaymentRequired, SettlementResponse};

/// How an order stands, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderStatus {
    /// The order, as the platform last described it.
    pub order: Order,
    /// What a wallet has to sign, where the order is paid by X402 and waits for that.
    pub challenge: Option<PaymentRequired>,
    /// The proof that a signed payment was settled, where this process has it.
    pub receipt: Option<SettlementResponse>,
    /// Whether real money is at stake.
    pub environment: Environment,
    /// How long was waited for a change, where that was asked for.
    pub waited: Option<Duration>,
    /// The ways in which the order may be paid here.
    pub ways: PayWays,
    pub(super) trigger: Trigger,
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

/// What led to a status; it decides what there is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
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
    /// The link was offered to the person inside the client.
    Offered(OfferResponse),
}

/// What came of offering the payment link to the person. None of it says anything about the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferResponse {
    /// They agreed to open it.
    Accepted,
    /// They, or their client, did not want to.
    Declined,
    /// There was no answer, or none that could be read.
    None,
}

impl OrderStatus {
    /// An order of which a payment was started just now.
    pub(crate) fn started(order: Order, environment: Environment) -> Self {
        Self {
            order,
            challenge: None,
            receipt: None,
            environment,
            waited: None,
            ways: PayWays::default(),
            trigger: Trigger::Started,
        }
    }

    /// The payment link, while there is something to pay: a link of an order that is paid, or for which a signed payment is
    /// open, would invite a second payment.
    #[must_use]
    pub fn pay_url(&self) -> Option<&PayUrl> {
        let link = self.order.pay_url.as_ref()?.as_ref().ok()?;
        (self.order.state == OrderState::Pending && self.trigger != Trigger::Settling).then_some(link)
    }

    /// How the order stands after its link was offered: as it was seen since, if it was.
    pub(super) fn after_offer(self, since: Option<Self>, response: OfferResponse) -> Self {
        let trigger = Trigger::Offered(response);
        let since = match since {
            None => return Self { trigger, ..self },
            Some(since) if since.trigger == Trigger::Settling => return since,
            Some(since) => since,
        };
        let order = Order {
            pay_url: since.order.pay_url.or(self.order.pay_url),
            ..since.order
        };
        Self {
            order,
            trigger,
            ..since
        }
    }
}

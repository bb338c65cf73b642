//! How an order stands: the facts, and what follows from them.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::order::{Order, OrderId, OrderState};
use crate::pay_url::{LinkKind, PayUrl};
use crate::pay_way::{PayWay, PayWays, StatedPayWay};
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
    /// The order's public page, where the platform has one.
    pub page: Option<String>,
    /// What else there is to say.
    pub notes: Vec<Note>,
    pub(super) trigger: Trigger,
}

/// Something beside how an order stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The journal cannot be used: links work without it, and signed payments are not sent.
    NoJournal,
    /// A link that was given earlier for the order, by this way, may still be payable.
    EarlierLink(StatedPayWay),
    /// A wallet was asked to pay the order, and nothing that it signed was taken.
    AskedWallet,
    /// What a wallet signed is a transaction that cannot be read here: only what the wallet says of it was checked.
    UnreadTransaction,
}

/// Where the public pages of orders are, which any browser opens without a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderPages {
    /// On the live platform's own site.
    Studio,
    /// On a sandbox at this address.
    Sandbox(String),
}

impl OrderPages {
    /// The page of an order.
    #[must_use]
    pub fn of(&self, id: OrderId) -> String {
        match self {
            Self::Studio => format!("https://studio.acedata.cloud/orders/{id}"),
            Self::Sandbox(base) => format!("{base}/checkout/{id}"),
        }
    }
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
    /// The link was offered, and the order could not be looked at since.
    Unseen,
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
            page: None,
            notes: Vec::new(),
            trigger: Trigger::Started,
        }
    }

    /// The payment link, while there is something to pay: a link of an order that is paid or may be, or for which a signed
    /// payment is open, would invite a second payment.
    #[must_use]
    pub fn pay_url(&self) -> Option<&PayUrl> {
        let link = self.order.pay_url.as_ref()?.as_ref().ok()?;
        let may_be_paid = matches!(self.trigger, Trigger::Settling | Trigger::Unseen);
        (self.order.state == OrderState::Pending && !may_be_paid).then_some(link)
    }

    /// The order's public page, where the payment link is one that no browser opens.
    #[must_use]
    pub fn page(&self) -> Option<&str> {
        let link = self.pay_url().filter(|link| link.kind() == LinkKind::Scan);
        link.and(self.page.as_deref())
    }

    /// Whether somebody looked at an order that waits for a payment to be started.
    pub(super) fn may_be_started(&self) -> bool {
        self.order.state == OrderState::Pending && self.trigger == Trigger::Checked && self.pay_url().is_none()
    }

    /// Whether the order waits for a wallet, which was asked already and may be asked again.
    pub(super) fn is_by_wallet(&self) -> bool {
        let was_asked =
            self.order.pay_way == Some(StatedPayWay::Known(PayWay::X402)) || self.notes.contains(&Note::AskedWallet);
        self.may_be_started() && was_asked && self.ways.allow(PayWay::X402)
    }

    /// How the order stands `now`, told as what this began. A session that was started stays the one to use while the order
    /// shows no other; the two are never mixed.
    pub(super) fn told_now(self, now: Self) -> Self {
        let has_session = now.order.pay_url.is_some() || now.trigger == Trigger::Settling;
        if now.order.state == OrderState::Pending && !has_session {
            self
        } else {
            let trigger = if now.trigger == Trigger::Settling || now.order.state != OrderState::Pending {
                now.trigger
            } else {
                self.trigger
            };
            Self { trigger, ..now }
        }
    }
}

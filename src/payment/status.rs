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
    /// The host that answered, where it is another one than the live platform's own.
    pub platform: Option<String>,
    /// Whether nothing may be paid here, so that no link is shown.
    pub read_only: bool,
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
    /// The platform answered with another way to pay than this one, which was asked for.
    NotAsAsked(PayWay),
    /// A wallet was asked to pay the order, and nothing that it signed was taken.
    AskedWallet,
    /// What a wallet signed is a transaction that cannot be read here: only what the wallet says of it was checked.
    UnreadTransaction,
}

/// Why the payment link of an order is not shown, although the order waits for its payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// The operator allows only to look.
    ReadOnly,
    /// The operator does not allow the way in which it is paid.
    PayWay,
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
            platform: None,
            read_only: false,
            ways: PayWays::default(),
            page: None,
            notes: Vec::new(),
            trigger: Trigger::Started,
        }
    }

    /// The payment link that may be shown: none without something to pay, since a link of an order that is paid or may be, or
    /// for which a signed payment is open, would invite a second payment; and none that the operator does not allow. Whoever
    /// shows a link gets it here.
    #[must_use]
    pub fn pay_url(&self) -> Option<&PayUrl> {
        let link = self.order.pay_url.as_ref()?.as_ref().ok()?;
        (self.is_payable() && self.withheld().is_none()).then_some(link)
    }

    /// Why the operator's settings keep back the link of an order that waits for its payment.
    #[must_use]
    pub fn withheld(&self) -> Option<Withheld> {
        let link = self.order.pay_url.as_ref().filter(|_| self.is_payable())?;
        match link {
            _ if self.read_only => Some(Withheld::ReadOnly),
            Ok(link) if !self.allows(link) => Some(Withheld::PayWay),
            _ => None,
        }
    }

    fn is_payable(&self) -> bool {
        let may_be_paid = matches!(self.trigger, Trigger::Settling | Trigger::Unseen);
        self.order.state == OrderState::Pending && !may_be_paid
    }

    /// Whether a link is of an allowed way to pay: of the one that the order states, unless it leads where only other ways do,
    /// as a link that an earlier payment left there; where none is stated, where it leads decides.
    fn allows(&self, link: &PayUrl) -> bool {
        if self.ways.are_all() {
            return true;
        }
        let leads_to = |is_allowed| {
            let mut ways = PayWay::ALL.into_iter();
            ways.any(|way| self.ways.allow(way) == is_allowed && link.is_usual_for(way))
        };
        match &self.order.pay_way {
            Some(StatedPayWay::Known(way)) => self.ways.allow(*way) && (leads_to(true) || !leads_to(false)),
            Some(StatedPayWay::Other(_)) => false,
            None => leads_to(true),
        }
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
            // What was said as it began still holds.
            let mut notes = self.notes;
            notes.extend(
                now.notes
                    .iter()
                    .filter(|note| !notes.contains(note))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
            Self { notes, trigger, ..now }
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::pay_url::PlainHttp;

    const STRIPE: &str = "https://buy.stripe.com/x";
    const ALIPAY: &str = "https://openapi.alipay.com/gateway.do";
    const WECHAT: &str = "weixin://wxpay/bizpayurl?pr=x";
    const NEW: &str = "https://pay.newprovider.example/x";

    fn status(state: &str, way: Option<&str>, link: &str) -> OrderStatus {
        let id = "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap();
        let order = Order {
            pay_way: way.and_then(StatedPayWay::read),
            pay_url: Some(PayUrl::parse(link, PlainHttp::Refused)),
            ..Order::bare(id, OrderState::read(state).unwrap())
        };
        OrderStatus::started(order, Environment::Live)
    }

    #[test]
    fn only_links_of_allowed_ways_are_shown() {
        for (ways, way, link, withheld) in [
            ("STRIPE", Some("Stripe"), STRIPE, None),
            ("STRIPE", Some("STRIPE"), NEW, None),
            ("STRIPE", None, STRIPE, None),
            ("CARD", None, STRIPE, None),
            ("STRIPE", Some("WechatPay"), WECHAT, Some(Withheld::PayWay)),
            ("STRIPE,ALIPAY", Some("WechatPay"), WECHAT, Some(Withheld::PayWay)),
            ("STRIPE", Some("Card"), STRIPE, Some(Withheld::PayWay)),
            ("STRIPE", Some("AliPay"), STRIPE, Some(Withheld::PayWay)),
            ("STRIPE", Some("Stripe"), ALIPAY, Some(Withheld::PayWay)),
            ("STRIPE", Some("PayPal"), NEW, Some(Withheld::PayWay)),
            ("STRIPE", None, NEW, Some(Withheld::PayWay)),
            ("STRIPE", None, ALIPAY, Some(Withheld::PayWay)),
            ("STRIPE", None, WECHAT, Some(Withheld::PayWay)),
            ("X402", None, STRIPE, Some(Withheld::PayWay)),
            ("STRIPE,WECHATPAY,ALIPAY,X402,CARD", Some("PayPal"), NEW, None),
            ("STRIPE,WECHATPAY,ALIPAY,X402,CARD", None, NEW, None),
        ] {
            let status = OrderStatus {
                ways: ways.parse().unwrap(),
                ..status("Pending", way, link)
            };
            assert_eq!(
                (status.withheld(), status.pay_url().is_none()),
                (withheld, withheld.is_some()),
                "{ways} {way:?} {link}"
            );
        }
    }

    #[test]
    fn nothing_is_shown_where_only_looking_is_allowed() {
        for (state, link, withheld) in [
            ("Pending", STRIPE, Some(Withheld::ReadOnly)),
            ("Pending", "javascript:alert(1)", Some(Withheld::ReadOnly)),
            ("Paid", STRIPE, None),
        ] {
            let status = OrderStatus {
                read_only: true,
                ..status(state, Some("Stripe"), link)
            };
            assert_eq!(
                (status.withheld(), status.pay_url()),
                (withheld, None),
                "{state} {link}"
            );
        }
    }
}

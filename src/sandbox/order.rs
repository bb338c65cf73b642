//! One order of the sandbox, and how it changes.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

/// What else is special about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Usual,
    /// Every optional field is null.
    Bare,
    /// It belongs to another account.
    Foreign,
    /// A signed payment of it ends in a special way.
    Signed(Ending),
}

/// How a signed payment ends, when all is well with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The payer has too little USDC.
    NoFunds,
    /// The chain does not take it, and whether the payer was charged is not said.
    Unclear,
    /// It is settled, and the answer is lost.
    Lost,
    /// It is settled after a minute.
    Slow,
    /// It is settled, in version 1 of the protocol.
    VersionOne,
}

/// The states an order of the sandbox goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    Paid,
    Finished,
    Expired,
    Failed,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Paid => "Paid",
            Self::Finished => "Finished",
            Self::Expired => "Expired",
            Self::Failed => "Failed",
        }
    }
}

/// What sets one order apart from another.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) service: &'static str,
    pub(super) price: Value,
    pub(super) currency: Option<&'static str>,
    pub(super) state: State,
    pub(super) kind: Kind,
}

/// The terms of a usual order.
pub(super) fn terms(service: &'static str, price: Value, currency: &'static str) -> Terms {
    Terms {
        service,
        price,
        currency: Some(currency),
        state: State::Pending,
        kind: Kind::Usual,
    }
}

/// One order, as the platform would store it.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) id: Uuid,
    pub(super) state: State,
    pub(super) kind: Kind,
    service: String,
    price: Value,
    currency: Option<&'static str>,
    pay_way: Option<String>,
    pay_url: Option<String>,
    pay_id: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    finished_at: Option<Timestamp>,
    /// Whether a refresh has told that the order is paid; the next one finishes it.
    told_paid: bool,
}

impl Order {
    /// A new order on these terms.
    pub(super) fn new(id: Uuid, terms: Terms) -> Self {
        let now = now();
        Self {
            id,
            state: terms.state,
            kind: terms.kind,
            service: terms.service.to_owned(),
            price: terms.price,
            currency: terms.currency,
            pay_way: None,
            pay_url: None,
            pay_id: None,
            created_at: now,
            updated_at: now,
            finished_at: (terms.state == State::Finished).then_some(now),
            told_paid: false,
        }
    }

    pub(super) fn is_free(&self) -> bool {
        self.price == json!("0.00")
    }

    /// Whether a payment has been started, so that the checkout page can finish it.
    pub(super) fn is_payable(&self) -> bool {
        self.state == State::Pending && self.pay_way.is_some()
    }

    /// What the order costs, for the checkout page.
    pub(super) fn price(&self) -> String {
        let price = self
            .price
            .as_str()
            .map_or_else(|| self.price.to_string(), str::to_owned);
        match (&self.price, self.currency) {
            (Value::Null, _) => "(no price)".to_owned(),
            (_, Some(currency)) => format!("{price} {currency}"),
            (_, None) => price,
        }
    }

    /// The price in millionths of a USDC, taking one USDC for one of whatever the price is in.
    pub(super) fn micro_usdc(&self) -> String {
        let price = match &self.price {
            Value::String(price) => price.parse().ok(),
            Value::Number(price) => price.to_string().parse().ok(),
            _ => None,
        }
        .unwrap_or(Decimal::ONE);
        (price * Decimal::from(1_000_000)).trunc().normalize().to_string()
    }

    pub(super) fn service(&self) -> &str {
        if self.service.is_empty() {
            "(no service)"
        } else {
            &self.service
        }
    }

    pub(super) fn pay_way(&self) -> Option<&str> {
        self.pay_way.as_deref()
    }

    /// Makes or refreshes the payment session, with the pay way spelled as it was sent.
    pub(super) fn start_payment(&mut self, pay_way: &str, pay_url: String, pay_id: String) {
        self.pay_way = Some(pay_way.to_owned());
        self.pay_url = Some(pay_url);
        self.pay_id = Some(pay_id);
        self.updated_at = now();
    }

    /// Finishes an order that a signed payment has paid.
    pub(super) fn settle(&mut self, transaction: String) {
        self.pay_way = Some("X402".to_owned());
        self.pay_url = None;
        self.pay_id = Some(transaction);
        self.change(State::Finished);
    }

    pub(super) fn change(&mut self, state: State) {
        let now = now();
        self.state = state;
        self.updated_at = now;
        if state == State::Finished {
            self.finished_at = Some(now);
        }
    }

    /// Asks the payment provider, as it were: the first refresh after a payment tells `Paid`, the next one `Finished`.
    pub(super) fn refresh(&mut self) {
        if self.state == State::Paid && std::mem::replace(&mut self.told_paid, true) {
            self.change(State::Finished);
        }
    }

    /// Everything the order's owner sees, secrets included: the platform sends them too.
    pub(super) fn to_json(&self) -> Value {
        let usual = self.kind != Kind::Bare;
        let deadline = self.created_at.checked_add(SignedDuration::from_hours(24)).ok();
        json!({
            "id": self.id,
            "state": self.state.name(),
            "pay_way": self.pay_way,
            "pay_url": self.pay_url,
            "pay_id": self.pay_id,
            "price": self.price,
            "amount": usual.then_some(100),
            "currency": self.currency,
            "service": usual.then(|| json!({
                "id": Uuid::nil(),
                "name": self.service,
                "alias": self.service.to_lowercase(),
            })),
            "packages": if usual { json!([{"id": Uuid::nil(), "amount": 100}]) } else { Value::Null },
            "metadata": self.pay_id.as_ref().map(|id| json!({"stripe_client_secret": format!("{id}_secret_sandbox")})),
            "created_at": usual.then(|| self.created_at.to_string()),
            "updated_at": usual.then(|| self.updated_at.to_string()),
            "finished_at": self.finished_at.map(|at| at.to_string()),
            "expired_at": deadline.filter(|_| usual).map(|at| at.to_string()),
        })
    }

    /// The eight fields that anyone with the id sees.
    pub(super) fn to_public_json(&self) -> Value {
        let mut order = self.to_json();
        if let Some(fields) = order.as_object_mut() {
            fields.retain(|name, _| {
                [
                    "id",
                    "state",
                    "pay_way",
                    "pay_url",
                    "price",
                    "currency",
                    "service",
                    "created_at",
                ]
                .contains(&name.as_str())
            });
        }
        order
    }
}

/// The time, to the second, as the specification's example has it.
fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now)
}

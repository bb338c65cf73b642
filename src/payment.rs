//! The use cases: start the payment of an order, and ask how it stands.
//!
//! A service: it knows the rules of money, and neither MCP nor HTTP. Every front (the tools today) calls these
//! functions and shows what they return.

mod failure;
mod message;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use self::failure::Call;
pub use self::failure::{Code, Failure, Outcome};
use crate::order::{Order, OrderId, OrderState, PayWay, StatedPayWay};
use crate::pay_url::{LinkKind, PayUrl};
use crate::platform::{self, PayRequest, Platform, Started};
use crate::x402::Challenge;

/// Payments of orders on one platform.
#[derive(Debug)]
pub struct Payments {
    platform: Platform,
}

/// How an order stands, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The order, as the platform last described it.
    pub order: Order,
    /// What a wallet has to sign, where the order is paid by X402 and waits for that.
    pub challenge: Option<Challenge>,
    /// Whether real money is at stake.
    pub environment: Environment,
    occasion: Occasion,
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
enum Occasion {
    /// A payment was started just now.
    Started,
    /// A payment was asked for, and the order turned out to be paid already.
    AlreadyPaid,
    /// Somebody asked how the order stands.
    Checked,
}

impl Payments {
    /// Payments on `platform`.
    #[must_use]
    pub fn new(platform: Platform) -> Self {
        Self { platform }
    }

    /// Whether real money is at stake.
    #[must_use]
    pub fn environment(&self) -> Environment {
        if self.platform.is_sandbox() {
            Environment::Sandbox
        } else {
            Environment::Live
        }
    }

    /// Starts the payment of a pending order. Nobody is charged by this alone.
    ///
    /// An order that is paid already is a success that says so.
    ///
    /// # Errors
    /// [`Failure`]; where its outcome is unknown, a payment may have been started, and [`Payments::check`] tells.
    pub async fn pay(&self, id: OrderId, request: &PayRequest) -> Result<Standing, Failure> {
        match self.platform.pay(id, request).await {
            Ok(Started::Order(order)) => self.standing(*order, Occasion::Started),
            Ok(Started::Challenge(challenge)) => {
                let pay_way = Some(StatedPayWay::Known(PayWay::X402));
                let order = Order {
                    pay_way,
                    ..Order::bare(id, OrderState::Pending)
                };
                Ok(Standing {
                    challenge: Some(challenge),
                    ..self.standing(order, Occasion::Started)?
                })
            }
            Err(error) if error.status == Some(400) => self.look_after_refusal(id, request, error).await,
            Err(error) => Err(self.failure(Call::Pay, id, &error)),
        }
    }

    /// Asks how an order stands. It never charges and is safe to repeat.
    ///
    /// # Errors
    /// [`Failure`], whose outcome is always "nothing changed".
    pub async fn check(&self, id: OrderId) -> Result<Standing, Failure> {
        match self.platform.refresh(id).await {
            Ok(order) => self.standing(order, Occasion::Checked),
            Err(error) => Err(self.failure(Call::Check, id, &error)),
        }
    }

    /// Explains a 400, which the platform gives for several reasons: looks at the order before it says why.
    async fn look_after_refusal(
        &self,
        id: OrderId,
        request: &PayRequest,
        refusal: platform::Error,
    ) -> Result<Standing, Failure> {
        match self.platform.refresh(id).await {
            Ok(order) if order.state.is_paid() => self.standing(order, Occasion::AlreadyPaid),
            Ok(order) if order.state == OrderState::Pending => Err(Failure::pay_way(id, request, &refusal)),
            Ok(order) => Err(Failure::not_payable(id, Some(&order.state), &refusal)),
            Err(_) if refusal.said.about_pay_way => Err(Failure::pay_way(id, request, &refusal)),
            Err(_) => Err(Failure::not_payable(id, None, &refusal)),
        }
    }

    fn standing(&self, order: Order, occasion: Occasion) -> Result<Standing, Failure> {
        match order.pay_url {
            Some(Err(reason)) if order.state == OrderState::Pending => {
                let call = if occasion == Occasion::Checked {
                    Call::Check
                } else {
                    Call::Pay
                };
                Err(Failure::unsafe_pay_url(call, order.id, reason))
            }
            _ => Ok(Standing {
                order,
                challenge: None,
                environment: self.environment(),
                occasion,
            }),
        }
    }

    fn failure(&self, call: Call, id: OrderId, error: &platform::Error) -> Failure {
        Failure::of_platform(call, id, error, self.platform.has_service_token())
    }
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

//! How an order stands, as one flat object of facts, and a failure as another: what both tools return, and what a terminal
//! prints as JSON.
//!
//! A service: the rules are in [`crate::payment`], and this only names their outcome.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::payment::{Environment, Failure, NextAction, OrderStatus};
use crate::qr::{self, QrCode};
use crate::x402::{self, PaymentRequired, PaymentRequirements, Resource, SettlementResponse};

/// How an order stands, as facts to show. A fact that is not known is left out.
///
/// The field docs are the text of the tools' schemas. Clients read those with every list, so they are short.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OrderOutput {
    /// The order's UUID.
    pub order_id: String,
    /// Pending, Paid, Finished, Expired, Failed, Refunded, or a newer word.
    pub state: String,
    /// The money has arrived.
    pub paid: bool,
    /// No further change is to come.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// What to do next.
    pub next_action: NextAction,
    /// Tell the person this: what stands and what to do.
    pub message: String,
    /// STRIPE, WECHATPAY, ALIPAY, X402, CARD, or a newer one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub pay_way: Option<String>,
    /// Payment link for the person; only while Pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub pay_url: Option<String>,
    /// The payment provider's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub pay_id: Option<String>,
    /// Money due, an exact decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub price: Option<String>,
    /// Currency of the price, if stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub currency: Option<String>,
    /// What is bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub service: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub created_at: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub updated_at: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub finished_at: Option<String>,
    /// Payment deadline, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub expires_at: Option<String>,
    /// X402 challenge for a wallet: `options` in USDC, to read; `accepts`, of which it echoes one unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "X402")]
    pub x402: Option<X402>,
    /// Proof of the X402 payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SettlementResponse")]
    pub x402_receipt: Option<SettlementResponse>,
    /// How long the call waited for a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    pub waited_seconds: Option<u64>,
    /// File with the link's QR code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub qr_code_path: Option<String>,
    /// The link's QR code in block characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub qr_code_text: Option<String>,
    /// In a sandbox no money is real.
    pub environment: Environment,
}

impl OrderOutput {
    /// Adds the QR code of the payment link: its picture in a file where there is a folder for them, and as text where that
    /// is asked for.
    pub(crate) fn add_qr_code(&mut self, code: &QrCode, picture: &[u8], as_text: bool, folder: Option<&Path>) {
        self.qr_code_text = as_text.then(|| code.text());
        self.qr_code_path = folder.and_then(|folder| {
            let path = folder.join(format!("order-{}.png", self.order_id));
            match qr::save(folder, &path, picture) {
                Ok(()) => Some(path.display().to_string()),
                Err(error) => {
                    tracing::warn!(%error, folder = %folder.display(), "the QR code cannot be written");
                    None
                }
            }
        });
    }
}

/// What a wallet is asked to sign.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct X402 {
    /// 1 or 2.
    pub version: u8,
    /// What is paid for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "X402Resource")]
    pub resource: Option<X402Resource>,
    /// The ways to pay, readable.
    pub options: Vec<X402Option>,
    /// The same, untouched.
    pub accepts: Vec<Map<String, Value>>,
}

/// What a challenge asks a payment for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct X402Resource {
    /// Address.
    pub url: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub description: Option<String>,
    /// Media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub mime_type: Option<String>,
}

/// One way to meet a challenge.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct X402Option {
    /// `exact`.
    pub scheme: String,
    /// Chain id.
    pub network: String,
    /// Base, Solana, Base Sepolia.
    pub network_name: String,
    /// Token contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub asset: Option<String>,
    /// USDC, an exact decimal.
    pub amount: String,
    /// In the smallest unit.
    pub amount_atomic: String,
    /// Payee.
    pub pay_to: String,
    /// How long a signature may be valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    pub max_timeout_seconds: Option<u64>,
}

impl From<OrderStatus> for OrderOutput {
    fn from(status: OrderStatus) -> Self {
        Self {
            message: status.message(),
            next_action: status.next_action(),
            pay_url: shown(status.pay_url()),
            environment: status.environment,
            qr_code_path: None,
            qr_code_text: None,
            x402: status.challenge.map(X402::from),
            x402_receipt: status.receipt,
            waited_seconds: status.waited.map(|waited| waited.as_secs()),
            order_id: status.order.id.to_string(),
            paid: status.order.state.is_paid(),
            is_final: status.order.state.is_final(),
            state: status.order.state.to_string(),
            pay_way: status.order.pay_way.map(|way| way.as_str().to_owned()),
            pay_id: shown(status.order.pay_id),
            price: shown(status.order.price.and_then(Result::ok)),
            currency: shown(status.order.currency),
            service: shown(status.order.service),
            created_at: shown(status.order.created_at),
            updated_at: shown(status.order.updated_at),
            finished_at: shown(status.order.finished_at),
            expires_at: shown(status.order.expires_at),
        }
    }
}

impl From<PaymentRequired> for X402 {
    fn from(challenge: PaymentRequired) -> Self {
        Self {
            version: challenge.version.number(),
            accepts: challenge.options.iter().map(PaymentRequirements::entry).collect(),
            resource: challenge.resource.map(X402Resource::from),
            options: challenge.options.into_iter().map(X402Option::from).collect(),
        }
    }
}

impl From<Resource> for X402Resource {
    fn from(resource: Resource) -> Self {
        Self {
            url: resource.url.to_string(),
            description: shown(resource.description),
            mime_type: shown(resource.mime_type),
        }
    }
}

impl From<PaymentRequirements> for X402Option {
    fn from(option: PaymentRequirements) -> Self {
        Self {
            network_name: option.network.label().to_owned(),
            scheme: x402::SCHEME.to_owned(),
            network: option.network_id.to_string(),
            asset: Some(option.asset.to_string()),
            amount: option.amount.to_string(),
            amount_atomic: option.amount_atomic,
            pay_to: option.pay_to.to_string(),
            max_timeout_seconds: option.max_timeout_seconds,
        }
    }
}

/// A failure as JSON: `{"error": …}`.
#[must_use]
pub fn of_failure(failure: &Failure) -> String {
    #[derive(Serialize)]
    struct Body<'a> {
        error: &'a Failure,
    }
    serde_json::to_string(&Body { error: failure }).unwrap_or_else(|_| failure.message.clone())
}

fn shown<T: ToString>(fact: Option<T>) -> Option<String> {
    fact.map(|fact| fact.to_string())
}

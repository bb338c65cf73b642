//! How an order stands, as one flat object of facts, and a failure as another: what both tools return, and what a
//! terminal prints as JSON.
//!
//! A service: the rules are in [`crate::payment`], and this only names their outcome.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::money::Money;
use crate::order::{OrderId, OrderState};
use crate::pay_url::PayUrl;
use crate::pay_way::StatedPayWay;
use crate::payment::{Environment, Failure, NextAction, OrderStatus};
use crate::qr::{self, QrCode};
use crate::text::Text;
use crate::x402::{PaymentRequired, PaymentRequirements, Resource, SettlementResponse};

/// How an order stands, as facts to show. A fact that is not known is left out.
///
/// The field docs are the text of the tools' schemas. Clients read those with every list, so they are short.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OrderOutput {
    /// The order's UUID.
    pub order_id: OrderId,
    /// Pending, Paid, Finished, Expired, Failed, Refunded, or a newer one.
    pub state: OrderState,
    /// The money has arrived.
    pub paid: bool,
    /// No further change will come.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// What to do next.
    pub next_action: NextAction,
    /// Tell the person this: what stands and what to do.
    pub message: String,
    /// STRIPE, WECHATPAY, ALIPAY, X402, CARD, or a newer one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_way: Option<StatedPayWay>,
    /// Payment link for the person; only while Pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_url: Option<PayUrl>,
    /// The payment provider's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_id: Option<Text>,
    /// Money due, an exact decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// Currency of the price, if stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Text>,
    /// What is bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Text>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Text>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Text>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Text>,
    /// Payment deadline, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Text>,
    /// X402 challenge for a wallet: `options` to read, in USDC; `accepts`, one of which it echoes unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x402: Option<X402>,
    /// Proof of the X402 payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x402_receipt: Option<SettlementResponse>,
    /// How long the call waited for a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited_seconds: Option<u64>,
    /// File with the link's QR code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_code_path: Option<String>,
    /// The link's QR code in block characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_code_text: Option<String>,
    /// In a sandbox no money is real.
    pub environment: Environment,
}

impl OrderOutput {
    /// Adds the QR code of the payment link: its picture in a file where there is a folder for them, and as text where
    /// that is asked for.
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
    pub resource: Option<Resource>,
    /// The ways to pay, readable.
    pub options: Vec<X402Option>,
    /// The same, untouched.
    pub accepts: Vec<Map<String, Value>>,
}

/// One way to meet a challenge.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct X402Option {
    /// `exact`.
    pub scheme: Text,
    /// Chain id.
    pub network: Text,
    /// Base, Solana.
    pub network_name: String,
    /// Token contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<Text>,
    /// USDC, an exact decimal.
    pub amount: Money,
    /// In the smallest unit.
    pub amount_atomic: String,
    /// Payee.
    pub pay_to: Text,
    /// How long a signature may be valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_timeout_seconds: Option<u64>,
}

impl From<OrderStatus> for OrderOutput {
    fn from(status: OrderStatus) -> Self {
        Self {
            message: status.message(),
            next_action: status.next_action(),
            pay_url: status.pay_url().cloned(),
            environment: status.environment,
            qr_code_path: None,
            qr_code_text: None,
            x402: status.challenge.map(X402::from),
            x402_receipt: status.receipt,
            waited_seconds: status.waited.map(|waited| waited.as_secs()),
            order_id: status.order.id,
            paid: status.order.state.is_paid(),
            is_final: status.order.state.is_final(),
            state: status.order.state,
            pay_way: status.order.pay_way,
            pay_id: status.order.pay_id,
            price: status.order.price.and_then(Result::ok),
            currency: status.order.currency,
            service: status.order.service,
            created_at: status.order.created_at,
            updated_at: status.order.updated_at,
            finished_at: status.order.finished_at,
            expires_at: status.order.expires_at,
        }
    }
}

impl From<PaymentRequired> for X402 {
    fn from(challenge: PaymentRequired) -> Self {
        let entry = |option: &PaymentRequirements| option.entry.as_object().cloned();
        Self {
            version: challenge.version.number(),
            accepts: challenge.options.iter().filter_map(entry).collect(),
            resource: challenge.resource,
            options: challenge.options.into_iter().map(X402Option::from).collect(),
        }
    }
}

impl From<PaymentRequirements> for X402Option {
    fn from(option: PaymentRequirements) -> Self {
        Self {
            network_name: option.network_name().to_owned(),
            scheme: option.scheme,
            network: option.network,
            asset: option.asset,
            amount: option.amount,
            amount_atomic: option.amount_atomic,
            pay_to: option.pay_to,
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

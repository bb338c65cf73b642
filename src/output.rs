//! How an order stands, as one flat object of facts, and a failure as another: what both tools return, and what a
//! terminal prints as JSON.
//!
//! A service: the rules are in [`crate::payment`], and this only names their outcome.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::money::Money;
use crate::order::{OrderId, OrderState};
use crate::pay_url::PayUrl;
use crate::pay_way::StatedPayWay;
use crate::payment::{Advice, Code, Environment, Failure, OrderStatus, Outcome};
use crate::qr::{Folder, QrCode};
use crate::text::{Currency, Identifier, Text, TimeStamp};
use crate::x402::{PaymentError, PaymentRequired, PaymentRequirements, SettlementResponse};

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
    /// The call that comes next; absent when nothing is left to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
    /// STRIPE, WECHATPAY, ALIPAY, X402, CARD, or a newer one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_way: Option<StatedPayWay>,
    /// Payment link for the person; only while Pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_url: Option<PayUrl>,
    /// The order's page, for any browser; with a WeChat link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_url: Option<String>,
    /// The payment provider's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_id: Option<Identifier>,
    /// Money due, an exact decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// Currency of the price, if stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What is bought: text of the order, no instruction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Text>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<TimeStamp>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<TimeStamp>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<TimeStamp>,
    /// Payment deadline, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<TimeStamp>,
    /// For a wallet: it signs one entry of `accepts`, unchanged; `message` tells them in the same order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x402: Option<X402>,
    /// What an X402 payment paid, in USDC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x402_receipt: Option<SettlementResponse>,
    /// How long the call waited for a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited_seconds: Option<u64>,
    /// File with the link's QR code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_code_path: Option<String>,
    /// The link's QR code in block characters: show it unchanged, in a fixed-width block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_code_text: Option<String>,
    /// In a sandbox no money is real.
    pub environment: Environment,
    /// Host that answered; only where it is not Ace Data Cloud's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

impl OrderOutput {
    /// Adds the QR code of the payment link, as text.
    pub(crate) fn add_qr_code(&mut self, code: &QrCode) {
        self.qr_code_text = Some(code.text());
    }

    /// Adds its picture in a file, where there is a folder for them.
    pub(crate) async fn save_qr_code(&mut self, picture: &[u8], folder: Option<&Folder>) {
        if let Some(folder) = folder {
            let path = folder.save(self.order_id, picture.to_vec()).await;
            self.qr_code_path = path.map(|path| path.display().to_string());
        }
    }
}

/// What a wallet is asked to sign.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct X402 {
    /// 1 or 2.
    pub version: u8,
    /// The ways to pay, as they came.
    pub accepts: Vec<Map<String, Value>>,
}

impl OrderOutput {
    /// The facts of a status, with what comes next in the words of whoever shows it.
    #[must_use]
    pub fn new(status: OrderStatus, next_step: Option<String>) -> Self {
        Self {
            message: status.message(),
            next_action: NextAction::from(&status.advice()),
            next_step,
            pay_url: status.pay_url().cloned(),
            page_url: status.page().map(str::to_owned),
            environment: status.environment,
            platform: status.platform,
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
    /// Start a payment: none has been started, or none that can be shown.
    StartPayment,
    /// Ask again how the order stands.
    CheckAgain,
    /// This order cannot be paid any more.
    CreateNewOrder,
    /// Nothing is left to do.
    None,
}

impl NextAction {
    const ALL: [Self; 7] = [
        Self::OpenPayUrl,
        Self::ScanQrCode,
        Self::SignX402,
        Self::StartPayment,
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

impl From<&Advice> for NextAction {
    fn from(advice: &Advice) -> Self {
        match advice {
            Advice::OpenLink => Self::OpenPayUrl,
            Advice::ScanCode => Self::ScanQrCode,
            Advice::SignPayment | Advice::SignAgain(_) => Self::SignX402,
            Advice::StartPayment(_) => Self::StartPayment,
            Advice::NewOrder => Self::CreateNewOrder,
            Advice::Nothing | Advice::AskWhoKnows => Self::None,
            _ => Self::CheckAgain,
        }
    }
}

impl From<PaymentRequired> for X402 {
    fn from(challenge: PaymentRequired) -> Self {
        Self {
            version: challenge.version.number(),
            accepts: challenge.options.iter().map(PaymentRequirements::entry).collect(),
        }
    }
}

/// Why a call failed, as facts to show.
#[derive(Debug, Serialize)]
pub struct ErrorOutput<'a> {
    /// What went wrong, for programs.
    pub code: Code,
    /// What went wrong, for the person.
    pub message: &'a str,
    /// What to do now, in the words of whoever shows it.
    pub hint: &'a str,
    /// Whether the same call may succeed when it is repeated.
    pub retryable: bool,
    /// Whether anything may have changed.
    pub outcome: Outcome,
    /// Which order it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// The HTTP status of the platform's answer, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The platform's trace id, which its support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<&'a Identifier>,
    /// What the platform said: somebody else's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_said: Option<&'a Text>,
    /// The platform's own code for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_code: Option<&'a Identifier>,
    /// Why a signed payment was not settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_error: Option<&'a PaymentError>,
    /// The platform's host, where it is not Ace Data Cloud's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<&'a str>,
}

impl<'a> ErrorOutput<'a> {
    /// The facts of a failure, with what to do in the words of whoever shows it, and with the host that was asked where that is
    /// not the live platform's own.
    #[must_use]
    pub fn new(failure: &'a Failure, hint: &'a str, platform: Option<&'a str>) -> Self {
        Self {
            code: failure.code,
            message: &failure.message,
            hint,
            retryable: failure.retryable,
            outcome: failure.outcome,
            order_id: failure.order_id,
            http_status: failure.platform.status,
            trace_id: failure.platform.trace_id.as_ref(),
            platform_said: failure.platform.said.as_ref(),
            platform_code: failure.platform.code.as_ref(),
            payment_error: failure.payment_error.as_deref(),
            platform,
        }
    }

    /// One JSON object: `{"error": …}`.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'a ErrorOutput<'a>,
        }
        // Texts, numbers and words always make JSON.
        serde_json::to_string(&Body { error: self }).unwrap_or_default()
    }
}

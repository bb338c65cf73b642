//! What both tools return: one flat object of facts about an order.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock};
use schemars::JsonSchema;
use serde::Serialize;

use crate::payment::{Environment, NextAction, Standing};
use crate::qr::QrCode;

/// How an order stands. A fact that is not known is left out.
///
/// The field docs are the schema's text. Clients read the schema of both tools with every list, so they are short.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Reply {
    /// The order's UUID.
    order_id: String,
    /// Pending, Paid, Finished, Expired, Failed, Refunded, or a newer word.
    state: String,
    /// The money has arrived.
    paid: bool,
    /// No further change is to come.
    #[serde(rename = "final")]
    is_final: bool,
    /// What to do next.
    next_action: NextAction,
    /// Tell the person this: what stands and what to do.
    message: String,
    /// STRIPE, WECHATPAY, ALIPAY, X402, CARD, or a newer one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pay_way: Option<String>,
    /// Payment link for the person; only while Pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pay_url: Option<String>,
    /// The payment provider's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pay_id: Option<String>,
    /// Money due, an exact decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    price: Option<String>,
    /// Currency of the price, if stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    currency: Option<String>,
    /// What is bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    service: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    created_at: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    updated_at: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    finished_at: Option<String>,
    /// Payment deadline, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    expires_at: Option<String>,
    /// How long the call waited for a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    waited_seconds: Option<u64>,
    /// File with the link's QR code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    qr_code_path: Option<String>,
    /// The link's QR code in block characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    qr_code_text: Option<String>,
    /// The link's QR code as a PNG picture: a content block of its own, and never the only carrier of a fact.
    #[serde(skip)]
    #[schemars(skip)]
    qr_code: Option<Vec<u8>>,
    /// In a sandbox no money is real.
    environment: Environment,
}

impl Reply {
    /// The order's state.
    pub(super) fn state(&self) -> &str {
        &self.state
    }
}

impl Reply {
    /// Adds the QR code of the payment link: as a picture, in a file where there is a folder for them, and as text where
    /// that was asked for.
    pub(super) fn with_qr_code(mut self, code: &QrCode, as_text: bool, folder: Option<&Path>) -> Self {
        let picture = code.png();
        self.qr_code_text = as_text.then(|| code.text());
        self.qr_code_path = folder.and_then(|folder| {
            let path = folder.join(format!("order-{}.png", self.order_id));
            match save(folder, &path, &picture) {
                Ok(()) => Some(path.display().to_string()),
                Err(error) => {
                    tracing::warn!(%error, folder = %folder.display(), "the QR code cannot be written");
                    None
                }
            }
        });
        self.qr_code = Some(picture);
        self
    }
}

/// Writes a picture that only its owner can read: who sees a payment link can pay the order.
fn save(folder: &Path, path: &Path, picture: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;

    std::fs::create_dir_all(folder)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The mode above is for a new file only.
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    file.write_all(picture)
}

impl From<Standing> for Reply {
    fn from(standing: Standing) -> Self {
        fn shown<T: ToString>(fact: Option<T>) -> Option<String> {
            fact.map(|fact| fact.to_string())
        }
        Self {
            message: standing.message(),
            next_action: standing.next_action(),
            pay_url: shown(standing.pay_url()),
            environment: standing.environment,
            qr_code_path: None,
            qr_code_text: None,
            qr_code: None,
            waited_seconds: standing.waited.map(|waited| waited.as_secs()),
            order_id: standing.order.id.to_string(),
            paid: standing.order.state.is_paid(),
            is_final: standing.order.state.is_final(),
            state: standing.order.state.to_string(),
            pay_way: standing.order.pay_way.map(|way| way.as_str().to_owned()),
            pay_id: shown(standing.order.pay_id),
            price: shown(standing.order.price.and_then(Result::ok)),
            currency: shown(standing.order.currency),
            service: shown(standing.order.service),
            created_at: shown(standing.order.created_at),
            updated_at: shown(standing.order.updated_at),
            finished_at: shown(standing.order.finished_at),
            expires_at: shown(standing.order.expires_at),
        }
    }
}

impl IntoCallToolResult for Reply {
    /// The same facts twice: some clients show the model only `structuredContent`, others only `content`.
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let unserializable = |_| ErrorData::internal_error("the result cannot be written as JSON", None);
        let text = serde_json::to_string(&self).map_err(unserializable)?;
        let picture = self
            .qr_code
            .as_ref()
            .map(|png| ContentBlock::image(BASE64.encode(png), "image/png"));
        let content = std::iter::once(ContentBlock::text(text)).chain(picture).collect();
        let mut result = CallToolResult::success(content);
        result.structured_content = Some(serde_json::to_value(&self).map_err(unserializable)?);
        Ok(result.into())
    }
}

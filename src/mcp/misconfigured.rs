//! A server whose settings cannot be used: it lists the tools, and answers every call with what is wrong.
//!
//! A process that ends at its start explains itself to nobody, because many clients show its stderr nowhere. This one holds no
//! way to pay, to ask or to write down anything.

use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::tool::IntoCallToolResult as _;
use rmcp::model::{CallToolRequestParams, CallToolResponse, CustomRequest, CustomResult, ServerConfig};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{ErrorData, ServerHandler, tool_handler};

use super::error::ToolError;
use super::{Offer, Server, introduction, transport};
use crate::pay_way::PayWays;
use crate::payment::{Advice, Failure};
use crate::settings::ConfigError;

/// The server, and why it does nothing.
pub(super) struct Misconfigured {
    message: String,
    hint: String,
    tools: ToolRouter<Server>,
}

impl Misconfigured {
    /// A server that lists what could be called if its settings were right; where `ways` is `None`, nothing that pays.
    pub(super) fn new(error: &ConfigError, ways: Option<PayWays>) -> Self {
        let offer = ways.as_ref().map_or(Offer::CHECK_ONLY, |_| Offer::PAY_AND_CHECK);
        // Backticks are for the model: the message is for the person.
        let wrong = error.to_string().replace('`', "");
        Self {
            message: format!("This server is not set up right, so it does nothing: {wrong}."),
            hint: format!(
                "Nothing was sent. Tell the person `message`, and what mends it where this server is configured: {}. Then the \
                 server has to be restarted.",
                error.hint()
            ),
            tools: Server::tools(offer, &ways.unwrap_or_default()),
        }
    }
}

#[tool_handler(router = self.tools)]
impl ServerHandler for Misconfigured {
    fn get_info(&self) -> ServerConfig {
        introduction(format!("{} {}", self.message, self.hint))
    }

    async fn call_tool(
        &self,
        _request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        tracing::warn!("a call to a server that is not set up right");
        let failure = Failure::misconfigured(self.message.clone(), Advice::Correct(self.hint.clone()));
        ToolError::new(failure, Offer::CHECK_ONLY).into_call_tool_result()
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(transport::unfit(&request.method))
    }
}

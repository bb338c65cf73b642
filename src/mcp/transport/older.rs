//! What versions of MCP before 2025-06-18 do not know, taken out of what goes out.
//!
//! The hints of the tools stay in it: a client that does not know them passes over them, and one that does asks the person.

use rmcp::RoleServer;
use rmcp::model::{JsonRpcMessage, ProtocolVersion, ServerNotification, ServerResult};
use rmcp::service::TxJsonRpcMessage;

/// Takes out of a message what the version of its session does not know.
pub(super) fn fit(message: &mut TxJsonRpcMessage<RoleServer>, version: &ProtocolVersion) {
    match message {
        JsonRpcMessage::Response(response) if *version < ProtocolVersion::V_2025_06_18 => match &mut response.result {
            ServerResult::InitializeResult(result) => result.server_info.title = None,
            ServerResult::ListToolsResult(result) => {
                for tool in &mut result.tools {
                    (tool.title, tool.output_schema) = (None, None);
                }
            }
            ServerResult::CallToolResult(result) => result.structured_content = None,
            _ => {}
        },
        JsonRpcMessage::Notification(message) if *version < ProtocolVersion::V_2025_03_26 => {
            if let ServerNotification::ProgressNotification(progress) = &mut message.notification {
                progress.params.message = None;
            }
        }
        _ => {}
    }
}

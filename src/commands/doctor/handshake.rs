//! Checks of this program as a server: it is started with the same settings, and spoken to in both eras of MCP.

use std::ffi::OsString;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rmcp::model::{ClientCapabilities, ClientConfig, Implementation, ProtocolVersion};
use rmcp::service::{ClientInitializeError, ServiceError};
use rmcp::{ClientLifecycleMode, ClientServiceExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::report::Check;
use crate::mcp;

/// How long the server may take to start and to list its tools.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take to end.
const FAREWELL: Duration = Duration::from_secs(3);

const INITIALIZE: &str = "MCP 2025-11-25";
const DISCOVER: &str = "MCP 2026-07-28";

/// Why the server could not be spoken to.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("the server cannot be started: {0}")]
    Start(std::io::Error),
    #[error("the server has no pipes")]
    NoPipes,
    #[error("the server did not answer in {} s", PATIENCE.as_secs())]
    Timeout,
    #[error("the server ended, or did not speak MCP")]
    Session(#[source] Box<ClientInitializeError>),
    #[error("the server did not list its tools")]
    Tools(#[source] ServiceError),
}

/// What the server said.
struct Greeting {
    version: String,
    tools: usize,
    took: Duration,
}

/// The checks that would tell nothing: the server only explains what is wrong.
pub(super) fn skipped() -> Vec<Check> {
    [INITIALIZE, DISCOVER]
        .map(|name| Check::skipped(name, "the server only explains itself with these settings"))
        .into()
}

/// Opens a session with `initialize`, as hosts do up to 2025-11-25.
pub(super) async fn initialize(arguments: &[OsString]) -> Check {
    check(INITIALIZE, "`initialize`", ClientLifecycleMode::Initialize, arguments).await
}

/// Asks with `server/discover`, as hosts do from 2026-07-28 on.
pub(super) async fn discover(arguments: &[OsString]) -> Check {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    let mode = ClientLifecycleMode::Discover { preferred_versions };
    check(DISCOVER, "`server/discover`", mode, arguments).await
}

async fn check(name: &'static str, method: &str, mode: ClientLifecycleMode, arguments: &[OsString]) -> Check {
    match speak(mode, arguments).await {
        Ok(Greeting { version, tools, took }) => {
            let tools = if tools == 1 {
                "1 tool".to_owned()
            } else {
                format!("{tools} tools")
            };
            let took = took.as_millis();
            Check::ok(
                name,
                format!("{method} answers {version}, with {tools}, {took} ms after the start"),
            )
        }
        Err(trouble) => Check::failed(
            name,
            trouble.to_string(),
            "start the server by hand with the same settings, and read its stderr",
        ),
    }
}

async fn speak(mode: ClientLifecycleMode, arguments: &[OsString]) -> Result<Greeting, Trouble> {
    let started = Instant::now();
    let program = std::env::current_exe().map_err(Trouble::Start)?;
    let mut server = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(Trouble::Start)?;
    let stdio = server.stdout.take().zip(server.stdin.take()).ok_or(Trouble::NoPipes)?;
    let about = Implementation::new("acedata-pay-mcp-doctor", mcp::VERSION);
    let client = ClientConfig::new(ClientCapabilities::default(), about)
        .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE);
    let talk = async {
        let session = client
            .serve_with_lifecycle(stdio, mode)
            .await
            .map_err(|error| Trouble::Session(Box::new(error)))?;
        let tools = session.list_all_tools().await.map_err(Trouble::Tools)?.len();
        let took = started.elapsed();
        let version = session
            .peer_info()
            .map(|server| server.protocol_version.to_string())
            .unwrap_or_default();
        // What is not ended here ends with the pipes.
        let _ = session.cancel().await;
        Ok(Greeting { version, tools, took })
    };
    let greeting = timeout(PATIENCE, talk).await.map_err(|_| Trouble::Timeout)?;
    // One that does not end by itself is killed.
    let _ = timeout(FAREWELL, server.wait()).await;
    greeting
}

//! The demo's assistant: a real MCP client of this program, that shows what it asks and what it is told.

use std::io::{self, Write};
use std::pin::pin;
use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use rmcp::model::{
    CallToolRequestParams, ClientCapabilities, ClientConfig, Implementation, JsonObject, ProgressNotificationParam,
};
use rmcp::service::{NotificationContext, RoleClient, RunningService};
use rmcp::{ClientHandler, ServiceExt as _};
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::commands::screen::Screen;
use crate::mcp;
use crate::settings;

/// An assistant with a server of its own, which writes what happens to `out`.
pub(super) struct Assistant<W> {
    client: RunningService<RoleClient, Client>,
    server: Child,
    progress: mpsc::UnboundedReceiver<ProgressNotificationParam>,
    pub(super) out: W,
    screen: Screen,
    step: u32,
}

/// What the server answered.
pub(super) enum Answer {
    Order(Value),
    Failure(Value),
}

/// The client, as the server meets it: it passes on what it is told of progress.
struct Client {
    progress: mpsc::UnboundedSender<ProgressNotificationParam>,
}

impl ClientHandler for Client {
    fn get_info(&self) -> ClientConfig {
        let about = Implementation::new("acedata-pay-mcp-demo", mcp::VERSION);
        ClientConfig::new(ClientCapabilities::default(), about)
    }

    async fn on_progress(&self, progress: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        // Nobody listens any more once the demo is over.
        let _ = self.progress.send(progress);
    }
}

impl<W: Write> Assistant<W> {
    /// Starts this program as a server with its sandbox, and a session with it.
    pub(super) async fn start(out: W, screen: Screen) -> anyhow::Result<Self> {
        let mut server = Command::new(std::env::current_exe()?);
        for variable in settings::facts().filter_map(|setting| setting.variable) {
            server.env_remove(variable);
        }
        let mut server = server
            .arg("--sandbox")
            .env("RUST_LOG", "error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start the server")?;
        let stdio = server
            .stdout
            .take()
            .zip(server.stdin.take())
            .context("the server has no pipes")?;
        let (sender, progress) = mpsc::unbounded_channel();
        let client = Client { progress: sender }.serve(stdio).await?;
        Ok(Self {
            client,
            server,
            progress,
            out,
            screen,
            step: 0,
        })
    }

    /// Lists the server's tools.
    pub(super) async fn tools(&mut self) -> anyhow::Result<()> {
        self.heading("The client starts the server and lists its tools")?;
        let server = self.client.peer_info().context("the server said nothing of itself")?;
        let name = server.server_info.as_ref().map_or("?", |about| about.name.as_str());
        writeln!(self.out, "   {name} {}, MCP {}", mcp::VERSION, server.protocol_version)?;
        for tool in self.client.list_all_tools().await? {
            writeln!(self.out, "   {:<20}{}", tool.name, tool.title.unwrap_or_default())?;
        }
        Ok(())
    }

    /// Calls a tool, shows the exchange, and insists on an order.
    pub(super) async fn order(&mut self, tool: &'static str, arguments: Value) -> anyhow::Result<Value> {
        match self.shown_call(tool, arguments).await? {
            Answer::Order(order) => Ok(order),
            Answer::Failure(failure) => bail!("`{tool}` failed: {failure}"),
        }
    }

    /// Calls a tool, shows the exchange, and insists on a failure.
    pub(super) async fn failure(&mut self, tool: &'static str, arguments: Value) -> anyhow::Result<Value> {
        match self.shown_call(tool, arguments).await? {
            Answer::Failure(failure) => Ok(failure),
            Answer::Order(order) => bail!("`{tool}` should fail, and answered {order}"),
        }
    }

    /// Calls a tool while something else happens, showing the progress that the server tells.
    pub(super) async fn order_while(
        &mut self,
        tool: &'static str,
        arguments: Value,
        meanwhile: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<Value> {
        self.asked(tool, &arguments)?;
        let (client, progress, out) = (&self.client, &mut self.progress, &mut self.out);
        let answer = {
            let mut both = pin!(async { tokio::try_join!(call(client, tool, arguments), meanwhile) });
            loop {
                tokio::select! {
                    done = &mut both => break done?.0,
                    Some(told) = progress.recv() => {
                        let said = told.message.unwrap_or_default();
                        writeln!(out, "   . {said}: {} s", told.progress)?;
                    }
                }
            }
        };
        self.show(&answer)?;
        match answer {
            Answer::Order(order) => Ok(order),
            Answer::Failure(failure) => bail!("`{tool}` failed: {failure}"),
        }
    }

    /// Calls a tool without showing it.
    pub(super) async fn call(&self, tool: &'static str, arguments: Value) -> anyhow::Result<Answer> {
        call(&self.client, tool, arguments).await
    }

    /// Ends the session, and with it the server.
    pub(super) async fn end(mut self) -> anyhow::Result<W> {
        self.client.cancel().await?;
        let status = self.server.wait().await?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(self.out)
    }

    /// Begins a step.
    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        self.step += 1;
        writeln!(self.out, "\n{}. {text}", self.step)
    }

    /// Shows an answer.
    pub(super) fn show(&mut self, answer: &Answer) -> io::Result<()> {
        let (line, said) = match answer {
            Answer::Order(order) => (
                format!("{}, next: {}", field(order, "state"), field(order, "next_action")),
                field(order, "message").to_owned(),
            ),
            Answer::Failure(failure) => (
                format!("error {}, {}", field(failure, "code"), field(failure, "outcome")),
                format!("{} {}", field(failure, "message"), field(failure, "hint")),
            ),
        };
        writeln!(self.out, "   < {line}\n{}", self.screen.wrapped(&said, "     "))
    }

    async fn shown_call(&mut self, tool: &'static str, arguments: Value) -> anyhow::Result<Answer> {
        self.asked(tool, &arguments)?;
        let answer = self.call(tool, arguments).await?;
        self.show(&answer)?;
        Ok(answer)
    }

    fn asked(&mut self, tool: &str, arguments: &Value) -> io::Result<()> {
        let mut shown = arguments.clone();
        if let Some(signature) = shown.get_mut("payment_signature") {
            *signature = "…".into();
        }
        writeln!(self.out, "   > {tool} {shown}")
    }
}

async fn call(
    client: &RunningService<RoleClient, Client>,
    tool: &'static str,
    arguments: Value,
) -> anyhow::Result<Answer> {
    let arguments: JsonObject = serde_json::from_value(arguments)?;
    let call = CallToolRequestParams::new(tool).with_arguments(arguments);
    let result = client.call_tool(call).await?;
    if let Some(order) = result.structured_content {
        return Ok(Answer::Order(order));
    }
    // A failure is told in a sentence, and then as facts.
    let text = result
        .content
        .last()
        .and_then(|block| block.as_text())
        .context("the result is empty")?;
    let body: Value = serde_json::from_str(&text.text)?;
    Ok(Answer::Failure(body.get("error").cloned().unwrap_or_default()))
}

/// A text of an object.
pub(super) fn field<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or("?")
}

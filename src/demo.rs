//! The demo: this program as a server with its sandbox, and a real MCP client that pays an order with it.
//!
//! Operator code: it writes to stdout. Every line it shows comes from the server; a step that brings something else than
//! it should ends the demo with an error.

use std::io::{self, Write};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use rmcp::model::{CallToolRequestParams, ClientCapabilities, ClientConfig, Implementation};
use rmcp::service::{RoleClient, RunningService};
use rmcp::{ServiceExt as _, model::JsonObject};
use serde_json::{Value, json};

use crate::sandbox::PRESETS;
use crate::{config, mcp, platform};

/// How long the demo waits for a person to press Pay.
const PATIENCE: Duration = Duration::from_secs(600);

/// How often it asks meanwhile.
const BETWEEN_CHECKS: Duration = Duration::from_secs(2);

/// Plays the main job and shows each step on stdout.
///
/// With `manual` a person presses Pay in a browser; otherwise the demo does.
///
/// # Errors
/// When a step does not bring what it should.
pub async fn run(manual: bool) -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    let out = io::stdout();
    let mut demo = Demo::start(out).await?;
    demo.tools().await?;
    demo.payment(manual).await?;
    demo.free_order().await?;
    demo.refused_order().await?;
    demo.end().await
}

struct Demo<W> {
    client: RunningService<RoleClient, ClientConfig>,
    server: tokio::process::Child,
    out: W,
    step: u32,
}

/// What the server answered.
enum Answer {
    Order(Value),
    Failure(Value),
}

impl<W: Write> Demo<W> {
    async fn start(mut out: W) -> anyhow::Result<Self> {
        writeln!(
            out,
            "This plays an AI assistant that pays an order: sandbox, no account, no real money."
        )?;
        let program = std::env::current_exe()?;
        let mut server = tokio::process::Command::new(program)
            .arg("--sandbox")
            .env("RUST_LOG", "error")
            .env_remove(config::READ_ONLY)
            .env_remove(config::PAY_WAYS)
            .env_remove(config::RATE_LIMIT)
            .env_remove(config::REQUEST_TIMEOUT)
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
        let about = Implementation::new("acedata-pay-mcp-demo", mcp::VERSION);
        let client = ClientConfig::new(ClientCapabilities::default(), about)
            .serve(stdio)
            .await?;
        Ok(Self {
            client,
            server,
            out,
            step: 0,
        })
    }

    async fn tools(&mut self) -> anyhow::Result<()> {
        self.heading("The client starts the server and lists its tools")?;
        let server = self.client.peer_info().context("the server said nothing of itself")?;
        let name = server.server_info.as_ref().map_or("?", |about| about.name.as_str());
        writeln!(self.out, "   {name} {}, MCP {}", mcp::VERSION, server.protocol_version)?;
        for tool in self.client.list_all_tools().await? {
            writeln!(self.out, "   {:<20}{}", tool.name, tool.title.unwrap_or_default())?;
        }
        Ok(())
    }

    async fn payment(&mut self, manual: bool) -> anyhow::Result<()> {
        let id = preset(0)?;
        self.heading("The assistant starts a payment and gets the link")?;
        let order = self
            .order("pay_order", json!({"order_id": id, "pay_way": "STRIPE"}))
            .await?;
        expect(&order, "state", "Pending")?;
        let link = order
            .get("pay_url")
            .and_then(Value::as_str)
            .context("there is no payment link")?
            .to_owned();

        if manual {
            self.heading("You press Pay: open this page in a browser")?;
            writeln!(self.out, "   {link}")?;
            if self.wait_for_payment(id).await? == "Failed" {
                return Ok(());
            }
        } else {
            self.heading("The person presses Pay on that page (the demo does)")?;
            let page = press_pay(&link).await?;
            writeln!(self.out, "   the page now says: {page}")?;
            self.heading("The assistant asks how the order stands")?;
            let order = self.order("check_order_status", json!({"order_id": id})).await?;
            expect(&order, "state", "Paid")?;
        }
        let order = self.order("check_order_status", json!({"order_id": id})).await?;
        expect(&order, "state", "Finished")
    }

    /// Asks again and again until the person has decided, one way or the other: the state then.
    async fn wait_for_payment(&mut self, id: &str) -> anyhow::Result<String> {
        let waiting = async {
            loop {
                tokio::time::sleep(BETWEEN_CHECKS).await;
                let answer = self.call("check_order_status", json!({"order_id": id})).await?;
                match answer {
                    Answer::Order(order) if field(&order, "state") == "Pending" => {}
                    answer => return anyhow::Ok(answer),
                }
            }
        };
        let answer = tokio::time::timeout(PATIENCE, waiting)
            .await
            .context("nobody pressed Pay")??;
        self.show(&answer)?;
        match answer {
            Answer::Order(order) => Ok(field(&order, "state").to_owned()),
            Answer::Failure(_) => bail!("the order could not be checked"),
        }
    }

    async fn free_order(&mut self) -> anyhow::Result<()> {
        self.heading("A free order needs no pay way and finishes at once")?;
        let order = self.order("pay_order", json!({"order_id": preset(4)?})).await?;
        expect(&order, "state", "Finished")
    }

    async fn refused_order(&mut self) -> anyhow::Result<()> {
        self.heading("An expired order is refused, and the assistant is told what to do")?;
        let arguments = json!({"order_id": preset(5)?, "pay_way": "STRIPE"});
        self.asked("pay_order", &arguments)?;
        let answer = self.call("pay_order", arguments).await?;
        self.show(&answer)?;
        match answer {
            Answer::Failure(failure) => expect(&failure, "code", "order_not_payable"),
            Answer::Order(_) => bail!("an expired order was taken"),
        }
    }

    async fn end(mut self) -> anyhow::Result<()> {
        self.client.cancel().await?;
        let status = self.server.wait().await?;
        ensure!(status.success(), "the server ended with {status}");
        writeln!(
            self.out,
            "\nThat is all. To put it into your own assistant, see README.md."
        )?;
        Ok(())
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        self.step += 1;
        writeln!(self.out, "\n{}. {text}", self.step)
    }

    fn asked(&mut self, tool: &str, arguments: &Value) -> io::Result<()> {
        writeln!(self.out, "   > {tool} {arguments}")
    }

    /// Calls a tool, shows the exchange, and insists on an order.
    async fn order(&mut self, tool: &'static str, arguments: Value) -> anyhow::Result<Value> {
        self.asked(tool, &arguments)?;
        let answer = self.call(tool, arguments).await?;
        self.show(&answer)?;
        match answer {
            Answer::Order(order) => Ok(order),
            Answer::Failure(failure) => bail!("`{tool}` failed: {failure}"),
        }
    }

    async fn call(&self, tool: &'static str, arguments: Value) -> anyhow::Result<Answer> {
        let arguments: JsonObject = serde_json::from_value(arguments)?;
        let result = self
            .client
            .call_tool(CallToolRequestParams::new(tool).with_arguments(arguments))
            .await?;
        if let Some(order) = result.structured_content {
            return Ok(Answer::Order(order));
        }
        let text = result
            .content
            .first()
            .and_then(|block| block.as_text())
            .context("the result is empty")?;
        let body: Value = serde_json::from_str(&text.text)?;
        Ok(Answer::Failure(body.get("error").cloned().unwrap_or_default()))
    }

    fn show(&mut self, answer: &Answer) -> io::Result<()> {
        match answer {
            Answer::Order(order) => {
                writeln!(
                    self.out,
                    "   < {}, next: {}",
                    field(order, "state"),
                    field(order, "next_action")
                )?;
                writeln!(self.out, "     {}", field(order, "message"))
            }
            Answer::Failure(failure) => {
                writeln!(
                    self.out,
                    "   < error {}, {}",
                    field(failure, "code"),
                    field(failure, "outcome")
                )?;
                writeln!(
                    self.out,
                    "     {} {}",
                    field(failure, "message"),
                    field(failure, "hint")
                )
            }
        }
    }
}

/// Presses the page's Pay button, as its form does, and gives what the page says then.
async fn press_pay(link: &str) -> anyhow::Result<String> {
    let client = platform::http_client().no_proxy().build()?;
    let pressed = client.post(format!("{link}/pay")).send().await?;
    ensure!(
        pressed.status().is_redirection(),
        "the Pay button answered {}",
        pressed.status()
    );
    let page = client.get(link).send().await?.error_for_status()?.text().await?;
    let heading = page.split_once("<h1>").and_then(|(_, rest)| rest.split_once("</h1>"));
    Ok(heading.context("the page has no heading")?.0.to_owned())
}

fn preset(number: usize) -> anyhow::Result<&'static str> {
    PRESETS
        .get(number)
        .map(|preset| preset.id)
        .context("the sandbox has no such order")
}

fn field<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or("?")
}

fn expect(object: &Value, name: &str, wanted: &str) -> anyhow::Result<()> {
    let found = field(object, name);
    ensure!(found == wanted, "`{name}` should be `{wanted}` and is `{found}`");
    Ok(())
}

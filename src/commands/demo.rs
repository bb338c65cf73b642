//! The demo: this program as a server with its sandbox, and a real MCP client that pays orders with it.
//!
//! Operator code: it writes to stdout. Every line it shows comes from the server; a step that brings something else
//! than it should ends the demo with an error.

mod assistant;

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::time::sleep;

use self::assistant::{Answer, Assistant, field};
use crate::commands::screen::Screen;
use crate::platform;
use crate::sandbox::{PRESETS, Wallet};

/// How long the demo waits for a person to press Pay.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long the demo takes to press Pay itself: the assistant is to be seen waiting.
const A_MOMENT: Duration = Duration::from_millis(2500);

/// Plays the main job and shows each step on stdout.
///
/// With `manual` a person presses Pay in a browser; otherwise the demo does.
///
/// # Errors
/// When a step does not bring what it should.
pub async fn run(manual: bool) -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    let mut out = io::stdout();
    writeln!(
        out,
        "This plays an AI assistant that pays orders: sandbox, no account, no real money."
    )?;
    let screen = Screen::of(&out);
    let mut assistant = Assistant::start(out, screen).await?;
    assistant.tools().await?;
    let link = by_link(&mut assistant).await?;
    let goes_on = if manual {
        person_pays(&mut assistant, &link).await?
    } else {
        demo_pays(&mut assistant, &link).await?;
        true
    };
    if goes_on {
        by_qr_code(&mut assistant, screen).await?;
        by_wallet(&mut assistant).await?;
        free_order(&mut assistant).await?;
        refused_order(&mut assistant).await?;
    }
    let mut out = assistant.end().await?;
    writeln!(out, "\nThat is all. To put it into your own assistant, see README.md.")?;
    Ok(())
}

/// An order's payment is started: its link.
async fn by_link(assistant: &mut Assistant<impl Write>) -> anyhow::Result<String> {
    assistant.heading("The assistant starts a payment and gets the link")?;
    let order = assistant
        .order("pay_order", json!({"order_id": preset(0)?, "pay_way": "STRIPE"}))
        .await?;
    expect(&order, "state", "Pending")?;
    let link = order.get("pay_url").and_then(Value::as_str);
    Ok(link.context("there is no payment link")?.to_owned())
}

/// The assistant waits, and meanwhile the demo presses Pay as the person would.
async fn demo_pays(assistant: &mut Assistant<impl Write>, link: &str) -> anyhow::Result<()> {
    let id = preset(0)?;
    assistant.heading("It waits for the payment, and the person presses Pay on that page (the demo does)")?;
    let pressed = async {
        sleep(A_MOMENT).await;
        press_pay(link).await
    };
    let arguments = json!({"order_id": id, "wait_seconds": 45});
    let order = assistant.order_while("check_order_status", arguments, pressed).await?;
    expect(&order, "state", "Paid")?;
    let order = assistant.order("check_order_status", json!({"order_id": id})).await?;
    expect(&order, "state", "Finished")
}

/// A person pays, or does not; whether there is more to show.
async fn person_pays(assistant: &mut Assistant<impl Write>, link: &str) -> anyhow::Result<bool> {
    let id = preset(0)?;
    assistant.heading("You press Pay: open this page in a browser")?;
    writeln!(assistant.out, "   {link}")?;
    let waiting = async {
        loop {
            let arguments = json!({"order_id": id, "wait_seconds": 45});
            match assistant.call("check_order_status", arguments).await? {
                Answer::Order(order) if field(&order, "state") == "Pending" => {}
                answer => return anyhow::Ok(answer),
            }
        }
    };
    let answer = tokio::time::timeout(PATIENCE, waiting)
        .await
        .context("nobody pressed Pay")??;
    assistant.show(&answer)?;
    match &answer {
        Answer::Order(order) if field(order, "state") == "Failed" => Ok(false),
        Answer::Order(_) => {
            let order = assistant.order("check_order_status", json!({"order_id": id})).await?;
            expect(&order, "state", "Finished")?;
            Ok(true)
        }
        Answer::Failure(_) => bail!("the order could not be checked"),
    }
}

/// A WeChat link can only be scanned.
async fn by_qr_code(assistant: &mut Assistant<impl Write>, screen: Screen) -> anyhow::Result<()> {
    assistant.heading("A WeChat link can only be scanned, so it comes as a QR code")?;
    let arguments = json!({"order_id": preset(1)?, "pay_way": "WECHATPAY", "qr_code": true});
    let order = assistant.order("pay_order", arguments).await?;
    expect(&order, "next_action", "scan_qr_code")?;
    for line in screen.qr_code(field(&order, "qr_code_text")).lines() {
        writeln!(assistant.out, "     {line}")?;
    }
    Ok(())
}

/// A wallet pays by X402.
async fn by_wallet(assistant: &mut Assistant<impl Write>) -> anyhow::Result<()> {
    let id = preset(3)?;
    assistant.heading("For X402 the platform asks a wallet to sign")?;
    let order = assistant
        .order("pay_order", json!({"order_id": id, "pay_way": "X402"}))
        .await?;
    expect(&order, "next_action", "sign_x402")?;
    let version = order.pointer("/x402/version").and_then(Value::as_u64);
    let entry = order.pointer("/x402/accepts/0").context("there is no challenge")?;
    let wallet = Wallet::throw_away();
    let signature = wallet.sign(version.unwrap_or_default(), entry);
    let signature = signature.context("the wallet cannot sign this")?;

    assistant.heading("A wallet with a throw-away key signs, and the assistant sends the signature")?;
    let arguments = json!({"order_id": id, "pay_way": "X402", "payment_signature": signature});
    let order = assistant.order("pay_order", arguments).await?;
    expect(&order, "state", "Finished")?;
    let receipt = order.get("x402_receipt").context("there is no receipt")?;
    ensure!(
        field(receipt, "payer") == wallet.address(),
        "the receipt is somebody else's"
    );
    Ok(())
}

async fn free_order(assistant: &mut Assistant<impl Write>) -> anyhow::Result<()> {
    assistant.heading("A free order needs no pay way and finishes at once")?;
    let order = assistant.order("pay_order", json!({"order_id": preset(4)?})).await?;
    expect(&order, "state", "Finished")
}

async fn refused_order(assistant: &mut Assistant<impl Write>) -> anyhow::Result<()> {
    assistant.heading("An expired order is refused, and the assistant is told what to do")?;
    let arguments = json!({"order_id": preset(5)?, "pay_way": "STRIPE"});
    let failure = assistant.failure("pay_order", arguments).await?;
    expect(&failure, "code", "order_not_payable")
}

/// Presses the page's Pay button, as its form does, with the token that is in it.
async fn press_pay(link: &str) -> anyhow::Result<()> {
    let client = platform::http_client().no_proxy().build()?;
    let page = client.get(link).send().await?.text().await?;
    let token = page
        .split_once("name=\"token\" value=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(token, _)| token)
        .context("the page has no form")?;
    let pressed = client
        .post(format!("{link}/pay"))
        .body(format!("token={token}"))
        .send()
        .await?;
    let status = pressed.status();
    ensure!(status.is_redirection(), "the Pay button answered {status}");
    Ok(())
}

fn preset(number: usize) -> anyhow::Result<&'static str> {
    PRESETS
        .get(number)
        .map(|preset| preset.id)
        .context("the sandbox has no such order")
}

fn expect(object: &Value, name: &str, wanted: &str) -> anyhow::Result<()> {
    let found = field(object, name);
    ensure!(found == wanted, "`{name}` should be `{wanted}` and is `{found}`");
    Ok(())
}

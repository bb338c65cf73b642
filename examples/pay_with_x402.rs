//! Pays an order by X402, as an agent with a wallet would: over MCP, in the sandbox, with a key that is thrown away.
//!
//! ```console
//! $ cargo run --example pay_with_x402
//! ```
//!
//! The wallet is all here, so that you can replace it by your own. The key stays on its side: the server gets a
//! signature.

#![expect(clippy::print_stdout, reason = "it shows what happens")]

use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::{Address, B256, Signature, U256};
use alloy_sol_types::{SolStruct as _, eip712_domain, sol};
use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use k256::ecdsa::SigningKey;
use k256::elliptic_curve::rand_core::{OsRng, RngCore as _};
use rmcp::ServiceExt as _;
use rmcp::model::{CallToolRequestParams, ClientConfig, JsonObject};
use rmcp::service::{RoleClient, RunningService};
use serde_json::{Value, json};

/// An order of the sandbox that is there to be paid by X402, on a test network.
const ORDER: &str = "00000000-0000-4000-8000-000000000004";

sol! {
    /// What a wallet signs to move USDC on Base and its test network (EIP-3009).
    struct TransferWithAuthorization {
        address from;
        address to;
        uint256 value;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let program = std::env::args().nth(1).unwrap_or_else(|| "cargo".into());
    let arguments: &[&str] = if program == "cargo" {
        &["run", "--quiet", "--", "--sandbox"]
    } else {
        &["--sandbox"]
    };
    let mut server = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdio = server.stdout.take().zip(server.stdin.take()).context("no pipes")?;
    let client = ClientConfig::default().serve(stdio).await?;

    // 1. Ask how to pay. Nothing is charged.
    let order = call(&client, json!({"order_id": ORDER, "pay_way": "X402"})).await?;
    println!("{}\n", text(&order, "/message")?);
    let entry = order.pointer("/x402/accepts/0").context("there is no challenge")?;

    // 2. The wallet signs one entry of the challenge.
    let key = SigningKey::random(&mut OsRng);
    let signature = sign(&key, entry)?;

    // 3. Send the signature: this is what pays.
    let paid = json!({"order_id": ORDER, "pay_way": "X402", "payment_signature": signature});
    let order = call(&client, paid).await?;
    println!("{}\n", text(&order, "/message")?);
    println!("{:#}", order.pointer("/x402_receipt").context("there is no receipt")?);

    client.cancel().await?;
    server.wait().await?;
    Ok(())
}

/// Signs an entry of a version 2 challenge that asks for USDC on Base, or in the sandbox on Base Sepolia: the value of the header `PAYMENT-SIGNATURE`.
fn sign(key: &SigningKey, entry: &Value) -> anyhow::Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let lifetime = entry
        .pointer("/maxTimeoutSeconds")
        .and_then(Value::as_u64)
        .context("no time limit")?;
    let mut nonce = B256::ZERO;
    OsRng.fill_bytes(nonce.as_mut_slice());
    let authorization = TransferWithAuthorization {
        from: Address::from_public_key(key.verifying_key()),
        to: text(entry, "/payTo")?.parse()?,
        value: text(entry, "/amount")?.parse()?,
        validAfter: U256::ZERO,
        validBefore: U256::from(now + lifetime),
        nonce,
    };
    let domain = eip712_domain! {
        name: text(entry, "/extra/name")?.to_owned(),
        version: text(entry, "/extra/version")?.to_owned(),
        chain_id: entry.pointer("/extra/chainId").and_then(Value::as_u64).context("no chain id")?,
        verifying_contract: text(entry, "/extra/verifyingContract")?.parse()?,
    };
    let hash = authorization.eip712_signing_hash(&domain);
    let signature: Signature = key.sign_prehash_recoverable(hash.as_slice())?.into();
    let payload = json!({
        "signature": signature.to_string(),
        "authorization": {
            "from": authorization.from.to_string(),
            "to": authorization.to.to_string(),
            "value": authorization.value.to_string(),
            "validAfter": authorization.validAfter.to_string(),
            "validBefore": authorization.validBefore.to_string(),
            "nonce": authorization.nonce.to_string(),
        },
    });
    Ok(BASE64.encode(json!({"x402Version": 2, "accepted": entry, "payload": payload}).to_string()))
}

/// Calls `pay_order`; what it returns.
async fn call(client: &RunningService<RoleClient, ClientConfig>, arguments: Value) -> anyhow::Result<Value> {
    let arguments: JsonObject = serde_json::from_value(arguments)?;
    let result = client
        .call_tool(CallToolRequestParams::new("pay_order").with_arguments(arguments))
        .await?;
    match result.structured_content {
        Some(order) => Ok(order),
        // The first block of a failure is a sentence: what went wrong, and what to do.
        None => bail!(
            "{}",
            result
                .content
                .first()
                .and_then(|block| block.as_text())
                .map_or("?", |block| &block.text)
        ),
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> anyhow::Result<&'a str> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .with_context(|| format!("there is no {pointer}"))
}

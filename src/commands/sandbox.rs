//! `sandbox`: runs the sandbox alone, and says how to use it.

use std::io::{self, Write};

use anyhow::Context as _;

use crate::sandbox::{PRESETS, Sandbox, TOKEN};

/// Runs the sandbox alone, says how to use it on stdout, and ends with Ctrl-C.
///
/// # Errors
/// When the port is taken, or stdout is closed.
pub async fn run(port: u16) -> anyhow::Result<()> {
    let sandbox = Sandbox::start(port)
        .await
        .with_context(|| format!("cannot listen on 127.0.0.1:{port} (`--port 0` takes any free port)"))?;
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    introduce(&sandbox, &mut io::stdout().lock())?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn introduce(sandbox: &Sandbox, out: &mut impl Write) -> io::Result<()> {
    let base = sandbox.base_url();
    writeln!(out, "Sandbox on {base} (no real money; Ctrl-C ends it)\n")?;
    writeln!(out, "Token  {TOKEN}\n\nOrders")?;
    for preset in PRESETS {
        writeln!(out, "  {}  {}", preset.id, preset.about)?;
    }
    writeln!(out, "\nCheckout page of an order: {base}/checkout/ORDER_ID")?;
    writeln!(
        out,
        "New order: POST {base}/api/v1/orders/ {{\"application_id\": \"…\", \"package_id\": \"…\"}}\n"
    )?;
    writeln!(out, "For another terminal, or for the settings of a server:")?;
    writeln!(out, "  export PLATFORM_API_BASE_URL={base}")?;
    writeln!(out, "  export ACEDATACLOUD_PLATFORM_TOKEN={TOKEN}")?;
    out.flush()
}

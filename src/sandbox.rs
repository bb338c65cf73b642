//! A platform on this machine to try everything without an account.
//!
//! A service: a real HTTP server on loopback with the platform's endpoints, bodies and errors, and a checkout page with
//! a Pay and a Decline button. It shares no code with [`crate::platform`], so that neither hides the other's mistakes.

mod api;
mod challenge;
mod checkout;
mod eip3009;
mod orders;
mod presets;
mod settlement;
mod wallet;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use self::orders::Orders;
pub use self::presets::{PRESETS, Preset};
pub use self::wallet::Wallet;

/// The token the sandbox accepts; it opens nothing else.
pub const TOKEN: &str = "platform-v1-5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// A running sandbox. It stops when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    server: JoinHandle<io::Result<()>>,
}

/// What the handlers share.
#[derive(Debug)]
struct Shared {
    base: String,
    orders: Mutex<Orders>,
}

impl Shared {
    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the checkout page of an order is.
    fn checkout_url(&self, id: impl std::fmt::Display) -> String {
        format!("{}/checkout/{id}", self.base)
    }
}

impl Sandbox {
    /// Starts a sandbox on 127.0.0.1, with its preset orders as new.
    ///
    /// # Errors
    /// When the port cannot be listened on; 0 takes any free one.
    pub async fn start(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            base: format!("http://{address}"),
            orders: Mutex::new(Orders::preset()),
        });
        let router = Router::new()
            .merge(api::routes())
            .merge(checkout::routes())
            .with_state(shared);
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, server })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the checkout page of an order is, also for a WeChat order, whose payment link no browser opens.
    #[must_use]
    pub fn checkout_url(&self, id: impl std::fmt::Display) -> String {
        format!("{}/checkout/{id}", self.base_url())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Runs the sandbox alone, says how to use it on stdout, and ends with Ctrl-C.
///
/// # Errors
/// When the port is taken, or stdout is closed.
pub async fn run(port: u16) -> anyhow::Result<()> {
    use anyhow::Context as _;

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

//! A platform on this machine to try everything without an account.
//!
//! A service: a real HTTP server on loopback with the platform's endpoints, bodies and errors, and a checkout page with
//! a Pay and a Decline button. Programs on this machine may use it, and pages from elsewhere may not. It shares no code with [`crate::platform`], so that neither hides the other's mistakes.

mod api;
mod challenge;
mod checkout;
mod eip3009;
mod guard;
mod order;
mod orders;
mod presets;
mod refusal;
mod settlement;
mod wallet;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use self::api::TOKEN;
use self::orders::Shared;
pub use self::presets::{PRESETS, Preset};
pub use self::wallet::Wallet;

/// A running sandbox. It stops when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    server: JoinHandle<io::Result<()>>,
}

impl Sandbox {
    /// Starts a sandbox on 127.0.0.1, with its preset orders as new.
    ///
    /// # Errors
    /// When the port cannot be listened on; 0 takes any free one.
    pub async fn start(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(format!("http://{address}")));
        let router = Router::new()
            .merge(api::routes())
            .merge(checkout::routes())
            .with_state(shared)
            .layer(middleware::from_fn_with_state(address.port(), guard::guard));
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

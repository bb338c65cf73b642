//! Pay Ace Data Cloud orders: the library behind the MCP server `acedata-pay-mcp`.
//!
//! It is for those who write another front than the server: a bot, a web service, an agent in Rust. [`payment::Payments`] is the
//! way in. It starts the payment of an order and tells how it stands, by the rules of money that the server keeps: an unclear end
//! is looked up and never repeated in the dark, and one order has one payment at a time. Whoever only wants to pay from an
//! assistant or a terminal needs the program alone.
//!
//! ```
//! use std::time::Duration;
//!
//! use acedata_pay_mcp::journal::{Front, Journal, Location};
//! use acedata_pay_mcp::order::OrderId;
//! use acedata_pay_mcp::pay_way::PayWay;
//! use acedata_pay_mcp::payment::{Clock, Conditions, Environment, Payments, Rules};
//! use acedata_pay_mcp::platform::{Limits, PayRequest, Platform};
//! use acedata_pay_mcp::sandbox::{self, Sandbox};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//! // A platform on this machine; the real one is `BaseUrl::LIVE.parse()?`, with a token of yours.
//! let sandbox = Sandbox::start(0).await?;
//! let limits = Limits { request_timeout: Duration::from_secs(30), requests_per_second: 20 };
//! let platform = Platform::new(sandbox.base_url().parse()?, Some(sandbox::TOKEN.parse()?), limits);
//! // What is paid is written down, so that nothing is paid twice; usually in `Location::usual()`.
//! let journal = Journal::new(Location::Temporary, Front::Terminal);
//! let payments = Payments::new(platform, Rules::usual(Environment::Sandbox), journal, Clock::default());
//!
//! let order: OrderId = sandbox::PRESETS[0].id.parse()?;
//! let request = PayRequest { pay_way: Some(PayWay::Stripe), surface: None };
//! match payments.pay(order, &request, Conditions::default()).await {
//!     Ok(status) => assert!(status.pay_url().is_some() && !status.order.state.is_paid()),
//!     // After `Outcome::Unknown` ask `payments.check(order)`, and do not pay again.
//!     Err(failure) => panic!("{:?}: {:?}", failure.code, failure.outcome),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The modules depend on each other in one direction: **edges → output → services → vocabulary**.
//!
//! | Layer | Modules | Knows |
//! |---|---|---|
//! | edges | [`mcp`] | JSON-RPC, tools, schemas; the only module that names `rmcp` (and the demo and the doctor, as clients) |
//! | | `cli`, `commands`, `hosts`, `settings`, `setup`, `logging` | the command line and the process; they are the program's own, may change at any time, and are not in these pages |
//! | output | [`output`], [`qr`] | how an order stands, as facts to show; a link as a picture or as text |
//! | services | [`payment`] | the rules of money: what stands, what to do next, what went wrong |
//! | | [`platform`] | HTTP, status codes, body shapes |
//! | | [`journal`] | every attempt to pay, durable, in a file or a database |
//! | | [`sandbox`] | a platform on this machine; shares no code with the client it is there to try |
//! | vocabulary | [`order`], [`pay_way`], [`money`], [`pay_url`], [`pay_hosts`], [`token`], [`x402`], [`text`] | values, parsed once at the border; no I/O |
//!
//! Data flows one way: arguments → vocabulary → [`payment`] → [`platform`] → HTTP, and back as an [`order::Order`], then
//! a reply.

#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod commands;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
#[doc(hidden)]
pub mod hosts;
pub mod journal;
#[doc(hidden)]
pub mod logging;
pub mod mcp;
pub mod money;
pub mod order;
pub mod output;
pub mod pay_hosts;
pub mod pay_url;
pub mod pay_way;
pub mod payment;
pub mod platform;
pub mod qr;
pub mod sandbox;
mod secret;
#[doc(hidden)]
pub mod settings;
#[doc(hidden)]
pub mod setup;
pub mod text;
pub mod token;
pub mod x402;

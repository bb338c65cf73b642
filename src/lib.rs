//! Pay Ace Data Cloud orders from an AI assistant: a Model Context Protocol server on stdio.
//!
//! The modules, and the one direction in which they depend on each other: **MCP edge → services → vocabulary**.
//!
//! | Layer | Modules | Knows |
//! |---|---|---|
//! | operator | [`cli`], [`settings`], [`logging`], [`setup`], [`commands`], [`hosts`], [`docs`] | the command line and the process |
//! | MCP edge | [`mcp`] | JSON-RPC, tools, schemas; the only module that names `rmcp` (and the demo and the doctor, as clients) |
//! | services | [`payment`] | the rules of money: what stands, what to do next, what went wrong |
//! | | [`platform`] | HTTP, status codes, body shapes |
//! | | [`output`] | how an order stands, as facts to show |
//! | | [`journal`] | every attempt to pay, durable, in a file or a database |
//! | | [`report`] | how an order stands, as facts to show |
//! | | [`qr`] | a link as a picture or as text |
//! | | [`sandbox`] | a platform on this machine; shares no code with the client it is there to try |
//! | vocabulary | [`order`], [`pay_way`], [`money`], [`pay_url`], [`pay_hosts`], [`token`], [`x402`], [`text`] | values, parsed once at the border; no I/O |
//!
//! Data flows one way: arguments → vocabulary → [`payment`] → [`platform`] → HTTP, and back as an [`order::Order`], then
//! a reply.

pub mod cli;
pub mod commands;
pub mod docs;
pub mod hosts;
pub mod journal;
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
pub mod settings;
pub mod setup;
pub mod text;
pub mod token;
pub mod x402;

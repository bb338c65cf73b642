//! The real server and the real HTTP stack: the binary over stdio, the client over TCP, the sandbox over HTTP.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking, and is written to be read"
)]
#![expect(
    unreachable_pub,
    reason = "a test binary has no crate that its helpers could be public to"
)]

mod cli;
mod commands;
mod crash;
mod doctor;
mod documents;
mod edges;
mod elicitation;
mod faults;
mod guards;
mod hostile;
mod hosts;
mod journal;
mod lifecycle;
mod misconfigured;
mod packaging;
mod proxies;
mod qr_codes;
mod records;
mod sandbox;
mod secrets;
mod soak;
mod stdio;
mod support;
mod tools;
#[cfg(unix)]
mod unread;
mod waiting;
mod wire;
mod x402;

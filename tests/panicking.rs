//! A handler that panics still answers, and the server lives on.
//!
//! This target has no test harness: run by `cargo test` it starts itself as a server, with the library's own `serve` on
//! its real stdin and stdout, and a log subscriber that panics in the middle of a tool call.

#![expect(clippy::unwrap_used, reason = "a test without the attribute that would say so")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use acedata_pay_mcp::{cli::Cli, mcp, settings::Config};
use clap::Parser as _;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

const ORDER: &str = "00000000-0000-4000-8000-000000000001";

fn main() {
    if std::env::args().any(|argument| argument == "serve") {
        serve();
    } else {
        a_panicking_handler_still_answers();
    }
}

fn a_panicking_handler_still_answers() {
    let mut server = Command::new(std::env::current_exe().unwrap())
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let mut stdin = server.stdin.take().unwrap();
    for id in 1..=2 {
        let call = json!({"name": "check_order_status", "arguments": {"order_id": ORDER}, "_meta": meta});
        writeln!(
            stdin,
            "{}",
            json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": call})
        )
        .unwrap();
    }
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    for _ in 1..=2 {
        let answer: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let text = answer
            .pointer("/result/content/1/text")
            .and_then(Value::as_str)
            .unwrap();
        let mut error: Value = serde_json::from_str(text).unwrap();
        let platform = error
            .get_mut("error")
            .and_then(Value::as_object_mut)
            .unwrap()
            .remove("platform")
            .unwrap();
        assert!(platform.as_str().unwrap().starts_with("127.0.0.1:"), "{platform}");
        assert_eq!(
            error,
            json!({"error": {
                "code": "internal_error",
                "message": "This program failed in the middle of the call.",
                "hint": "Call `check_order_status` for this order before anything else; do not pay again until it tells how \
                         the order stands.",
                "retryable": false,
                "outcome": "unknown",
            }})
        );
        assert_eq!(answer.pointer("/result/isError"), Some(&json!(true)));
    }
    drop(stdin);
    assert!(server.wait().unwrap().success());
}

fn serve() {
    tracing::subscriber::set_global_default(Panicking).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = Config::load(&Cli::parse_from(["test", "--sandbox"]).settings).unwrap();
    runtime.block_on(mcp::serve(config)).unwrap();
    runtime.shutdown_background();
}

/// Panics when a tool call is logged, which is inside its handler.
struct Panicking;

impl Subscriber for Panicking {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("acedata_pay_mcp::mcp")
    }

    fn event(&self, event: &Event<'_>) {
        struct ToolCall;
        impl Visit for ToolCall {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                assert!(
                    field.name() != "message" || format!("{value:?}") != "tool call",
                    "a bug in a handler"
                );
            }
        }
        event.record(&mut ToolCall);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

//! Whether anybody starves: how long a check of another order takes while the server has a heavy load, in 45 seconds or so.
//!
//! `cargo bench --bench starving`. Four loads, each with a server and a platform of its own, all at once: slow orders,
//! settlements, cancelled checks, and waits.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "a measuring tool"
)]

use std::collections::HashMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use acedata_pay_mcp::sandbox::Wallet;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

#[path = "../tests/it/support/platform.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod platform;

use self::platform::{Platform, Reply, Request};

const BINARY: &str = env!("CARGO_BIN_EXE_acedata-pay-mcp");
const TOKEN: &str = acedata_pay_mcp::sandbox::TOKEN;

/// How often a check is measured under each load, and how long it is waited for the next.
const CHECKS: usize = 60;
const PAUSE: Duration = Duration::from_millis(300);

/// What is aimed at, at the 95th percentile.
const AIM: Duration = Duration::from_secs(2);

/// The orders that are slow; any other answers at once.
const SLOW: &str = "00000000-0000-4000-8000-";

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let met = runtime.block_on(measure());
    if !met {
        std::process::exit(1);
    }
}

async fn measure() -> bool {
    println!("| Load | Median | 95th percentile | Longest | Aim |\n|---|---|---|---|---|");
    let loads = tokio::join!(
        under("40 slow orders", slow_orders),
        under("32 settlements", settlements),
        under("900 cancelled checks", cancelled_checks),
        under("1,000 waits", waits),
    );
    [loads.0, loads.1, loads.2, loads.3].into_iter().all(|met| met)
}

/// Measures checks of another order under a load; whether the aim is met.
async fn under(name: &str, load: impl AsyncFn(&mut Server)) -> bool {
    let platform = Platform::scripted(reply).await;
    let mut server = Server::of(&platform.base_url).await;
    load(&mut server).await;
    let mut times = Vec::new();
    for number in 0..CHECKS {
        let begun = Instant::now();
        let arguments = json!({"order_id": format!("ffffffff-0000-4000-8000-{number:012}")});
        server.call("check_order_status", arguments).await;
        times.push(begun.elapsed());
        sleep(PAUSE).await;
    }
    times.sort();
    let (median, p95, longest) = (times[CHECKS / 2], times[CHECKS * 95 / 100], times[CHECKS - 1]);
    println!("| {name} | {median:.0?} | {p95:.0?} | {longest:.0?} | ≤ {AIM:?} |");
    p95 <= AIM
}

fn reply(_: usize, request: &Request) -> Reply {
    let id = request.line.split('/').nth(4).unwrap_or_default();
    let order = Reply::json(200, json!({"id": id, "state": "Pending"}));
    let is_slow = id.starts_with(SLOW) && (request.line.contains("/pay/") || id.contains("-8000-1"));
    if is_slow {
        Reply::After(Duration::from_secs(60), Box::new(order))
    } else {
        order
    }
}

/// Checks of orders that the platform takes a minute for.
async fn slow_orders(server: &mut Server) {
    for number in 0..40 {
        let arguments = json!({"order_id": format!("{SLOW}1{number:011}")});
        server.ask("check_order_status", arguments).await;
    }
}

/// Signed payments that the chain takes a minute for.
async fn settlements(server: &mut Server) {
    let entry = json!({
        "scheme": "exact", "network": "eip155:8453", "amount": "1200000", "maxTimeoutSeconds": 120,
        "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "payTo": "0x1111111111111111111111111111111111111112",
        "extra": {"name": "USD Coin", "version": "2", "chainId": 8453,
            "verifyingContract": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"},
    });
    let wallet = Wallet::throw_away();
    for number in 0..32 {
        let signature = wallet.sign(2, &entry).unwrap();
        let order_id = format!("{SLOW}{number:012}");
        let arguments = json!({"order_id": order_id, "pay_way": "X402", "payment_signature": signature});
        server.ask("pay_order", arguments).await;
    }
}

/// Checks that nobody waits for any more.
async fn cancelled_checks(server: &mut Server) {
    for number in 0..900 {
        let arguments = json!({"order_id": format!("{SLOW}1{number:011}")});
        let id = server.ask("check_order_status", arguments).await;
        let params = json!({"requestId": id});
        server
            .send(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}))
            .await;
    }
}

/// Waits for the payments of as many orders.
async fn waits(server: &mut Server) {
    for number in 0..1000 {
        let arguments = json!({"order_id": format!("{SLOW}{number:012}"), "wait_seconds": 50});
        server.ask("check_order_status", arguments).await;
    }
}

/// A server, and the answers that have come.
struct Server {
    _child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    answers: HashMap<u64, Value>,
    next_id: u64,
}

impl Server {
    async fn of(base_url: &str) -> Self {
        let mut child = Command::new(BINARY)
            .args(["--base-url", base_url])
            .env("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)
            .env("RUST_LOG", "error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut server = Self {
            stdin: child.stdin.take().unwrap(),
            stdout: BufReader::new(child.stdout.take().unwrap()).lines(),
            _child: child,
            answers: HashMap::new(),
            next_id: 1,
        };
        let client = json!({"name": "bench", "version": "1"});
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
        let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
        server.send(initialize).await;
        server.answer(1).await;
        server
            .send(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
            .await;
        server
    }

    async fn send(&mut self, message: Value) {
        self.stdin.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    /// Calls a tool without waiting for its answer; the id of the call.
    async fn ask(&mut self, tool: &str, arguments: Value) -> u64 {
        self.next_id += 1;
        let params = json!({"name": tool, "arguments": arguments});
        self.send(json!({"jsonrpc": "2.0", "id": self.next_id, "method": "tools/call", "params": params}))
            .await;
        self.next_id
    }

    /// Calls a tool, and waits for an answer that is no error.
    async fn call(&mut self, tool: &str, arguments: Value) {
        let id = self.ask(tool, arguments).await;
        let answer = self.answer(id).await;
        assert_eq!(answer["result"]["isError"], json!(false), "{answer}");
    }

    async fn answer(&mut self, id: u64) -> Value {
        loop {
            if let Some(answer) = self.answers.remove(&id) {
                return answer;
            }
            let line = timeout(Duration::from_secs(60), self.stdout.next_line()).await;
            let line = line.expect("an answer").unwrap().expect("more than that");
            let message: Value = serde_json::from_str(&line).unwrap();
            if let Some(id) = message["id"].as_u64() {
                self.answers.insert(id, message);
            }
        }
    }
}

//! The figures of the documents: `cargo bench`, one run on one machine, medians and ratios.
//!
//! The peer is the platform's own server, `mcp-acedatacloud` of the Python index, in a throw-away environment; without
//! Python it is left out.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "a measuring tool"
)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

#[path = "../tests/it/support/faults.rs"]
mod faults;
#[path = "../tests/it/support/platform.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod platform;

const BINARY: &str = env!("CARGO_BIN_EXE_acedata-pay-mcp");
const ORDER: &str = "00000000-0000-4000-8000-000000000001";
const TOKEN: &str = acedata_pay_mcp::sandbox::TOKEN;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(figures());
}

async fn figures() {
    let peer = peer();
    println!("| Figure | This server | Compared with | Ratio | Aim |\n|---|---|---|---|---|");
    start(peer.as_deref()).await;
    calls().await;
    journal().await;
    memory(peer.as_deref()).await;
    sizes(peer.as_deref()).await;
}

fn row(figure: &str, ours: &str, other: &str, ratio: &str, aim: &str) {
    println!("| {figure} | {ours} | {other} | {ratio} | {aim} |");
}

/// From the start of the process to the answer of `tools/list`.
async fn start(peer: Option<&Path>) {
    let mut ours = Vec::new();
    let mut floor = Vec::new();
    for _ in 0..60 {
        ours.push(listed(Path::new(BINARY)).await.0);
        floor.push(echoed().await);
    }
    let (ours, floor) = (median(ours), median(floor));
    let ratio = format!("{:.1}×", ours.as_secs_f64() / floor.as_secs_f64());
    row(
        "start to `tools/list`",
        &ms(ours),
        &format!("`cat` echoing two lines: {}", ms(floor)),
        &ratio,
        "≤ 3×",
    );
    if let Some(peer) = peer {
        let mut theirs = Vec::new();
        for _ in 0..7 {
            theirs.push(listed(peer).await.0);
        }
        let theirs = median(theirs);
        let ratio = format!("1/{:.0}", theirs.as_secs_f64() / ours.as_secs_f64());
        row(
            "start to `tools/list`",
            &ms(ours),
            &format!("`mcp-acedatacloud`: {}", ms(theirs)),
            &ratio,
            "≤ 1/300",
        );
    } else {
        println!(
            "| start to `tools/list` | {} | `mcp-acedatacloud`: left out, no Python here | | |",
            ms(ours)
        );
    }
}

/// One call at a time, and 64 at once, against a bare client of the same local server.
async fn calls() {
    let (_sandbox, base_url) = sandbox().await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{base_url}/api/v1/orders/{ORDER}/refresh/");
    let post = || {
        let request = client
            .post(&url)
            .header("authorization", format!("Bearer {TOKEN}"))
            .body("{}");
        async move { request.send().await.unwrap().bytes().await.unwrap() }
    };
    let mut server = Process::server(Path::new(BINARY), &base_url);
    server.initialize().await;
    let mut ours = Vec::new();
    let mut bare = Vec::new();
    for _ in 0..2000 {
        let begun = Instant::now();
        post().await;
        bare.push(begun.elapsed());
        let begun = Instant::now();
        server.request("tools/call", check()).await;
        ours.push(begun.elapsed());
    }
    let (ours, bare) = (median(ours), median(bare));
    let mut cat = Process::start(Path::new("cat"), &[]);
    let mut pipe = Vec::new();
    for _ in 0..2000 {
        let begun = Instant::now();
        cat.exchange(&format!("{}\n", check())).await;
        pipe.push(begun.elapsed());
    }
    let pipe = median(pipe);
    let ratio = |floor: Duration| format!("{:.1}×", ours.as_secs_f64() / floor.as_secs_f64());
    row(
        "one call at a time",
        &us(ours),
        &format!("bare reqwest: {}", us(bare)),
        &ratio(bare),
        "≤ 2×",
    );
    let compared = format!("bare reqwest and a line through `cat`: {} + {}", us(bare), us(pipe));
    row("one call at a time", &us(ours), &compared, &ratio(bare + pipe), "");

    let mut rates = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let begun = Instant::now();
        let tasks = (0..64).map(|_| async {
            for _ in 0..50 {
                post().await;
            }
        });
        futures_util::future::join_all(tasks).await;
        rates.0.push(begun.elapsed());
        let begun = Instant::now();
        server.many(3200, 64, |_| check()).await;
        rates.1.push(begun.elapsed());
    }
    let rate = |elapsed: Duration| 3200.0 / elapsed.as_secs_f64();
    let (bare, ours) = (rate(median(rates.0)), rate(median(rates.1)));
    let compared = format!("bare reqwest: {bare:.0} calls/s");
    row(
        "64 at once",
        &format!("{ours:.0} calls/s"),
        &compared,
        &format!("{:.2}", ours / bare),
        "≥ 0.7",
    );
}

/// What writing a payment down adds to its call: the same calls of a server whose journal cannot be opened, which goes on without.
async fn journal() {
    let (_sandbox, base_url) = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state").join("journal.sqlite3");
    let mut servers = Vec::new();
    for place in [file.to_str().unwrap(), "/dev/null/journal.sqlite3"] {
        let arguments = ["--base-url", &base_url, "--rate-limit", "10000", "--journal", place];
        let mut server = Process::start(Path::new(BINARY), &arguments);
        server.initialize().await;
        servers.push((server, Vec::new()));
    }
    let pay = json!({"name": "pay_order", "arguments": {"order_id": ORDER, "pay_way": "STRIPE"}});
    for _ in 0..500 {
        for (server, samples) in &mut servers {
            let begun = Instant::now();
            server.request("tools/call", pay.clone()).await;
            samples.push(begun.elapsed());
        }
    }
    let mut medians = servers.into_iter().map(|(_, samples)| median(samples));
    let (with, without) = (medians.next().unwrap(), medians.next().unwrap());
    row(
        "a `pay_order`, written down",
        &ms(with),
        &format!("without a journal: {}", ms(without)),
        &format!("+{}", ms(with.saturating_sub(without))),
        "≤ +2 ms",
    );
}

/// Peak memory at start, and after 20,000 calls on a bad day.
async fn memory(peer: Option<&Path>) {
    let (_, at_start) = listed(Path::new(BINARY)).await;
    let bad_day = platform::Platform::scripted(faults::mixed).await;
    let mut server = Process::server(Path::new(BINARY), &bad_day.base_url);
    server.initialize().await;
    let call = |number: usize| {
        let order_id = format!("00000000-0000-4000-8000-{number:012x}");
        if number.is_multiple_of(3) {
            json!({"name": "pay_order", "arguments": {"order_id": order_id, "pay_way": "STRIPE"}})
        } else {
            json!({"name": "check_order_status", "arguments": {"order_id": order_id}})
        }
    };
    server.many(2000, 64, call).await;
    let warm = server.memory("VmHWM");
    server.many(18_000, 64, call).await;
    let soaked = server.memory("VmHWM");
    row("peak memory at start", &mb(at_start), "", "", "≤ 14 MB");
    if let Some(peer) = peer {
        let (_, theirs) = listed(peer).await;
        let ratio = format!("1/{:.0}", theirs as f64 / at_start as f64);
        row(
            "peak memory at start",
            &mb(at_start),
            &format!("`mcp-acedatacloud`: {}", mb(theirs)),
            &ratio,
            "",
        );
    }
    let growth = format!("+{:.1} MB", (soaked - warm) as f64 / 1024.0);
    row(
        "peak memory after 20,000 calls with faults",
        &mb(soaked),
        &format!("after 2,000: {}", mb(warm)),
        &growth,
        "≤ +2 MB",
    );
}

async fn sizes(peer: Option<&Path>) {
    let size = std::fs::metadata(BINARY).unwrap().len();
    row(
        "binary, stripped",
        &format!("{:.1} MB", size as f64 / 1e6),
        "",
        "",
        "≤ 13 MB",
    );
    let mut server = Process::start(Path::new(BINARY), &["--sandbox"]);
    server.initialize().await;
    let list = server.request("tools/list", json!({})).await.len();
    let theirs = match peer {
        Some(peer) => {
            let mut peer = Process::start(peer, &[]);
            peer.initialize().await;
            peer.request("tools/list", json!({})).await.len()
        }
        None => 0,
    };
    let compared = format!("`mcp-acedatacloud` (all its tools): {theirs} bytes");
    row(
        "`tools/list`",
        &format!("{list} bytes"),
        &compared,
        &format!("1/{:.1}", theirs as f64 / list as f64),
        "",
    );
    let pay = json!({"name": "pay_order", "arguments": {"order_id": ORDER, "pay_way": "STRIPE"}});
    let result = server.request("tools/call", pay).await.len();
    row("a `pay_order` result", &format!("{result} bytes"), "", "", "");
}

fn check() -> Value {
    json!({"name": "check_order_status", "arguments": {"order_id": ORDER}})
}

/// A child process that speaks lines.
struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    next_id: u64,
}

impl Process {
    fn start(program: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)
            .env("RUST_LOG", "error");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            stdin,
            stdout,
            next_id: 0,
        }
    }

    fn server(program: &Path, base_url: &str) -> Self {
        Self::start(
            program,
            &["--base-url", base_url, "--rate-limit", "10000", "--timeout", "2"],
        )
    }

    async fn exchange(&mut self, line: &str) -> String {
        self.stdin.write_all(line.as_bytes()).await.unwrap();
        self.stdout.next_line().await.unwrap().unwrap()
    }

    async fn request(&mut self, method: &str, params: Value) -> String {
        self.next_id += 1;
        let request = json!({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params});
        self.exchange(&format!("{request}\n")).await
    }

    async fn initialize(&mut self) {
        let client = json!({"name": "bench", "version": "1"});
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
        self.request("initialize", params).await;
        let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        self.stdin
            .write_all(format!("{initialized}\n").as_bytes())
            .await
            .unwrap();
    }

    /// Makes tool calls, so many at once.
    async fn many(&mut self, calls: usize, at_once: usize, call: impl Fn(usize) -> Value) {
        for number in 0..calls + at_once {
            if number >= at_once {
                self.stdout.next_line().await.unwrap().unwrap();
            }
            if number < calls {
                let request =
                    json!({"jsonrpc": "2.0", "id": number + 1000, "method": "tools/call", "params": call(number)});
                self.stdin.write_all(format!("{request}\n").as_bytes()).await.unwrap();
            }
        }
    }

    /// A figure of `/proc/PID/status` in kB; 0 where there is no such file.
    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok())
            .unwrap_or(0)
    }
}

/// How long a server takes to list its tools, and its peak memory then in kB.
async fn listed(program: &Path) -> (Duration, u64) {
    let begun = Instant::now();
    let mut server = Process::start(program, &[]);
    server.initialize().await;
    server.request("tools/list", json!({})).await;
    (begun.elapsed(), server.memory("VmHWM"))
}

/// How long any process takes to answer two lines: the floor.
async fn echoed() -> Duration {
    let begun = Instant::now();
    let mut cat = Process::start(Path::new("cat"), &[]);
    cat.exchange("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}\n")
        .await;
    cat.exchange("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}\n")
        .await;
    begun.elapsed()
}

/// The sandbox in a process of its own, and where it is.
async fn sandbox() -> (Process, String) {
    let mut sandbox = Process::start(Path::new(BINARY), &["sandbox", "--port", "0"]);
    let first = sandbox.stdout.next_line().await.unwrap().unwrap();
    let base_url = first
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .unwrap()
        .to_owned();
    (sandbox, base_url)
}

/// The peer's program, installed once into a folder of the build.
fn peer() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mcp-acedatacloud");
    let program = folder.join("bin/mcp-acedatacloud");
    if !program.exists() {
        let run = |program: &Path, arguments: &[&str]| {
            let mut command = std::process::Command::new(program);
            command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        let made = run(Path::new("python3"), &["-m", "venv", folder.to_str()?]);
        if !made
            || !run(
                &folder.join("bin/pip"),
                &["install", "-q", "mcp-acedatacloud==2026.10.25.0"],
            )
        {
            return None;
        }
    }
    Some(program)
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort();
    samples[samples.len() / 2]
}

fn ms(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

fn us(duration: Duration) -> String {
    format!("{:.0} µs", duration.as_secs_f64() * 1e6)
}

fn mb(kilobytes: u64) -> String {
    format!("{:.1} MB", kilobytes as f64 / 1024.0)
}

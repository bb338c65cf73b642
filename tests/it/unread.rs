//! Hosts that read stdout, stderr or both late or never, over a pipe and over a pair of sockets, as some start us.

use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use crate::support::platform::{Platform, Reply};
use crate::support::server::{command, order};
use crate::support::{TOKEN, faults};

const PATIENCE: Duration = Duration::from_secs(60);

/// What a host gives a server as its stdin, stdout and stderr.
#[derive(Debug, Clone, Copy)]
enum Means {
    Pipes,
    Sockets,
}

const BOTH: [Means; 2] = [Means::Pipes, Means::Sockets];

/// A server of which nothing is read until it is asked for.
struct Process {
    child: Child,
    stdin: Option<Box<dyn AsyncWrite + Unpin>>,
    stdout: Box<dyn AsyncRead + Unpin>,
    stderr: Box<dyn AsyncRead + Unpin>,
}

impl Process {
    async fn start(means: Means, base_url: &str) -> Self {
        let arguments = ["--base-url", base_url, "--rate-limit", "10000"];
        let mut command = command(&arguments, &[("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)]);
        let mut process = match means {
            Means::Pipes => {
                command
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped());
                let mut child = command.spawn().unwrap();
                Self {
                    stdin: Some(Box::new(child.stdin.take().unwrap())),
                    stdout: Box::new(child.stdout.take().unwrap()),
                    stderr: Box::new(child.stderr.take().unwrap()),
                    child,
                }
            }
            Means::Sockets => {
                let (stdin, theirs) = pair();
                command.stdin(theirs);
                let (stdout, theirs) = pair();
                command.stdout(theirs);
                let (stderr, theirs) = pair();
                command.stderr(theirs);
                let child = command.spawn().unwrap();
                Self {
                    child,
                    stdin: Some(Box::new(stdin)),
                    stdout: Box::new(stdout),
                    stderr: Box::new(stderr),
                }
            }
        };
        let client = json!({"name": "test", "version": "1"});
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
        process
            .send(&json!({"jsonrpc": "2.0", "id": "open", "method": "initialize", "params": params}))
            .await;
        process
    }

    async fn send(&mut self, message: &Value) {
        let stdin = self.stdin.as_mut().unwrap();
        let line = format!("{message}\n");
        timeout(PATIENCE, stdin.write_all(line.as_bytes()))
            .await
            .expect("stdin is not read")
            .unwrap();
    }

    /// Sends calls, each about an order of its own.
    async fn call(&mut self, calls: usize) {
        for number in 0..calls {
            let order_id = format!("00000000-0000-4000-8000-{number:012x}");
            let params = json!({"name": "check_order_status", "arguments": {"order_id": order_id}});
            self.send(&json!({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}))
                .await;
        }
    }

    fn signal(&self) {
        let pid = self.child.id().unwrap().to_string();
        assert!(std::process::Command::new("kill").arg(pid).status().unwrap().success());
    }

    async fn end(&mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait())
            .await
            .expect("the server should end")
            .unwrap()
    }
}

/// Two sockets: ours, and one for the server.
fn pair() -> (UnixStream, Stdio) {
    let (ours, theirs) = StdStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    (UnixStream::from_std(ours).unwrap(), Stdio::from(OwnedFd::from(theirs)))
}

async fn good_day() -> Platform {
    Platform::scripted(|_, request| faults::mixed(0, request)).await
}

async fn asked(platform: &Platform, times: usize) {
    let all = async {
        while platform.requests().len() < times {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, all).await.expect("the server hangs");
}

#[tokio::test]
async fn of_thousands_of_calls_that_nobody_reads_every_answer_is_there_and_log_lines_are_counted() {
    // More log lines than a pipe, the write that hangs and the buffer hold together.
    const CALLS: usize = 4000;
    for means in BOTH {
        let platform = good_day().await;
        let mut process = Process::start(means, &platform.base_url).await;
        process.call(CALLS).await;
        asked(&platform, CALLS).await;

        let mut open: HashSet<_> = (0..CALLS as u64).collect();
        let mut lines = BufReader::new(&mut process.stdout).lines();
        while !open.is_empty() {
            let line = timeout(PATIENCE, lines.next_line())
                .await
                .expect("an answer is missing")
                .unwrap();
            let answer: Value = serde_json::from_str(&line.expect("the server ended")).unwrap();
            if answer["id"] == "open" {
                continue;
            }
            assert!(open.remove(&answer["id"].as_u64().unwrap()), "{answer}");
            assert_eq!(order(&answer["result"])["state"], "Pending");
        }

        // What is said once there is room again, up to the last line of the process.
        let mut log = String::new();
        process.stdin = None;
        timeout(PATIENCE, process.stderr.read_to_string(&mut log))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(process.end().await.code(), Some(0), "{means:?}");
        let told = log.lines().filter(|line| line.contains("tool call")).count();
        let lost: usize = log
            .lines()
            .filter_map(|line| line.strip_suffix(" log lines were dropped here: nobody was reading stderr"))
            .map(|lost| lost.parse::<usize>().unwrap())
            .sum();
        assert!(lost > 0, "{means:?}: nothing was lost, so nothing was tested");
        assert_eq!(told + lost, CALLS, "{means:?}");
        assert_eq!(
            log.lines().filter(|line| line.contains("serving MCP on stdio")).count(),
            1
        );
    }
}

#[tokio::test]
async fn a_signal_ends_a_process_of_which_nothing_is_read_and_it_is_idle_until_then() {
    for means in BOTH {
        let platform = good_day().await;
        let mut process = Process::start(means, &platform.base_url).await;
        process.call(400).await;
        asked(&platform, 400).await;
        let idle = async {
            loop {
                let before = busy(&process.child);
                sleep(Duration::from_secs(1)).await;
                if busy(&process.child).saturating_sub(before) < Duration::from_millis(100) {
                    return;
                }
            }
        };
        timeout(PATIENCE, idle).await.expect("a busy loop");
        let started = Instant::now();
        process.signal();
        assert_eq!(process.end().await.code(), Some(0), "{means:?}");
        assert!(
            started.elapsed() < Duration::from_secs(6),
            "{means:?}: {:?}",
            started.elapsed()
        );
    }
}

#[tokio::test]
async fn the_end_of_stdin_ends_a_process_of_which_nothing_is_read() {
    for means in BOTH {
        let platform = good_day().await;
        let mut process = Process::start(means, &platform.base_url).await;
        process.call(400).await;
        asked(&platform, 400).await;
        let started = Instant::now();
        process.stdin = None;
        assert_eq!(process.end().await.code(), Some(0), "{means:?}");
        assert!(
            started.elapsed() < Duration::from_secs(12),
            "{means:?}: {:?}",
            started.elapsed()
        );
    }
}

#[tokio::test]
async fn a_signal_counts_after_the_end_of_stdin_too() {
    for means in BOTH {
        let platform = Platform::start(vec![Reply::Hang; 9]).await;
        let mut process = Process::start(means, &platform.base_url).await;
        process.call(1).await;
        asked(&platform, 1).await;
        process.stdin = None;
        sleep(Duration::from_millis(300)).await;
        let started = Instant::now();
        process.signal();
        assert_eq!(process.end().await.code(), Some(0), "{means:?}");
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{means:?}: {:?}",
            started.elapsed()
        );
    }
}

#[tokio::test]
async fn a_closed_stdout_is_the_end_of_the_session_too() {
    for means in BOTH {
        let platform = good_day().await;
        let mut process = Process::start(means, &platform.base_url).await;
        process.stdout = Box::new(tokio::io::empty());
        process.call(1).await;
        assert_eq!(process.end().await.code(), Some(0), "{means:?}");
    }
}

/// How much of a processor the process has had.
#[cfg(target_os = "linux")]
fn busy(child: &Child) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id().unwrap())).unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11..=12].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    // A tick is a hundredth of a second.
    Duration::from_millis(10 * ticks)
}

#[cfg(not(target_os = "linux"))]
fn busy(_: &Child) -> Duration {
    Duration::ZERO
}

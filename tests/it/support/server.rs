//! The binary as an MCP client starts it: a process with pipes, every read under a time-out.

use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Longer than anything that is meant to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_acedata-pay-mcp");

/// A command that runs the binary with nothing of this process's environment, and a folder for its state alone.
pub fn command(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let state = format!(
        "{}/state/{}-{}",
        env!("CARGO_TARGET_TMPDIR"),
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    );
    let mut command = Command::new(BINARY);
    command
        .args(arguments)
        .env_clear()
        .env("HOME", &state)
        .env("XDG_STATE_HOME", &state)
        .envs(environment.iter().copied())
        .kill_on_drop(true);
    command
}

/// A running server.
pub struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Arc<Mutex<String>>,
    next_id: u64,
}

impl Server {
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = command(arguments, environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stderr.take().unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let collected = Arc::clone(&stderr);
        tokio::spawn(async move {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = pipe.read(&mut bytes).await {
                collected
                    .lock()
                    .unwrap()
                    .push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        });
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            stdin,
            stdout,
            stderr,
            next_id: 0,
        }
    }

    /// A server with the sandbox, in a session of 2025-11-25.
    pub async fn sandbox() -> Self {
        let mut server = Self::start(&["--sandbox"], &[]);
        server.initialize("2025-11-25").await;
        server
    }

    /// A server of a platform, in a session of 2025-11-25.
    pub async fn of(base_url: &str) -> Self {
        let mut server = Self::start(
            &["--base-url", base_url],
            &[("ACEDATACLOUD_PLATFORM_TOKEN", super::TOKEN)],
        );
        server.initialize("2025-11-25").await;
        server
    }

    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Writes text to stdin as it is, without the end of a line.
    pub async fn send_text(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).await.unwrap();
    }

    pub async fn send_line(&mut self, line: &str) {
        self.send_text(line).await;
        self.send_text("\n").await;
    }

    pub async fn send(&mut self, message: Value) {
        self.send_line(&message.to_string()).await;
    }

    /// The next line of stdout, which must be JSON; `None` at its end.
    pub async fn receive(&mut self) -> Option<Value> {
        self.receive_within(PATIENCE).await
    }

    /// The same, with a patience of its own.
    pub async fn receive_within(&mut self, patience: Duration) -> Option<Value> {
        let line = timeout(patience, self.stdout.next_line())
            .await
            .expect("the server should answer")
            .unwrap()?;
        Some(serde_json::from_str(&line).unwrap_or_else(|_| panic!("stdout holds something else than JSON: {line}")))
    }

    /// Sends a request without waiting for its answer; its id.
    pub async fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.next_id += 1;
        self.send(json!({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params}))
            .await;
        self.next_id
    }

    /// Sends a request and waits for its answer, which must be the next message.
    pub async fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params).await;
        let answer = self.receive().await.expect("the server closed stdout");
        assert_eq!(answer["id"], json!(id), "{answer}");
        answer
    }

    /// Tells the server that nobody waits for the answer to a request any more.
    pub async fn cancel(&mut self, id: u64) {
        self.send(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}))
            .await;
    }

    /// Opens a session with `initialize`; the result.
    pub async fn initialize(&mut self, version: &str) -> Value {
        let client = json!({"name": "test", "version": "1"});
        let params = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client});
        let answer = self.request("initialize", params).await;
        self.send(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
            .await;
        answer["result"].clone()
    }

    /// Calls a tool; the result.
    pub async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self
            .request("tools/call", json!({"name": tool, "arguments": arguments}))
            .await;
        answer["result"].clone()
    }

    /// Ends it as a crash does, in the middle of whatever it does.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits for the end, and tells how it ended with what was left of stdout.
    pub async fn end(&mut self) -> (ExitStatus, Vec<Value>) {
        let mut left = Vec::new();
        while let Some(message) = self.receive().await {
            left.push(message);
        }
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .expect("the server should end")
            .unwrap();
        (status, left)
    }

    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// What is on stderr once this is there.
    pub async fn stderr_with(&self, text: &str) -> String {
        let reading = async {
            while !self.stderr().contains(text) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, reading).await.expect("stderr should say it");
        self.stderr()
    }
}

/// The order of a successful result, checked to be there twice.
pub fn order(result: &Value) -> Value {
    assert_eq!(result["isError"], json!(false), "{result}");
    let structured = result["structuredContent"].clone();
    let blocks = result["content"].as_array().unwrap();
    assert_eq!(blocks[0]["type"], "text");
    let text: Value = serde_json::from_str(blocks[0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, structured);
    structured
}

/// The order of a successful result in a session before 2025-06-18, checked to be there as text alone.
pub fn order_in_text(result: &Value) -> Value {
    assert_eq!(result["isError"], json!(false), "{result}");
    assert_eq!(result.get("structuredContent"), None);
    serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap()
}

/// The error of a failed result, checked to be told in a sentence and then as facts, and nowhere else.
pub fn failure(result: &Value) -> Value {
    assert_eq!(result["isError"], json!(true), "{result}");
    assert_eq!(result.get("structuredContent"), None);
    let blocks: Vec<_> = result["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["text"].as_str().unwrap())
        .collect();
    assert_eq!(blocks.len(), 2, "{result}");
    let body: Value = serde_json::from_str(blocks[1]).unwrap();
    assert_eq!(body.as_object().unwrap().len(), 1);
    let error = body["error"].clone();
    let [code, message, hint] = ["code", "message", "hint"].map(|name| error[name].as_str().unwrap());
    assert_eq!(blocks[0], format!("{code}: {message} {hint}").trim_end());
    error
}

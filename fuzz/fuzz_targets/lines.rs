//! Lines of stdin, through the whole server: whatever comes, each request gets one answer with its id, and the session lives.
//!
//! The input is the version that the session is opened in, how many bytes come at once, and the lines. No token is
//! configured, so no call reaches a network.
#![no_main]

use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use acedata_pay_mcp::fuzzing::serve_on;
use acedata_pay_mcp::journal::{Front, Journal, Location};
use acedata_pay_mcp::mcp::{Offer, Server};
use acedata_pay_mcp::payment::{Clock, Environment, Payments, Rules};
use acedata_pay_mcp::platform::{BaseUrl, Limits, Platform};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The versions that a session is opened in; in the first, the input opens it itself.
const VERSIONS: [&str; 4] = ["", "2025-03-26", "2025-06-18", "2025-11-25"];

/// The longest line that is taken, when fuzzing.
const LONGEST_LINE: usize = 2048;

/// The id of the last request, which shows that the session lives.
const LAST: &str = "the last one";

thread_local! {
    static RUNTIME: LazyCell<(Runtime, Arc<Payments>)> = LazyCell::new(|| {
        let limits = Limits { request_timeout: Duration::from_secs(1), requests_per_second: 20 };
        let platform = Platform::new("https://platform.acedata.cloud".parse::<BaseUrl>().unwrap(), None, limits);
        let journal = Journal::new(Location::Temporary, Front::Mcp);
        let payments = Payments::new(platform, Rules::usual(Environment::Live), journal, Clock::default());
        (Builder::new_current_thread().enable_all().build().unwrap(), Arc::new(payments))
    });
}

fuzz_target!(|input: &[u8]| {
    let [version, chunk, lines @ ..] = input else { return };
    let version = VERSIONS[usize::from(*version) % VERSIONS.len()];
    let mut bytes = Vec::new();
    if !version.is_empty() {
        let params =
            json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "fuzz", "version": "1"}});
        let opening = json!({"jsonrpc": "2.0", "id": "the first one", "method": "initialize", "params": params});
        bytes.extend(format!("{opening}\n{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}}\n").bytes());
    }
    bytes.extend(lines);
    bytes.extend(format!("\n{}\n", json!({"jsonrpc": "2.0", "id": LAST, "method": "ping"})).bytes());
    let wanted = if version.is_empty() {
        Wanted::default()
    } else {
        wanted(&bytes)
    };

    let written = Arc::<Mutex<Vec<u8>>>::default();
    let pipes = (
        Input {
            bytes,
            at: 0,
            chunk: usize::from(*chunk) + 1,
            is_ready: true,
        },
        Output(Arc::clone(&written)),
    );
    RUNTIME.with(|runtime| {
        let server = Server::new(Arc::clone(&runtime.1), Offer::PAY_AND_CHECK, CancellationToken::new());
        let serving = async { timeout(Duration::from_secs(20), serve_on(server, pipes.0, pipes.1)).await };
        let ended = runtime
            .0
            .block_on(serving)
            .expect("the server ends when its input does");
        assert!(version.is_empty() || ended.is_ok(), "{ended:?}");
    });
    let answered = answered(&written.lock().unwrap());
    for (id, times) in wanted.times {
        let answers = answered.get(&id).copied().unwrap_or_default();
        // An id that is used again while it waits may get one answer for all.
        assert!(
            answers > 0 && (answers <= times || wanted.may_be_more),
            "{id} has {answers} of {times} answers"
        );
    }
});

/// How many answers each id is to get, at most, and one at least.
#[derive(Default)]
struct Wanted {
    times: HashMap<String, usize>,
    /// There may be more: something is no message, but may have an id all the same.
    may_be_more: bool,
}

fn wanted(bytes: &[u8]) -> Wanted {
    let mut wanted = Wanted::default();
    let mut cancelled = HashSet::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let text = String::from_utf8_lossy(line.trim_ascii());
        let messages = match serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(&text)) {
            Ok(Value::Array(messages)) if line.len() <= LONGEST_LINE && !text.contains('\u{fffd}') => messages,
            Ok(message @ Value::Object(_)) => vec![message],
            _ => {
                wanted.may_be_more |= !text.is_empty();
                continue;
            }
        };
        for message in messages {
            cancelled.extend(message.pointer("/params/requestId").map(Value::to_string));
            let is_answer = message.get("result").is_some() || message.get("error").is_some();
            match message.get("id") {
                Some(id) if is_usable(id) && !is_answer => *wanted.times.entry(id.to_string()).or_insert(0) += 1,
                id => wanted.may_be_more |= id.is_some(),
            }
        }
    }
    // Nobody waits for an answer that was cancelled; one may be given all the same.
    wanted.times.retain(|id, _| !cancelled.contains(id));
    wanted
}

fn is_usable(id: &Value) -> bool {
    match id {
        Value::String(text) => text.len() <= 100 && !text.contains('\u{fffd}'),
        Value::Number(number) => number.is_i64() || number.is_u64(),
        _ => false,
    }
}

/// How many answers each id got. Whatever is written is a message, or an array of them.
fn answered(bytes: &[u8]) -> HashMap<String, usize> {
    let mut answered = HashMap::new();
    let lines = std::str::from_utf8(bytes)
        .unwrap()
        .strip_suffix('\n')
        .unwrap_or_default();
    for line in lines.split('\n').filter(|_| !lines.is_empty()) {
        let message: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        let messages = match message {
            Value::Array(messages) => messages,
            message => vec![message],
        };
        assert!(!messages.is_empty());
        for message in messages {
            assert_eq!(message["jsonrpc"], "2.0", "{message}");
            let parts = ["result", "error", "method"].map(|part| usize::from(message.get(part).is_some()));
            assert_eq!(parts.iter().sum::<usize>(), 1, "{message}");
            if let Some(id) = message.get("id").filter(|_| parts[2] == 0) {
                assert!(id.is_string() || id.is_number(), "{message}");
                *answered.entry(id.to_string()).or_insert(0) += 1;
            }
        }
    }
    answered
}

/// Bytes that come a few at once, and not always.
struct Input {
    bytes: Vec<u8>,
    at: usize,
    chunk: usize,
    is_ready: bool,
}

impl AsyncRead for Input {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.is_ready = !self.is_ready;
        if self.is_ready && self.chunk % 2 == 0 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let end = self.bytes.len().min(self.at + self.chunk.min(buffer.remaining()));
        buffer.put_slice(&self.bytes[self.at..end]);
        self.at = end;
        Poll::Ready(Ok(()))
    }
}

/// Where the answers go.
struct Output(Arc<Mutex<Vec<u8>>>);

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

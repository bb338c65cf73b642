//! A platform that answers as it is told, byte by byte, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What to do with one request.
#[derive(Clone)]
pub enum Reply {
    /// Answer with these bytes and keep the connection.
    Bytes(Vec<u8>),
    /// Answer with these bytes, which are not the whole answer, and close the connection.
    Part(Vec<u8>),
    /// Close the connection without a word.
    Close,
    /// Never answer.
    Hang,
    /// Answer with these bytes, which are not the whole answer, and say no more.
    Stall(Vec<u8>),
    /// Start to answer, and send a byte of the body now and then.
    Trickle,
    /// Answer with this after a while.
    After(Duration, Box<Reply>),
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) | Self::Part(bytes) | Self::Stall(bytes) => {
                write!(formatter, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]))
            }
            Self::Close => formatter.write_str("Close"),
            Self::Hang => formatter.write_str("Hang"),
            Self::Trickle => formatter.write_str("Trickle"),
            Self::After(wait, reply) => write!(formatter, "after {wait:?}: {reply:?}"),
        }
    }
}

impl Reply {
    /// An answer with a JSON body.
    pub fn json(status: u16, body: impl ToString) -> Self {
        Self::with_headers(status, &["content-type: application/json"], body)
    }

    /// An answer with a web page.
    pub fn page(status: u16, body: &str) -> Self {
        Self::with_headers(status, &["content-type: text/html"], body)
    }

    /// An answer whose headers never seem to end.
    pub fn header_bomb() -> Self {
        let headers = format!("x-bomb: {}\r\n", "y".repeat(50)).repeat(20_000);
        Self::Part(format!("HTTP/1.1 200 OK\r\n{headers}\r\n{{}}").into_bytes())
    }

    /// An answer with headers of its own.
    pub fn with_headers(status: u16, headers: &[&str], body: impl ToString) -> Self {
        let body = body.to_string();
        let headers = headers.iter().flat_map(|header| [header, "\r\n"]).collect::<String>();
        let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n", body.len());
        Self::Bytes((head + &body).into_bytes())
    }
}

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST /path HTTP/1.1`
    pub line: String,
    /// The headers in lower case, sorted, without `host`.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
}

/// Chooses the reply to a request by its number, from 0, and by what it asks.
type Script = dyn Fn(usize, &Request) -> Reply + Send + Sync;

/// A platform on loopback that follows a script.
pub struct Platform {
    pub base_url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Platform {
    /// It answers the first request with the first reply, and so on; beyond the last it answers 418.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: Vec<_> = replies.into_iter().collect();
        Self::scripted(move |number, _| replies.get(number).cloned().unwrap_or_else(|| Reply::json(418, "{}"))).await
    }

    /// It answers as the script says.
    pub async fn scripted(script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&seen)));
            }
        });
        Self { base_url, requests }
    }

    /// Waits until something has been asked.
    pub async fn first_request(&self) {
        while self.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// What was asked so far, as `POST /path body`.
    pub fn asked(&self) -> Vec<String> {
        self.requests()
            .into_iter()
            .map(|request| format!("{} {}", request.line.trim_end_matches(" HTTP/1.1"), request.body))
            .collect()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Script>, seen: Arc<Mutex<Vec<Request>>>) {
    while let Some(request) = read(&mut stream).await {
        let mut reply = {
            let mut seen = seen.lock().unwrap();
            let reply = script(seen.len(), &request);
            seen.push(request);
            reply
        };
        while let Reply::After(wait, later) = reply {
            tokio::time::sleep(wait).await;
            reply = *later;
        }
        match reply {
            // A client that has read enough may be gone before the last byte.
            Reply::Bytes(bytes) => drop(stream.write_all(&bytes).await),
            Reply::Part(bytes) => return drop(stream.write_all(&bytes).await),
            Reply::Hang => std::future::pending().await,
            Reply::Stall(bytes) => {
                let _ = stream.write_all(&bytes).await;
                std::future::pending::<()>().await;
            }
            Reply::Trickle => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
                    .await
                    .unwrap();
                while stream.write_all(b" ").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                return;
            }
            Reply::Close | Reply::After(..) => return,
        }
    }
}

/// Reads one request with a `content-length`.
async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break String::from_utf8(bytes.drain(..end + 4).collect()).unwrap();
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
    };
    let mut lines = head.lines().filter(|line| !line.is_empty());
    let line = lines.next().unwrap().to_owned();
    let mut headers: Vec<_> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| format!("{}: {}", name.to_lowercase(), value.trim()))
        .filter(|header| !header.starts_with("host:"))
        .collect();
    headers.sort();
    let length = headers
        .iter()
        .find_map(|header| header.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    while bytes.len() < length {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
    }
    Some(Request {
        line,
        headers,
        body: String::from_utf8(bytes).unwrap(),
    })
}

//! A SOCKS 5 proxy, as many people have one: it leads every connection to one server, and remembers what was asked for.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A proxy on loopback.
pub struct Socks {
    /// Where it listens.
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Socks {
    /// A proxy that leads to one server, whatever is asked for.
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, server) = (Arc::clone(&asked), server.to_owned());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, server.clone(), Arc::clone(&seen)));
            }
        });
        Self { address, asked }
    }

    /// What was asked for so far, as a kind, a host and a port.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut client: TcpStream, server: String, seen: Arc<Mutex<Vec<String>>>) {
    // Version 5, and the ways in which the client can say who it is: "nobody" will do.
    let [5, ways] = read(&mut client).await else { return };
    for _ in 0..ways {
        let [_] = read(&mut client).await;
    }
    client.write_all(&[5, 0]).await.unwrap();
    let [5, 1, 0, kind] = read(&mut client).await else {
        return;
    };
    let host = match kind {
        1 => {
            let [a, b, c, d] = read(&mut client).await;
            format!("address {a}.{b}.{c}.{d}")
        }
        3 => {
            let [length] = read(&mut client).await;
            let mut name = vec![0; usize::from(length)];
            client.read_exact(&mut name).await.unwrap();
            format!("name {}", String::from_utf8(name).unwrap())
        }
        _ => return,
    };
    let port = u16::from_be_bytes(read(&mut client).await);
    seen.lock().unwrap().push(format!("{host}:{port}"));
    let mut server = TcpStream::connect(server).await.unwrap();
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
}

async fn read<const N: usize>(stream: &mut TcpStream) -> [u8; N] {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}

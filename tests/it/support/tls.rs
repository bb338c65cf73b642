//! Servers with certificates of their own: one that nobody trusts, and one that is trusted where a file says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A server on loopback whose certificate is its own.
pub struct Untrusted {
    pub base_url: String,
    connections: Arc<AtomicU32>,
}

impl Untrusted {
    pub async fn start() -> Self {
        let (acceptor, _) = acceptor(&["127.0.0.1"]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("https://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                assert!(acceptor.accept(stream).await.is_err(), "the certificate was taken");
            }
        });
        Self { base_url, connections }
    }

    /// How many connections were made.
    pub fn connections(&self) -> u32 {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A server in front of another one, for clients that take its certificate from a file.
pub struct Trusted {
    /// Where it listens.
    pub address: String,
    /// The certificate, as PEM.
    pub certificate: tempfile::NamedTempFile,
}

impl Trusted {
    /// A server that is called so, and hands on what it gets to the server at a base URL.
    pub async fn before(base_url: &str, names: &[&str]) -> Self {
        let (acceptor, pem) = acceptor(names);
        let certificate = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(certificate.path(), pem).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let behind = base_url.trim_start_matches("http://").to_owned();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    let mut client = acceptor.accept(stream).await.unwrap();
                    let mut server = TcpStream::connect(behind).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Self { address, certificate }
    }
}

/// What speaks TLS with a new certificate for these names, and the certificate as PEM.
fn acceptor(names: &[&str]) -> (TlsAcceptor, String) {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let key = rcgen::generate_simple_self_signed(names).unwrap();
    let certificate = key.cert.der().clone();
    let private = rustls::pki_types::PrivatePkcs8KeyDer::from(key.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], private.into())
        .unwrap();
    let body = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, certificate);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    (TlsAcceptor::from(Arc::new(config)), pem)
}

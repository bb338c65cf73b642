//! A platform that keeps account of what was posted to it, and programs that share one journal.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::journal::places::Place;
use crate::support::TOKEN;
use crate::support::platform::{Platform, Reply, Request};
use crate::support::server::{Server, command};
use crate::x402::{entry, forged, signature};

/// The link of every order that waits for its payment.
pub const LINK: &str = "https://buy.stripe.com/xxxxxxxxxxxx";

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// How the order stands.
    Look,
    /// What a wallet has to sign.
    Terms,
    /// A link.
    Link,
    /// To move money.
    Signed,
}

/// What a request is for.
pub fn asked(request: &Request) -> Asked {
    if signature_of(request).is_some() {
        Asked::Signed
    } else if request.line.contains("/refresh/") {
        Asked::Look
    } else if request.body.contains("X402") {
        Asked::Terms
    } else {
        Asked::Link
    }
}

fn signature_of(request: &Request) -> Option<&str> {
    let mut headers = request.headers.iter();
    headers.find_map(|header| header.strip_prefix("payment-signature: "))
}

/// The order that a request is about.
pub fn order_of(request: &Request) -> &str {
    request.line.split('/').nth(4).unwrap()
}

/// What a platform answers that has carried out no payment: an order that waits, its challenge, and its link.
pub fn unpaid(request: &Request) -> Reply {
    match asked(request) {
        Asked::Terms => Reply::json(402, json!({"x402Version": 2, "accepts": [entry(2)]})),
        Asked::Look | Asked::Link => standing(order_of(request), "Pending"),
        Asked::Signed => Reply::json(418, "{}"),
    }
}

/// How an order stands. Its link is in every answer, so that it is the program that does not show it.
pub fn standing(order: &str, state: &str) -> Reply {
    Reply::json(
        200,
        json!({"id": order, "state": state, "price": "9.90", "currency": "USD", "pay_url": LINK}),
    )
}

/// So many signatures of the challenge that differ.
pub fn signatures<const N: usize>() -> [String; N] {
    let signed = signature(2);
    std::array::from_fn(|number| {
        let nonce = json!(format!("0x{:02x}{}", number + 1, "5a".repeat(31)));
        forged(&signed, "/payload/authorization/nonce", nonce)
    })
}

/// One platform and one journal.
pub struct Scene {
    pub platform: Platform,
    pub journal: String,
}

impl Scene {
    pub async fn new(place: &Place, script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self {
            platform: Platform::scripted(move |_, request| script(request)).await,
            journal: place.setting.clone(),
        }
    }

    fn environment(&self) -> [(&str, &str); 3] {
        [
            ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN),
            ("ACEDATACLOUD_JOURNAL", &self.journal),
            ("PLATFORM_API_BASE_URL", &self.platform.base_url),
        ]
    }

    /// A server in a session.
    pub async fn server(&self) -> Server {
        let mut server = Server::start(&["--rate-limit", "10000"], &self.environment());
        server.initialize("2025-11-25").await;
        server
    }

    /// What the terminal says when it is to pay an order by Stripe.
    pub async fn pay_in_terminal(&self, order: &str) -> String {
        let arguments = ["pay", order, "--pay-way", "STRIPE"];
        let output = command(&arguments, &self.environment()).output().await.unwrap();
        format!(
            "{}{}",
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap()
        )
    }

    /// The platform's name in the journal.
    pub fn host(&self) -> &str {
        self.platform.base_url.strip_prefix("http://").unwrap()
    }

    /// The signed requests for an order, and how many different signatures they carried.
    pub fn posted(&self, order: &str) -> (usize, usize) {
        let requests = self.platform.requests();
        let of_order = requests.iter().filter(|request| order_of(request) == order);
        let posted: Vec<_> = of_order.filter_map(signature_of).collect();
        (posted.len(), posted.iter().collect::<BTreeSet<_>>().len())
    }

    /// Waits until the platform has been asked for something.
    pub async fn seen(&self, what: Asked) {
        let started = std::time::Instant::now();
        while !self.platform.requests().iter().any(|request| asked(request) == what) {
            assert!(started.elapsed() < Duration::from_secs(20), "nobody asked: {what:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The parameters of a call of `pay_order`.
pub fn pay_order(arguments: Value) -> Value {
    json!({"name": "pay_order", "arguments": arguments})
}

/// The arguments that ask for a link.
pub fn by_stripe(order: &str) -> Value {
    json!({"order_id": order, "pay_way": "STRIPE"})
}

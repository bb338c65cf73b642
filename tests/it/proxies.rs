//! The proxy that is configured is used, or nothing is sent.

use pretty_assertions::assert_eq;
use serde_json::json;

use crate::support::platform::{Platform, Reply};
use crate::support::server::{Server, failure, order};
use crate::support::socks::Socks;
use crate::support::tls::Trusted;
use crate::support::{ORDER, PENDING, TOKEN};

#[tokio::test]
async fn a_socks_proxy_leads_to_the_platform() {
    for (scheme, host, asked) in [
        ("socks5h", "platform.example", "name platform.example:443"),
        ("socks5", "192.0.2.7", "address 192.0.2.7:443"),
    ] {
        let platform = Platform::start([Reply::json(200, PENDING)]).await;
        let tls = Trusted::before(&platform.base_url, &[host]).await;
        let socks = Socks::to(&tls.address).await;
        for variable in ["ALL_PROXY", "https_proxy"] {
            let proxy = format!("{scheme}://{}", socks.address);
            let environment = [
                ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN),
                ("SSL_CERT_FILE", tls.certificate.path().to_str().unwrap()),
                (variable, &proxy),
            ];
            let mut server = Server::start(&["--base-url", &format!("https://{host}")], &environment);
            server.initialize("2025-11-25").await;
            let answer = server.call("check_order_status", json!({"order_id": ORDER})).await;
            if variable == "ALL_PROXY" {
                assert_eq!(order(&answer)["state"], "Pending");
            } else {
                // The platform has no more replies than one.
                assert_eq!(failure(&answer)["http_status"], 418);
            }
        }
        assert_eq!(socks.asked(), [asked; 2]);
    }
}

#[tokio::test]
async fn a_proxy_that_cannot_be_used_is_an_error_and_nothing_goes_without_it() {
    let platform = Platform::start([]).await;
    let host = "192.0.2.7";
    let tls = Trusted::before(&platform.base_url, &[host]).await;
    for (variable, proxy) in [
        ("HTTPS_PROXY", "ftp://proxy.example:21"),
        ("https_proxy", "http://"),
        ("ALL_PROXY", "http://proxy.example:99999"),
        ("all_proxy", "socks6://proxy.example"),
    ] {
        let environment = [
            ("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN),
            ("SSL_CERT_FILE", tls.certificate.path().to_str().unwrap()),
            (variable, proxy),
        ];
        let mut server = Server::start(&["--base-url", &format!("https://{host}")], &environment);
        server.initialize("2025-11-25").await;
        for (tool, arguments) in [
            ("check_order_status", json!({"order_id": ORDER})),
            ("pay_order", json!({"order_id": ORDER, "pay_way": "STRIPE"})),
        ] {
            let failed = failure(&server.call(tool, arguments).await);
            assert_eq!(
                (&failed["code"], &failed["outcome"], &failed["message"]),
                (
                    &json!("unavailable"),
                    &json!("nothing_changed"),
                    &json!(
                        "No connection to the platform could be made: the proxy that is configured (`HTTPS_PROXY` or \
                         `ALL_PROXY`) is none that can be used."
                    )
                )
            );
        }
    }
    assert_eq!(platform.requests(), []);
}

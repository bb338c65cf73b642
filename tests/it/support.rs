//! What the tests share: the binary as a process, and a platform that answers as it is told.

pub mod faults;
pub mod platform;
pub mod server;
pub mod socks;
pub mod tls;

/// The specification's example order.
pub const ORDER: &str = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";

/// A token that is nobody's.
pub const TOKEN: &str = "platform-v1-c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

/// The specification's example answer, with fields that the client ignores and secrets that it must not pass on.
pub const PENDING: &str = r#"{
  "id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
  "state": "Pending",
  "pay_way": "STRIPE",
  "pay_url": "https://buy.stripe.com/xxxxxxxxxxxx",
  "pay_id": "plink_xxxxxxxxxxxx",
  "price": "9.90",
  "amount": 100,
  "currency": "USD",
  "service": {"id": "xxxx-xxxx-xxxx", "name": "ChatGPT", "alias": "chatgpt"},
  "packages": [{"id": "p", "price": 9.9}],
  "metadata": {"stripe_client_secret": "pi_1_secret_SECRETVALUE"},
  "payment": {"client_secret": "SECRETVALUE"},
  "created_at": "2024-01-15T10:30:00Z",
  "updated_at": "2024-01-15T10:30:05.123456Z"
}"#;

/// The token in the form of a page of the sandbox.
pub async fn form_token(client: &reqwest::Client, page: &str) -> String {
    let page = client.get(page).send().await.unwrap().text().await.unwrap();
    let (_, rest) = page
        .split_once("name=\"token\" value=\"")
        .expect("the page should have a form");
    rest.split_once('"').unwrap().0.to_owned()
}

/// Presses a button of a page of the sandbox, as a person does.
pub async fn press(page: &str, button: &str) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let token = form_token(&client, page).await;
    let pressed = client.post(format!("{page}/{button}")).body(format!("token={token}"));
    assert!(pressed.send().await.unwrap().status().is_success());
}

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

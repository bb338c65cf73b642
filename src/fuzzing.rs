//! What `fuzz/` drives and the library does not offer. It is there with `--cfg fuzzing` alone, as `cargo fuzz` sets it.

pub use crate::mcp::serve_on;
pub use crate::platform::received::Received;
use crate::x402::PaymentPayload;

/// The header's value of a signed payment.
#[must_use]
pub fn header(payment: &PaymentPayload) -> &str {
    payment.expose()
}

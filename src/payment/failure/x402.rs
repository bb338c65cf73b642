//! What is said when a signed payment fails, or may not be sent.

use super::of_platform::{Quoted, sentence};
use super::{Code, Failure, Outcome};
use crate::order::OrderId;
use crate::pay_way::PayWay;
use crate::platform;
use crate::x402::{Charged, PaymentError, Unfit};

/// What to do after a signed payment whose end is unknown.
const NEVER_SIGN_AGAIN: &str = "Call `check_order_status` with `wait_seconds` until `final` is true. Do not sign or pay again before that: a second \
     signature is a second payment.";

/// How to get something new to sign.
const NEW_CHALLENGE: &str = "Call `pay_order` without `payment_signature` for a new challenge and sign that.";

impl Failure {
    /// The platform's 402 in answer to a signed payment.
    pub(in crate::payment) fn payment_failed(id: OrderId, error: &platform::Error, reason: &PaymentError) -> Self {
        let why = reason.code.as_ref().map_or(String::new(), |code| format!(" ({code})"));
        let said = Quoted(&error.said);
        let failure = match reason.charged {
            Charged::No => Self::new(
                Code::X402PaymentFailed,
                id,
                format!("The X402 payment failed{why}, and nobody was charged.{said}"),
                remedy(reason.code.as_ref().map_or("", |code| code.as_str())),
            ),
            Charged::Yes => Self::new(
                Code::X402PaymentFailed,
                id,
                format!("The X402 payment failed{why}, although the platform says that the payer was charged.{said}"),
                format!("{NEVER_SIGN_AGAIN} If it does not become `Finished`, ask Ace Data Cloud's support."),
            ),
            Charged::Unknown => Self::new(
                Code::X402PaymentFailed,
                id,
                format!("The X402 payment failed{why}; whether the payer was charged is unknown.{said}"),
                NEVER_SIGN_AGAIN,
            ),
        };
        let is_certain = reason.charged == Charged::No;
        Self {
            outcome: if is_certain {
                Outcome::NothingChanged
            } else {
                Outcome::Unknown
            },
            retryable: is_certain && reason.retryable,
            payment_error: Some(Box::new(reason.clone())),
            ..failure.with(error)
        }
    }

    /// A signed payment whose end cannot be told.
    pub(in crate::payment) fn settlement_unknown(id: OrderId, error: &platform::Error) -> Self {
        let message = format!("{} Whether the payer was charged is unknown.", sentence(error));
        Self {
            outcome: Outcome::Unknown,
            ..Self::new(Code::OutcomeUnknown, id, message, NEVER_SIGN_AGAIN)
        }
        .with(error)
    }

    /// A signed payment that does not fit the order. Nothing was sent.
    pub(in crate::payment) fn unfit_signature(id: OrderId, unfit: &Unfit) -> Self {
        Self {
            order_id: Some(id),
            hint: format!("Nothing was sent. {NEW_CHALLENGE}"),
            ..Self::invalid_arguments(format!("payment_signature: {unfit}."))
        }
    }

    /// A signature with another pay way than X402, or with none. Nothing was sent.
    #[must_use]
    pub fn signature_without_x402(id: OrderId, pay_way: Option<PayWay>) -> Self {
        let given = pay_way.map_or("none", PayWay::as_str);
        Self {
            order_id: Some(id),
            ..Self::invalid_arguments(format!(
                "payment_signature: it goes only with `pay_way` `X402`, and that is {given}."
            ))
        }
    }

    /// Something is to be paid while a signed payment of the order has no known end. Nothing was sent.
    pub(in crate::payment) fn payment_in_flight(id: OrderId) -> Self {
        Self::new(
            Code::PaymentInFlight,
            id,
            "A signed X402 payment of this order was sent, and its end is not known yet. Nothing was sent now.",
            NEVER_SIGN_AGAIN,
        )
    }
}

/// What to do about a failure that charged nobody, by the platform's code for it. The codes are open and differ between
/// facilitators, so their words decide.
fn remedy(code: &str) -> String {
    let code = code.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    let advice = if has(&["insufficient", "balance", "funds"]) {
        "The wallet holds too little USDC on that network. Ask the person to top it up, or for another way to pay. After that:"
    } else if has(&["valid_before", "expired", "timeout"]) {
        "The authorization has expired."
    } else if has(&["valid_after", "not_yet"]) {
        "The authorization is not valid yet: check the wallet's clock."
    } else if has(&["nonce", "replay", "already", "used"]) {
        "This authorization was used before; each payment needs a nonce of its own."
    } else if has(&["network", "chain"]) {
        "The signature is for a network that the order cannot be paid on: sign an option of the challenge, with its chain id."
    } else if has(&["recipient", "pay_to", "payto", "payee"]) {
        "The signature pays another address than the challenge names."
    } else if has(&["amount", "value"]) {
        "The signature pays another amount than the challenge asks for."
    } else if has(&["signature"]) {
        "The signature does not verify: sign with the wallet that `from` names, over the domain in the option's `extra`."
    } else {
        return format!("Ask the person for another way to pay, or try once more. {NEW_CHALLENGE}");
    };
    format!("{advice} {NEW_CHALLENGE}")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn every_known_reason_has_a_remedy_of_its_own() {
        let known = [
            "insufficient_funds",
            "invalid_exact_evm_payload_authorization_valid_before",
            "invalid_exact_evm_payload_authorization_valid_after",
            "nonce_already_used",
            "invalid_network",
            "invalid_exact_evm_payload_recipient_mismatch",
            "invalid_exact_evm_payload_authorization_value",
            "invalid_exact_evm_payload_signature",
            "something_else",
        ];
        let mut remedies = known.map(remedy).to_vec();
        remedies.sort();
        remedies.dedup();
        assert_eq!(remedies.len(), known.len());
        for (one, other) in [
            ("INSUFFICIENT_USDC", "insufficient_funds"),
            ("authorization_expired", "valid_before"),
            ("wrong_chain", "invalid_network"),
            ("", "something_else"),
        ] {
            assert_eq!(remedy(one), remedy(other));
        }
    }
}

//! Why a signed payment was not settled, and whether it charged the payer all the same.

use serde::Serialize;
use serde_json::Value;

use super::SettlementResponse;
use crate::text::Text;

/// Why a signed payment was not settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaymentError {
    /// The platform's code for it, such as `insufficient_funds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Text>,
    /// Where it failed, such as `verify` or `settle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Text>,
    /// Whether the payer was charged.
    pub charged: Charged,
    /// Whether the platform says that the same may succeed later.
    #[serde(skip)]
    pub retryable: bool,
}

/// Whether the payer was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Charged {
    /// Certainly not.
    No,
    /// The platform says so, although the payment failed.
    Yes,
    /// The platform does not say.
    Unknown,
}

/// Words of an authorization that was used before: by an earlier try of this payment, or by another one.
const USED: [&str; 9] = [
    "nonce",
    "replay",
    "duplicat",
    "already",
    "_used_",
    "_reused_",
    "_spent_",
    "consumed",
    "double_spend",
];

/// Words of a payment that was sent to the chain, or may have been, and of which nobody has seen the end. A simulation fails
/// for an authorization that was used, and of two settlements of the same authorization at once one fails.
const OPEN: [&str; 14] = [
    "simulat",
    "_pending_",
    "_processing_",
    "in_progress",
    "in_flight",
    "confirm",
    "broadcast",
    "submitted",
    "timeout",
    "timed_out",
    "transaction_failed",
    "transaction_state",
    "transfer_event",
    "revert",
];

/// Words of a payment that is at work, in a sentence.
const AT_WORK: [&str; 6] = [
    "settle",
    "broadcast",
    "in_progress",
    "in_flight",
    "_processing_",
    "charged",
];

impl PaymentError {
    /// Reads a refusal of a signed payment that is no 402; `None` where it speaks of no payment, and so refuses the request
    /// alone.
    ///
    /// What speaks of one in any word, or has a receipt, is never "not charged" on the strength of its status.
    #[must_use]
    pub fn of_refusal(body: &Value, header: Option<&Value>, receipt: Option<&Value>) -> Option<Self> {
        let error = Self::read(body, header, receipt);
        let answers = || std::iter::once(body).chain(header);
        let says_why = answers().any(|answer| answer.pointer("/extensions/acedatacloud/paymentError").is_some());
        let speaks =
            answers().any(|answer| any_text(answer, &|text| speaks_of(text, &USED) || speaks_of(text, &AT_WORK)));
        let codes =
            answers().flat_map(|answer| [answer.get("code"), answer.pointer("/error/code"), answer.get("error")]);
        let mut codes = codes.flatten().filter_map(Value::as_str);
        let is_open = speaks || codes.any(|code| is_code(code) && speaks_of(code, &OPEN));
        (says_why || is_open || receipt.is_some()).then_some(Self {
            charged: match error.charged {
                Charged::No if is_open => Charged::Unknown,
                charged => charged,
            },
            ..error
        })
    }

    /// Reads the 402 that answers a signed payment: its body, the JSON of its `PAYMENT-REQUIRED` header, and the JSON of its
    /// receipt header, where there are these.
    ///
    /// `"charged": true`, wherever it stands, is known for good. Only `"charged": false` means that nobody was charged, and
    /// not even that where a code speaks of a used nonce, a replay, a duplicate, a failed simulation or a settlement that is
    /// pending, or where a receipt says that it succeeded: this payment, or an earlier one, may have happened. Without
    /// either it is unknown.
    #[must_use]
    pub fn read(body: &Value, header: Option<&Value>, receipt: Option<&Value>) -> Self {
        let answers: Vec<_> = std::iter::once(body).chain(header).collect();
        let errors: Vec<_> = answers
            .iter()
            .filter_map(|answer| answer.pointer("/extensions/acedatacloud/paymentError"))
            .collect();
        let at = |key| errors.iter().find_map(|error| fact(error, key));
        let says = |charged: bool| {
            errors
                .iter()
                .any(|error| error.get("charged") == Some(&Value::Bool(charged)))
        };
        let of_receipt = ["errorReason", "invalidReason"].map(|key| fact(receipt?, key));
        let of_answers = answers
            .iter()
            .map(|answer| fact(answer, "error").filter(|code| is_code(code.as_str())));
        let codes = errors.iter().map(|error| fact(error, "code"));
        let codes: Vec<_> = codes.chain(of_receipt).chain(of_answers).flatten().collect();
        let sentences = answers.iter().chain(&errors).flat_map(|said| {
            let keys = ["error", "detail", "message", "reason"];
            keys.map(|key| fact(said, key)).into_iter().flatten()
        });
        let is_settled = receipt
            .and_then(SettlementResponse::read)
            .is_some_and(|receipt| receipt.success);
        let is_open = is_settled
            || codes
                .iter()
                .any(|code| speaks_of(code.as_str(), &USED) || speaks_of(code.as_str(), &OPEN))
            || sentences
                .into_iter()
                .any(|sentence| speaks_of(sentence.as_str(), &USED));
        Self {
            stage: at("stage"),
            charged: match says(false) {
                _ if says(true) => Charged::Yes,
                true if !is_open => Charged::No,
                _ => Charged::Unknown,
            },
            retryable: errors
                .iter()
                .any(|error| error.get("retryable") == Some(&Value::Bool(true))),
            code: codes.into_iter().next(),
        }
    }
}

fn fact(object: &Value, key: &str) -> Option<Text> {
    Text::fact(object.get(key)?.as_str()?)
}

/// Whether any text of an answer, however deep, is such a one.
fn any_text(answer: &Value, is_one: &impl Fn(&str) -> bool) -> bool {
    match answer {
        Value::String(text) => is_one(text),
        Value::Array(list) => list.iter().any(|value| any_text(value, is_one)),
        Value::Object(object) => object.values().any(|value| any_text(value, is_one)),
        _ => false,
    }
}

/// A code is one word: version 1 puts it where others put a sentence.
fn is_code(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    text.bytes().all(is_part)
}

/// Whether a text has one of the words, however it is written: `nonceUsed`, `NONCE-USED`, `the nonce was used`.
fn speaks_of(text: &str, words: &[&str]) -> bool {
    let mut plain = String::from("_");
    let mut before = '_';
    for character in text.chars() {
        if character.is_uppercase() && before.is_lowercase() || !character.is_alphanumeric() {
            plain.push('_');
        }
        if character.is_alphanumeric() {
            plain.extend(character.to_lowercase());
        }
        before = character;
    }
    plain.push('_');
    words.iter().any(|word| plain.contains(word))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn with(error: &Value) -> Value {
        json!({"x402Version": 2, "extensions": {"acedatacloud": {"paymentError": error}}})
    }

    fn read(body: &Value, header: Option<&Value>, receipt: Option<&Value>) -> (Option<String>, Charged) {
        let error = PaymentError::read(body, header, receipt);
        (error.code.map(|code| code.to_string()), error.charged)
    }

    #[test]
    fn a_failure_is_read_as_far_as_it_goes() {
        let whole =
            with(&json!({"code": "insufficient_funds", "stage": "verify", "retryable": true, "charged": false}));
        let expected = PaymentError {
            code: Text::fact("insufficient_funds"),
            stage: Text::fact("verify"),
            charged: Charged::No,
            retryable: true,
        };
        assert_eq!(PaymentError::read(&whole, None, None), expected);
        assert_eq!(PaymentError::read(&json!({}), Some(&whole), None), expected);
        for nothing in [
            json!("what?"),
            json!(null),
            json!({}),
            with(&json!([])),
            with(&json!({"code": 7, "charged": 0})),
        ] {
            let expected = PaymentError {
                code: None,
                stage: None,
                charged: Charged::Unknown,
                retryable: false,
            };
            assert_eq!(
                PaymentError::read(&nothing, Some(&nothing), Some(&nothing)),
                expected,
                "{nothing}"
            );
        }
    }

    #[test]
    fn a_refusal_refuses_the_request_alone_only_where_nothing_in_it_speaks_of_a_payment() {
        let read = |body: Value, receipt: Option<Value>| {
            PaymentError::of_refusal(&body, None, receipt.as_ref()).map(|error| error.charged)
        };
        for plain in [
            json!({"detail": "Not found.", "code": "not_found", "trace_id": "0a88"}),
            json!({"detail": "Request was throttled. Expected available in 30 seconds."}),
            json!({"detail": "You do not have permission to perform this action."}),
            json!({"pay_way": ["\"X402\" is not a valid choice."]}),
            json!(["Order is not pending."]),
            json!(null),
        ] {
            assert_eq!(read(plain.clone(), None), None, "{plain}");
        }
        for (body, expected) in [
            (
                with(&json!({"code": "insufficient_funds", "charged": false})),
                Charged::No,
            ),
            (with(&json!({"code": "insufficient_funds"})), Charged::Unknown),
            (
                with(&json!({"code": "nonce_already_used", "charged": false})),
                Charged::Unknown,
            ),
            (with(&json!({"code": "x", "charged": true})), Charged::Yes),
            (
                json!({"detail": ["The authorization was already used."]}),
                Charged::Unknown,
            ),
            (json!({"detail": "x", "code": "settlement_pending"}), Charged::Unknown),
            (
                json!({"error": {"code": "transaction_pending", "message": "x"}}),
                Charged::Unknown,
            ),
            (json!({"detail": "The payment is being settled."}), Charged::Unknown),
        ] {
            assert_eq!(read(body.clone(), None), Some(expected), "{body}");
        }
        let receipt = |success: bool| Some(json!({"success": success, "transaction": "0xab"}));
        for success in [true, false] {
            assert_eq!(read(json!({"detail": "x"}), receipt(success)), Some(Charged::Unknown));
        }
    }

    #[test]
    fn only_a_plain_no_means_not_charged_and_a_yes_is_known_for_good() {
        for (charged, expected) in [
            (json!(false), Charged::No),
            (json!(true), Charged::Yes),
            (json!("false"), Charged::Unknown),
            (json!(0), Charged::Unknown),
            (json!(null), Charged::Unknown),
        ] {
            let body = with(&json!({"code": "payment_failed", "charged": charged}));
            assert_eq!(
                read(&body, None, None),
                (Some("payment_failed".into()), expected),
                "{body}"
            );
        }
        let (no, yes) = (with(&json!({"charged": false})), with(&json!({"charged": true})));
        let used = with(&json!({"code": "nonce_already_used", "charged": true}));
        for (body, header, receipt, expected) in [
            (&no, Some(&no), None, Charged::No),
            (&no, Some(&yes), None, Charged::Yes),
            (&yes, Some(&no), None, Charged::Yes),
            (&used, Some(&no), None, Charged::Yes),
            (&no, None, Some(json!({"success": true})), Charged::Unknown),
            (&no, None, Some(json!({"success": false})), Charged::No),
            (&yes, None, Some(json!({"success": false})), Charged::Yes),
        ] {
            assert_eq!(
                read(body, header, receipt.as_ref()).1,
                expected,
                "{body} {header:?} {receipt:?}"
            );
        }
    }

    #[test]
    fn codes_are_found_wherever_they_stand() {
        for (body, receipt, code) in [
            (
                json!({"x402Version": 1, "error": "invalid_exact_evm_signature", "accepts": []}),
                None,
                Some("invalid_exact_evm_signature"),
            ),
            (
                json!({"error": "Payment required for this order."}),
                Some(json!({"success": false, "errorReason": "insufficient_funds"})),
                Some("insufficient_funds"),
            ),
            (json!({"error": "Payment required for this order."}), None, None),
        ] {
            let code = code.map(str::to_owned);
            assert_eq!(read(&body, None, receipt.as_ref()), (code, Charged::Unknown), "{body}");
        }
        // One that may have happened counts, whichever code is shown.
        let no = with(&json!({"code": "payment_failed", "charged": false}));
        let used = json!({"success": false, "errorReason": "invalid_exact_evm_nonce_already_used"});
        assert_eq!(
            read(&no, None, Some(&used)),
            (Some("payment_failed".into()), Charged::Unknown)
        );
        let header = json!({"error": "settlement_pending"});
        assert_eq!(
            read(&no, Some(&header), None),
            (Some("payment_failed".into()), Charged::Unknown)
        );
    }

    /// Codes of the reference facilitator, of the platform, and in other words and spellings.
    const UNKNOWN: [&str; 43] = [
        "invalid_exact_evm_nonce_already_used",
        "invalid_exact_evm_transaction_failed",
        "invalid_exact_evm_transaction_simulation_failed",
        "invalid_exact_evm_transfer_event_mismatch",
        "invalid_exact_svm_transaction_failed",
        "invalid_exact_svm_transaction_simulation_failed",
        "invalid_exact_svm_smart_wallet_simulation_failed",
        "invalid_exact_svm_smart_wallet_no_transfer_in_simulation",
        "invalid_transaction_state",
        "permit2_invalid_nonce",
        "permit2_simulation_failed",
        "post_settlement_transfer_not_confirmed",
        "erc20_approval_broadcast_failed",
        "duplicate_settlement",
        "settlement_pending",
        "transaction_failed",
        "transaction_simulation_failed",
        // In other words and spellings.
        "nonce_already_used",
        "NONCE_USED",
        "NonceAlreadyUsed",
        "authorization-used",
        "authorizationUsed",
        "authorization is used or canceled",
        "authorization_reused",
        "authorization_consumed",
        "replay_detected",
        "payment_replayed",
        "DuplicatePayment",
        "already_processed",
        "already_settled",
        "double_spend",
        "SETTLEMENT_PENDING",
        "settlementPending",
        "pending",
        "settlement_processing",
        "settlement_in_progress",
        "payment_in_flight",
        "settlement_timeout",
        "confirmation_timed_out",
        "transaction_not_confirmed",
        "transaction_reverted",
        "simulation_failed",
        "tx_simulated_and_failed",
    ];

    /// The other codes of both.
    const NOT_CHARGED: [&str; 35] = [
        "asset_not_deployed_contract",
        "eip6492_factory_not_allowed",
        "invalid_exact_evm_authorization_value",
        "invalid_exact_evm_eip3009_not_supported",
        "invalid_exact_evm_failed_to_parse_signature",
        "invalid_exact_evm_insufficient_balance",
        "invalid_exact_evm_missing_eip712_domain",
        "invalid_exact_evm_network_mismatch",
        "invalid_exact_evm_payload_authorization_valid_after",
        "invalid_exact_evm_payload_authorization_valid_before",
        "invalid_exact_evm_payload_authorization_value_mismatch",
        "invalid_exact_evm_payload_recipient_mismatch",
        "invalid_exact_evm_recipient_mismatch",
        "invalid_exact_evm_scheme",
        "invalid_exact_evm_signature",
        "invalid_exact_evm_token_name_mismatch",
        "invalid_exact_evm_token_version_mismatch",
        "invalid_exact_svm_fee_payer_mismatch",
        "invalid_exact_svm_payload_amount_mismatch",
        "invalid_exact_svm_payload_transaction",
        "invalid_exact_svm_payload_transaction_could_not_be_decoded",
        "smart_wallet_deployment_failed",
        "unsupported_payload_type",
        "unsupported_scheme",
        "payer_token_account_missing",
        "insufficient_token_balance",
        "authorization_expired",
        "network_mismatch",
        "invalid_signature",
        "facilitator_unavailable",
        "settlement_failed",
        "payment_failed",
        "payment_refused",
        "spending_limit_exceeded",
        "unused",
    ];

    /// Every code of the reference facilitator (`exact` on both kinds of chain), and those of the platform, with
    /// `charged: false`.
    #[test]
    fn a_used_nonce_or_a_payment_at_work_is_never_taken_for_not_charged() {
        let unknown = UNKNOWN.map(|code| (code, Charged::Unknown));
        for (code, expected) in unknown.into_iter().chain(NOT_CHARGED.map(|code| (code, Charged::No))) {
            for stage in ["verify", "settle"] {
                let error =
                    |charged| with(&json!({"code": code, "stage": stage, "retryable": false, "charged": charged}));
                let known = Some(code.to_owned());
                assert_eq!(read(&error(false), None, None), (known.clone(), expected), "{code}");
                assert_eq!(
                    read(&json!({}), Some(&error(false)), None),
                    (known.clone(), expected),
                    "{code}"
                );
                assert_eq!(read(&error(true), None, None), (known, Charged::Yes), "{code}");
            }
            let receipt = json!({"success": false, "errorReason": code});
            let silent = with(&json!({"charged": false}));
            assert_eq!(
                read(&silent, None, Some(&receipt)),
                (Some(code.to_owned()), expected),
                "{code}"
            );
        }
    }

    #[test]
    fn a_sentence_about_a_used_nonce_counts_as_well() {
        for said in [
            with(
                &json!({"code": "payment_failed", "message": "Authorization nonce already processed", "charged": false}),
            ),
            with(
                &json!({"code": "payment_failed", "reason": "FiatTokenV2: authorization is used or canceled", "charged": false}),
            ),
            {
                let mut body = with(&json!({"code": "payment_failed", "charged": false}));
                body["error"] = json!("This payment is a replay.");
                body
            },
        ] {
            assert_eq!(
                read(&said, None, None),
                (Some("payment_failed".into()), Charged::Unknown),
                "{said}"
            );
        }
        let plain =
            with(&json!({"code": "payment_failed", "message": "The order is still pending.", "charged": false}));
        assert_eq!(read(&plain, None, None), (Some("payment_failed".into()), Charged::No));
    }
}

//! What others rely on: the MCPB manifest, and the names of errors and variables.

use acedata_pay_mcp::payment::Code;
use acedata_pay_mcp::settings;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

fn manifest() -> Value {
    serde_json::from_str(include_str!("../../manifest.json")).unwrap()
}

#[test]
fn name_version_and_licence_are_those_of_the_package() {
    let manifest = manifest();
    assert_eq!(manifest["name"], env!("CARGO_PKG_NAME"));
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["license"], env!("CARGO_PKG_LICENSE"));
    assert_eq!(manifest["description"], env!("CARGO_PKG_DESCRIPTION"));
}

#[test]
fn the_names_of_errors_and_variables_are_an_interface() {
    let codes = Code::ALL.map(|code| serde_json::to_value(code).unwrap().as_str().unwrap().to_owned());
    assert_eq!(
        codes,
        [
            "invalid_arguments",
            "misconfigured",
            "unauthenticated",
            "forbidden",
            "order_not_found",
            "pay_way_required",
            "pay_way_refused",
            "order_not_payable",
            "payment_required",
            "x402_payment_failed",
            "payment_in_flight",
            "other_payment_open",
            "amount_refused",
            "journal_unavailable",
            "rate_limited",
            "unavailable",
            "timeout",
            "outcome_unknown",
            "bad_response",
            "unsafe_pay_url",
            "internal_error",
        ]
    );
    let variables: Vec<_> = settings::facts().filter_map(|setting| setting.variable).collect();
    assert_eq!(
        variables,
        [
            "ACEDATACLOUD_PLATFORM_TOKEN",
            "ACEDATACLOUD_PLATFORM_TOKEN_FILE",
            "PLATFORM_API_BASE_URL",
            "PLATFORM_REQUEST_TIMEOUT",
            "ACEDATACLOUD_RATE_LIMIT",
            "ACEDATACLOUD_READ_ONLY",
            "ACEDATACLOUD_ELICITATION",
            "ACEDATACLOUD_MAX_WAIT",
            "ACEDATACLOUD_PAY_WAYS",
            "ACEDATACLOUD_PAY_HOSTS",
            "ACEDATACLOUD_X402_MAX",
            "ACEDATACLOUD_JOURNAL",
            "ACEDATACLOUD_QR_DIR",
            "RUST_LOG",
        ]
    );
}

#[test]
fn the_token_is_sensitive_and_every_setting_reaches_its_variable() {
    let manifest = manifest();
    assert_eq!(manifest["user_config"]["platform_token"]["sensitive"], true);
    let environment = manifest["server"]["mcp_config"]["env"].as_object().unwrap();
    let settings: Vec<_> = manifest["user_config"].as_object().unwrap().keys().cloned().collect();
    for setting in settings {
        let value = json!(format!("${{user_config.{setting}}}"));
        assert!(
            environment.values().any(|given| *given == value),
            "{setting} reaches no variable"
        );
    }
}

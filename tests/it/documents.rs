//! The MCPB manifest and the README say what the program is.

use acedata_pay_mcp::payment::Code;
use acedata_pay_mcp::sandbox::PRESETS;
use acedata_pay_mcp::{clients, config};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::server::Server;

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

#[tokio::test]
async fn the_tools_are_those_of_the_program() {
    let answer = Server::sandbox().await.request("tools/list", json!({})).await;
    let tools: Vec<_> = answer["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| json!({"name": tool["name"], "description": tool["description"]}))
        .collect();
    assert_eq!(manifest()["tools"], json!(tools));
}

#[test]
fn the_readme_lists_every_error_code_in_order() {
    let names = Code::ALL.map(|code| serde_json::to_value(code).unwrap().as_str().unwrap().to_owned());
    assert_eq!(
        names,
        [
            "invalid_arguments",
            "unauthenticated",
            "forbidden",
            "order_not_found",
            "pay_way_required",
            "pay_way_refused",
            "order_not_payable",
            "payment_required",
            "rate_limited",
            "unavailable",
            "timeout",
            "outcome_unknown",
            "bad_response",
            "unsafe_pay_url",
            "internal_error",
        ]
    );
    let readme = include_str!("../../README.md");
    let (_, table) = readme.split_once("| `code` | |\n|---|---|\n").unwrap();
    let listed: Vec<_> = table
        .lines()
        .map_while(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    assert_eq!(listed, names);
}

#[tokio::test]
async fn the_readme_lists_every_argument_field_setting_and_preset() {
    let readme = include_str!("../../README.md");
    let answer = Server::sandbox().await.request("tools/list", json!({})).await;
    for tool in answer["result"]["tools"].as_array().unwrap() {
        for schema in ["inputSchema", "outputSchema"] {
            for name in tool[schema]["properties"].as_object().unwrap().keys() {
                assert!(readme.contains(&format!("`{name}`")), "{name}");
            }
        }
    }
    for preset in PRESETS {
        assert!(
            readme.contains(&format!("| `{}` | {} |", preset.id, preset.about)),
            "{preset:?}"
        );
    }
    for name in [
        config::TOKEN,
        config::TOKEN_FILE,
        config::BASE_URL,
        config::REQUEST_TIMEOUT,
        config::RATE_LIMIT,
        config::READ_ONLY,
        config::PAY_WAYS,
        config::QR_DIR,
    ] {
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn the_configurations_in_the_readme_are_those_of_the_program() {
    let readme = include_str!("../../README.md");
    let (_, region) = readme.split_once("<!-- begin: clients -->\n").unwrap();
    let (region, _) = region.split_once("<!-- end: clients -->").unwrap();
    assert_eq!(region, format!("\n{}\n", clients::markdown()));
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

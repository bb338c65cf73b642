//! The MCPB manifest says what the program is.

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

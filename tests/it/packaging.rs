//! What is published beside the program: the registry entry, completions, the man page.

use std::process::Command as Process;

use acedata_pay_mcp::cli::Cli;
use acedata_pay_mcp::settings;
use clap::CommandFactory as _;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::server::command;

fn variables() -> impl Iterator<Item = &'static str> {
    settings::facts().filter_map(|setting| setting.variable)
}

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

fn registry_entry() -> Value {
    serde_json::from_str(include_str!("../../server.json")).unwrap()
}

async fn printed(arguments: &[&str]) -> String {
    let output = command(arguments, &[]).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The schema itself is checked by `.ci/run`.
#[test]
fn the_registry_entry_is_that_of_the_package() {
    let entry = registry_entry();
    let description = entry["description"].as_str().unwrap();
    assert!((1..=100).contains(&description.chars().count()), "{description}");
    assert_eq!(entry["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(entry["repository"]["url"], env!("CARGO_PKG_REPOSITORY"));
    let [package] = &entry["packages"].as_array().unwrap()[..] else {
        panic!("the bundles are added when they are built: {entry}")
    };
    assert_eq!(
        [
            &package["registryType"],
            &package["identifier"],
            &package["version"],
            &package["transport"]
        ],
        [
            &json!("cargo"),
            &json!(env!("CARGO_PKG_NAME")),
            &json!(env!("CARGO_PKG_VERSION")),
            &json!({"type": "stdio"})
        ]
    );
}

#[test]
fn the_registry_entry_has_every_variable_and_tells_which_are_secret() {
    let entry = registry_entry();
    let listed = entry["packages"][0]["environmentVariables"].as_array().unwrap();
    let names: Vec<_> = listed
        .iter()
        .map(|variable| variable["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, variables().collect::<Vec<_>>());
    for variable in listed {
        assert_eq!(
            variable["isSecret"] == true,
            [settings::TOKEN_VARIABLE, "ACEDATACLOUD_JOURNAL"].contains(&variable["name"].as_str().unwrap()),
            "{variable}"
        );
    }
}

#[test]
fn the_readme_names_the_registry_entry_in_a_line_of_its_own() {
    let line = format!("mcp-name: {}", registry_entry()["name"].as_str().unwrap());
    let readme = include_str!("../../README.md");
    assert!(readme.lines().any(|each| each == line), "{line}");
}

#[tokio::test]
async fn completions_of_every_shell_name_every_command_and_flag() {
    for shell in SHELLS {
        let script = printed(&["completions", shell]).await;
        for command in Cli::command().get_subcommands() {
            assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
        }
        for flag in Cli::command().get_arguments().filter_map(clap::Arg::get_long) {
            assert!(script.contains(flag), "{shell}: {flag}");
        }
    }
}

#[tokio::test]
async fn bash_completes_commands_and_what_follows_them() {
    let script = printed(&["completions", "bash"]).await;
    for (words, current, completed) in [
        ("acedata-pay-mcp com", "com", "completions"),
        ("acedata-pay-mcp --read", "--read", "--read-only"),
        ("acedata-pay-mcp sandbox --p", "--p", "--port"),
        ("acedata-pay-mcp completions el", "el", "elvish"),
    ] {
        let run = format!(
            "{script}\nCOMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _acedata__pay__mcp acedata-pay-mcp '{current}' ''\necho \"${{COMPREPLY[*]}}\""
        );
        let output = Process::new("bash").args(["-c", &run]).output();
        match output {
            Ok(output) => assert_eq!(
                (
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                ),
                (format!("{completed}\n").into(), "".into()),
                "{words}"
            ),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "a machine without bash"),
        }
    }
}

#[tokio::test]
async fn the_man_page_has_every_command_flag_and_variable() {
    let page = printed(&["man"]).await.replace("\\-", "-");
    assert!(page.contains("\n.TH acedata-pay-mcp 1"), "{page}");
    for command in Cli::command().get_subcommands() {
        assert_eq!(
            page.contains(&format!(".SS \"acedata-pay-mcp {}\"", command.get_name())),
            !command.is_hide_set(),
            "{}: {page}",
            command.get_name()
        );
    }
    for flag in Cli::command().get_arguments().filter_map(clap::Arg::get_long) {
        assert!(page.contains(&format!("\\fB--{flag}")), "{flag}: {page}");
    }
    for variable in variables() {
        assert!(
            page.contains(&format!(".TP\n\\fB{variable}\\fR\n")),
            "{variable}: {page}"
        );
    }
}

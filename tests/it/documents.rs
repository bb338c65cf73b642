//! The MCPB manifest and the READMEs say what the program is.

use std::path::Path;

use acedata_pay_mcp::payment::Code;
use acedata_pay_mcp::settings;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::outline::outline;
use crate::support::server::BINARY;

fn manifest() -> Value {
    json_of(include_str!("../../manifest.json"))
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn name_version_and_licence_are_those_of_the_package() {
    let manifest = manifest();
    assert_eq!(manifest["name"], env!("CARGO_PKG_NAME"));
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["license"], env!("CARGO_PKG_LICENSE"));
    assert_eq!(manifest["description"], env!("CARGO_PKG_DESCRIPTION"));
}

/// The exit code and stderr of `docs`, run in a folder.
fn docs(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut docs = std::process::Command::new(BINARY);
    let output = docs.arg("docs").args(arguments).current_dir(folder).output().unwrap();
    assert_eq!(output.stdout, b"");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_documents_say_what_the_program_says() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert_eq!(docs(here, &["--check"]), (Some(0), String::new()));
}

#[test]
fn what_differs_is_named_and_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let readme = include_str!("../../README.md");
    let old_readme = readme.replace("| There is no such order |", "| There is no order |");
    let old_manifest = include_str!("../../manifest.json")
        .replace("\"check_order_status\"", "\"check_order\"")
        .replace("\"${user_config.x402_max}\"", "\"\"")
        .replace("\"sensitive\": true", "\"sensitive\": false");
    let entry = include_str!("../../server.json");
    let old_entry = entry.replace("\"default\": \"100\"", "\"default\": \"1000\"");
    std::fs::write(here.join("README.md"), &old_readme).unwrap();
    std::fs::write(here.join("manifest.json"), &old_manifest).unwrap();
    std::fs::write(here.join("server.json"), &old_entry).unwrap();
    let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();

    assert_eq!(
        docs(here, &["--check"]),
        (
            Some(1),
            "README.md: `errors` differs from the program\nmanifest.json: `env` differs from the program\nmanifest.json: `tools` \
             differs from the program\nmanifest.json: `user_config` differs from the program\nserver.json: \
             `environmentVariables` differs from the program\nhint: `cargo run -- docs` writes them anew\n"
                .into()
        )
    );
    assert_eq!(
        (read("README.md"), read("manifest.json"), read("server.json")),
        (old_readme, old_manifest, old_entry)
    );

    assert_eq!(
        docs(here, &[]),
        (
            Some(0),
            "README.md: `errors` is written anew\nmanifest.json: `env` is written anew\nmanifest.json: `tools` is written \
             anew\nmanifest.json: `user_config` is written anew\nserver.json: `environmentVariables` is written anew\n"
                .into()
        )
    );
    assert_eq!(
        (read("README.md"), json_of(&read("manifest.json")), read("server.json")),
        (readme.to_owned(), manifest(), entry.to_owned())
    );
    assert_eq!(docs(here, &["--check"]), (Some(0), String::new()));
}

#[test]
fn a_chinese_document_gets_chinese_tables() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("README.zh-CN.md");
    std::fs::write(&file, "# 支付\n\n<!-- begin: orders -->\n<!-- end: orders -->\n").unwrap();
    assert_eq!(
        docs(folder.path(), &[]),
        (Some(0), "README.zh-CN.md: `orders` is written anew\n".into())
    );
    let written = std::fs::read_to_string(&file).unwrap();
    let start = "# 支付\n\n<!-- begin: orders -->\n\n| 订单 | 用途 |\n|---|---|\n| `00000000-0000-4000-8000-000000000001` | \
                 ChatGPT，9.90 美元，用 STRIPE 或 CARD 支付 |\n";
    assert!(written.starts_with(start), "{written}");
}

#[test]
fn the_chinese_readme_is_in_step_with_the_english_one() {
    let english = outline(include_str!("../../README.md"), "README.zh-CN.md");
    let chinese = outline(include_str!("../../README.zh-CN.md"), "README.md");
    for (english, chinese) in english.iter().zip(&chinese) {
        let (en, zh) = (english.line, chinese.line);
        let place = format!("the first difference: README.md, line {en}, and README.zh-CN.md, line {zh}");
        assert_eq!(english.essence, chinese.essence, "{place}");
    }
    assert_eq!(english.len(), chinese.len(), "one goes on where the other ends");
}

#[test]
fn a_translation_keeps_code_numbers_links_and_tables() {
    let essence = |text: &str| {
        let blocks = outline(text, "other.md").into_iter();
        blocks.map(|block| block.essence).collect::<Vec<_>>()
    };
    let english = "# pay\n\n[Other](other.md). **Run** `pay` 3 times, see [how](how.md) and [below](#a-table-x402).\n\n\
                   ## A table (X402)\n\n| A | B |\n|---|---|\n| `a` | ≤ 1/5 |\n\n```sh\npay 1\n```\n\n\
                   <img src=\"a.png\" alt=\"a picture\">\n\n![a picture](b.png)\n";
    let chinese = "# pay\n\n[其他](other.md)。见[下文](#表格x402)和[用法](how.md)，把 `pay` **运行** 3 次。\n\n\
                   ## 表格（X402）\n\n| 甲 | 乙 |\n|---|---|\n| `a` | ≤ 1/5 |\n\n```sh\npay 1\n```\n\n\
                   <img src=\"a.png\" alt=\"图片\">\n\n![图片](b.png)\n";
    assert_eq!(essence(chinese), essence(english));
    for (from, to) in [
        ("# pay", "# 支付"),
        ("other.md", "third.md"),
        ("**运行**", "运行"),
        ("`pay`", "pay"),
        ("3 次", "4 次"),
        ("how.md", "why.md"),
        ("#表格x402", "#pay"),
        ("## 表", "### 表"),
        ("| 乙 |\n|---|---|", "| 乙 | 丙 |\n|---|---|---|"),
        ("| `a` | ≤ 1/5 |\n", ""),
        ("`a` | ≤ 1/5", "≤ 1/5 | `a`"),
        ("≤ 1/5", "≥ 1/5"),
        ("```sh", "```"),
        ("pay 1", "pay 2"),
        ("a.png", "c.png"),
        ("b.png", "c.png"),
        ("![图片](b.png)", ""),
    ] {
        let damaged = chinese.replacen(from, to, 1);
        assert_ne!(damaged, chinese, "{from}");
        assert_ne!(essence(&damaged), essence(english), "{from}");
    }
}

#[test]
fn a_document_that_cannot_be_rendered_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        docs(folder.path(), &["--check"]),
        (Some(1), "error: there are no documents in this folder\n".into())
    );
    std::fs::write(
        folder.path().join("README.md"),
        "<!-- begin: weather -->\n<!-- end: weather -->\n",
    )
    .unwrap();
    assert_eq!(
        docs(folder.path(), &[]),
        (Some(1), "error: README.md: nobody knows a region `weather`\n".into())
    );
}

#[test]
fn the_names_of_errors_and_variables_are_an_interface() {
    let codes = Code::ALL.map(|code| serde_json::to_value(code).unwrap().as_str().unwrap().to_owned());
    assert_eq!(
        codes,
        [
            "invalid_arguments",
            "unauthenticated",
            "forbidden",
            "order_not_found",
            "pay_way_required",
            "pay_way_refused",
            "order_not_payable",
            "payment_required",
            "x402_payment_failed",
            "payment_in_flight",
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
            "ACEDATACLOUD_PAY_WAYS",
            "ACEDATACLOUD_X402_MAX",
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

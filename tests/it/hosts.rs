//! The configurations for assistants, as the command prints them.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::TOKEN;
use crate::support::server::{BINARY, command};

/// The exit code, stdout and stderr of `config` with a real token in the environment, which must not show.
async fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let arguments = [&["config"], arguments].concat();
    let environment = [("ACEDATACLOUD_PLATFORM_TOKEN", TOKEN)];
    let output = command(&arguments, &environment).output().await.unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(!stdout.contains(TOKEN) && !stderr.contains(TOKEN));
    (output.status.code(), stdout, stderr)
}

#[tokio::test]
async fn stdout_is_the_configuration_alone_and_stderr_says_what_to_do() {
    let (code, stdout, stderr) = run(&["claude-desktop"]).await;
    assert_eq!(code, Some(0));
    assert_eq!(
        serde_json::from_str::<Value>(&stdout).unwrap(),
        json!({"mcpServers": {"acedata-pay": {
            "command": BINARY,
            "args": [],
            "env": {"ACEDATACLOUD_PLATFORM_TOKEN": "platform-v1-…"},
        }}})
    );
    assert_eq!(
        stderr,
        "hint: this goes into `claude_desktop_config.json` (Settings → Developer → Edit Config): on macOS in \
         `~/Library/Application Support/Claude`, on Windows in `%APPDATA%\\Claude`\n\
         hint: put a token from https://platform.acedata.cloud/console/platform-tokens in place of `platform-v1-…`\n\
         hint: with `--token-file FILE` no token is in the configuration\n"
    );
}

#[tokio::test]
async fn every_client_has_a_configuration_for_the_sandbox_that_needs_nothing_else() {
    for client in [
        "claude-desktop",
        "claude-code",
        "cursor",
        "vscode",
        "codex",
        "gemini-cli",
        "windsurf",
        "zed",
        "generic",
    ] {
        let (code, stdout, stderr) = run(&[client, "--sandbox"]).await;
        assert_eq!(code, Some(0), "{client}");
        // A string of JSON or TOML has its backslashes doubled.
        let plain = stdout.replace(r"\\", r"\");
        for word in [BINARY, "--sandbox", "acedata-pay-sandbox"] {
            assert!(plain.contains(word), "{client}: {stdout}");
        }
        assert!(!stdout.contains("platform-v1-"), "{client}: {stdout}");
        assert!(stderr.starts_with("hint: this goes into "), "{client}: {stderr}");
    }
}

#[tokio::test]
async fn a_token_file_is_named_by_its_full_path() {
    let (_, stdout, stderr) = run(&["generic", "--token-file", "my token"]).await;
    let file = std::env::current_dir().unwrap().join("my token");
    assert_eq!(
        serde_json::from_str::<Value>(&stdout).unwrap(),
        json!({"mcpServers": {"acedata-pay": {"command": BINARY, "args": ["--token-file", file]}}})
    );
    assert_eq!(stderr, "hint: this goes into the assistant's list of MCP servers\n");
}

#[tokio::test]
async fn a_link_is_printed_where_there_is_one() {
    for (client, start) in [
        (
            "cursor",
            "cursor://anysphere.cursor-deeplink/mcp/install?name=acedata-pay&config=",
        ),
        ("vscode", "vscode:mcp/install?%7B%22name%22%3A%22acedata-pay%22%2C"),
    ] {
        let (code, stdout, _) = run(&[client, "--link"]).await;
        assert_eq!(code, Some(0));
        assert!(stdout.starts_with(start) && stdout.lines().count() == 1, "{stdout}");
        let (_, _, stderr) = run(&[client]).await;
        assert!(
            stderr.ends_with(&format!("hint: one click does the same: {stdout}")),
            "{stderr}"
        );
    }
    assert_eq!(
        run(&["zed", "--link"]).await,
        (
            Some(1),
            String::new(),
            "error: there is no such link for Zed; Cursor and VS Code have one\n".into()
        )
    );
}

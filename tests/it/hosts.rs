//! The configurations for assistants, as the command prints them.

use std::process::Command;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::TOKEN;
use crate::support::platform::{Platform, Reply};
use crate::support::server::{BINARY, Server, command, failure};

/// Every client of `config`, with the key under which its servers are; the two that are no document have none.
const CLIENTS: [(&str, &str); 22] = [
    ("claude-desktop", "mcpServers"),
    ("claude-code", ""),
    ("cursor", "mcpServers"),
    ("vscode", "servers"),
    ("codex", "mcp_servers"),
    ("gemini-cli", "mcpServers"),
    ("windsurf", "mcpServers"),
    ("zed", "context_servers"),
    ("opencode", "mcp"),
    ("qwen-code", "mcpServers"),
    ("copilot-cli", "mcpServers"),
    ("continue", "mcpServers"),
    ("cline", "mcpServers"),
    ("goose", "extensions"),
    ("crush", "mcp"),
    ("trae", "mcpServers"),
    ("cherry-studio", "mcpServers"),
    ("codebuddy", "mcpServers"),
    ("workbuddy", "mcpServers"),
    ("kimi", "mcpServers"),
    ("qoder", "mcpServers"),
    ("generic", "mcpServers"),
];

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
            "env": {"ACEDATACLOUD_PLATFORM_TOKEN": "platform-v1-..."},
        }}})
    );
    assert_eq!(
        stderr,
        "hint: this goes into `claude_desktop_config.json` (Settings → Developer → Edit Config): on macOS in \
         `~/Library/Application Support/Claude`, on Windows in `%APPDATA%\\Claude`\n\
         hint: put a token from https://platform.acedata.cloud/console/platform-tokens in place of `platform-v1-...`\n\
         hint: with `--token-file FILE` no token is in the configuration\n"
    );
}

#[tokio::test]
async fn every_client_has_a_configuration_for_the_sandbox_that_needs_nothing_else() {
    for (client, _) in CLIENTS {
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

/// What a client starts: the program with its arguments, and the variables that it adds.
#[derive(Debug, PartialEq)]
struct Start {
    command: Vec<String>,
    environment: Vec<(String, String)>,
}

/// What a client reads out of its configuration.
fn start(client: &str, key: &str, configuration: &str) -> Start {
    if client == "claude-code" {
        return started_by_claude(configuration);
    }
    let read: Value = match client {
        "codex" => toml::from_str(configuration).unwrap(),
        "continue" | "goose" => serde_saphyr::from_str(configuration).unwrap(),
        _ => serde_json::from_str(configuration).unwrap(),
    };
    let servers = &read[key];
    let server = match servers {
        Value::Array(servers) => servers.first(),
        servers => servers.as_object().unwrap().values().next(),
    }
    .unwrap();
    let texts = |value: &Value| match value {
        Value::Array(values) => values.iter().map(|value| value.as_str().unwrap().to_owned()).collect(),
        Value::String(text) => vec![text.clone()],
        _ => vec![],
    };
    let command = server.get("command").or(server.get("cmd")).unwrap();
    let environment = ["env", "envs", "environment"].iter().find_map(|key| server.get(key));
    let variables = environment.and_then(Value::as_object).into_iter().flatten();
    Start {
        command: [texts(command), texts(&server["args"])].concat(),
        environment: variables
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect(),
    }
}

/// What `claude mcp add` is given, by a shell.
fn started_by_claude(command: &str) -> Start {
    let script = format!("claude() {{ printf '%s\\n' \"$@\"; }}\n{command}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    let words: Vec<_> = words.lines().map(str::to_owned).collect();
    let end = words.iter().position(|word| word == "--").unwrap();
    let variable = words[..end].iter().position(|word| word == "--env");
    Start {
        command: words[end + 1..].to_vec(),
        environment: variable
            .and_then(|place| words[place + 1].split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect(),
    }
}

/// Starts what a client would start, sees both tools, and gives what the status of an order comes to.
async fn status_by(client: &str, start: &Start) -> Value {
    let words: Vec<_> = start.command.iter().map(String::as_str).collect();
    let variables: Vec<_> = start
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(words[0], BINARY, "{client}");
    let mut server = Server::start(&words[1..], &variables);
    server.initialize("2025-11-25").await;
    let list = server.request("tools/list", json!({})).await;
    let tools = list["result"]["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["check_order_status", "pay_order"], "{client}");
    let order = json!({"order_id": "00000000-0000-4000-8000-000000000001"});
    let status = server.call("check_order_status", order).await;
    server.close_stdin();
    let (exit, _) = server.end().await;
    assert!(exit.success(), "{client}: {exit}");
    status
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_printed_starts_as_it_is_and_explains_itself_while_the_token_is_missing() {
    for (client, key) in CLIENTS {
        let (_, stdout, _) = run(&[client]).await;
        let start = start(client, key, &stdout);
        assert_eq!(start.command, [BINARY], "{client}");
        let [(variable, value)] = start.environment.as_slice() else {
            panic!("{client}: {start:?}")
        };
        assert_eq!(variable, "ACEDATACLOUD_PLATFORM_TOKEN", "{client}");
        assert!(value.is_ascii(), "{client}: {value}");
        let failure = failure(&status_by(client, &start).await);
        assert_eq!(failure["code"], "unauthenticated", "{client}: {failure}");
        let said = failure.to_string();
        assert!(
            said.contains("https://platform.acedata.cloud/console/platform-tokens"),
            "{client}: {said}"
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_printed_for_the_sandbox_serves_an_order_as_it_is() {
    for (client, key) in CLIENTS {
        let (_, stdout, _) = run(&[client, "--sandbox"]).await;
        let start = start(client, key, &stdout);
        assert_eq!(start.environment, [], "{client}");
        let status = status_by(client, &start).await;
        assert_eq!(
            status["structuredContent"]["environment"], "sandbox",
            "{client}: {status}"
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_printed_with_a_token_file_reads_the_token_from_there_as_it_is() {
    use std::os::unix::fs::OpenOptionsExt as _;

    let platform = Platform::scripted(|_, _| Reply::json(404, "{}")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("o'brien \"x\" 令牌");
    let mut options = std::fs::OpenOptions::new();
    let mut writer = options.write(true).create_new(true).mode(0o600).open(&file).unwrap();
    std::io::Write::write_all(&mut writer, TOKEN.as_bytes()).unwrap();
    let file = file.to_str().unwrap();
    for (client, key) in CLIENTS {
        let (_, stdout, _) = run(&[client, "--token-file", file]).await;
        let mut start = start(client, key, &stdout);
        assert_eq!(start.command, [BINARY, "--token-file", file], "{client}");
        assert_eq!(start.environment, [], "{client}");
        start.environment = vec![("PLATFORM_API_BASE_URL".into(), platform.base_url.clone())];
        let failure = failure(&status_by(client, &start).await);
        assert_eq!(failure["code"], "order_not_found", "{client}: {failure}");
    }
    let bearer = format!("authorization: Bearer {TOKEN}");
    let requests = platform.requests();
    assert_eq!(requests.len(), CLIENTS.len());
    assert!(requests.iter().all(|request| request.headers.contains(&bearer)));
}

/// A copy of the binary in a folder whose name has a space.
#[cfg(unix)]
#[tokio::test]
async fn a_path_with_a_space_is_warned_of_for_the_one_client_that_does_not_take_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("my programs");
    std::fs::create_dir(&place).unwrap();
    let program = place.join("acedata-pay-mcp");
    if std::fs::hard_link(BINARY, &program).is_err() {
        std::fs::copy(BINARY, &program).unwrap();
    }
    let program = program.to_str().unwrap();
    let warning = format!(
        "warning: TRAE starts no program with a space in its path, as in `{program}`; put it into another folder and run \
         `config` there\n"
    );
    for (client, key) in CLIENTS {
        let output = Command::new(program)
            .args(["config", client, "--sandbox"])
            .output()
            .unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(start(client, key, &stdout).command, [program, "--sandbox"], "{client}");
        assert_eq!(stderr.starts_with(&warning), client == "trae", "{client}: {stderr}");
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
        (
            "trae",
            "trae-cn://trae.ai-ide/mcp-import?type=stdio&name=acedata-pay&config=",
        ),
        ("cherry-studio", "cherrystudio://mcp/install?servers="),
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
            "error: there is no such link for Zed; Cursor, VS Code, TRAE and Cherry Studio have one\n".into()
        )
    );
}

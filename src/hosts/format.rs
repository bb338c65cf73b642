//! The forms of configuration: JSON in several shapes, TOML, YAML, and a command line.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Account, Host, Launch};
use crate::settings::TOKEN_VARIABLE;
use crate::token::ASCII_PLACEHOLDER;

/// The name under which VS Code keeps the token.
const INPUT: &str = "acedata-platform-token";

/// One server, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Server<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    command: &'a str,
    args: Vec<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    env: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<[&'static str; 1]>,
}

/// One server, as `OpenCode` has it.
#[derive(Debug, Serialize)]
struct LocalServer<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    command: Vec<&'a str>,
    enabled: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    environment: BTreeMap<&'static str, String>,
}

/// A question that VS Code asks once.
#[derive(Debug, Serialize)]
pub(super) struct Input {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'static str,
    description: &'static str,
    password: bool,
}

impl Launch {
    /// The configuration of an assistant, ready to paste, with a line break at its end.
    #[must_use]
    pub fn configuration(&self, host: Host) -> String {
        match host {
            Host::ClaudeCode => self.command_line(cfg!(windows)),
            Host::Codex => self.toml(),
            Host::Continue => self.continue_yaml(),
            Host::Goose => self.goose_yaml(),
            Host::VsCode => self.vs_code(),
            Host::OpenCode => pretty(&self.under("mcp", self.local_server())),
            Host::Crush => {
                let launch = self.without_expansion();
                pretty(&launch.under("mcp", launch.server(Some("stdio"), ASCII_PLACEHOLDER)))
            }
            Host::CopilotCli => {
                let mut server = self.server(Some("local"), ASCII_PLACEHOLDER);
                server.tools = Some(["*"]);
                pretty(&self.under("mcpServers", server))
            }
            Host::CodeBuddy => pretty(&self.under("mcpServers", self.server(Some("stdio"), ASCII_PLACEHOLDER))),
            Host::Zed => pretty(&self.under("context_servers", self.server(None, ASCII_PLACEHOLDER))),
            Host::ClaudeDesktop
            | Host::Cursor
            | Host::GeminiCli
            | Host::Windsurf
            | Host::QwenCode
            | Host::Cline
            | Host::Trae
            | Host::CherryStudio
            | Host::WorkBuddy
            | Host::Kimi
            | Host::Qoder
            | Host::Generic => pretty(&self.servers()),
        }
    }

    /// What most assistants read.
    pub(super) fn servers(&self) -> impl Serialize {
        self.under("mcpServers", self.server(None, ASCII_PLACEHOLDER))
    }

    /// A server by its name, under a key.
    fn under<S>(&self, key: &'static str, server: S) -> BTreeMap<&'static str, BTreeMap<&'static str, S>> {
        BTreeMap::from([(key, BTreeMap::from([(self.name(), server)]))])
    }

    fn local_server(&self) -> LocalServer<'_> {
        let Server { command, args, env, .. } = self.server(None, ASCII_PLACEHOLDER);
        LocalServer {
            kind: "local",
            command: std::iter::once(command).chain(args).collect(),
            enabled: true,
            environment: env,
        }
    }

    /// The same for an assistant that expands each value like a here-document of a shell.
    fn without_expansion(&self) -> Self {
        Self {
            program: unexpanded(&self.program),
            account: match &self.account {
                Account::TokenFile(file) => Account::TokenFile(unexpanded(file)),
                account => account.clone(),
            },
        }
    }

    fn vs_code(&self) -> String {
        #[derive(Serialize)]
        struct Document<'a> {
            servers: BTreeMap<&'static str, Server<'a>>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            inputs: Vec<Input>,
        }
        pretty(&Document {
            servers: BTreeMap::from([(self.name(), self.vs_code_server())]),
            inputs: self.inputs(),
        })
    }

    pub(super) fn vs_code_server(&self) -> Server<'_> {
        self.server(Some("stdio"), &format!("${{input:{INPUT}}}"))
    }

    pub(super) fn inputs(&self) -> Vec<Input> {
        let input = Input {
            kind: "promptString",
            id: INPUT,
            description: "Ace Data Cloud platform token (platform-v1-…)",
            password: true,
        };
        Some(input)
            .filter(|_| self.account == Account::Placeholder)
            .into_iter()
            .collect()
    }

    pub(super) fn server(&self, kind: Option<&'static str>, token: &str) -> Server<'_> {
        let has_token = self.account == Account::Placeholder;
        Server {
            kind,
            command: &self.program,
            args: self.arguments(),
            env: has_token
                .then(|| (TOKEN_VARIABLE, token.to_owned()))
                .into_iter()
                .collect(),
            tools: None,
        }
    }

    fn toml(&self) -> String {
        let environment = match self.account {
            Account::Placeholder => format!("env = {{ {TOKEN_VARIABLE} = {} }}\n", escaped(ASCII_PLACEHOLDER)),
            Account::Sandbox | Account::TokenFile(_) => String::new(),
        };
        format!(
            "[mcp_servers.{}]\ncommand = {}\nargs = {}\n{environment}",
            self.name(),
            escaped(&self.program),
            self.escaped_arguments(),
        )
    }

    /// A block of its own, with the head that a file of one block needs.
    fn continue_yaml(&self) -> String {
        let (name, program, arguments) = (self.name(), escaped(&self.program), self.escaped_arguments());
        let environment = self.environment_yaml("env", "    ");
        format!(
            "name: {name}\nversion: 1.0.0\nschema: v1\nmcpServers:\n  - name: {name}\n    type: stdio\n    command: {program}\n    \
             args: {arguments}\n{environment}"
        )
    }

    fn goose_yaml(&self) -> String {
        let (name, program, arguments) = (self.name(), escaped(&self.program), self.escaped_arguments());
        let environment = self.environment_yaml("envs", "    ");
        format!(
            "extensions:\n  {name}:\n    enabled: true\n    type: stdio\n    name: {name}\n    description: Pays Ace Data Cloud \
             orders\n    timeout: 300\n    cmd: {program}\n    args: {arguments}\n{environment}"
        )
    }

    fn environment_yaml(&self, key: &str, indent: &str) -> String {
        match self.account {
            Account::Placeholder => {
                let token = escaped(ASCII_PLACEHOLDER);
                format!("{indent}{key}:\n{indent}  {TOKEN_VARIABLE}: {token}\n")
            }
            Account::Sandbox | Account::TokenFile(_) => String::new(),
        }
    }

    fn escaped_arguments(&self) -> String {
        let arguments: Vec<_> = self.arguments().into_iter().map(escaped).collect();
        format!("[{}]", arguments.join(", "))
    }

    /// The name goes before `--env`, which takes all that follows it up to `--`.
    fn command_line(&self, is_windows: bool) -> String {
        let environment = match self.account {
            Account::Placeholder => format!(" --env {TOKEN_VARIABLE}={ASCII_PLACEHOLDER}"),
            Account::Sandbox | Account::TokenFile(_) => String::new(),
        };
        let command: Vec<_> = std::iter::once(self.program.as_str())
            .chain(self.arguments())
            .map(|word| quoted(word, is_windows))
            .collect();
        format!(
            "claude mcp add --scope user {}{environment} -- {}\n",
            self.name(),
            command.join(" ")
        )
    }
}

/// These types always make JSON: their keys are texts.
fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

pub(super) fn compact(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A text in double quotes, for TOML as for YAML: JSON's escapes are among those of both, which want a few characters more escaped.
fn escaped(text: &str) -> String {
    let is_hidden = |character: char| character.is_control() || character == '\u{feff}';
    compact(&text).chars().fold(String::new(), |mut shown, character| {
        if is_hidden(character) {
            shown.extend([format!("\\u{:04x}", u32::from(character))]);
        } else {
            shown.push(character);
        }
        shown
    })
}

/// A text that a here-document of a shell expands to `text`.
fn unexpanded(text: &str) -> String {
    let mut rest = text.chars().peekable();
    let mut shown = String::new();
    while let Some(character) = rest.next() {
        let is_escape = character == '\\' && rest.peek().is_some_and(|next| matches!(next, '$' | '`' | '\\'));
        if is_escape || matches!(character, '$' | '`') {
            shown.push('\\');
        }
        shown.push(character);
    }
    shown
}

/// A word of a command line: for a POSIX shell in single quotes, on Windows in double ones, which all its shells know.
fn quoted(word: &str, is_windows: bool) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./=:,@+".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else if is_windows {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::{Value, json};

    use super::*;

    /// Programs in places that need care.
    pub(in crate::hosts) const PROGRAMS: [&str; 3] = [
        "/usr/local/bin/acedata-pay-mcp",
        r"C:\Users\me and you\new\acedata-pay-mcp.exe",
        "/home/o'brien \"x\"/π😀/\u{7f}\u{85}\u{feff}: #{\n/acedata-pay-mcp",
    ];

    pub(in crate::hosts) fn launch(program: &str, account: Account) -> Launch {
        Launch {
            program: program.into(),
            account,
        }
    }

    pub(in crate::hosts) fn accounts() -> [Account; 3] {
        let file = r"C:\Users\me\token file";
        [Account::Placeholder, Account::Sandbox, Account::TokenFile(file.into())]
    }

    /// What every form should hold.
    pub(in crate::hosts) fn server(launch: &Launch, token: &str) -> Value {
        let mut server = json!({"command": launch.program, "args": launch.arguments()});
        if launch.account == Account::Placeholder {
            server["env"] = json!({ TOKEN_VARIABLE: token });
        }
        server
    }

    #[test]
    fn every_form_reads_back_as_what_was_meant() {
        for (program, account) in PROGRAMS
            .into_iter()
            .flat_map(|program| accounts().map(|account| (program, account)))
        {
            let launch = launch(program, account);
            let name = launch.name();
            let plain = server(&launch, ASCII_PLACEHOLDER);
            let with = |more: Value| {
                let mut server = plain.clone();
                server
                    .as_object_mut()
                    .unwrap()
                    .extend(more.as_object().unwrap().clone());
                server
            };
            let json = |host| serde_json::from_str::<Value>(&launch.configuration(host)).unwrap();
            for host in [
                Host::ClaudeDesktop,
                Host::Cursor,
                Host::GeminiCli,
                Host::Windsurf,
                Host::QwenCode,
                Host::Cline,
                Host::Trae,
                Host::CherryStudio,
                Host::WorkBuddy,
                Host::Kimi,
                Host::Qoder,
                Host::Generic,
            ] {
                assert_eq!(json(host), json!({"mcpServers": {name: plain}}), "{host:?}");
            }
            assert_eq!(json(Host::Zed), json!({"context_servers": {name: plain}}));
            assert_eq!(
                json(Host::CopilotCli),
                json!({"mcpServers": {name: with(json!({"type": "local", "tools": ["*"]}))}})
            );
            let stdio = with(json!({"type": "stdio"}));
            assert_eq!(json(Host::CodeBuddy), json!({"mcpServers": {name: stdio}}));
            assert_eq!(json(Host::OpenCode), json!({"mcp": {name: local(&launch)}}));

            let read: Value = toml::from_str(&launch.configuration(Host::Codex)).unwrap();
            assert_eq!(read, json!({"mcp_servers": {name: plain}}));
            let named = with(json!({"type": "stdio", "name": name}));
            let read: Value = serde_saphyr::from_str(&launch.configuration(Host::Continue)).unwrap();
            assert_eq!(
                read,
                json!({"name": name, "version": "1.0.0", "schema": "v1", "mcpServers": [named]})
            );
            let read: Value = serde_saphyr::from_str(&launch.configuration(Host::Goose)).unwrap();
            assert_eq!(read, json!({"extensions": {name: extension(&launch)}}));
        }
    }

    /// A server of `OpenCode`.
    fn local(launch: &Launch) -> Value {
        let command: Vec<_> = std::iter::once(launch.program.as_str())
            .chain(launch.arguments())
            .collect();
        let mut server = json!({"type": "local", "command": command, "enabled": true});
        if launch.account == Account::Placeholder {
            server["environment"] = json!({ TOKEN_VARIABLE: ASCII_PLACEHOLDER });
        }
        server
    }

    /// An extension of Goose.
    fn extension(launch: &Launch) -> Value {
        let mut extension = json!({
            "enabled": true,
            "type": "stdio",
            "name": launch.name(),
            "description": "Pays Ace Data Cloud orders",
            "timeout": 300,
            "cmd": launch.program,
            "args": launch.arguments(),
        });
        if launch.account == Account::Placeholder {
            extension["envs"] = json!({ TOKEN_VARIABLE: ASCII_PLACEHOLDER });
        }
        extension
    }

    #[test]
    fn crush_gets_what_it_expands_to_the_program() {
        for (program, written) in [
            (PROGRAMS[0], PROGRAMS[0]),
            (PROGRAMS[1], PROGRAMS[1]),
            (r"\\server\$share\pay`", r"\\\server\\\$share\pay\`"),
        ] {
            let launch = launch(program, Account::TokenFile(program.into()));
            assert_eq!(
                serde_json::from_str::<Value>(&launch.configuration(Host::Crush)).unwrap(),
                json!({"mcp": {"acedata-pay": {
                    "type": "stdio",
                    "command": written,
                    "args": ["--token-file", written],
                }}})
            );
        }
    }

    #[test]
    fn vs_code_asks_for_the_token() {
        let placeholder = launch(PROGRAMS[0], Account::Placeholder);
        assert_eq!(
            serde_json::from_str::<Value>(&placeholder.configuration(Host::VsCode)).unwrap(),
            json!({
                "servers": {"acedata-pay": {
                    "type": "stdio",
                    "command": PROGRAMS[0],
                    "args": [],
                    "env": {TOKEN_VARIABLE: "${input:acedata-platform-token}"},
                }},
                "inputs": [{
                    "type": "promptString",
                    "id": "acedata-platform-token",
                    "description": "Ace Data Cloud platform token (platform-v1-…)",
                    "password": true,
                }],
            })
        );
        let sandbox = launch(PROGRAMS[1], Account::Sandbox);
        assert_eq!(
            serde_json::from_str::<Value>(&sandbox.configuration(Host::VsCode)).unwrap(),
            json!({"servers": {"acedata-pay-sandbox": {"type": "stdio", "command": PROGRAMS[1], "args": ["--sandbox"]}}})
        );
    }

    #[test]
    fn the_command_line_keeps_each_word_whole() {
        for (program, account, is_windows, expected) in [
            (
                PROGRAMS[0],
                Account::Placeholder,
                false,
                "claude mcp add --scope user acedata-pay --env ACEDATACLOUD_PLATFORM_TOKEN=platform-v1-... -- \
                 /usr/local/bin/acedata-pay-mcp\n",
            ),
            (
                PROGRAMS[2],
                Account::Sandbox,
                false,
                "claude mcp add --scope user acedata-pay-sandbox -- '/home/o'\\''brien \"x\"/π😀/\u{7f}\u{85}\u{feff}: #{\n/acedata-pay-mcp' --sandbox\n",
            ),
            (
                PROGRAMS[1],
                Account::TokenFile(r"C:\token".into()),
                true,
                "claude mcp add --scope user acedata-pay -- \"C:\\Users\\me and you\\new\\acedata-pay-mcp.exe\" --token-file \
                 \"C:\\token\"\n",
            ),
        ] {
            assert_eq!(launch(program, account).command_line(is_windows), expected);
        }
    }
}

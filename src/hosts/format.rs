//! The forms of configuration: JSON with one of three keys, TOML, and a command line.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Account, Host, Launch};
use crate::settings::TOKEN_VARIABLE;
use crate::token::PLACEHOLDER;

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
            Host::VsCode => self.vs_code(),
            Host::Zed => self.json("context_servers"),
            Host::ClaudeDesktop | Host::Cursor | Host::GeminiCli | Host::Windsurf | Host::Generic => {
                self.json("mcpServers")
            }
        }
    }

    fn json(&self, key: &str) -> String {
        pretty(&BTreeMap::from([(
            key,
            BTreeMap::from([(self.name(), self.server(None, PLACEHOLDER))]),
        )]))
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
        }
    }

    fn toml(&self) -> String {
        let arguments: Vec<_> = self.arguments().into_iter().map(toml_string).collect();
        let environment = match self.account {
            Account::Placeholder => format!("env = {{ {TOKEN_VARIABLE} = {} }}\n", toml_string(PLACEHOLDER)),
            Account::Sandbox | Account::TokenFile(_) => String::new(),
        };
        format!(
            "[mcp_servers.{}]\ncommand = {}\nargs = [{}]\n{environment}",
            self.name(),
            toml_string(&self.program),
            arguments.join(", "),
        )
    }

    /// The name goes before `--env`, which takes all that follows it up to `--`.
    fn command_line(&self, is_windows: bool) -> String {
        let environment = match self.account {
            Account::Placeholder => format!(" --env {TOKEN_VARIABLE}={PLACEHOLDER}"),
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

/// A basic string of TOML: JSON's escapes are among TOML's, which wants one character more escaped.
fn toml_string(text: &str) -> String {
    compact(&text).replace('\u{7f}', "\\u007f")
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
        "/home/o'brien \"x\"/π😀/acedata-pay-mcp",
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
    fn every_json_form_and_the_toml_read_back_as_what_was_meant() {
        for (program, account) in PROGRAMS
            .into_iter()
            .flat_map(|program| accounts().map(|account| (program, account)))
        {
            let launch = launch(program, account);
            let expected = json!({ launch.name(): server(&launch, PLACEHOLDER) });
            for host in [
                Host::ClaudeDesktop,
                Host::Cursor,
                Host::GeminiCli,
                Host::Windsurf,
                Host::Generic,
            ] {
                let read: Value = serde_json::from_str(&launch.configuration(host)).unwrap();
                assert_eq!(read, json!({"mcpServers": expected}), "{host:?}");
            }
            let read: Value = serde_json::from_str(&launch.configuration(Host::Zed)).unwrap();
            assert_eq!(read, json!({"context_servers": expected}));
            let read: Value = toml::from_str(&launch.configuration(Host::Codex)).unwrap();
            assert_eq!(read, json!({"mcp_servers": expected}));
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
                "claude mcp add --scope user acedata-pay --env ACEDATACLOUD_PLATFORM_TOKEN=platform-v1-… -- \
                 /usr/local/bin/acedata-pay-mcp\n",
            ),
            (
                PROGRAMS[2],
                Account::Sandbox,
                false,
                "claude mcp add --scope user acedata-pay-sandbox -- '/home/o'\\''brien \"x\"/π😀/acedata-pay-mcp' --sandbox\n",
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

//! The configurations of all assistants, each to unfold.

use clap::ValueEnum as _;

use super::language::Language;
use crate::clients::{Account, Client, Launch};

/// The program as somebody has it who installed it: on the path.
const PROGRAM: &str = "acedata-pay-mcp";

/// Every assistant with its configuration.
pub(super) fn configurations(language: &Language) -> String {
    let launch = Launch {
        program: PROGRAM.into(),
        account: Account::Placeholder,
    };
    let parts: Vec<_> = Client::value_variants()
        .iter()
        .map(|client| configuration(*client, &launch, language))
        .collect();
    parts.join("\n")
}

fn configuration(client: Client, launch: &Launch, language: &Language) -> String {
    let (kind, into) = match client {
        Client::ClaudeCode => ("sh", "In {}:"),
        Client::Codex => ("toml", "Into {}:"),
        _ => ("json", "Into {}:"),
    };
    let label = match client {
        Client::Generic => language.say(client.label()),
        _ => client.label(),
    };
    let into = language.say(into).replace("{}", language.say(client.place()));
    let link = launch.web_link(client).map(|link| {
        let text = language.say("add it to {}").replace("{}", label);
        let line = language.say("Or with one click: {}.");
        line.replace("{}", &format!("[{text}]({link})")) + "\n\n"
    });
    format!(
        "<details>\n<summary><b>{label}</b></summary>\n\n{into}\n\n```{kind}\n{}```\n\n{}</details>\n",
        launch.configuration(client),
        link.unwrap_or_default()
    )
}

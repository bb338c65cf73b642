//! The configurations of all assistants, each to unfold.

use clap::ValueEnum as _;

use super::language::Language;
use crate::hosts::{Account, Host, Launch};

/// The program as somebody has it who installed it: on the path.
const PROGRAM: &str = "acedata-pay-mcp";

/// Every assistant with its configuration.
pub(super) fn configurations(language: &Language) -> String {
    let launch = Launch {
        program: PROGRAM.into(),
        account: Account::Placeholder,
    };
    let parts: Vec<_> = Host::value_variants()
        .iter()
        .map(|host| configuration(*host, &launch, language))
        .collect();
    parts.join("\n")
}

fn configuration(host: Host, launch: &Launch, language: &Language) -> String {
    let (kind, into) = match host {
        Host::ClaudeCode => ("sh", "In {}:"),
        Host::Codex => ("toml", "Into {}:"),
        _ => ("json", "Into {}:"),
    };
    let label = match host {
        Host::Generic => language.say(host.label()),
        _ => host.label(),
    };
    let into = language.say(into).replace("{}", language.say(host.place()));
    let link = launch.web_link(host).map(|link| {
        let text = language.say("add it to {}").replace("{}", label);
        let line = language.say("Or with one click: {}.");
        line.replace("{}", &format!("[{text}]({link})")) + "\n\n"
    });
    format!(
        "<details>\n<summary><b>{label}</b></summary>\n\n{into}\n\n```{kind}\n{}```\n\n{}</details>\n",
        launch.configuration(host),
        link.unwrap_or_default()
    )
}

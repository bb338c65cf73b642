//! The configurations of assistants.

use acedata_pay_mcp::hosts::{Account, Host, Launch};
use clap::ValueEnum as _;

use crate::language::Language;

/// The program as somebody has it who installed it: on the path.
const PROGRAM: &str = "acedata-pay-mcp";

/// The assistants that most people have.
const FIRST: [Host; 3] = [Host::ClaudeDesktop, Host::ClaudeCode, Host::Codex];

/// Every assistant with its configuration, each to unfold.
pub(crate) fn all(language: Language<'_>) -> String {
    let hosts = Host::value_variants().iter();
    let parts = hosts.map(|host| {
        let (label, configuration) = (label(*host, language), configuration(*host, language));
        format!("<details>\n<summary><b>{label}</b></summary>\n\n{configuration}\n</details>\n")
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// The assistants that most people have, with their configurations.
pub(crate) fn first(language: Language<'_>) -> String {
    let parts = FIRST.map(|host| {
        let (label, configuration) = (label(host, language), configuration(host, language));
        format!("### {label}\n\n{configuration}")
    });
    parts.join("\n")
}

fn label(host: Host, language: Language<'_>) -> &str {
    match host {
        Host::Generic => language.say(host.label()),
        _ => host.label(),
    }
}

fn configuration(host: Host, language: Language<'_>) -> String {
    let launch = Launch {
        program: PROGRAM.into(),
        account: Account::Placeholder,
    };
    let (kind, into) = match host {
        Host::ClaudeCode => ("sh", "In {}:"),
        Host::Codex => ("toml", "Into {}:"),
        Host::Continue | Host::Goose => ("yaml", "Into {}:"),
        _ => ("json", "Into {}:"),
    };
    let into = language.say(into).replace("{}", language.say(host.place()));
    let link = launch.web_link(host).map(|link| {
        let text = language.say("add it to {}").replace("{}", label(host, language));
        let line = language.say("Or with one click: {}.");
        format!("\n{}\n", line.replace("{}", &format!("[{text}]({link})")))
    });
    let configuration = launch.configuration(host);
    format!("{into}\n\n```{kind}\n{configuration}```\n{}", link.unwrap_or_default())
}

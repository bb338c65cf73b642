//! The configurations of all assistants as a part of the README.

use std::fmt::Write as _;

use clap::ValueEnum as _;

use super::{Account, Client, Launch};

/// The program as somebody has it who installed it: on the path.
const PROGRAM: &str = "acedata-pay-mcp";

/// Every assistant with its configuration, each to unfold.
#[must_use]
pub fn markdown() -> String {
    let launch = Launch {
        program: PROGRAM.into(),
        account: Account::Placeholder,
    };
    let parts: Vec<_> = Client::value_variants()
        .iter()
        .map(|client| part(*client, &launch))
        .collect();
    parts.join("\n")
}

fn part(client: Client, launch: &Launch) -> String {
    let kind = match client {
        Client::ClaudeCode => "sh",
        Client::Codex => "toml",
        _ => "json",
    };
    let mut part = format!("<details>\n<summary><b>{}</b></summary>\n\n", client.label());
    // Writing to a string does not fail.
    let _ = match client {
        Client::ClaudeCode => write!(part, "In {}:\n\n", client.place()),
        _ => write!(part, "Into {}:\n\n", client.place()),
    };
    let _ = write!(part, "```{kind}\n{}```\n\n", launch.configuration(client));
    if let Some(link) = launch.web_link(client) {
        let _ = write!(part, "Or with one click: [add it to {}]({link}).\n\n", client.label());
    }
    part.push_str("</details>\n");
    part
}

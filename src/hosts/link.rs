//! The links that install the server with one click.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use url::form_urlencoded;

use super::format::{Input, Server, compact};
use super::{Host, Launch};
use crate::token::ASCII_PLACEHOLDER;

/// What VS Code's link holds.
#[derive(Debug, Serialize)]
struct Named<'a> {
    name: &'static str,
    #[serde(flatten)]
    server: Server<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<Input>,
}

impl Launch {
    /// The link that installs the server with one click, where the assistant has one.
    #[must_use]
    pub fn link(&self, host: Host) -> Option<String> {
        match host {
            Host::Cursor => Some(format!(
                "cursor://anysphere.cursor-deeplink/mcp/install?{}",
                self.cursor_query()
            )),
            Host::VsCode => Some(format!("vscode:mcp/install?{}", self.vs_code_query())),
            Host::Trae => Some(format!(
                "trae-cn://trae.ai-ide/mcp-import?type=stdio&{}",
                self.cursor_query()
            )),
            Host::CherryStudio => {
                let servers = base64(&self.servers());
                Some(format!("cherrystudio://mcp/install?servers={}", encoded(&servers)))
            }
            _ => None,
        }
    }

    /// The same as an https address, for pages that show no other links.
    #[must_use]
    pub fn web_link(&self, host: Host) -> Option<String> {
        match host {
            Host::Cursor => Some(format!("https://cursor.com/install-mcp?{}", self.cursor_query())),
            Host::VsCode => {
                let link = self.link(host)?;
                Some(format!("https://insiders.vscode.dev/redirect?url={}", encoded(&link)))
            }
            _ => None,
        }
    }

    /// The name and the server, as Cursor and TRAE take them.
    fn cursor_query(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .append_pair("name", self.name())
            .append_pair("config", &base64(&self.server(None, ASCII_PLACEHOLDER)))
            .finish()
    }

    fn vs_code_query(&self) -> String {
        encoded(&compact(&Named {
            name: self.name(),
            server: self.vs_code_server(),
            inputs: self.inputs(),
        }))
    }
}

fn base64(value: &impl Serialize) -> String {
    BASE64.encode(in_ascii(&compact(value)))
}

/// JSON with every character beyond ASCII escaped: who decodes base64 in a browser gets bytes, not characters.
fn in_ascii(json: &str) -> String {
    let mut text = String::new();
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
        } else {
            let mut units = [0; 2];
            text.extend(
                character
                    .encode_utf16(&mut units)
                    .iter()
                    .map(|unit| format!("\\u{unit:04x}")),
            );
        }
    }
    text
}

/// A text as one percent-encoded component, as `encodeURIComponent` writes it: a space is `%20`.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::{Value, json};
    use url::Url;

    use super::super::Account;
    use super::super::format::tests::{PROGRAMS, accounts, launch, server};
    use super::*;

    /// The JSON in a part of a link, which is ASCII alone.
    fn decoded(base64: &str) -> Value {
        let json = BASE64.decode(base64).unwrap();
        assert!(json.is_ascii());
        serde_json::from_slice(&json).unwrap()
    }

    #[test]
    fn the_links_hold_the_same_server() {
        for (program, account) in PROGRAMS
            .into_iter()
            .flat_map(|program| accounts().map(|account| (program, account)))
        {
            let launch = launch(program, account);

            for link in [launch.link(Host::Cursor), launch.web_link(Host::Cursor)] {
                let link: Url = link.unwrap().parse().unwrap();
                let pairs: Vec<_> = link.query_pairs().into_owned().collect();
                assert_eq!(pairs[0], ("name".to_owned(), launch.name().to_owned()));
                assert_eq!(pairs[1].0, "config");
                assert_eq!(decoded(&pairs[1].1), server(&launch, ASCII_PLACEHOLDER));
            }

            let trae: Url = launch.link(Host::Trae).unwrap().parse().unwrap();
            assert!(trae.as_str().starts_with("trae-cn://trae.ai-ide/mcp-import?"), "{trae}");
            let pairs: Vec<_> = trae.query_pairs().into_owned().collect();
            let words = [("type", "stdio"), ("name", launch.name())];
            assert_eq!(pairs[..2], words.map(|(key, value)| (key.to_owned(), value.to_owned())));
            assert_eq!(pairs[2].0, "config");
            assert_eq!(decoded(&pairs[2].1), server(&launch, ASCII_PLACEHOLDER));

            let cherry: Url = launch.link(Host::CherryStudio).unwrap().parse().unwrap();
            assert!(
                cherry.as_str().starts_with("cherrystudio://mcp/install?servers="),
                "{cherry}"
            );
            let (_, servers) = cherry.query_pairs().next().unwrap();
            assert_eq!(
                decoded(&servers),
                json!({"mcpServers": {launch.name(): server(&launch, ASCII_PLACEHOLDER)}})
            );

            let link = launch.link(Host::VsCode).unwrap();
            let query = link.strip_prefix("vscode:mcp/install?").unwrap();
            assert!(!query.contains(['+', ' ', '&', '"', '{']), "{query}");
            let decode = |text: &str| {
                let pair = form_urlencoded::parse(text.as_bytes()).next().unwrap();
                pair.0.into_owned()
            };
            let mut named = server(&launch, "${input:acedata-platform-token}");
            named["name"] = launch.name().into();
            named["type"] = "stdio".into();
            if launch.account == Account::Placeholder {
                named["inputs"] = serde_json::to_value(launch.inputs()).unwrap();
            }
            assert_eq!(serde_json::from_str::<Value>(&decode(query)).unwrap(), named);

            let web: Url = launch.web_link(Host::VsCode).unwrap().parse().unwrap();
            let (_, url) = web.query_pairs().next().unwrap();
            assert_eq!(url, link);
        }
        assert_eq!(launch(PROGRAMS[0], Account::Sandbox).link(Host::Zed), None);
    }
}

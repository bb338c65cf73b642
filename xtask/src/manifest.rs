//! The list of tools in the MCPB manifest.

use acedata_pay_mcp::mcp;
use anyhow::Context as _;
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::documents::Rendered;

/// What stands before the list.
const KEY: &str = "\n  \"tools\": ";

/// All that a manifest may say of a tool.
#[derive(Debug, Serialize)]
struct Tool {
    name: String,
    description: String,
}

/// Puts the tools of this program into a manifest, whose other lines stay as they are.
pub(crate) fn render(text: &str) -> anyhow::Result<Rendered> {
    let (before, rest) = text.split_once(KEY).context("the manifest has no `tools`")?;
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
    values.next().context("`tools` has no value")??;
    let (old, after) = rest.split_at_checked(values.byte_offset()).unwrap_or((rest, ""));
    let new = tools()?;
    Ok(Rendered {
        changed: if new == old { vec![] } else { vec!["tools".into()] },
        text: [before, KEY, &new, after].concat(),
    })
}

fn tools() -> serde_json::Result<String> {
    let tools = mcp::tools().into_iter().map(|tool| Tool {
        name: tool.name,
        description: tool.description,
    });
    let list = serde_json::to_string_pretty(&tools.collect::<Vec<_>>())?;
    Ok(list.replace('\n', "\n  "))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_tools_are_replaced_and_nothing_else() {
        let text = "{\n  \"name\": \"x\",\n  \"tools\": [ {\"name\": \"]\"} ],\n  \"tools_generated\": true\n}\n";
        let rendered = render(text).unwrap();
        assert_eq!(rendered.changed, ["tools"]);
        let list = rendered
            .text
            .strip_prefix("{\n  \"name\": \"x\",\n  \"tools\": [\n    {\n      \"name\": ");
        assert!(
            list.unwrap()
                .ends_with("\"\n    }\n  ],\n  \"tools_generated\": true\n}\n")
        );
        assert_eq!(render(&rendered.text).unwrap().changed, Vec::<String>::new());
        assert!(render("{}").is_err() && render("{\n  \"tools\": [").is_err());
    }
}

//! What the MCPB manifest and the entry in the MCP registry say of the tools and settings.

use acedata_pay_mcp::mcp;
use acedata_pay_mcp::settings::{self, Facts, Field, Kind};
use anyhow::Context as _;
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::documents::Rendered;

/// A manifest with the tools and settings of this program; its other lines stay as they are.
pub(crate) fn bundle(text: &str) -> anyhow::Result<Rendered> {
    replaced(
        text,
        &[
            ("env", pretty(&environment())?),
            ("tools", pretty(&tools())?),
            ("user_config", pretty(&fields()?)?),
        ],
    )
}

/// A registry entry with the variables of this program; its other lines stay as they are.
pub(crate) fn registry_entry(text: &str) -> anyhow::Result<Rendered> {
    replaced(text, &[("environmentVariables", pretty(&variables())?)])
}

/// Puts a value in the place of that of each key, which stands at the beginning of a line.
fn replaced(text: &str, parts: &[(&str, String)]) -> anyhow::Result<Rendered> {
    let mut rendered = Rendered {
        text: text.to_owned(),
        changed: vec![],
    };
    for (key, new) in parts {
        let mark = format!(" \"{key}\": ");
        let missing = || format!("there is no `{key}`");
        let (before, rest) = rendered.text.split_once(&mark).with_context(missing)?;
        let (_, indent) = before.rsplit_once('\n').with_context(missing)?;
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        values.next().with_context(|| format!("`{key}` has no value"))??;
        let (old, after) = rest.split_at_checked(values.byte_offset()).unwrap_or((rest, ""));
        let new = new.replace('\n', &format!("\n{indent} "));
        if new != old {
            rendered.changed.push((*key).to_owned());
            rendered.text = [before, &mark, &new, after].concat();
        }
    }
    Ok(rendered)
}

fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value)
}

fn tools() -> Vec<impl Serialize> {
    /// All that a manifest may say of a tool.
    #[derive(Serialize)]
    struct Tool {
        name: String,
        description: String,
    }
    let tools = mcp::tools().into_iter();
    tools
        .map(|tool| Tool {
            name: tool.name,
            description: tool.description,
        })
        .collect()
}

/// The settings that somebody who installs the bundle is asked for.
fn in_bundle() -> impl Iterator<Item = (&'static Facts, Field)> {
    settings::facts().filter_map(|facts| Some((facts, facts.field?)))
}

fn environment() -> Map<String, Value> {
    let variables = in_bundle().filter_map(|(facts, field)| {
        let value = format!("${{user_config.{}}}", field.key);
        Some((facts.variable?.to_owned(), value.into()))
    });
    variables.collect()
}

fn fields() -> serde_json::Result<Map<String, Value>> {
    #[derive(Serialize)]
    struct UserConfig {
        #[serde(rename = "type")]
        kind: &'static str,
        title: &'static str,
        description: &'static str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        sensitive: bool,
        required: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        default: Option<Value>,
    }
    let fields = in_bundle().map(|(facts, field)| {
        let (kind, default) = match facts.kind {
            // An empty text counts as unset.
            Kind::Text | Kind::Choice(_) => ("string", Some("".into())),
            Kind::Number => ("number", facts.default.parse().ok().map(Value::Number)),
            Kind::Switch => ("boolean", facts.default.parse().ok().map(Value::Bool)),
            Kind::File => ("file", None),
            Kind::Folder => ("directory", None),
        };
        let config = UserConfig {
            kind,
            title: field.title,
            description: field.about,
            sensitive: facts.is_secret,
            required: field.is_required,
            default: default.filter(|_| !field.is_required),
        };
        Ok((field.key.to_owned(), serde_json::to_value(config)?))
    });
    fields.collect()
}

fn variables() -> Vec<impl Serialize> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Variable {
        name: &'static str,
        description: String,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_secret: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        format: Option<&'static str>,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        choices: &'static [&'static str],
        #[serde(skip_serializing_if = "str::is_empty")]
        default: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        placeholder: Option<&'static str>,
    }
    let variables = settings::facts().filter_map(|facts| {
        Some(Variable {
            name: facts.variable?,
            description: facts.field.map_or(facts.about, |field| field.about).replace('`', ""),
            is_secret: facts.is_secret,
            format: match facts.kind {
                Kind::Text | Kind::Choice(_) => None,
                Kind::Number => Some("number"),
                Kind::Switch => Some("boolean"),
                Kind::File | Kind::Folder => Some("filepath"),
            },
            choices: match facts.kind {
                Kind::Choice(words) => words,
                _ => &[],
            },
            default: facts.default,
            placeholder: facts.example,
        })
    });
    variables.collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_value_of_a_key_is_replaced_and_nothing_else() {
        let text = "{\n  \"name\": \"x\",\n  \"tools\": [ {\"name\": \"]\"} ],\n  \"tools_generated\": true\n}\n";
        let list = pretty(&["a", "b"]).unwrap();
        let rendered = replaced(text, &[("tools", list.clone())]).unwrap();
        assert_eq!(
            rendered.text,
            "{\n  \"name\": \"x\",\n  \"tools\": [\n    \"a\",\n    \"b\"\n  ],\n  \"tools_generated\": true\n}\n"
        );
        assert_eq!(rendered.changed, ["tools"]);
        let again = replaced(&rendered.text, &[("tools", list)]).unwrap();
        assert_eq!((again.text, again.changed), (rendered.text, vec![]));
        assert!(bundle("{}").is_err() && registry_entry("{\n  \"environmentVariables\": [").is_err());
    }
}

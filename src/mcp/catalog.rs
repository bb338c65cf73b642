//! The tools as documents describe them: what a client reads in `tools/list`, without the protocol around it.

use rmcp::model::{JsonObject, Tool};
use serde_json::Value;

use super::schema::{required, texts};
use super::{Offer, Server};
use crate::pay_way::PayWays;

/// A tool, as clients read about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolFacts {
    /// What a call names it.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Whether it changes nothing.
    pub is_read_only: bool,
    /// What it takes.
    pub arguments: Vec<Field>,
    /// What it returns.
    pub results: Vec<Field>,
}

/// An argument or a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its key in the JSON object.
    pub name: String,
    /// Whether it is always there.
    pub is_required: bool,
    /// What it means.
    pub description: String,
    /// The values it can have, where they are few.
    pub values: Vec<String>,
}

/// Every tool that a server can offer, by name.
#[must_use]
pub fn tools() -> Vec<ToolFacts> {
    let router = Server::tools(Offer::PAY_AND_CHECK, &PayWays::default());
    router.list_all().iter().map(facts).collect()
}

fn facts(tool: &Tool) -> ToolFacts {
    let hints = tool.annotations.as_ref();
    ToolFacts {
        name: tool.name.to_string(),
        description: tool.description.as_deref().unwrap_or_default().to_owned(),
        is_read_only: hints.and_then(|hints| hints.read_only_hint) == Some(true),
        arguments: fields(&tool.input_schema),
        results: tool.output_schema.as_deref().map(fields).unwrap_or_default(),
    }
}

/// The properties of a schema: those that are always there in its own order, then the others by name.
fn fields(schema: &JsonObject) -> Vec<Field> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    let required = required(schema);
    let optional = properties.keys().filter(|name| !required.contains(name));
    required
        .iter()
        .chain(optional)
        .filter_map(|name| {
            let property = properties.get(name)?;
            let description = property.get("description").and_then(Value::as_str);
            Some(Field {
                name: name.clone(),
                is_required: required.contains(name),
                description: description.unwrap_or_default().to_owned(),
                values: texts(property.get("enum")),
            })
        })
        .collect()
}

//! The tables of the documents, each made of what the program itself uses.

use super::hosts;
use super::language::Language;
use crate::mcp::{self, Field, ToolFacts};
use crate::payment::Code;
use crate::sandbox::PRESETS;
use crate::settings;

/// The name of every region.
#[cfg(test)]
pub(super) const REGIONS: [&str; 6] = ["clients", "tools", "fields", "errors", "settings", "orders"];

/// What belongs into a region; `None` when nobody knows it.
pub(super) fn region(name: &str, language: &Language) -> Option<String> {
    match name {
        "clients" => Some(hosts::configurations(language)),
        "tools" => Some(tools(language)),
        "fields" => Some(fields(language)),
        "errors" => Some(errors(language)),
        "settings" => Some(settings(language)),
        "orders" => Some(orders(language)),
        _ => None,
    }
}

/// Each tool, with its description and its arguments; those that change something first.
fn tools(language: &Language) -> String {
    let parts: Vec<_> = in_order().iter().map(|tool| a_tool(tool, language)).collect();
    parts.join("\n")
}

fn in_order() -> Vec<ToolFacts> {
    let mut tools = mcp::tools();
    tools.sort_by_key(|tool| tool.is_read_only);
    tools
}

fn a_tool(tool: &ToolFacts, language: &Language) -> String {
    let rows = tool.arguments.iter().map(|field| {
        [
            code(&field.name),
            yes(field.is_required, language),
            about(field, language),
        ]
    });
    format!(
        "### {}\n\n> {}\n\n{}",
        code(&tool.name),
        language.say(&tool.description),
        table(["Argument", "Needed", "Meaning"], rows, language)
    )
}

/// What the tools return: the same object, of which some fields are filled by one tool only.
fn fields(language: &Language) -> String {
    let tools = in_order();
    let mut fields: Vec<&Field> = Vec::new();
    for field in tools.iter().flat_map(|tool| &tool.results) {
        if !fields.iter().any(|known| known.name == field.name) {
            fields.push(field);
        }
    }
    fields.sort_by_key(|field| !field.is_required);
    let rows = fields.into_iter().map(|field| {
        let has = |tool: &&ToolFacts| tool.results.iter().any(|result| result.name == field.name);
        let by: Vec<_> = tools.iter().filter(has).map(|tool| code(&tool.name)).collect();
        let by = if by.len() == tools.len() {
            String::new()
        } else {
            by.join(language.say(", "))
        };
        let always = yes(field.is_required, language);
        [code(&field.name), always, about(field, language), by]
    });
    table(["Field", "Always", "Meaning", "Only of"], rows, language)
}

/// The description of a field, with its values unless the description names them.
fn about(field: &Field, language: &Language) -> String {
    let description = language.say(&field.description);
    let is_told = field
        .values
        .first()
        .is_none_or(|value| field.description.contains(value));
    if is_told {
        return description.to_owned();
    }
    let values: Vec<_> = field.values.iter().map(|value| code(value)).collect();
    let values = values.join(language.say(", "));
    format!("{description}{}", language.say(" One of {}.").replace("{}", &values))
}

fn errors(language: &Language) -> String {
    let rows = Code::ALL.map(|error| {
        // A code is a text in JSON.
        let name = serde_json::to_value(error).ok();
        let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or_default();
        [code(name), language.say(error.meaning()).to_owned()]
    });
    table(["`code`", "Meaning"], rows, language)
}

fn settings(language: &Language) -> String {
    let none = || language.say("none").to_owned();
    let or_none = |text: String| if text.is_empty() { none() } else { code(&text) };
    let rows = settings::facts().map(|setting| {
        let flag = setting.flag.map(|flag| match flag.value {
            Some(value) => format!("{} {value}", flag.name),
            None => flag.name.to_owned(),
        });
        [
            or_none(setting.variable.unwrap_or_default().to_owned()),
            or_none(flag.unwrap_or_default()),
            or_none(setting.default.to_owned()),
            language.say(setting.about).to_owned(),
        ]
    });
    table(["Variable", "Flag", "Default", "Meaning"], rows, language)
}

fn orders(language: &Language) -> String {
    let rows = PRESETS
        .iter()
        .map(|preset| [code(preset.id), language.say(preset.about).to_owned()]);
    table(["Order", "What it is there for"], rows, language)
}

fn yes(is_so: bool, language: &Language) -> String {
    if is_so {
        language.say("yes").to_owned()
    } else {
        String::new()
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn table<const N: usize>(
    head: [&'static str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    language: &Language,
) -> String {
    let head = head.map(|cell| match cell.strip_prefix('`') {
        Some(_) => cell.to_owned(),
        None => language.say(cell).to_owned(),
    });
    let mut text = row(&head);
    text.push_str(&"|---".repeat(N));
    text.push_str("|\n");
    text.extend(rows.into_iter().map(|cells| row(&cells)));
    text
}

fn row(cells: &[String]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | ")).replace("|  |", "| |")
}

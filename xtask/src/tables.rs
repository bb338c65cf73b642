//! The tables of the documents, each made of what the program itself uses.

use acedata_pay_mcp::cli::Cli;
use acedata_pay_mcp::mcp::{self, Field, ToolFacts};
use acedata_pay_mcp::payment::Code;
use acedata_pay_mcp::sandbox::PRESETS;
use acedata_pay_mcp::settings;
use anyhow::{Context as _, bail};
use clap::CommandFactory as _;

use crate::example::Examples;
use crate::hosts;
use crate::language::Language;

/// What belongs into a region.
///
/// # Errors
/// When nobody knows the region.
pub(crate) fn region(name: &str, examples: &Examples, language: Language<'_>) -> anyhow::Result<String> {
    Ok(match name {
        "all-hosts" => hosts::all(language),
        "first-hosts" => hosts::first(language),
        "tools" => tools(language),
        "result" => json(&examples.result),
        "fields" => fields(language),
        "error" => format!("```text\n{}\n```\n\n{}", examples.sentence, json(&examples.error)),
        "errors" => errors(language),
        "settings" => settings(language),
        "orders" => orders(language),
        "exit-codes" => exit_codes(language)?,
        _ => bail!("nobody knows a region `{name}`"),
    })
}

fn json(text: &str) -> String {
    format!("```json\n{text}\n```\n")
}

/// Each tool, with its description and its arguments; those that change something first.
fn tools(language: Language<'_>) -> String {
    let parts: Vec<_> = in_order().iter().map(|tool| a_tool(tool, language)).collect();
    parts.join("\n")
}

fn in_order() -> Vec<ToolFacts> {
    let mut tools = mcp::tools();
    tools.sort_by_key(|tool| tool.is_read_only);
    tools
}

fn a_tool(tool: &ToolFacts, language: Language<'_>) -> String {
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
fn fields(language: Language<'_>) -> String {
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
fn about(field: &Field, language: Language<'_>) -> String {
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

fn errors(language: Language<'_>) -> String {
    let rows = Code::ALL.map(|error| {
        // A code is a text in JSON.
        let name = serde_json::to_value(error).ok();
        let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or_default();
        [code(name), language.say(error.meaning()).to_owned()]
    });
    table(["`code`", "Meaning"], rows, language)
}

fn settings(language: Language<'_>) -> String {
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

fn orders(language: Language<'_>) -> String {
    let rows = PRESETS
        .iter()
        .map(|preset| [code(preset.id), language.say(preset.about).to_owned()]);
    table(["Order", "What it is there for"], rows, language)
}

/// What `pay` and `status` end with, as their help has it.
fn exit_codes(language: Language<'_>) -> anyhow::Result<String> {
    let pay = Cli::command();
    let pay = pay.find_subcommand("pay").context("there is no command `pay`")?;
    let help = pay.get_after_help().map(ToString::to_string).unwrap_or_default();
    let codes = help.lines().filter_map(|line| line.trim().split_once("  "));
    let rows = codes.map(|(code, meaning)| [code.to_owned(), language.say(meaning).to_owned()]);
    Ok(table(["Exit code", "Meaning"], rows, language))
}

fn yes(is_so: bool, language: Language<'_>) -> String {
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
    language: Language<'_>,
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

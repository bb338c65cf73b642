//! What a Markdown document says in any language.

use pulldown_cmark::{Event, Options, Parser, Tag, TextMergeWithOffset};

/// A block of a document: a heading, a paragraph, a cell of a table.
pub struct Block {
    pub line: usize,
    /// What it is, and what no translation of it changes: code, numbers, links, images and emphasis, in any order.
    pub essence: Vec<String>,
}

/// The blocks of a document in their order; `other` is its name in the other language.
///
/// # Panics
/// When a link leads to a heading that is not there.
pub fn outline(markdown: &str, other: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut headings: Vec<String> = Vec::new();
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter();
    for (event, range) in TextMergeWithOffset::new(events) {
        let kind = blocks.last().map_or("", |block| block.essence[0].as_str());
        let is_code = kind.starts_with("CodeBlock");
        let is_name = kind.starts_with("Heading { level: H1");
        if kind.starts_with("Heading")
            && let Event::Text(text) | Event::Code(text) = &event
        {
            headings.last_mut().unwrap().push_str(text);
        }
        let facts: Vec<String> = match event {
            Event::Start(Tag::Link { dest_url, .. }) if *dest_url == *other => {
                vec!["link to the other language".into()]
            }
            Event::Start(Tag::Link { dest_url, .. }) => vec![format!("link to {dest_url}")],
            Event::Start(Tag::Image { dest_url, .. }) => vec![format!("image {dest_url}")],
            Event::Start(tag @ (Tag::Emphasis | Tag::Strong)) => vec![format!("{tag:?}")],
            Event::Start(tag) => {
                if let Tag::Heading { .. } = tag {
                    headings.push(String::new());
                }
                blocks.push(Block {
                    line: markdown.split_at(range.start).0.matches('\n').count() + 1,
                    essence: vec![format!("{tag:?}")],
                });
                continue;
            }
            Event::Code(code) => vec![format!("`{code}`")],
            Event::Text(text) if is_code || is_name => vec![text.into_string()],
            Event::Text(text) => numbers(&text),
            Event::Html(html) | Event::InlineHtml(html) => tags(&html),
            _ => continue,
        };
        blocks.last_mut().unwrap().essence.extend(facts);
    }
    for Block { line, essence } in &mut blocks {
        for fact in &mut *essence {
            if let Some(anchor) = fact.strip_prefix("link to #") {
                let heading = headings.iter().position(|heading| slug(heading) == anchor);
                *fact = match heading {
                    Some(heading) => format!("link to heading {heading}"),
                    None => panic!("line {line} links to #{anchor}, and no heading is called so"),
                };
            }
        }
        essence[1..].sort();
    }
    blocks
}

/// The words with a digit in them, with what belongs to a figure: `+0.1`, `1/746`, `2025-11-25`, `X402`, and `≤`.
fn numbers(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"+-.,/_×≤≥".contains(c));
    words
        .map(|word| word.trim_end_matches(['.', ',', '-', '/']))
        .filter(|word| word.contains(|c: char| c.is_ascii_digit() || "≤≥".contains(c)))
        .map(str::to_owned)
        .collect()
}

/// The tags and comments of HTML, without the words that stand for a picture.
fn tags(html: &str) -> Vec<String> {
    let tags = html.split('<').filter_map(|part| part.split_once('>'));
    tags.map(|(tag, _)| match tag.split_once(" alt=\"") {
        Some((before, alt)) => [before, alt.split_once('"').unwrap().1].concat(),
        None => tag.to_owned(),
    })
    .collect()
}

/// What GitHub makes of a heading for links to it.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

//! Markdown as GitHub renders it: which headings a document has, and where its links lead.

use std::collections::HashMap;
use std::path::Path;

use pulldown_cmark::{Event, OffsetIter, Options, Parser, Tag, TagEnd, TextMergeWithOffset};

/// Whether a file is Markdown, by its name.
pub(crate) fn is_markdown(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "md")
}

/// What a document consists of, with where it stands.
pub(crate) fn events(markdown: &str) -> TextMergeWithOffset<'_, OffsetIter<'_>> {
    TextMergeWithOffset::new(Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter())
}

/// The line of a place in a document, counted from 1.
pub(crate) fn line(markdown: &str, place: usize) -> usize {
    markdown.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
}

/// The names by which links reach the headings of a document, in their order; a repeated one has its number.
pub(crate) fn anchors(markdown: &str) -> Vec<String> {
    let mut headings: Vec<String> = Vec::new();
    let mut is_heading = false;
    for (event, _) in events(markdown) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                is_heading = true;
                headings.push(String::new());
            }
            Event::End(TagEnd::Heading(_)) => is_heading = false,
            Event::Text(text) | Event::Code(text) if is_heading => {
                if let Some(heading) = headings.last_mut() {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    let mut seen: HashMap<String, u32> = HashMap::new();
    let number = |heading: String| {
        let slug = slug(&heading);
        let count = seen.entry(slug.clone()).or_default();
        *count += 1;
        if *count == 1 {
            slug
        } else {
            format!("{slug}-{}", *count - 1)
        }
    };
    headings.into_iter().map(number).collect()
}

/// What GitHub makes of a heading for links to it.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination<'a> {
    /// Out of the project.
    Elsewhere,
    /// To a file of the project, by its path, and there to a heading.
    File { path: String, anchor: Option<&'a str> },
}

/// Where a link of a document leads; `path` is that of the document.
pub(crate) fn destination<'a>(path: &str, link: &'a str) -> Destination<'a> {
    if link.contains("://") || link.starts_with("mailto:") {
        return Destination::Elsewhere;
    }
    let (file, anchor) = match link.split_once('#') {
        Some((file, anchor)) => (file, Some(anchor)),
        None => (link, None),
    };
    if file.is_empty() {
        let path = path.to_owned();
        return Destination::File { path, anchor };
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let path = parts.join("/");
    Destination::File { path, anchor }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn headings_are_reached_as_on_github() {
        let markdown = "# The `pay` tool\n\ntext\n\n## From a terminal (X402)\n\n## 表格（X402）\n\n## The `pay` tool\n\n# A_b-c\n";
        assert_eq!(
            anchors(markdown),
            [
                "the-pay-tool",
                "from-a-terminal-x402",
                "表格x402",
                "the-pay-tool-1",
                "a_b-c"
            ]
        );
    }

    #[test]
    fn links_lead_where_a_reader_of_the_document_gets() {
        let file = |path: &str, anchor| Destination::File {
            path: path.into(),
            anchor,
        };
        for (link, expected) in [
            ("https://example.com/#a", Destination::Elsewhere),
            ("mailto:a@example.com", Destination::Elsewhere),
            ("#there", file("docs/x402.md", Some("there"))),
            ("hosts.md", file("docs/hosts.md", None)),
            ("./pictures/qr.png", file("docs/pictures/qr.png", None)),
            ("../README.md#install", file("README.md", Some("install"))),
            ("../../README.md", file("../README.md", None)),
        ] {
            assert_eq!(destination("docs/x402.md", link), expected, "{link}");
        }
    }
}

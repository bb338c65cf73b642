//! Whether a document and its twin in the other language say the same, block by block, as they are rendered.

use pulldown_cmark::{Event, Tag};

use crate::documents::{Texts, is_for_users};
use crate::language::CHINESE;
use crate::markdown::{Destination, anchors, destination, events, line};

/// The documents that have no twin, and those that are not in step with it.
pub(crate) fn faults(texts: &Texts) -> Vec<String> {
    let mut faults = Vec::new();
    for path in texts.keys().filter(|path| is_for_users(path)) {
        let (english, chinese) = twins(path);
        if !texts.contains_key(&english) || !texts.contains_key(&chinese) {
            faults.push(format!("{path} has no twin in the other language"));
        } else if *path == english {
            faults.extend(difference(&english, &chinese, texts));
        }
    }
    faults
}

/// The English and the Chinese path of a document.
fn twins(path: &str) -> (String, String) {
    let name = path.strip_suffix(CHINESE).or_else(|| path.strip_suffix(".md"));
    let name = name.unwrap_or(path);
    (format!("{name}.md"), format!("{name}{CHINESE}"))
}

/// What is not the same in two documents, if anything is.
fn difference(english: &str, chinese: &str, texts: &Texts) -> Option<String> {
    let mut blocks = outline(english, texts).into_iter();
    let mut others = outline(chinese, texts).into_iter();
    let both = format!("{english} and {chinese} differ");
    loop {
        return match (blocks.next(), others.next()) {
            (None, None) => None,
            (Some(block), Some(other)) if block.essence == other.essence => continue,
            (Some(block), Some(other)) => Some(format!(
                "{both}, first in lines {} and {}: {:?} and {:?}",
                block.line, other.line, block.essence, other.essence
            )),
            (Some(Block { line, .. }), None) => Some(format!("{both}: the first goes on in line {line}")),
            (None, Some(Block { line, .. })) => Some(format!("{both}: the second goes on in line {line}")),
        };
    }
}

/// A block of a document: a heading, a paragraph, a cell of a table.
#[derive(Debug)]
struct Block {
    line: usize,
    /// What it is, and then what no translation of it changes: code, numbers, links, images and emphasis, in any order.
    essence: Vec<String>,
}

/// The blocks of a document in their order.
fn outline(path: &str, texts: &Texts) -> Vec<Block> {
    let markdown = texts.get(path).map_or("", String::as_str);
    let mut blocks: Vec<Block> = Vec::new();
    for (event, range) in events(markdown) {
        let kind = blocks.last().and_then(|block| block.essence.first());
        let kind = kind.map_or("", String::as_str);
        let is_verbatim =
            kind.starts_with("CodeBlock") || (kind.starts_with("Heading { level: H1") && path.starts_with("README"));
        let facts: Vec<String> = match event {
            Event::Start(Tag::Link { dest_url, .. }) => vec![link(path, &dest_url, texts)],
            Event::Start(Tag::Image { dest_url, .. }) => vec![format!("image {dest_url}")],
            Event::Start(tag @ (Tag::Emphasis | Tag::Strong)) => vec![format!("{tag:?}")],
            Event::Start(tag) => {
                blocks.push(Block {
                    line: line(markdown, range.start),
                    essence: vec![format!("{tag:?}")],
                });
                continue;
            }
            Event::Code(code) => vec![format!("`{code}`")],
            Event::Text(text) if is_verbatim => vec![text.into_string()],
            Event::Text(text) => numbers(&text),
            Event::Html(html) | Event::InlineHtml(html) => tags(&html),
            _ => continue,
        };
        if let Some(block) = blocks.last_mut() {
            block.essence.extend(facts);
        }
    }
    for Block { essence, .. } in &mut blocks {
        if let [_, facts @ ..] = essence.as_mut_slice() {
            facts.sort();
        }
    }
    blocks
}

/// Where a link leads, whatever the language: by the English path, and by the number of the heading.
fn link(path: &str, link: &str, texts: &Texts) -> String {
    let Destination::File { path: to, anchor } = destination(path, link) else {
        return format!("link to {link}");
    };
    let (english, chinese) = twins(&to);
    let has_twin = texts.contains_key(&english) && texts.contains_key(&chinese);
    let language = match (has_twin, path.ends_with(CHINESE) == to.ends_with(CHINESE)) {
        (true, true) => " in this language",
        (true, false) => " in the other language",
        (false, _) => "",
    };
    let heading = anchor.map(|anchor| {
        let headings = texts.get(&to).map(|text| anchors(text)).unwrap_or_default();
        match headings.iter().position(|each| each == anchor) {
            Some(number) => format!(", heading {number}"),
            None => format!(", #{anchor}"),
        }
    });
    let to = if has_twin { english } else { to };
    format!("link to {to}{language}{}", heading.unwrap_or_default())
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
        Some((before, alt)) => [before, alt.split_once('"').map_or("", |(_, after)| after)].concat(),
        None => tag.to_owned(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const ENGLISH: &str = "# pay\n\n[中文](README.zh-CN.md). **Run** `pay` 3 times, see [how](https://how), [where](docs/hosts.md#two), \
                           [why](CONTRIBUTING.md) and [below](#a-table-x402).\n\n\
                           ## A table (X402)\n\n| A | B |\n|---|---|\n| `a` | ≤ 1/5 |\n\n```sh\npay 1\n```\n\n\
                           <img src=\"a.png\" alt=\"a picture\">\n\n![a picture](b.png)\n";
    const CHINESE: &str = "# pay\n\n[English](README.md)。见[下文](#表格x402)、[为什么](CONTRIBUTING.md)、[哪里](docs/hosts.zh-CN.md#二)和\
                           [用法](https://how)，把 `pay` **运行** 3 次。\n\n\
                           ## 表格（X402）\n\n| 甲 | 乙 |\n|---|---|\n| `a` | ≤ 1/5 |\n\n```sh\npay 1\n```\n\n\
                           <img src=\"a.png\" alt=\"图片\">\n\n![图片](b.png)\n";

    fn with(chinese: &str) -> Vec<String> {
        faults(&Texts::from([
            ("README.md".into(), ENGLISH.into()),
            ("README.zh-CN.md".into(), chinese.into()),
            ("CONTRIBUTING.md".into(), "# Contributing\n".into()),
            ("docs/hosts.md".into(), "# One\n\n## Two\n".into()),
            ("docs/hosts.zh-CN.md".into(), "# 一\n\n## 二\n".into()),
        ]))
    }

    #[test]
    fn a_translation_keeps_code_numbers_links_and_tables() {
        assert_eq!(with(CHINESE), Vec::<String>::new());
        for (from, to) in [
            ("# pay", "# 支付"),
            ("(README.md)", "(README.zh-CN.md)"),
            ("(docs/hosts.zh-CN.md#二)", "(docs/hosts.md#two)"),
            ("(docs/hosts.zh-CN.md#二)", "(docs/hosts.zh-CN.md#一)"),
            ("(docs/hosts.zh-CN.md#二)", "(docs/hosts.zh-CN.md)"),
            ("**运行**", "运行"),
            ("`pay`", "pay"),
            ("3 次", "4 次"),
            ("https://how", "https://why"),
            ("#表格x402", "#pay"),
            ("## 表", "### 表"),
            ("| 乙 |\n|---|---|", "| 乙 | 丙 |\n|---|---|---|"),
            ("| `a` | ≤ 1/5 |\n", ""),
            ("`a` | ≤ 1/5", "≤ 1/5 | `a`"),
            ("≤ 1/5", "≥ 1/5"),
            ("```sh", "```"),
            ("pay 1", "pay 2"),
            ("a.png", "c.png"),
            ("b.png", "c.png"),
            ("![图片](b.png)", ""),
        ] {
            let damaged = CHINESE.replacen(from, to, 1);
            assert_ne!(damaged, CHINESE, "{from}");
            let faults = with(&damaged);
            assert_eq!(faults.len(), 1, "{from}: {faults:?}");
            assert!(
                faults[0].starts_with("README.md and README.zh-CN.md differ"),
                "{faults:?}"
            );
        }
        assert_eq!(
            with(&format!("{CHINESE}\nmore\n")),
            ["README.md and README.zh-CN.md differ: the second goes on in line 19"]
        );
    }

    #[test]
    fn every_document_has_a_twin() {
        let texts = [
            "README.md",
            "CONTRIBUTING.md",
            "docs/a.md",
            "docs/a.zh-CN.md",
            "docs/b.zh-CN.md",
            "docs/c.md",
        ];
        assert_eq!(
            faults(&texts.map(|path| (path.to_owned(), String::new())).into()),
            [
                "README.md has no twin in the other language",
                "docs/b.zh-CN.md has no twin in the other language",
                "docs/c.md has no twin in the other language"
            ]
        );
    }
}

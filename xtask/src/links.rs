//! Whether the links and pictures of the documents lead somewhere, and the code is there that they name.

use std::collections::HashMap;
use std::path::Path;

use pulldown_cmark::{Event, Tag};

use crate::documents::Texts;
use crate::markdown::{Destination, anchors, destination, events, is_markdown, line};

/// The page that names the files of the code.
const CONTRIBUTING: &str = "CONTRIBUTING.md";

/// The links within the project that lead to no file, or to no heading of it, and the files of code that are not there.
pub(crate) fn faults(texts: &Texts, project: &Path) -> Vec<String> {
    let documents = || texts.iter().filter(|(path, _)| is_markdown(path));
    let headings: HashMap<&str, Vec<String>> = documents().map(|(path, text)| (path.as_str(), anchors(text))).collect();
    let mut faults = Vec::new();
    for (path, text) in documents() {
        for (event, range) in events(text) {
            if let Event::Code(code) = &event
                && path == CONTRIBUTING
                && code.ends_with(".rs")
                && ![project.join(&**code), project.join("src").join(&**code)]
                    .iter()
                    .any(|file| file.exists())
            {
                let line = line(text, range.start);
                faults.push(format!("{path}, line {line}: there is no file `{code}`"));
            }
            for link in links(&event) {
                let Destination::File { path: to, anchor } = destination(path, link) else {
                    continue;
                };
                let place = format!("{path}, line {}", line(text, range.start));
                let is_heading = |anchor: &str| {
                    headings
                        .get(&*to)
                        .is_some_and(|all| all.iter().any(|each| each == anchor))
                };
                if !texts.contains_key(&to) && !project.join(&to).exists() {
                    faults.push(format!("{place}: the link leads to {to}, which is not there"));
                } else if let Some(anchor) = anchor.filter(|anchor| !is_heading(anchor)) {
                    faults.push(format!(
                        "{place}: the link leads to #{anchor}, and no heading of {to} is called so"
                    ));
                }
            }
        }
    }
    faults
}

/// Where an event links to: Markdown's links and images, and the images of HTML.
fn links<'a>(event: &'a Event<'_>) -> Vec<&'a str> {
    match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => vec![dest_url],
        Event::Html(html) | Event::InlineHtml(html) => {
            let after = html.split(" src=\"").skip(1);
            after.filter_map(|rest| Some(rest.split_once('"')?.0)).collect()
        }
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_link_to_no_file_or_no_heading_is_named_and_so_is_a_file_of_code_that_is_not_there() {
        let project = tempfile::tempdir().unwrap();
        std::fs::write(project.path().join("a.png"), "").unwrap();
        std::fs::create_dir(project.path().join("src")).unwrap();
        std::fs::write(project.path().join("src/lib.rs"), "").unwrap();
        let readme = "# One\n\n[a](#one) [b](docs/b.md#two) [c](https://c) ![d](a.png)\n\n<img src=\"a.png\">\n\n\
                      [e](#two) and [f](docs/f.md)\n\n<p><img width=\"1\" src=\"docs/a.png\"></p>\n";
        let texts = Texts::from([
            ("README.md".into(), readme.into()),
            (
                "docs/b.md".into(),
                "# Two\n\n[a](../README.md#one) [b](README.md)\n".into(),
            ),
            ("manifest.json".into(), "{}".into()),
            (
                "CONTRIBUTING.md".into(),
                "`lib.rs`, `src/lib.rs`, `bench` and `old.rs`\n".into(),
            ),
        ]);
        assert_eq!(
            faults(&texts, project.path()),
            [
                "CONTRIBUTING.md, line 1: there is no file `old.rs`",
                "README.md, line 7: the link leads to #two, and no heading of README.md is called so",
                "README.md, line 7: the link leads to docs/f.md, which is not there",
                "README.md, line 9: the link leads to docs/a.png, which is not there",
                "docs/b.md, line 3: the link leads to docs/README.md, which is not there",
            ]
        );
    }
}

//! The marked regions of a document.

use anyhow::{Context as _, ensure};

use crate::documents::Rendered;

const BEGIN: &str = "<!-- begin: ";
const END: &str = " -->\n";

/// Puts into each region what `content` gives for its name, between empty lines.
pub(crate) fn render(text: &str, content: impl Fn(&str) -> anyhow::Result<String>) -> anyhow::Result<Rendered> {
    let mut parts = text.split(BEGIN);
    let mut rendered = parts.next().unwrap_or_default().to_owned();
    let mut changed = Vec::new();
    for part in parts {
        let (name, rest) = part.split_once(END).context("a region has no name")?;
        let end = format!("<!-- end: {name} -->");
        let (old, rest) = rest
            .split_once(&end)
            .with_context(|| format!("the region `{name}` has no end"))?;
        ensure!(
            !rest.contains("<!-- end: "),
            "after the region `{name}` there is an end without a begin"
        );
        let new = format!("\n{}\n", content(name)?);
        if new != old {
            changed.push(name.to_owned());
        }
        rendered.extend([BEGIN, name, END, &new, &end, rest]);
    }
    Ok(Rendered {
        text: rendered,
        changed,
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn rendered(text: &str) -> Result<(String, Vec<String>), String> {
        let content = |name: &str| {
            ensure!(name.len() == 1, "nobody knows `{name}`");
            Ok(format!("new {name}\n"))
        };
        match render(text, content) {
            Ok(rendered) => Ok((rendered.text, rendered.changed)),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn each_region_gets_its_content_and_the_rest_stays() {
        let before =
            "one\n<!-- begin: a -->\nold\n<!-- end: a -->\ntwo\n<!-- begin: b -->\n\nnew b\n\n<!-- end: b -->\nthree\n";
        let after = "one\n<!-- begin: a -->\n\nnew a\n\n<!-- end: a -->\ntwo\n<!-- begin: b -->\n\nnew b\n\n<!-- end: b -->\nthree\n";
        assert_eq!(rendered(before), Ok((after.into(), vec!["a".into()])));
        assert_eq!(rendered(after), Ok((after.into(), vec![])));
        assert_eq!(rendered("no regions\n"), Ok(("no regions\n".into(), vec![])));
    }

    #[test]
    fn a_document_whose_marks_do_not_fit_is_left_alone() {
        for (text, error) in [
            ("<!-- begin: a -->\nx", "the region `a` has no end"),
            ("<!-- begin: a -->\n<!-- end: b -->\n", "the region `a` has no end"),
            ("<!-- begin: a", "a region has no name"),
            (
                "<!-- begin: a -->\n<!-- end: a -->\n<!-- end: a -->\n",
                "after the region `a` there is an end without a begin",
            ),
            ("<!-- begin: xy -->\n<!-- end: xy -->\n", "nobody knows `xy`"),
        ] {
            assert_eq!(rendered(text), Err(error.to_owned()), "{text}");
        }
    }
}

//! Links between documents: every relative one must lead to a file, and to a heading of it where it names one.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Result, bail};

/// Checks the Markdown files at the root and everything in `docs/`.
///
/// # Errors
/// Names every link that leads nowhere, every page of the book that its summary does not list, and a page listed twice.
pub(crate) fn check(root: &Path) -> Result<()> {
    let book = root.join("docs");
    let mut files = markdown(root, false)?;
    if book.is_dir() {
        files.extend(markdown(&book, true)?);
    }
    let mut pages = HashMap::new();
    for file in files {
        let page = Page::read(&fs::read_to_string(&file)?);
        pages.insert(file, page);
    }
    let mut faults = Vec::new();
    for (file, page) in &pages {
        for link in &page.links {
            if let Some(fault) = fault(root, file, page, link, &pages) {
                faults.push(format!(
                    "{}: {fault}",
                    file.strip_prefix(root).unwrap_or(file).display()
                ));
            }
        }
    }
    faults.extend(summary_faults(&book, &pages));
    faults.sort();
    if !faults.is_empty() {
        bail!("documents with faults:\n  {}", faults.join("\n  "));
    }
    eprintln!("── links: {} documents read, every link resolves", pages.len());
    Ok(())
}

/// What of a document matters for links.
struct Page {
    links: Vec<String>,
    anchors: Vec<String>,
}

impl Page {
    fn read(text: &str) -> Self {
        let mut page = Self {
            links: Vec::new(),
            anchors: Vec::new(),
        };
        let mut fence: Option<&str> = None;
        for line in text.lines() {
            let trimmed = line.trim_start();
            let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
            match (fence, mark) {
                (None, Some(mark)) => fence = Some(mark),
                (Some(open), Some(mark)) if open == mark => fence = None,
                (None, None) => page.read_line(line),
                _ => {}
            }
        }
        page
    }

    fn read_line(&mut self, line: &str) {
        if line.starts_with('#') && line.trim_start_matches('#').starts_with(' ') {
            let heading = anchor(line.trim_start_matches('#'));
            let same = self.anchors.iter().filter(|known| **known == heading).count();
            self.anchors.push(if same == 0 {
                heading
            } else {
                format!("{heading}-{same}")
            });
        }
        let prose = without_code(line);
        // `[words](target)` and `![words](target)`, then reference definitions `[name]: target`.
        let mut rest = prose.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let end = after.find(')').unwrap_or(after.len());
            let (inside, behind) = after.split_at(end);
            let target = inside.split_whitespace().next().unwrap_or_default();
            self.links.push(target.trim_matches(['<', '>']).to_owned());
            rest = behind;
        }
        let definition = prose.trim_start();
        if definition.starts_with('[')
            && !definition.starts_with("[^")
            && let Some((_, link)) = definition.split_once("]: ")
        {
            self.links
                .push(link.split_whitespace().next().unwrap_or_default().to_owned());
        }
        for attribute in ["src=\"", "href=\""] {
            for part in prose.split(attribute).skip(1) {
                if let Some((link, _)) = part.split_once('"') {
                    self.links.push(link.to_owned());
                }
            }
        }
    }
}

fn fault(root: &Path, file: &Path, page: &Page, link: &str, pages: &HashMap<PathBuf, Page>) -> Option<String> {
    if ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| link.starts_with(scheme))
    {
        return None;
    }
    let (path, anchor) = link
        .split_once('#')
        .map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let (target, known) = if path.is_empty() {
        (file.to_path_buf(), Some(page))
    } else {
        let target = resolve(&file.parent().unwrap_or(root).join(path));
        let known = pages.get(&target);
        (target, known)
    };
    if !target.exists() {
        return Some(format!("{link} leads nowhere"));
    }
    let anchor = anchor?;
    let known = known?;
    (!known.anchors.iter().any(|heading| heading == anchor))
        .then(|| format!("{link} names no heading of that document"))
}

fn summary_faults(book: &Path, pages: &HashMap<PathBuf, Page>) -> Vec<String> {
    let path = book.join("src/SUMMARY.md");
    let path = if path.exists() { path } else { book.join("SUMMARY.md") };
    let Some(summary) = pages.get(&path) else {
        return if book.is_dir() {
            vec!["docs/ has no SUMMARY.md".to_owned()]
        } else {
            Vec::new()
        };
    };
    let folder = path.parent().unwrap_or(book);
    let listed: Vec<PathBuf> = summary
        .links
        .iter()
        .filter(|link| !link.is_empty())
        .map(|link| resolve(&folder.join(link)))
        .collect();
    let mut faults = Vec::new();
    for (index, page) in listed.iter().enumerate() {
        if listed.iter().take(index).any(|earlier| earlier == page) {
            faults.push(format!("SUMMARY.md lists {} twice", page.display()));
        }
    }
    for page in pages.keys().filter(|page| page.starts_with(folder) && **page != path) {
        if !listed.contains(page) {
            faults.push(format!(
                "SUMMARY.md does not list {}",
                page.strip_prefix(folder).unwrap_or(page).display()
            ));
        }
    }
    faults
}

/// A heading's anchor as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            letter if letter.is_alphanumeric() || letter == '-' || letter == '_' => Some(letter),
            _ => None,
        })
        .collect()
}

/// The line without what stands between backticks.
fn without_code(line: &str) -> String {
    let mut prose = String::new();
    for (index, part) in line.split('`').enumerate() {
        if index % 2 == 0 {
            prose.push_str(part);
        }
    }
    prose
}

fn resolve(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

fn markdown(folder: &Path, deep: bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && deep {
            found.extend(markdown(&path, true)?);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_sound_book_passes() {
        let folder = book(&[
            (
                "README.md",
                "See [the book](docs/src/run.md#two-commands) and [the web](https://example.com).",
            ),
            ("docs/src/SUMMARY.md", "- [Run it](run.md)\n"),
            (
                "docs/src/run.md",
                "# Run it\n\n## Two *commands*\n\n```sh\n[not](a-link)\n```\n`[nor](this)`\n[up](#run-it)\n",
            ),
        ]);
        check(folder.path()).unwrap();
    }

    #[test]
    fn a_link_to_nowhere_is_named() {
        let folder = book(&[("README.md", "[gone](docs/gone.md)")]);
        let said = check(folder.path()).unwrap_err().to_string();
        assert!(said.contains("README.md: docs/gone.md leads nowhere"), "{said}");
    }

    #[test]
    fn a_missing_heading_and_an_unlisted_page_are_named() {
        let folder = book(&[
            ("README.md", "[there](docs/SUMMARY.md#no-such)"),
            ("docs/SUMMARY.md", "# Summary\n"),
            ("docs/lost.md", "# Lost\n"),
        ]);
        let said = check(folder.path()).unwrap_err().to_string();
        assert!(said.contains("names no heading"), "{said}");
        assert!(said.contains("SUMMARY.md does not list lost.md"), "{said}");
    }
}

//! What is written down and what is there: use cases and their pages and tests, reasons, keys, commands, decisions, the
//! summary of the book, and the tests that the security page names. Each list is read from where it is true and held
//! against the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use doorward_tests::machine::workspace_root;

fn read(path: &str) -> String {
    let path = workspace_root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder with that extension, as a path from the root.
fn files(folder: &str, extension: &str) -> BTreeSet<PathBuf> {
    fn walk(folder: &Path, extension: &str, found: &mut BTreeSet<PathBuf>) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && name != "node_modules" && name != "target" {
                walk(&path, extension, found);
            } else if path.extension().is_some_and(|own| own == extension) {
                found.insert(path);
            }
        }
    }
    let root = workspace_root();
    let mut found = BTreeSet::new();
    walk(&root.join(folder), extension, &mut found);
    found
        .iter()
        .map(|path| path.strip_prefix(&root).expect("below the root").to_path_buf())
        .collect()
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .expect("a file has a name")
        .to_string_lossy()
        .into_owned()
}

/// The use cases: every file of the core that holds a `run`.
fn use_cases() -> BTreeSet<String> {
    let found: BTreeSet<String> = files("crates/auth/src", "rs")
        .into_iter()
        .filter(|path| {
            let text = read(&path.to_string_lossy());
            let says = |name: &str| text.contains(&format!("pub(crate) async fn {name}"));
            // One that spans a round trip has two halves.
            says("run(") || says("run<") || (says("begin(") && says("finish("))
        })
        .map(|path| stem(&path))
        .collect();
    assert!(found.contains("with_password"), "no use case was found: {found:?}");
    found
}

/// The text between two marks, the first of each.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let (_, rest) = text
        .split_once(begin)
        .unwrap_or_else(|| panic!("{begin:?} is not there any more: mend this test"));
    rest.split_once(end).map_or(rest, |(inside, _)| inside)
}

/// What stands in double quotes.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The rows of a page's tables whose first cell is a code span: that code, and the other cells.
fn rows(page: &str) -> BTreeMap<String, Vec<String>> {
    page.lines()
        .filter_map(|line| {
            let line = line.trim().strip_prefix("| `")?.strip_suffix('|')?;
            let (code, rest) = line.split_once("` |")?;
            let cells = rest.split(" | ").map(|cell| cell.trim().to_owned()).collect();
            Some((code.to_owned(), cells))
        })
        .collect()
}

fn nothing(faults: &[String], what: &str) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

#[test]
fn each_use_case_has_its_page_and_each_page_its_use_case() {
    let pages: BTreeSet<String> = files("docs/use-cases", "md").iter().map(|path| stem(path)).collect();
    let mut expected = use_cases();
    expected.insert("index".to_owned());
    assert_eq!(pages, expected, "left: docs/use-cases, right: crates/auth/src");
    let index = read("docs/use-cases/index.md");
    let mut faults = Vec::new();
    for use_case in use_cases() {
        if !index.contains(&format!("[{use_case}]({use_case}.md)")) {
            faults.push(format!("docs/use-cases/index.md does not list {use_case}"));
        }
        let page = read(&format!("docs/use-cases/{use_case}.md"));
        for section in ["Sequence", "Refusals", "What is audited", "Mails", "Where"] {
            if !page.contains(&format!("\n## {section}\n")) {
                faults.push(format!("docs/use-cases/{use_case}.md has no section {section:?}"));
            }
        }
    }
    nothing(&faults, "pages of use cases");
}

#[test]
fn each_use_case_has_a_module_of_tests() {
    let mut modules = BTreeSet::new();
    for path in files("crates/auth/tests", "rs")
        .into_iter()
        .chain(files("tests/suites", "rs"))
    {
        let text = read(&path.to_string_lossy());
        if text.contains("#[test]") || text.contains("#[tokio::test") {
            modules.insert(stem(&path));
        }
    }
    let missing: Vec<String> = use_cases().difference(&modules).cloned().collect();
    nothing(
        &missing,
        "use cases without a module of tests named like them, in crates/auth/tests or tests/suites",
    );
}

#[test]
fn each_reason_is_explained_and_each_explained_reason_is_there() {
    let source = read("crates/domain/src/reason.rs");
    let page = read("docs/reasons.md");
    for (name, begin, end) in [
        ("PublicReason", "## Public reasons", "## Private reasons"),
        ("PrivateReason", "## Private reasons", "## A mail did not come"),
    ] {
        let there = quoted(between(&source, &format!("    {name} {{"), "\n    }\n"));
        let written: BTreeSet<String> = rows(between(&page, begin, end)).into_keys().collect();
        assert!(there.len() > 5, "{name}: no codes were found");
        assert_eq!(written, there, "{name}; left: docs/reasons.md, right: reason.rs");
    }
}

#[test]
fn the_pages_of_use_cases_name_no_reason_that_is_not_there() {
    let source = read("crates/domain/src/reason.rs");
    let known = quoted(between(&source, "PublicReason {", "#[cfg(test)]"));
    let mut faults = Vec::new();
    for path in files("docs/use-cases", "md") {
        let page = read(&path.to_string_lossy());
        let refusals = page.split("\n## ").find(|section| section.starts_with("Refusals\n"));
        for code in refusals.unwrap_or_default().split('`').skip(1).step_by(2) {
            if !known.contains(code) && code.contains('-') && !code.contains(' ') && code != "Retry-After" {
                faults.push(format!("{}: {code}", path.display()));
            }
        }
    }
    nothing(&faults, "reasons that no code has");
}

#[test]
fn each_key_is_documented_with_its_default_and_bounds() {
    let settings = read("bins/doorward/src/settings/read.rs");
    let mut there = quoted(between(&settings, "const KEYS: &[&str] = &[", "];"));
    let fields = quoted(between(&settings, "const PROVIDER_KEYS: &[&str] = &[", "];"));
    there.extend(fields.iter().map(|field| format!("providers.<id>.{field}")));
    let limits = read("crates/domain/src/limits.rs");
    let mut figures = BTreeMap::new();
    for line in between(&limits, "\nlimits! {", "\n}").lines() {
        let Some((name, rest)) = line.trim().trim_end_matches(',').split_once(" = ") else {
            continue;
        };
        let plain = |text: &str| text.trim().replace('_', "");
        let (default, bounds) = rest.split_once(" in ").expect("a default and bounds");
        let (low, high) = bounds.split_once("..=").expect("two bounds");
        let bounds = format!("{} to {}", plain(low), plain(high));
        figures.insert(format!("limits.{name}"), (plain(default), bounds));
    }
    assert!(figures.len() > 20 && there.len() > 20, "no keys were found");
    there.extend(figures.keys().cloned());

    let page = rows(&read("docs/configuration.md"));
    let written: BTreeSet<String> = page.keys().cloned().collect();
    assert_eq!(written, there, "left: docs/configuration.md, right: the code");
    let mut faults = Vec::new();
    for (key, (default, bounds)) in figures {
        let cells = &page[&key];
        if cells.first() != Some(&default) || cells.get(1) != Some(&bounds) {
            faults.push(format!("{key} is {default}, {bounds}; the page says {:?}", &cells[..2]));
        }
    }
    nothing(&faults, "limits documented otherwise than they are");
}

/// The commands with their flags, as `cli.rs` declares them.
fn commands() -> BTreeMap<String, BTreeSet<String>> {
    let source = read("bins/doorward/src/cli.rs");
    let source = source.replace("pub(crate) ", "").replace("pub ", "");
    let source = format!(
        "enum Command {{{}",
        between(&source, "\nenum Command {", "\nimpl Cli {")
    );
    let mut groups: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut shared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut group, mut argument) = ("Command".to_owned(), false);
    for line in source.lines() {
        let word = line.trim();
        if let Some(name) = line.strip_prefix("enum ").or_else(|| line.strip_prefix("struct ")) {
            group = String::from(name.trim_end_matches(" {"));
        } else if word.starts_with("#[arg(") {
            argument = word.contains("long");
        } else if argument && word.contains(':') && !word.starts_with("//") {
            argument = false;
            let name = word.split(':').next().unwrap_or_default();
            let flag = format!("--{}", name.replace('_', "-"));
            match groups.get_mut(&group).and_then(|variants| variants.last_mut()) {
                Some((_, flags)) => *flags = format!("{flags} {flag}"),
                None => drop(shared.entry(group.clone()).or_default().insert(flag)),
            }
        } else if line.starts_with("    ") && word.starts_with(char::is_uppercase) && !line.starts_with("     ") {
            let name = word.trim_end_matches([',', '{', ' ']);
            groups
                .entry(group.clone())
                .or_default()
                .push((name.to_owned(), String::new()));
        }
    }
    let mut found = BTreeMap::new();
    for (variant, flags) in &groups["Command"] {
        let (name, inner) = variant.split_once('(').map_or((variant.as_str(), ""), |(name, inner)| {
            (name, inner.trim_end_matches(')'))
        });
        let subcommands = groups.get(inner).map_or(&[][..], Vec::as_slice);
        let mut add = |path: String, flags: &str, inner: &str| {
            let mut all: BTreeSet<String> = flags.split_whitespace().map(str::to_owned).collect();
            all.extend(shared.get(inner).cloned().unwrap_or_default());
            found.insert(path, all);
        };
        if subcommands.is_empty() {
            add(kebab(name), flags, inner);
        }
        for (variant, flags) in subcommands {
            let (sub, inner) = variant.split_once('(').unwrap_or((variant, ""));
            let inner = inner.trim_end_matches(')');
            let path = format!("{} {}", kebab(name), kebab(sub));
            match groups.get(inner) {
                Some(below) => {
                    for (last, flags) in below {
                        add(format!("{path} {}", kebab(last)), flags, "");
                    }
                }
                None => add(path, flags, inner),
            }
        }
    }
    found
}

fn kebab(name: &str) -> String {
    let mut text = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            text.push('-');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[test]
fn each_command_is_documented_with_its_flags() {
    let page = read("docs/command-line.md");
    let sections: BTreeMap<&str, &str> = page
        .split("\n## `doorward ")
        .skip(1)
        .filter_map(|section| section.split_once('`'))
        .collect();
    let there = commands();
    assert!(
        there.contains_key("user set-password"),
        "no commands were found: {there:?}"
    );
    let written: BTreeSet<&str> = sections.keys().copied().collect();
    let expected: BTreeSet<&str> = there.keys().map(String::as_str).collect();
    assert_eq!(written, expected, "left: docs/command-line.md, right: cli.rs");
    let mut faults = Vec::new();
    for (command, flags) in &there {
        for flag in flags
            .iter()
            .filter(|flag| !sections[command.as_str()].contains(flag.as_str()))
        {
            faults.push(format!("doorward {command}: {flag}"));
        }
    }
    nothing(&faults, "flags that docs/command-line.md does not name");
}

/// The addresses of the API as their one table has them: method, path, and what they need.
fn api_rows() -> Vec<(String, String, String)> {
    let source = read("crates/http/src/api/access.rs");
    let kebab_scope = |camel: &str| {
        let name = kebab(camel);
        let (what, verb) = name.rsplit_once('-').expect("a scope is what and a verb");
        format!("scope `{what}:{verb}`")
    };
    let needs_of = |text: &str| {
        if text.contains("Access::Person(") {
            return Some("a person who may".to_owned());
        }
        let name = text.split_once("Scope::")?.1;
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        Some(kebab_scope(&name[..end]))
    };
    let mut constants = BTreeMap::new();
    for part in source.split("\nconst ").skip(1) {
        let (name, rest) = part.split_once(": Access =").unwrap_or((part, ""));
        if let Some(needs) = needs_of(rest.split_once(';').map_or("", |(value, _)| value)) {
            constants.insert(name.to_owned(), needs);
        }
    }
    let table = between(&source, "\npub(crate) const TABLE", "\n];");
    let rows: Vec<_> = table
        .split("row(")
        .skip(1)
        .map(|row| {
            let parts: Vec<&str> = row.split('"').collect();
            let [_, method, _, path, access, ..] = parts.as_slice() else {
                panic!("a row cannot be read: {row}");
            };
            let needs = match access {
                text if text.contains("Access::Anyone") => "nothing".to_owned(),
                text if text.contains("Access::Session") => "a session".to_owned(),
                text => needs_of(text).unwrap_or_else(|| {
                    let name = text.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                    constants
                        .get(name)
                        .cloned()
                        .unwrap_or_else(|| panic!("{name} is no constant"))
                }),
            };
            ((*method).to_owned(), (*path).to_owned(), needs)
        })
        .collect();
    assert!(rows.len() > 50, "the table of the API cannot be read");
    rows
}

#[test]
fn each_address_of_the_api_is_documented_with_what_it_needs() {
    let page = read("docs/http-api.md");
    let section = between(&page, "## Who may ask\n", "\n## ");
    let mut exact = BTreeMap::new();
    let mut below = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let (addresses, needs) = line.trim_matches('|').split_once(" | ").expect("two cells");
        for address in addresses.split('`').skip(1).step_by(2) {
            let place = if address.starts_with('/') {
                &mut below
            } else {
                &mut exact
            };
            place.insert(address.to_owned(), needs.trim().to_owned());
        }
    }
    let mut faults = Vec::new();
    let mut used = BTreeSet::new();
    for (method, path, needs) in api_rows() {
        let address = format!("{method} {path}");
        let holds = |prefix: &str| path == prefix || path.starts_with(&format!("{prefix}/"));
        let written = exact.get_key_value(&address).or_else(|| {
            let rows = below.iter().filter(|(prefix, _)| holds(prefix));
            rows.max_by_key(|(prefix, _)| prefix.len())
        });
        match written {
            None => faults.push(format!("{address} is not there")),
            Some((row, told)) => {
                used.insert(row.clone());
                if !told.starts_with(&needs) {
                    faults.push(format!("{address} needs {needs}; the page says {told}"));
                }
            }
        }
    }
    let rows = exact.keys().chain(below.keys());
    faults.extend(
        rows.filter(|row| !used.contains(*row))
            .map(|row| format!("{row} is no address")),
    );
    nothing(&faults, "docs/http-api.md, who may ask");
}

#[test]
fn each_decision_says_how_one_would_know_that_it_was_wrong() {
    let mut faults = Vec::new();
    let decisions: Vec<PathBuf> = files("docs/adr", "md")
        .into_iter()
        .filter(|path| stem(path) != "index")
        .collect();
    assert!(decisions.len() >= 7, "the decisions were not found");
    for (index, path) in decisions.iter().enumerate() {
        let number = format!("{:04}-", index + 1);
        if !stem(path).starts_with(&number) {
            faults.push(format!("{}: its number should be {number}", path.display()));
        }
        let text = read(&path.to_string_lossy());
        let last = text.rsplit("\n## ").next().unwrap_or_default();
        let answer = last
            .strip_prefix("How we would know we were wrong\n")
            .unwrap_or_default();
        if answer.trim().len() < 80 {
            faults.push(format!("{}: its last section does not say it", path.display()));
        }
    }
    nothing(&faults, "decisions");
}

#[test]
fn the_summary_lists_each_page_once() {
    let summary = read("docs/SUMMARY.md");
    let listed: Vec<PathBuf> = summary
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| Path::new("docs").join(link))
        .collect();
    let once: BTreeSet<PathBuf> = listed.iter().cloned().collect();
    assert_eq!(once.len(), listed.len(), "a page is listed twice");
    let mut pages = files("docs", "md");
    pages.remove(Path::new("docs/SUMMARY.md"));
    assert_eq!(once, pages, "left: docs/SUMMARY.md, right: the files");
}

#[test]
fn the_tests_that_the_security_page_names_are_there() {
    let mut there = BTreeSet::new();
    for folder in ["crates", "bins", "migrations", "tests"] {
        for path in files(folder, "rs") {
            let text = read(&path.to_string_lossy());
            for rest in text.split("fn ").skip(1) {
                there.insert(rest.split(['(', '<']).next().unwrap_or_default().to_owned());
            }
        }
    }
    let page = read("docs/security.md");
    // Names of tests are sentences, so they have several words; what else stands in code spans has fewer.
    let named: BTreeSet<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| code.matches('_').count() >= 3 && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .collect();
    assert!(named.len() >= 10, "the security page names hardly any test: {named:?}");
    let missing: Vec<String> = named
        .into_iter()
        .filter(|name| !there.contains(*name))
        .map(str::to_owned)
        .collect();
    nothing(&missing, "tests that docs/security.md names and nobody wrote");
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = read("Cargo.toml");
    let page: BTreeSet<String> = rows(&read("docs/dependencies.md")).into_keys().collect();
    let there: BTreeSet<String> = between(&manifest, "[workspace.dependencies]\n", "\n[")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !name.starts_with("doorward-"))
        .collect();
    assert_eq!(page, there, "left: docs/dependencies.md, right: Cargo.toml");
}

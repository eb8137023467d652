//! What may not stand in a source file, because no compiler looks for it.

use std::fs;
use std::path::{Path, PathBuf};

use doorward_tests::machine::workspace_root;

fn sources() -> Vec<(PathBuf, String)> {
    let root = workspace_root();
    let mut found = Vec::new();
    for folder in ["bins", "crates", "migrations", "tests"] {
        collect(&root.join(folder), &mut found);
    }
    assert!(found.len() > 10, "the sources were not found under {}", root.display());
    found
        .into_iter()
        .map(|(path, text)| (path.strip_prefix(&root).expect("in the workspace").to_path_buf(), text))
        .collect()
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("a folder can be read").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "node_modules" && name != "target" {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source is UTF-8");
            found.push((path, text));
        }
    }
}

fn lines_with(pattern: &dyn Fn(&str) -> bool) -> Vec<String> {
    let own = Path::new("tests/suites/house/sources.rs");
    let mut found = Vec::new();
    for (path, text) in sources().iter().filter(|(path, _)| path != own) {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| pattern(line)) {
            found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
        }
    }
    found
}

#[test]
fn no_work_is_put_off() {
    let found = lines_with(&|line| {
        ["TODO", "FIXME", "XXX:", "HACK:", "todo!(", "unimplemented!("]
            .iter()
            .any(|word| line.contains(word))
    });
    assert!(found.is_empty(), "work put off:\n{}", found.join("\n"));
}

#[test]
fn no_test_is_ignored() {
    let found = lines_with(&|line| line.trim_start().starts_with("#[ignore"));
    assert!(found.is_empty(), "ignored tests prove nothing:\n{}", found.join("\n"));
}

#[test]
fn exceptions_from_lints_expire() {
    let found = lines_with(&|line| {
        let line = line.trim_start();
        line.starts_with("#[allow(") || line.starts_with("#![allow(")
    });
    assert!(
        found.is_empty(),
        "`expect` tells when it is no longer needed, `allow` does not:\n{}",
        found.join("\n")
    );
}

#[test]
fn sql_stands_in_the_storage_crates_only() {
    let statements = ["SELECT ", "INSERT INTO ", "DELETE FROM ", "UPDATE "];
    let found: Vec<String> = lines_with(&|line| {
        let code = line.split("//").next().unwrap_or_default();
        statements.iter().any(|word| code.contains(&format!("\"{word}")))
    })
    .into_iter()
    .filter(|line| line.starts_with("crates/") && !line.starts_with("crates/persistence/"))
    .collect();
    assert!(
        found.is_empty(),
        "SQL outside crates/persistence:\n{}",
        found.join("\n")
    );
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let found = lines_with(&|line| {
        ["\"/home/", "\"/root/", "\"/work/", "/work/main", "/work/shared"]
            .iter()
            .any(|path| line.contains(path))
    });
    assert!(found.is_empty(), "paths of one machine:\n{}", found.join("\n"));
}

#[test]
fn r64_no_redirect_repeats_a_form() {
    let repeats = [
        "TEMPORARY_REDIRECT",
        "PERMANENT_REDIRECT",
        "Redirect::temporary",
        "Redirect::permanent",
    ];
    let found = lines_with(&|line| repeats.iter().any(|word| line.contains(word)));
    let served: Vec<_> = found
        .iter()
        .filter(|line| line.starts_with("crates/http/src"))
        .collect();
    assert!(served.is_empty(), "307 and 308 carry a password on: {served:?}");
}

/// A handler names what went wrong; what status that is, one file says. The directory's protocol has statuses of its own.
#[test]
fn statuses_of_failures_stand_in_one_file() {
    let room = |line: &str| line.starts_with("crates/http/src/pages/") || line.starts_with("crates/http/src/api/");
    let fine = ["OK", "CREATED", "ACCEPTED", "NO_CONTENT", "SEE_OTHER"].map(|name| format!("StatusCode::{name}"));
    let found: Vec<String> = lines_with(&|line| {
        let code = line.split("//").next().unwrap_or_default();
        code.contains("StatusCode::") && !fine.iter().any(|name| code.contains(name))
    })
    .into_iter()
    .filter(|line| room(line) && !line.contains("/tests/"))
    .collect();
    assert!(
        found.is_empty(),
        "name a `Situation` or a `FaultKind`:\n{}",
        found.join("\n")
    );
}

//! What the suites drive: Debian packages, and pinned packages of Node and Python.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{find, quietly, root, run};

/// A Debian package, and how to see that it is there.
struct Needed {
    package: &'static str,
    is_there: fn() -> bool,
    why: &'static str,
}

const NEEDED: &[Needed] = &[
    Needed {
        package: "postgresql",
        is_there: || crate::postgres::programs().is_some(),
        why: "the store suites run on PostgreSQL as well",
    },
    Needed {
        package: "chromium",
        is_there: || find("chromium").is_some(),
        why: "the browser suites open real pages",
    },
    Needed {
        package: "chromium-driver",
        is_there: || find("chromedriver").is_some(),
        why: "the browser suites drive Chromium",
    },
    Needed {
        package: "nginx",
        is_there: || find("nginx").is_some(),
        why: "forward-auth is tried behind a real auth_request",
    },
    Needed {
        package: "oathtool",
        is_there: || find("oathtool").is_some(),
        why: "codes of authenticator apps are compared with those of another program",
    },
    Needed {
        package: "python3-venv",
        is_there: || {
            let venv = ["-c", "import venv, ensurepip"];
            find("python3").is_some() && quietly(Command::new("python3").args(venv)).is_ok()
        },
        why: "SCIM is checked by another program, in Python",
    },
    Needed {
        package: "fonts-liberation",
        is_there: || Path::new("/usr/share/fonts/truetype/liberation").is_dir(),
        why: "pages in screenshots need letters",
    },
    Needed {
        package: "fonts-dejavu-core",
        is_there: || Path::new("/usr/share/fonts/truetype/dejavu").is_dir(),
        why: "right-to-left pages in screenshots need letters",
    },
];

/// Installs whatever of the above is missing.
///
/// # Errors
/// When something is missing and this process may not install it: the error names each thing, what it is for and the
/// command to run.
pub(crate) fn everything() -> Result<()> {
    packages()?;
    node_packages()?;
    python_packages()
}

fn packages() -> Result<()> {
    let missing: Vec<&Needed> = NEEDED.iter().filter(|needed| !(needed.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|needed| needed.package).collect();
    if find("apt-get").is_none() || !is_root() {
        let list: Vec<String> = missing.iter().map(|m| format!("  {} ({})", m.package, m.why)).collect();
        bail!(
            "the suites need programs that are not on this machine:\n{}\non Debian: sudo apt-get update && sudo apt-get \
             install --no-install-recommends {}",
            list.join("\n"),
            names.join(" ")
        );
    }
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(["-q", "-o", "DPkg::Lock::Timeout=300"])
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    run("apt-get update", &mut apt(&["update"]))?;
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(&names);
    run(&format!("apt-get install {}", names.join(" ")), &mut apt(&args))?;
    if let Some(still) = NEEDED.iter().find(|needed| !(needed.is_there)()) {
        bail!("{} was installed and is still not found", still.package);
    }
    Ok(())
}

/// Node packages, exactly as locked: axe-core, which browsers read from disk, and the honest OpenID provider, which Node
/// runs (`tests/node/provider.mjs`).
fn node_packages() -> Result<()> {
    let folder: PathBuf = root().join("tests/node");
    let locked = std::fs::read(folder.join("package-lock.json"))?;
    let mark = folder.join("node_modules/.doorward-lock");
    if find("node").is_none() {
        bail!(
            "node, version 20 or later, is not on this machine; it runs the OpenID provider of the suites (tests/node)"
        );
    }
    if std::fs::read(&mark).is_ok_and(|installed| installed == locked) {
        return Ok(());
    }
    if find("npm").is_none() {
        bail!(
            "npm is not on this machine; it installs axe-core for the accessibility suites and oidc-provider for those of \
             single sign-on (tests/node)"
        );
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder);
    run("npm ci in tests/node", &mut npm)?;
    std::fs::write(mark, locked)?;
    Ok(())
}

/// Python packages, exactly as pinned, in an environment of their own: the SCIM checks (`tests/python/scim_check.py`).
fn python_packages() -> Result<()> {
    let pinned = root().join("tests/python/requirements.txt");
    let wanted = std::fs::read(&pinned)?;
    let folder = root().join("target/tools/python");
    let mark = folder.join(".doorward-lock");
    if std::fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(&folder);
    run("python3 -m venv target/tools/python", &mut venv)?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "-r",
    ])
    .arg(&pinned);
    run("pip install of tests/python/requirements.txt", &mut pip)?;
    std::fs::write(mark, wanted)?;
    Ok(())
}

/// Whether this process is root: only root installs packages, and PostgreSQL refuses to run as root.
pub(crate) fn is_root() -> bool {
    quietly(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

//! Writes every page with every sample in every language into a folder, to be looked at in a browser:
//! `cargo run -p doorward-http --example gallery -- <folder>`.

use std::path::{Path, PathBuf};

use doorward_http::render::{Renderer, RendererOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("name a folder to write to")?;
    let renderer = Renderer::new(&RendererOptions::default())?;
    let mut pages = Vec::new();
    renderer.each_sample(|sample, language, html| {
        let stem = sample.template.trim_end_matches(".html");
        pages.push((
            format!("{language}/{stem}-{}-{}.html", sample.frame, sample.number),
            html,
        ));
    })?;
    for (path, html) in &pages {
        write(&folder.join(path), html.as_bytes())?;
    }
    for name in ["app.css", "app.js", "passkeys.js", "icon.svg"] {
        let asset = renderer.assets().by_name(name).ok_or("an asset is missing")?;
        write(&folder.join(asset.path().trim_start_matches('/')), &asset.content)?;
    }
    let list: Vec<String> = pages
        .iter()
        .map(|(path, _)| format!("<li><a href=\"/{path}\">{path}</a>"))
        .collect();
    write(
        &folder.join("index.html"),
        format!(
            "<!doctype html><title>Gallery</title><ul>\n{}\n</ul>\n",
            list.join("\n")
        )
        .as_bytes(),
    )?;
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, content)
}

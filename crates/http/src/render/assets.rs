//! Style sheet, script and icons, embedded in the binary and served under names that carry their own digest.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use rust_embed::RustEmbed;

/// Where assets are served.
pub const ASSETS_PREFIX: &str = "/assets/";

/// How long a browser may keep an asset: its name changes when its content does.
pub const ASSET_CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Embedded;

/// A file as it is sent.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Its content.
    pub content: Bytes,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    path: String,
}

impl Asset {
    /// Its address, such as `/assets/app.0123456789abcdef.css`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Every asset, by its name in a template and by its address.
#[derive(Debug)]
pub struct Assets {
    by_name: BTreeMap<String, Asset>,
    name_by_path: BTreeMap<String, String>,
}

impl Assets {
    /// Reads the embedded files and names each by its SHA-256 digest (the first 64 bits of it).
    pub fn embedded() -> Self {
        let mut assets = Self {
            by_name: BTreeMap::new(),
            name_by_path: BTreeMap::new(),
        };
        for name in Embedded::iter() {
            let Some(file) = Embedded::get(&name) else { continue };
            let Some((stem, extension)) = name.rsplit_once('.') else {
                continue;
            };
            let Some(content_type) = content_type(extension) else {
                continue;
            };
            let digest = file.metadata.sha256_hash();
            let digest = HEXLOWER.encode(digest.get(..8).unwrap_or(&digest));
            let path = format!("{ASSETS_PREFIX}{stem}.{digest}.{extension}");
            let content = match file.data {
                Cow::Borrowed(content) => Bytes::from_static(content),
                Cow::Owned(content) => Bytes::from(content),
            };
            let content = match extension {
                "css" => lean(&content, |line| line.starts_with("/*") && line.ends_with("*/")),
                "js" => lean(&content, |line| line.starts_with("//")),
                _ => content,
            };
            assets.name_by_path.insert(path.clone(), name.to_string());
            assets.by_name.insert(
                name.into_owned(),
                Asset {
                    content,
                    content_type,
                    path,
                },
            );
        }
        assets
    }

    /// The asset that templates call `name`, such as `app.css`.
    pub fn by_name(&self, name: &str) -> Option<&Asset> {
        self.by_name.get(name)
    }

    /// The asset at an address. Only the present digest finds it; that of an earlier release finds nothing.
    pub fn by_path(&self, path: &str) -> Option<&Asset> {
        self.name_by_path.get(path).and_then(|name| self.by_name.get(name))
    }
}

/// A style sheet or a script without what only its authors read: indentation, empty lines, and comments on lines of their
/// own. No text in them spans lines.
fn lean(written: &Bytes, is_comment: impl Fn(&str) -> bool) -> Bytes {
    let Ok(text) = std::str::from_utf8(written) else {
        return written.clone();
    };
    let mut lean = String::with_capacity(text.len());
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !is_comment(line))
    {
        lean.push_str(line);
        lean.push('\n');
    }
    Bytes::from(lean)
}

fn content_type(extension: &str) -> Option<&'static str> {
    match extension {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_by_its_name_and_by_its_own_address_only() {
        let assets = Assets::embedded();
        let sheet = assets.by_name("app.css").unwrap();
        let digest = sheet
            .path()
            .strip_prefix("/assets/app.")
            .and_then(|rest| rest.strip_suffix(".css"));
        assert_eq!(digest.map(str::len), Some(16), "{}", sheet.path());
        assert_eq!(sheet.content_type, "text/css; charset=utf-8");
        assert_eq!(assets.by_path(sheet.path()).unwrap().content, sheet.content);
        let text = std::str::from_utf8(&sheet.content).unwrap();
        assert!(text.starts_with(":root {\n--ground:"), "{}", &text[..60]);
        assert!(assets.by_path("/assets/app.css").is_none());
        assert!(assets.by_path("/assets/app.0000000000000000.css").is_none());
        assert!(assets.by_path("/assets/../templates/base.html").is_none());
    }

    #[test]
    fn a_script_is_sent_without_its_comments_and_no_text_of_it_spans_lines() {
        for name in ["app.js", "passkeys.js"] {
            let file = Embedded::get(name).unwrap();
            let written = std::str::from_utf8(&file.data).unwrap();
            for line in written.lines() {
                assert_eq!(line.matches('`').count() % 2, 0, "{name}: {line}");
            }
            let sent = Assets::embedded();
            let sent = std::str::from_utf8(&sent.by_name(name).unwrap().content)
                .unwrap()
                .to_owned();
            assert!(
                sent.lines().all(|line| !line.starts_with("//") && line.trim() == line),
                "{name}"
            );
        }
    }

    #[test]
    fn style_and_script_stay_under_their_budget_even_uncompressed() {
        let assets = Assets::embedded();
        let size: usize = ["app.css", "app.js", "passkeys.js"]
            .map(|name| assets.by_name(name).unwrap().content.len())
            .iter()
            .sum();
        assert!(size < 40 * 1024, "{size} bytes");
    }
}

//! Reading the pages of the server as a person without JavaScript sees them: headings, links, labels, buttons.
//!
//! A small reader for HTML that a template wrote: it knows void elements, raw-text elements, comments, quoted and bare
//! attributes and the common character references. It mends nothing: a test should notice a page that needs mending.

use std::collections::BTreeMap;

/// Elements that have no end tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
];
/// Elements whose content is not markup.
const RAW: &[&str] = &["script", "style", "textarea", "title"];
/// Elements after which a line begins in the text of a page.
const BLOCK: &[&str] = &[
    "address", "article", "aside", "br", "dd", "div", "dl", "dt", "fieldset", "footer", "form", "h1", "h2", "h3", "h4",
    "header", "hr", "li", "main", "nav", "ol", "p", "section", "table", "td", "th", "tr", "ul",
];

/// An element or a text, with the index of what it stands in.
#[derive(Debug, Clone)]
pub struct Node {
    /// Lower-case name; empty for text.
    pub name: String,
    /// Attributes, names in lower case, character references resolved.
    pub attributes: BTreeMap<String, String>,
    /// The text, of a text.
    pub text: String,
    parent: Option<usize>,
    end: usize,
}

impl Node {
    /// An attribute's value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }
}

/// A page, its nodes in document order.
#[derive(Debug, Clone, Default)]
pub struct Document {
    nodes: Vec<Node>,
}

/// What a form would send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// `get` or `post`.
    pub method: String,
    /// Where to, as written; empty is the page itself.
    pub action: String,
    /// Names and values in document order.
    pub fields: Vec<(String, String)>,
}

impl Document {
    /// Reads a page.
    pub fn parse(html: &str) -> Self {
        let mut document = Self::default();
        let mut open: Vec<usize> = Vec::new();
        let mut rest = html;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("<!--") {
                rest = after.split_once("-->").map_or("", |(_, after)| after);
            } else if rest.starts_with("<!") || rest.starts_with("<?") {
                rest = rest.split_once('>').map_or("", |(_, after)| after);
            } else if let Some(after) = rest.strip_prefix("</") {
                let (name, after) = after.split_once('>').unwrap_or((after, ""));
                let name = name.trim().to_ascii_lowercase();
                if let Some(place) = open.iter().rposition(|index| document.nodes[*index].name == name) {
                    for index in open.drain(place..) {
                        document.nodes[index].end = document.nodes.len();
                    }
                }
                rest = after;
            } else if rest.starts_with('<') && rest[1..].starts_with(|letter: char| letter.is_ascii_alphabetic()) {
                rest = document.open(&rest[1..], &mut open);
            } else {
                let end = rest
                    .char_indices()
                    .skip(1)
                    .find(|(_, letter)| *letter == '<')
                    .map_or(rest.len(), |(place, _)| place);
                document.push("", BTreeMap::new(), &resolve(&rest[..end]), open.last().copied());
                rest = &rest[end..];
            }
        }
        for index in open {
            document.nodes[index].end = document.nodes.len();
        }
        document
    }

    fn push(&mut self, name: &str, attributes: BTreeMap<String, String>, text: &str, parent: Option<usize>) -> usize {
        let index = self.nodes.len();
        self.nodes.push(Node {
            name: name.to_owned(),
            attributes,
            text: text.to_owned(),
            parent,
            end: index + 1,
        });
        index
    }

    /// Reads a start tag (after its `<`) and, of a raw-text element, the content; answers what follows.
    fn open<'a>(&mut self, tag: &'a str, open: &mut Vec<usize>) -> &'a str {
        let end = tag.find(|letter: char| letter.is_ascii_whitespace() || letter == '>' || letter == '/');
        let (name, rest) = tag.split_at(end.unwrap_or(tag.len()));
        let name = name.to_ascii_lowercase();
        let (attributes, rest) = attributes(rest);
        let index = self.push(&name, attributes, "", open.last().copied());
        if VOID.contains(&name.as_str()) {
            return rest;
        }
        if RAW.contains(&name.as_str()) {
            let close = format!("</{name}");
            let end = rest.to_ascii_lowercase().find(&close).unwrap_or(rest.len());
            self.push("", BTreeMap::new(), &resolve(&rest[..end]), Some(index));
            self.nodes[index].end = self.nodes.len();
            return rest[end..].split_once('>').map_or("", |(_, after)| after);
        }
        open.push(index);
        rest
    }

    /// Every element and text, in document order.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// Every element of this name, in order.
    pub fn elements(&self, name: &str) -> impl Iterator<Item = &Node> {
        self.indices(name).map(|index| &self.nodes[index])
    }

    fn indices(&self, name: &str) -> impl Iterator<Item = usize> {
        self.nodes
            .iter()
            .enumerate()
            .filter(move |(_, node)| node.name == name)
            .map(|(index, _)| index)
    }

    fn by_id(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.attribute("id") == Some(id))
    }

    /// The visible text of a node, white space collapsed.
    fn text_of(&self, index: usize) -> String {
        let mut text = String::new();
        for inner in index..self.nodes[index].end {
            let node = &self.nodes[inner];
            if self.is_hidden(inner) {
                continue;
            }
            if node.name.is_empty() {
                text.push_str(&node.text);
            } else if BLOCK.contains(&node.name.as_str()) {
                text.push('\n');
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn is_hidden(&self, index: usize) -> bool {
        self.up(index).any(|node| {
            matches!(node.name.as_str(), "script" | "style" | "template" | "head")
                || node.has("hidden")
                || node.attribute("aria-hidden") == Some("true")
        })
    }

    /// A node and what it stands in, from the inside out.
    fn up(&self, index: usize) -> impl Iterator<Item = &Node> {
        std::iter::successors(Some(index), |index| self.nodes[*index].parent).map(|index| &self.nodes[index])
    }

    fn form_of(&self, index: usize) -> Option<usize> {
        if let Some(id) = self.nodes[index].attribute("form") {
            return self.by_id(id);
        }
        std::iter::successors(Some(index), |index| self.nodes[*index].parent)
            .find(|index| self.nodes[*index].name == "form")
    }

    /// The text a person reads.
    pub fn text(&self) -> String {
        self.indices("body")
            .next()
            .map_or_else(String::new, |body| self.text_of(body))
    }

    /// The visible text of each element of this name, in order; of hidden ones none.
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.indices(name)
            .filter(|index| !self.is_hidden(*index))
            .map(|index| self.text_of(index))
            .collect()
    }

    /// What stands in the window's title.
    pub fn title(&self) -> String {
        let title = self.indices("title").next();
        title
            .and_then(|index| self.nodes.get(index + 1))
            .map_or_else(String::new, |text| text.text.trim().to_owned())
    }

    /// The text of the one `h1`.
    ///
    /// # Panics
    /// When there is none, or more than one.
    pub fn heading(&self) -> String {
        let headings: Vec<usize> = self.indices("h1").filter(|index| !self.is_hidden(*index)).collect();
        assert!(
            headings.len() == 1,
            "a page has one h1, this one has {}: {}",
            headings.len(),
            self.text()
        );
        self.text_of(headings[0])
    }

    /// What an element is called: `aria-labelledby`, `aria-label`, its label, its text, or an `input` button's value.
    fn name_of(&self, index: usize) -> String {
        let node = &self.nodes[index];
        if let Some(ids) = node.attribute("aria-labelledby") {
            let parts: Vec<String> = ids
                .split_whitespace()
                .filter_map(|id| self.by_id(id))
                .map(|index| self.text_of(index))
                .collect();
            return parts.join(" ");
        }
        if let Some(label) = node.attribute("aria-label") {
            return label.trim().to_owned();
        }
        if matches!(node.name.as_str(), "input" | "select" | "textarea") {
            if matches!(node.attribute("type"), Some("submit" | "button" | "reset")) {
                return node.attribute("value").unwrap_or_default().trim().to_owned();
            }
            let own = node.attribute("id");
            let label = self
                .indices("label")
                .find(|label| {
                    let inside = *label < index && index < self.nodes[*label].end;
                    inside || own.is_some() && self.nodes[*label].attribute("for") == own
                })
                .map(|label| self.text_of(label));
            return label.unwrap_or_default();
        }
        self.text_of(index)
    }

    fn button(&self, name: &str) -> Option<usize> {
        self.buttons().into_iter().find(|index| self.name_of(*index) == name)
    }

    fn buttons(&self) -> Vec<usize> {
        (0..self.nodes.len())
            .filter(|index| {
                let node = &self.nodes[*index];
                let is_button = node.name == "button"
                    || node.name == "input" && matches!(node.attribute("type"), Some("submit" | "button"));
                is_button && !self.is_hidden(*index)
            })
            .collect()
    }

    /// The accessible names of all buttons.
    pub fn button_names(&self) -> Vec<String> {
        self.buttons().into_iter().map(|index| self.name_of(index)).collect()
    }

    /// Whether there is a button of exactly this name.
    pub fn has_button(&self, name: &str) -> bool {
        self.button(name).is_some()
    }

    /// Whether the button of this name is disabled.
    ///
    /// # Panics
    /// When there is no such button.
    pub fn is_disabled(&self, name: &str) -> bool {
        let index = self
            .button(name)
            .unwrap_or_else(|| panic!("no button {name:?} in {:?}", self.button_names()));
        self.nodes[index].has("disabled")
    }

    /// Where the link of exactly this name leads.
    pub fn link(&self, name: &str) -> Option<&str> {
        self.indices("a")
            .filter(|index| !self.is_hidden(*index))
            .find(|index| self.name_of(*index) == name)
            .and_then(|index| self.nodes[index].attribute("href"))
    }

    /// The names of all fields that a person can fill.
    pub fn field_names(&self) -> Vec<String> {
        self.fields().into_iter().map(|index| self.name_of(index)).collect()
    }

    fn fields(&self) -> Vec<usize> {
        (0..self.nodes.len())
            .filter(|index| {
                let node = &self.nodes[*index];
                match node.name.as_str() {
                    "select" | "textarea" => !self.is_hidden(*index),
                    "input" => {
                        !matches!(
                            node.attribute("type"),
                            Some("hidden" | "submit" | "button" | "reset" | "image")
                        ) && !self.is_hidden(*index)
                    }
                    _ => false,
                }
            })
            .collect()
    }

    /// What stands in the field of this label.
    pub fn value(&self, label: &str) -> Option<String> {
        let index = self.fields().into_iter().find(|index| self.name_of(*index) == label)?;
        Some(self.value_of(index))
    }

    /// An attribute of the field of this label.
    pub fn field_attribute(&self, label: &str, attribute: &str) -> Option<&str> {
        let index = self.fields().into_iter().find(|index| self.name_of(*index) == label)?;
        self.nodes[index].attribute(attribute)
    }

    fn value_of(&self, index: usize) -> String {
        let node = &self.nodes[index];
        match node.name.as_str() {
            "textarea" => self
                .nodes
                .get(index + 1)
                .map(|text| text.text.clone())
                .unwrap_or_default(),
            "select" => {
                let options: Vec<usize> = (index..node.end)
                    .filter(|inner| self.nodes[*inner].name == "option")
                    .collect();
                let chosen = options
                    .iter()
                    .find(|option| self.nodes[**option].has("selected"))
                    .or(options.first());
                chosen.map_or_else(String::new, |option| {
                    let value = self.nodes[*option].attribute("value").map(str::to_owned);
                    value.unwrap_or_else(|| self.text_of(*option))
                })
            }
            _ => node.attribute("value").unwrap_or_default().to_owned(),
        }
    }

    /// What is sent when a person fills these fields (by label) and presses this button (by name): hidden fields and
    /// whatever stood in the others go along, as a browser sends them. A checkbox is set by `"on"` and cleared by `""`.
    ///
    /// # Panics
    /// When the button or a label is not there, or the button is disabled.
    pub fn submission(&self, button: &str, filled: &[(&str, &str)]) -> Submission {
        let pressed = self.button(button).unwrap_or_else(|| {
            panic!(
                "no button {button:?}; there are {:?} on: {}",
                self.button_names(),
                self.text()
            );
        });
        assert!(
            !self.nodes[pressed].has("disabled"),
            "the button {button:?} is disabled"
        );
        let form = self
            .form_of(pressed)
            .unwrap_or_else(|| panic!("the button {button:?} belongs to no form"));
        for (label, _) in filled {
            let there = self
                .fields()
                .into_iter()
                .any(|i| self.form_of(i) == Some(form) && self.name_of(i) == *label);
            assert!(
                there,
                "no field {label:?} beside {button:?}; the page has {:?}",
                self.field_names()
            );
        }
        let mut fields = Vec::new();
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let is_control = matches!(node.name.as_str(), "input" | "select" | "textarea" | "button");
            if !is_control || self.form_of(index) != Some(form) || node.has("disabled") {
                continue;
            }
            let Some(name) = node.attribute("name").filter(|name| !name.is_empty()) else {
                continue;
            };
            let kind = node.attribute("type").unwrap_or_default();
            let is_button = node.name == "button" || matches!(kind, "submit" | "button" | "reset" | "image");
            if is_button {
                if index == pressed {
                    fields.push((name.to_owned(), node.attribute("value").unwrap_or_default().to_owned()));
                }
                continue;
            }
            let typed = if kind == "hidden" {
                None
            } else {
                filled
                    .iter()
                    .find(|(label, _)| self.name_of(index) == *label)
                    .map(|(_, value)| (*value).to_owned())
            };
            if matches!(kind, "checkbox" | "radio") {
                let is_set = typed
                    .as_ref()
                    .map_or_else(|| node.has("checked"), |value| !value.is_empty());
                if is_set {
                    fields.push((name.to_owned(), node.attribute("value").unwrap_or("on").to_owned()));
                }
                continue;
            }
            fields.push((name.to_owned(), typed.unwrap_or_else(|| self.value_of(index))));
        }
        let either = |of_button: &str, of_form: &str| {
            let own = self.nodes[pressed].attribute(of_button);
            own.or_else(|| self.nodes[form].attribute(of_form))
                .unwrap_or_default()
                .to_owned()
        };
        let method = either("formmethod", "method").to_ascii_lowercase();
        Submission {
            method: if method.is_empty() { "get".to_owned() } else { method },
            action: either("formaction", "action"),
            fields,
        }
    }
}

/// The attributes of a start tag, and what follows its `>`.
fn attributes(tag: &str) -> (BTreeMap<String, String>, &str) {
    let mut found = BTreeMap::new();
    let mut rest = tag;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_ascii_whitespace() || letter == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (found, after);
        }
        if rest.is_empty() {
            return (found, rest);
        }
        let end = rest.find(|letter: char| letter.is_ascii_whitespace() || matches!(letter, '=' | '>' | '/'));
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=') {
            None => ("", after),
            Some(value) => {
                let value = value.trim_start();
                if let Some(quote @ ('"' | '\'')) = value.chars().next() {
                    value[1..].split_once(quote).unwrap_or((&value[1..], ""))
                } else {
                    let end = value.find(|letter: char| letter.is_ascii_whitespace() || letter == '>');
                    value.split_at(end.unwrap_or(value.len()))
                }
            }
        };
        found.entry(name.to_ascii_lowercase()).or_insert_with(|| resolve(value));
        rest = after;
    }
}

/// A text with its character references resolved.
pub fn resolve(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let resolved = after
            .split_once(';')
            .filter(|(name, _)| name.len() <= 8)
            .and_then(|(name, after)| {
                let letter = match name {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    "nbsp" => Some('\u{a0}'),
                    "hellip" => Some('…'),
                    "middot" => Some('·'),
                    "bull" => Some('•'),
                    "times" => Some('×'),
                    _ => name.strip_prefix('#').and_then(|number| {
                        let code = number
                            .strip_prefix(['x', 'X'])
                            .map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
                        code.and_then(char::from_u32)
                    }),
                };
                letter.map(|letter| (letter, after))
            });
        if let Some((letter, after)) = resolved {
            out.push(letter);
            rest = after;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

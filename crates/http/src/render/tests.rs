use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use doorward_domain::workspace::Portal;

use super::*;

fn renderer() -> Renderer {
    Renderer::new(&RendererOptions::default()).unwrap()
}

fn frame() -> Frame {
    sample_frames(&LanguageTag::ENGLISH).remove(0).frame
}

fn arabic() -> LanguageTag {
    LanguageTag::parse("ar").unwrap()
}

fn render<P: Page>(frame: &Frame, page: &P) -> String {
    renderer().render(frame, page).unwrap().0
}

#[test]
fn every_template_is_rendered_with_every_sample_in_every_language() {
    let mut rendered = BTreeSet::new();
    renderer()
        .each_sample(|sample, _, html| {
            assert!(html.starts_with("<!doctype html>"), "{sample:?}");
            assert_eq!(html.matches("<h1>").count(), 1, "{sample:?}");
            rendered.insert(sample.template.to_owned());
        })
        .unwrap();
    let parts = [
        "account.html",
        "admin-fields.html",
        "base.html",
        "admin-people-parts.html",
        "admin-security-counting.html",
        "brands.html",
        "forms.html",
        "how-to-guides.html",
        "mark.html",
        "problems.html",
        "admin.html",
        "admin-parts.html",
        "admin-tick-parts.html",
        "providers.html",
        "rail.html",
        "refusal.html",
        "resend.html",
        "user-menu.html",
    ];
    let templates: BTreeSet<String> = Templates::iter()
        .map(Cow::into_owned)
        .filter(|name| !parts.contains(&name.as_str()))
        .collect();
    assert_eq!(
        rendered, templates,
        "every template is a page that is rendered here, or one of the known parts"
    );
}

#[test]
fn every_message_that_is_used_exists_in_every_language_and_every_message_is_used() {
    let renderer = renderer();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut used: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (folder, openings) in [("templates", &["t(\"", "rich(\""][..]), ("src", &["Words::key(\""][..])] {
        for file in files(&root.join(folder)) {
            if file.ends_with("render/tests.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            for opening in openings {
                for after in text.split(opening).skip(1) {
                    used.insert(after.split('"').next().unwrap().to_owned(), file.clone());
                }
            }
        }
    }
    let all_texts: String = ["templates", "src"]
        .iter()
        .flat_map(|folder| files(&root.join(folder)))
        .filter(|file| !file.ends_with("render/tests.rs"))
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let errors = std::fs::read_to_string(root.join("src/render/views/errors.rs")).unwrap();
    for after in errors.split("(\"error-").skip(1) {
        used.insert(
            format!("error-{}", after.split('"').next().unwrap()),
            root.join("src/render/views/errors.rs"),
        );
    }
    let rooms = root.join("src/pages/admin/access.rs");
    for after in std::fs::read_to_string(&rooms).unwrap().split("room(\"").skip(1) {
        if let Some(name) = after.split("\", \"").nth(1) {
            used.insert(name.split('"').next().unwrap().to_owned(), rooms.clone());
        }
    }
    assert!(used.len() > 100, "the search finds what is there: {}", used.len());
    for language in renderer.catalogue().languages() {
        let known: BTreeSet<&str> = renderer.catalogue().keys(language).into_iter().collect();
        let missing: Vec<_> = used.iter().filter(|(key, _)| !known.contains(key.as_str())).collect();
        assert!(missing.is_empty(), "{language} lacks {missing:?}");
        // Tables name some: a room, a permission, a notice.
        let unused: Vec<_> = known
            .iter()
            .filter(|key| !used.contains_key(**key) && !all_texts.contains(&format!("\"{key}\"")))
            .collect();
        assert!(
            unused.is_empty(),
            "{language} has messages that nothing uses: {unused:?}"
        );
    }
    assert_eq!(renderer.catalogue().gaps(), []);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn what_people_typed_is_escaped_everywhere() {
    renderer()
        .each_sample(|sample, _, html| {
            for hostile in ["<script>\"@", "<عبد", "<b>friends", "<SSO>", "\"<i>\"", "<phone>"] {
                assert!(!html.contains(hostile), "{sample:?} holds {hostile}");
            }
        })
        .unwrap();
}

#[test]
fn a_value_in_a_sentence_is_set_apart_and_cannot_bring_markup() {
    let page = views::ForgotPasswordSent {
        address: "<b>\u{FFF9}x\u{FFFB}&\"".to_owned(),
        sender: None,
        lifetime_minutes: 60,
    };
    let html = render(&frame(), &page);
    let expected = "We have sent a message to <bdi class=\"value\">&lt;b&gt;x&amp;&quot;</bdi>.";
    assert!(html.contains(expected), "{html}");
}

#[test]
fn the_page_says_its_language_and_direction() {
    let page = views::SignIn::samples().remove(0);
    let html = render(&frame(), &page);
    assert!(html.contains("<html lang=\"en\" dir=\"ltr\">"), "{html}");
    let html = render(
        &Frame {
            language: arabic(),
            ..frame()
        },
        &page,
    );
    assert!(html.contains("<html lang=\"ar\" dir=\"rtl\">"), "{html}");
    assert!(html.contains("تسجيل الدخول إلى"), "{html}");
}

#[test]
fn the_languages_on_offer_are_those_that_have_messages() {
    let renderer = renderer();
    let anything = Portal::default();
    let in_arabic = Portal {
        language: "ar".to_owned(),
        ..Portal::default()
    };
    assert_eq!(renderer.language_at(&anything, None, "ar-EG,en;q=0.5"), arabic());
    assert_eq!(renderer.language_at(&in_arabic, None, "de"), arabic());
    assert_eq!(renderer.language_at(&anything, None, "de"), LanguageTag::ENGLISH);
}

#[test]
fn c7_pages_speak_a_language_that_the_workspace_offers() {
    let renderer = renderer();
    let only = |tag: &str| Portal {
        language: tag.to_owned(),
        languages: vec![tag.to_owned()],
        ..Portal::default()
    };
    for (portal, chosen, accepted, expected) in [
        (only("ar"), Some("en"), "en", arabic()),
        (only("ar"), None, "en-GB, en", arabic()),
        (only("en"), Some("ar"), "ar", LanguageTag::ENGLISH),
        (only("en"), Some("en-GB"), "ar", LanguageTag::ENGLISH),
        // Whoever chose what is not offered any more is asked what their browser says.
        (Portal::default(), Some("tlh"), "ar", arabic()),
        (Portal::default(), Some("ar"), "en", arabic()),
    ] {
        let told = renderer.language_at(&portal, chosen, accepted);
        assert_eq!(told, expected, "{chosen:?} {accepted} {portal:?}");
    }
}

#[test]
fn labels_are_the_contracts_words() {
    let sign_in = render(&frame(), &views::SignIn::samples().remove(0));
    for exact in [
        "<h1>Sign in to Acme Help</h1>",
        ">Email address</label>",
        ">Password</label>",
        ">Sign in</button>",
        ">Email me a sign-in code</button>",
        ">Forgot password?</a>",
        ">Need an account? Sign up.</a>",
    ] {
        assert!(sign_in.contains(exact), "{exact} in {sign_in}");
    }
    let code = render(&frame(), &views::CodePage::samples().remove(0));
    let exact = [
        "<h1>Check your email</h1>",
        ">Sign-in code</label>",
        ">Continue</button>",
        ">Resend code</button>",
        ">Use another address</a>",
    ];
    for exact in exact {
        assert!(code.contains(exact), "{exact} in {code}");
    }
    let refused = render(&frame(), &views::SignIn::samples().remove(1));
    assert!(
        refused.contains(">Email address or password is incorrect.</p>"),
        "{refused}"
    );
    assert!(
        refused.contains("Help code: <bdi class=\"value\">7F3K-9QXM</bdi>"),
        "{refused}"
    );
}

#[test]
fn every_form_that_posts_holds_the_token_and_the_journey() {
    let long = sample_frames(&LanguageTag::ENGLISH).remove(1).frame;
    let html = render(&long, &views::CodePage::samples().remove(0));
    let forms: Vec<&str> = html
        .split("<form ")
        .skip(1)
        .filter_map(|form| form.split("</form>").next())
        .collect();
    assert_eq!(forms.len(), 3, "code, resend, sign out: {html}");
    for form in forms {
        assert!(
            form.contains("name=\"form_token\" value=\"c2FtcGxlLXRva2Vu\""),
            "{form}"
        );
        if !form.contains("/sign-out") {
            assert!(form.contains("name=\"flow\" value=\"f&amp;1\""), "{form}");
            assert!(form.contains("name=\"return_to\""), "{form}");
        }
    }
}

#[test]
fn a_password_or_a_code_is_never_written_back() {
    renderer()
        .each_sample(|sample, _, html| {
            for input in html
                .split("<input ")
                .skip(1)
                .filter_map(|input| input.split('>').next())
            {
                let secret = input.contains("type=\"password\"") || input.contains("data-code");
                assert!(!secret || !input.contains("value="), "{sample:?}: {input}");
            }
        })
        .unwrap();
}

#[test]
fn the_resend_button_waits_only_while_there_is_a_wait() {
    let samples = views::CodePage::samples();
    let waiting = render(&frame(), &samples[0]);
    assert!(
        waiting.contains("disabled aria-describedby=\"resend-wait\" data-resend=\"24\""),
        "{waiting}"
    );
    assert!(waiting.contains("in 24 s."), "{waiting}");
    let ready = render(&frame(), &samples[1]);
    assert!(
        ready.contains("<button class=\"button\" type=\"submit\">Resend code</button>"),
        "{ready}"
    );
}

#[test]
fn an_expired_code_has_the_resend_button_in_the_same_box_and_only_there() {
    let html = render(&frame(), &views::CodePage::samples()[4]);
    assert_eq!(html.matches(">Resend code</button>").count(), 1, "{html}");
    let (_, problem) = html.split_once("<div class=\"problem\"").unwrap();
    let problem = problem.split("</div>").next().unwrap();
    assert!(
        problem.contains("That code has expired. We can send a new one."),
        "{problem}"
    );
    assert!(problem.contains("Resend code"), "{problem}");
}

#[test]
fn a_host_that_is_no_workspace_shows_none() {
    let bare = sample_frames(&LanguageTag::ENGLISH).remove(2).frame;
    let page = views::ErrorPage::of(http::StatusCode::NOT_FOUND, None);
    let html = render(&bare, &page);
    assert!(
        !html.contains("Acme") && !html.contains("brand-name") && !html.contains("/sign-in"),
        "{html}"
    );
}

/// What stands between two marks.
fn between<'a>(html: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = html.split_once(before).expect(before);
    rest.split_once(after).expect(after).0
}

#[test]
fn a_title_is_words_alone_and_says_the_heading() {
    renderer()
        .each_sample(|sample, _, html| {
            let title = between(&html, "<title>", "</title>");
            assert!(!title.contains(['<', '>']), "{sample:?}: {title}");
            let heading = between(&html, "<h1>", "</h1>");
            assert!(
                title.contains(heading),
                "{sample:?}: {title:?} does not say {heading:?}"
            );
        })
        .unwrap();
}

#[test]
fn nothing_is_loaded_from_elsewhere_and_all_scripts_and_styles_carry_the_nonce() {
    renderer()
        .each_sample(|sample, _, html| {
            let head = html.split("<body").next().unwrap();
            assert!(!head.contains("http"), "{sample:?}");
            let scripts = if html.contains("data-passkey=") { 2 } else { 1 };
            for (element, count) in [("<script", scripts), ("<style", 1), ("<link rel=\"stylesheet\"", 1)] {
                let found: Vec<&str> = html
                    .split(element)
                    .skip(1)
                    .filter(|rest| !rest.starts_with('&'))
                    .collect();
                assert_eq!(found.len(), count, "{sample:?} {element}");
                for element in found {
                    let attributes = element.split('>').next().unwrap();
                    assert!(attributes.contains("nonce=\"c2FtcGxlLW5vbmNl\""), "{sample:?}");
                }
            }
            assert!(
                !html.contains(" style=\"") || sample.template == "mailbox-mail.html",
                "{sample:?}"
            );
            assert!(!html.contains(" onclick"), "{sample:?}");
        })
        .unwrap();
}

#[test]
fn an_operators_template_replaces_the_built_in_one_and_may_extend_the_base() {
    let folder = tempfile::tempdir().unwrap();
    let own = "{% extends \"base.html\" %}{% block heading %}Nichts hier{% endblock %}";
    std::fs::write(folder.path().join("error.html"), own).unwrap();
    let options = RendererOptions {
        overrides: Some(folder.path().to_owned()),
    };
    let renderer = Renderer::new(&options).unwrap();
    renderer.check().unwrap();
    let Html(html) = renderer
        .render(&frame(), &views::ErrorPage::samples().remove(0))
        .unwrap();
    assert!(html.contains("<h1>Nichts hier</h1>"), "{html}");
}

#[test]
fn a_mistake_in_an_operators_template_is_found_by_the_check() {
    for mistake in [
        "{{ nowhere }}",
        "{{ t(\"nowhere\") }}",
        "{% for x in range(10000) %}{% for y in range(10000) %}{% endfor %}{% endfor %}",
        "{% if %}",
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("error.html"), mistake).unwrap();
        let renderer = Renderer::new(&RendererOptions {
            overrides: Some(folder.path().to_owned()),
        })
        .unwrap();
        let error = renderer.check().unwrap_err();
        assert!(
            matches!(
                error,
                RenderError::Template {
                    template: "error.html",
                    ..
                }
            ),
            "{mistake}: {error:?}"
        );
    }
}

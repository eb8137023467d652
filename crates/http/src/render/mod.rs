//! Pages: a typed view and a [`Frame`] in, HTML in the reader's language out.
//!
//! # How a handler uses it
//!
//! ```
//! use doorward_domain::workspace::Portal;
//! use doorward_http::render::{Frame, Journey, Renderer, RendererOptions, WorkspaceFace, views};
//!
//! # fn main() -> Result<(), doorward_http::render::RenderError> {
//! let renderer = Renderer::new(&RendererOptions::default())?; // once, at start
//! let frame = Frame {
//!     language: renderer.language_at(&Portal::default(), None, "ar-EG, en;q=0.5"), // the workspace's, chosen, Accept-Language
//!     workspace: Some(WorkspaceFace::named("Acme Help")),
//!     person: None,
//!     nonce: "r4nd0m".to_owned(), // the nonce of this response's content security policy
//!     form_token: "t0k3n".to_owned(),
//!     path: "/sign-in".to_owned(),
//!     journey: Journey { flow: None, return_to: Some("/tickets/7".to_owned()) },
//!     notice: None,
//!     console: None,
//! };
//! let page = views::SignIn { password: true, code: true, sign_up: true, ..views::SignIn::default() };
//! let html = renderer.render(&frame, &page)?; // axum::response::Html; the status is the handler's
//! # assert!(html.0.contains("Acme Help"));
//! # Ok(())
//! # }
//! ```
//!
//! Sentences that a handler chooses (field errors, refusals, notices) come from [`messages`]. Files under
//! [`ASSETS_PREFIX`] come from [`Renderer::assets`] by their path. When rendering itself fails, [`LAST_RESORT`] is sent.
//!
//! # What the forms send
//!
//! Every form holds `form_token`, and `flow` or `return_to` where the frame's [`Journey`] has them.
//!
//! | page | view | form | fields |
//! | --- | --- | --- | --- |
//! | `/` | [`views::Home`] | `POST /sign-out` (user menu, on every page) | – |
//! | `/sign-in` | [`views::SignIn`] | `POST /sign-in` (**Sign in**) | `email`, `password`, `keep` |
//! | | | `POST /sign-in/code/send` (**Email me a sign-in code**; the same form, so `password` comes too and is to be ignored) | `email`, `keep` |
//! | | | `POST /sign-in/passkey` (**Sign in with a passkey**, by script) | `ceremony`, `answer`, `keep` |
//! | | | `POST /sign-in/with/{provider}` (**Sign in with …**, on `/sign-up` too), then [`views::Departing`] | `keep` |
//! | `/sign-in/email` | [`views::OneMoreStep`] | `POST /sign-in/email` (**Continue**) | `held`, `email` |
//! | `/sign-in/second-factor` | [`views::SecondFactor`] | `POST /sign-in/second-factor` (**Continue**) | `code` |
//! | | | `POST /sign-in/second-factor/passkey` (by script) | `ceremony`, `answer` |
//! | `/sign-in/second-factor/set-up` | [`views::EnrolSecondFactor`], then [`views::TwoFactorKey`] | `POST /sign-in/second-factor/set-up/begin` | – |
//! | `/backup-login` | [`views::BackupLogin`] | `POST /backup-login` | `email`, `password` |
//! | `/recover`, `/verify-email`, `/revert-email`, `/not-me` | [`views::LinkConfirm`], then [`views::LinkDone`] | `POST` to the same address | – |
//! | `/portal` | [`views::SharedPortal`]; [`views::PortalOff`] | `POST /portal` (**Send code**) | `email` |
//! | `/portal/open` | [`views::PersonalPortal`]; [`views::LinkInvalid`], [`views::PortalOff`] | `POST /portal/open` (**Send code**, by script at once) | – |
//! | `/recover/set-up` | [`views::RecoverSetUp`] | `POST /recover/set-up/password` | `password` |
//! | | | `POST /recover/set-up/two-factor/begin`, `…/two-factor/disable`, `/recover/set-up/finish` | – |
//! | `/sign-in/code` | [`views::CodePage`] | `POST /sign-in/code` (**Continue**) | `code` |
//! | | | `POST /sign-in/code/resend` (**Resend code**) | – |
//! | `/sign-up` | [`views::SignUp`] | `POST /sign-up` | `name`, `email`, `password` |
//! | `/sign-up/verify` | [`views::CodePage`] | `POST /sign-up/verify`, `POST /sign-up/verify/resend` | `code`; – |
//! | `/sign-in/trouble` | [`views::TroubleSigningIn`], then [`views::TroubleSent`] | `POST /sign-in/trouble` (**Send me a report**) | `email` |
//! | `/sign-in/help` | [`views::HowToSignIn`], [`views::HowToFragment`] | – | |
//! | `/admin/sign-in-check` | [`views::admin::AdminSignInCheck`] | `POST /admin/sign-in-check/mend` | `email`, `mend` |
//! | `/forgot-password` | [`views::ForgotPassword`] | `POST /forgot-password` | `email` |
//! | `/forgot-password/sent` | [`views::ForgotPasswordSent`] | – | |
//! | `/reset-password` | [`views::ResetPassword`], then [`views::ResetPasswordDone`]; [`views::LinkInvalid`] | `POST /reset-password` | `password` |
//! | `/account/security` | [`views::AccountSecurity`] | `POST /account/security/password` | `current_password`, `new_password` |
//! | | | `POST /account/security/{password/begin,two-factor,two-factor/disable,two-factor/new-codes,passkeys/new,sessions/end-others}` | – |
//! | | | `POST /account/security/{passkeys/rename,passkeys/remove,sessions/end}` | `id`, `name` |
//! | `/account/security/two-factor` | [`views::TwoFactorKey`], [`views::TwoFactorCode`], [`views::BackupCodes`] | `POST /account/security/two-factor/code`; `…/codes` (**Download**) | `code`; `code1` to `code10` |
//! | after **Add a passkey** | [`views::NewPasskey`] | `POST /account/security/passkeys` | `ceremony`, `answer`, `name` |
//! | `/account/profile` | [`views::AccountProfile`] | `POST /account/profile`; `/account/picture` (multipart), `/account/picture/remove` | `name`, `language`, `time_zone`; `picture` |
//! | `/account/emails` | [`views::AccountEmails`] | `POST /account/emails`; `…/primary`, `…/remove`, `…/resend` | `email`; `id` |
//! | `/account/connections` | [`views::AccountConnections`] | `POST /account/connections/with/{provider}` (**Connect …**), then [`views::Departing`]; `…/disconnect` | –; `id` |
//! | before a sensitive change | [`views::Confirm`], [`views::AccountWarning`] | the address that asked | its own, and `proof` with `proof_password`, `proof_code`, `proof_flow` and `proof_email_code`, or `ceremony` and `answer`; `confirmed` |
//! | `/admin/roles` | [`views::admin::AdminRoles`] | – | |
//! | `/admin/roles/new`, `/admin/roles/{role}` | [`views::admin::AdminRole`] | `POST /admin/roles`, `…/{role}`, `…/{role}/delete` | `name`, `based_on`, `may-…` |
//! | `/sign-in/new-password` | [`views::NewOwnPassword`] | `POST /sign-in/new-password` | `password` |
//! | `/account/requests` | [`views::AccountRequests`] | `POST /account/requests/{id}/yes`, `…/no` | – |
//! | `/admin/users/{id}/password`, `/admin/users/{id}/two-factor/reset` | [`views::admin::AdminCallerBegin`] | `POST` to the same address | `by`, `passkeys` |
//! | `/admin/users/{id}/callers/{challenge}` | [`views::admin::AdminCaller`], then [`views::admin::AdminTemporaryPassword`] | `POST …/code`, `…/cancel`, `…/carry-out` | `code` |
//! | `/admin/directory` | [`views::admin::AdminDirectory`], then [`views::admin::AdminScimToken`] | `POST …/tokens`, `…/upload` | `name`, `file` |
//! | `/admin/hand-over` | [`views::admin::AdminHandOver`], then [`views::admin::AdminHandOverMade`] | `POST`, `POST …/check`, `POST …/{key}/revoke` | `token` |
//! | `/admin/hand-over/new` | [`views::admin::AdminHandOverNew`] | `POST /admin/hand-over` | `algorithm`, `public_key`, `highest_role` |
//! | `/admin/directory/records/{record}` | [`views::admin::AdminDirectoryRecord`] | | |
//! | `/admin/directory/uploads/{upload}` | [`views::admin::AdminDirectoryRun`] | `POST …/take-in`, `…/forget` | `removed` |
//! | `/admin/organisations` | [`views::admin::AdminOrganisations`] | `GET` | `q`, `after` |
//! | `/admin/organisations/new`, `/admin/organisations/{organisation}` | [`views::admin::AdminOrganisation`] | `POST /admin/organisations`, `…/{organisation}`, `…/{organisation}/delete` | `name`, `domains` |
//! | `/admin/api-keys` | [`views::admin::AdminApiKeys`] | `POST …/{key}/revoke` | – |
//! | `/admin/api-keys/new` | [`views::admin::AdminApiKeyNew`], then [`views::admin::AdminApiKeyMade`] | `POST /admin/api-keys` | `name`, `scope-…` |
//! | `/admin/users`, `/admin/agents` | [`views::admin::AdminUsers`] | `GET` | `q`, `role`, `status`, `organisation`, `after` |
//! | `/admin/mail` | [`views::admin::AdminMails`] | `GET` | `to`, `state`, `kind`, `from`, `until`, `after` |
//! | | | `POST /admin/mail/test` (**Send me a test mail**) | – |
//! | `/admin/mail/{id}` | [`views::admin::AdminMail`] | `POST …/send-again` (**Send again**) | – |
//! | `/admin/audit` | [`views::admin::AdminAudit`] | `GET` | `who`, `whom`, `action`, `outcome`, `from`, `until`, `address`, `after` |
//! | `/admin/users/new` | [`views::admin::AdminUserNew`] | `POST /admin/users` | `email`, `name`, `role`, `organisations`, `invite` |
//! | `/admin/users/{id}` | [`views::admin::AdminUser`] | `POST …/{password-reset-email,sign-out,disable,enable,invitation,invitation/revoke,portal-links}`, `…/sessions/{session}/end`, `…/portal-links/{link}/revoke` | – |
//! | | [`views::admin::AdminUserEdit`], [`views::admin::AdminUserOrganisations`], [`views::admin::AdminUserRole`] | `POST …/{edit,organisations,role}` | `name`, `language`, `time_zone`; `organisations`; `role` |
//! | after **New portal link** | [`views::admin::AdminPortalLink`] | – | |
//! | `/admin/security` | [`views::admin::security::AdminSecurity`] | `POST /admin/security`; `…/preview`, `…/losing.csv` | `for`, `from`, `confirm`, one for each setting |
//! | `/admin/security/providers/{provider}`, `…/new` | [`views::admin::security::AdminProvider`], then [`views::admin::security::ProviderTried`] | `POST /admin/security/providers`; `…/try`, `…/{provider}/remove` | `id`, `secret`, the keys of a provider |
//! | `/admin/branding` | [`views::admin::branding::AdminBranding`] | `POST /admin/branding`; `…/logo` (multipart), `…/logo/remove` | its own |
//! | `/admin/workspace` | [`views::admin::branding::AdminWorkspace`] | `POST /admin/workspace` | its own |
//! | base host | [`views::RootSite`] | `GET /?workspace=` | `workspace` |
//! | `/dev/mailbox`, and a mail of it | [`views::Mailbox`], [`views::MailboxMail`] | – | |
//! | anywhere | [`views::ErrorPage`], [`views::Refused`], [`views::ExpiredForm`] | – | |
//!
//! # What the content security policy has to allow
//!
//! `style-src 'nonce-…'; script-src 'nonce-…'; img-src 'self'; form-action 'self'`, nothing else. Two pages need more,
//! see [`views::RootSite`] and [`views::MailboxMail`].
//!
//! # Operators' own templates
//!
//! A file in [`RendererOptions::overrides`] replaces the built-in template of the same name, and may extend the others.
//! [`Renderer::check`] renders every page with example values, so that a mistake shows at start.

mod accent;
pub(crate) mod assets;
mod frame;
pub mod messages;
pub mod views;
mod when;

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use axum::response::Html;
use doorward_domain::catalogue::{Catalogue, CatalogueError, CatalogueSource, SayError};
use doorward_domain::words::{Argument, LanguageTag, MessageKey, Words, negotiate};
use doorward_domain::workspace::Portal;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, HtmlEscape, UndefinedBehavior};
use rust_embed::RustEmbed;
use serde::Serialize;

pub use accent::{Accent, Colour, ColourError, TEXT_CONTRAST};
pub use assets::{ASSET_CACHE_CONTROL, ASSETS_PREFIX, Asset, Assets};
pub use frame::{ConsoleFace, ConsoleRoom, Frame, Journey, PersonFace, Unconfirmed, WorkspaceFace};
pub use when::When;

/// The page for the case that pages cannot be rendered. It has no words of the catalogue, since that may be what broke.
pub const LAST_RESORT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Something broke</title>\
    <h1>Something broke on our side</h1><p>Try again in a moment.</p></html>";

/// How much work one page may cost, in minijinja's units; a template that loops without end stops here.
const FUEL: u64 = 200_000;

/// Arguments that pick among the forms of a sentence, and are not shown in it.
const PICKERS: [&str; 2] = ["what", "place"];

/// Stand for a value's beginning and end while a sentence is escaped. Neither is allowed in text (Unicode 23.8).
const VALUE_BEGINS: char = '\u{FFF9}';
const VALUE_ENDS: char = '\u{FFFB}';

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Locales;

/// A page: the data of one template.
pub trait Page: Serialize + Sized {
    /// The name of its template.
    const TEMPLATE: &'static str;

    /// Example values, every state of the page among them. [`Renderer::check`] and the gallery render each.
    fn samples() -> Vec<Self>;
}

/// How pages are rendered.
#[derive(Debug, Clone, Default)]
pub struct RendererOptions {
    /// A folder with templates of the operator's own, searched before the built-in ones.
    pub overrides: Option<PathBuf>,
}

/// Why a page cannot be rendered. All of these are mistakes in files, not in a request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A template is missing, is not a template, or uses a value that is not there.
    #[error("template `{template}` cannot be rendered")]
    Template {
        /// The template.
        template: &'static str,
        /// What minijinja says.
        #[source]
        source: Box<minijinja::Error>,
    },
    /// The template engine refuses its settings.
    #[error("the template engine cannot be set up")]
    Engine(#[source] Box<minijinja::Error>),
    /// The built-in messages are broken.
    #[error("the message catalogue cannot be read")]
    Catalogue(#[from] CatalogueError),
    /// A built-in message file is not UTF-8.
    #[error("message file `{file}` is not UTF-8")]
    Encoding {
        /// The file.
        file: Box<str>,
    },
}

/// Renders pages. Made once, shared by all requests.
#[derive(Debug)]
pub struct Renderer {
    catalogue: Arc<Catalogue>,
    assets: Arc<Assets>,
    /// One for each language: in it, the functions `t` and `rich` speak that language.
    environments: Vec<(LanguageTag, Environment<'static>)>,
}

/// What a template sees: the view's fields at the top, and the frame beside them.
#[derive(Serialize)]
struct Context<'a, P> {
    frame: frame::FrameContext<'a>,
    #[serde(flatten)]
    page: &'a P,
}

impl Renderer {
    /// Reads the embedded messages and assets and prepares an environment for each language.
    ///
    /// # Errors
    /// [`RenderError::Catalogue`] and [`RenderError::Encoding`] when the message files are broken.
    pub fn new(options: &RendererOptions) -> Result<Self, RenderError> {
        let catalogue = Arc::new(embedded_catalogue()?);
        let assets = Arc::new(Assets::embedded());
        let environments = catalogue
            .languages()
            .iter()
            .map(|language| Ok((language.clone(), environment(options, language, &catalogue, &assets)?)))
            .collect::<Result<_, minijinja::Error>>()
            .map_err(|source| RenderError::Engine(Box::new(source)))?;
        Ok(Self {
            catalogue,
            assets,
            environments,
        })
    }

    /// The language to answer somebody in, out of those that a workspace offers: the one that they chose, if it is among
    /// them; else by their `Accept-Language`; else the workspace's own.
    pub fn language_at(&self, portal: &Portal, chosen: Option<&str>, accept_language: &str) -> LanguageTag {
        let offered = portal.offered(self.catalogue.languages());
        let tag = |text: &str| LanguageTag::parse(text).ok();
        let chosen = chosen.and_then(tag);
        let chosen = chosen.filter(|chosen| offered.iter().any(|offer| offer.primary() == chosen.primary()));
        match chosen {
            Some(chosen) => negotiate("", Some(&chosen), &offered),
            None => negotiate(accept_language, tag(&portal.language).as_ref(), &offered),
        }
    }

    /// The messages of the pages.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Style sheet, script and icons.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// Renders a page. A language there are no messages for is answered in English.
    ///
    /// # Errors
    /// [`RenderError::Template`]; the handler answers 500 with [`LAST_RESORT`] and logs it with its sources.
    pub fn render<P: Page>(&self, frame: &Frame, page: &P) -> Result<Html<String>, RenderError> {
        let wrong = |source: minijinja::Error| RenderError::Template {
            template: P::TEMPLATE,
            source: Box::new(source),
        };
        let environment = self
            .environments
            .iter()
            .find(|(language, _)| *language == frame.language)
            .or_else(|| self.environments.first())
            .map(|(_, environment)| environment)
            .ok_or_else(|| {
                wrong(minijinja::Error::new(
                    ErrorKind::TemplateNotFound,
                    "there is no language",
                ))
            })?;
        let template = environment.get_template(P::TEMPLATE).map_err(wrong)?;
        let context = Context {
            frame: frame::FrameContext::of(frame),
            page,
        };
        template.render(Serde(&context)).map(Html).map_err(wrong)
    }

    /// Renders every page with every sample in every language, and throws the result away.
    ///
    /// # Errors
    /// The first page that cannot be rendered.
    pub fn check(&self) -> Result<(), RenderError> {
        self.each_sample(|_, _, _| ())
    }

    /// Renders every page with every sample in every language, and hands each over with its template, the language and
    /// a running number.
    ///
    /// # Errors
    /// The first page that cannot be rendered.
    pub fn each_sample(&self, mut see: impl FnMut(&Sample, &LanguageTag, String)) -> Result<(), RenderError> {
        for language in self.catalogue.languages() {
            for frame in sample_frames(language) {
                self.samples_of::<views::Home>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminConfirm>(&frame, &mut see)?;
                self.samples_of::<views::admin::security::AdminSecurity>(&frame, &mut see)?;
                self.samples_of::<views::admin::security::AdminProvider>(&frame, &mut see)?;
                self.samples_of::<views::admin::security::ProviderTried>(&frame, &mut see)?;
                self.samples_of::<views::admin::branding::AdminBranding>(&frame, &mut see)?;
                self.samples_of::<views::admin::branding::AdminWorkspace>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminAudit>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminMails>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminMail>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminRoles>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminRole>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminCallerBegin>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminCaller>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminTemporaryPassword>(&frame, &mut see)?;
                self.samples_of::<views::AccountRequests>(&frame, &mut see)?;
                self.samples_of::<views::NewOwnPassword>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminDirectory>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminDirectoryRecord>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminDirectoryRun>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminScimToken>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminHandOver>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminHandOverNew>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminHandOverMade>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminOrganisations>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminOrganisation>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminApiKeys>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminApiKeyNew>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminApiKeyMade>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminUsers>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminUser>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminUserNew>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminUserEdit>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminUserOrganisations>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminUserRole>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminPortalLink>(&frame, &mut see)?;
                self.samples_of::<views::admin::AdminSignInCheck>(&frame, &mut see)?;
                self.samples_of::<views::TroubleSigningIn>(&frame, &mut see)?;
                self.samples_of::<views::TroubleSent>(&frame, &mut see)?;
                self.samples_of::<views::HowToSignIn>(&frame, &mut see)?;
                self.samples_of::<views::SignIn>(&frame, &mut see)?;
                self.samples_of::<views::Departing>(&frame, &mut see)?;
                self.samples_of::<views::OneMoreStep>(&frame, &mut see)?;
                self.samples_of::<views::SharedPortal>(&frame, &mut see)?;
                self.samples_of::<views::PersonalPortal>(&frame, &mut see)?;
                self.samples_of::<views::PortalOff>(&frame, &mut see)?;
                self.samples_of::<views::HandOver>(&frame, &mut see)?;
                self.samples_of::<views::NewWorkspace>(&frame, &mut see)?;
                self.samples_of::<views::NewWorkspaceAs>(&frame, &mut see)?;
                self.samples_of::<views::NewWorkspaceClosed>(&frame, &mut see)?;
                self.samples_of::<views::NewWorkspaceCode>(&frame, &mut see)?;
                self.samples_of::<views::Crossing>(&frame, &mut see)?;
                self.samples_of::<views::CodePage>(&frame, &mut see)?;
                self.samples_of::<views::SecondFactor>(&frame, &mut see)?;
                self.samples_of::<views::EnrolSecondFactor>(&frame, &mut see)?;
                self.samples_of::<views::BackupLogin>(&frame, &mut see)?;
                self.samples_of::<views::LinkConfirm>(&frame, &mut see)?;
                self.samples_of::<views::LinkDone>(&frame, &mut see)?;
                self.samples_of::<views::RecoverSetUp>(&frame, &mut see)?;
                self.samples_of::<views::ExpiredForm>(&frame, &mut see)?;
                self.samples_of::<views::Refused>(&frame, &mut see)?;
                self.samples_of::<views::SignUp>(&frame, &mut see)?;
                self.samples_of::<views::ForgotPassword>(&frame, &mut see)?;
                self.samples_of::<views::ForgotPasswordSent>(&frame, &mut see)?;
                self.samples_of::<views::ResetPassword>(&frame, &mut see)?;
                self.samples_of::<views::ResetPasswordDone>(&frame, &mut see)?;
                self.samples_of::<views::LinkInvalid>(&frame, &mut see)?;
                self.samples_of::<views::AccountSecurity>(&frame, &mut see)?;
                self.samples_of::<views::TwoFactorKey>(&frame, &mut see)?;
                self.samples_of::<views::TwoFactorCode>(&frame, &mut see)?;
                self.samples_of::<views::BackupCodes>(&frame, &mut see)?;
                self.samples_of::<views::NewPasskey>(&frame, &mut see)?;
                self.samples_of::<views::AccountProfile>(&frame, &mut see)?;
                self.samples_of::<views::AccountEmails>(&frame, &mut see)?;
                self.samples_of::<views::AccountConnections>(&frame, &mut see)?;
                self.samples_of::<views::Confirm>(&frame, &mut see)?;
                self.samples_of::<views::AccountWarning>(&frame, &mut see)?;
                self.samples_of::<views::RootSite>(&frame, &mut see)?;
                self.samples_of::<views::Mailbox>(&frame, &mut see)?;
                self.samples_of::<views::MailboxMail>(&frame, &mut see)?;
                self.samples_of::<views::ErrorPage>(&frame, &mut see)?;
            }
        }
        Ok(())
    }

    fn samples_of<P: Page>(
        &self,
        frame: &SampleFrame,
        see: &mut impl FnMut(&Sample, &LanguageTag, String),
    ) -> Result<(), RenderError> {
        for (number, page) in P::samples().iter().enumerate() {
            let Html(html) = self.render(&frame.frame, page)?;
            see(
                &Sample {
                    template: P::TEMPLATE,
                    frame: frame.name,
                    number,
                },
                &frame.frame.language,
                html,
            );
        }
        Ok(())
    }
}

/// Which sample was rendered.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The page's template.
    pub template: &'static str,
    /// What kind of frame stands around it: `plain`, `long` or `bare`.
    pub frame: &'static str,
    /// Its place in [`Page::samples`].
    pub number: usize,
}

struct SampleFrame {
    name: &'static str,
    frame: Frame,
}

/// A usual frame, one with the longest names and every extra, and one of a host that is no workspace.
fn sample_frames(language: &LanguageTag) -> Vec<SampleFrame> {
    let plain = Frame {
        language: language.clone(),
        workspace: Some(WorkspaceFace::named("Acme Help")),
        person: None,
        nonce: "c2FtcGxlLW5vbmNl".to_owned(),
        form_token: "c2FtcGxlLXRva2Vu".to_owned(),
        path: "/".to_owned(),
        journey: Journey::default(),
        notice: None,
        console: None,
    };
    let long = Frame {
        workspace: Some(WorkspaceFace {
            name: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft 🦊 مركز المساعدة"
                .to_owned(),
            logo: None,
            accent: Colour::new(0xff, 0xd5, 0x00),
            corner_radius: 0,
            links: doorward_domain::workspace::FootLinks {
                privacy: Some("https://acme.example/privacy".to_owned()),
                terms: Some("https://acme.example/terms".to_owned()),
                support: Some("https://acme.example/support".to_owned()),
            },
        }),
        person: Some(PersonFace {
            name: "Wolfeschlegelsteinhausenbergerdorff-Rindfleischetikettierung <عبد الرحمن> 🦊".to_owned(),
            profile: Some("/account/profile".to_owned()),
            console: Some("/admin/users".to_owned()),
        }),
        journey: Journey {
            flow: Some("f&1".to_owned()),
            return_to: Some("/tickets?a=\"1\"&b=2".to_owned()),
        },
        notice: Some(messages::code_sent()),
        console: Some(ConsoleFace {
            rooms: vec![ConsoleRoom {
                path: "/admin/users",
                name: Words::key("admin-users"),
                here: true,
            }],
            unconfirmed: Some(Unconfirmed {
                until: When::of(
                    doorward_domain::time::Timestamp::from_unix_seconds(1_795_000_000),
                    &doorward_domain::time_zone::TimeZone::or_utc(None),
                ),
                undo: Some("/admin/settings-trial/undo"),
            }),
        }),
        ..plain.clone()
    };
    let bare = Frame {
        workspace: None,
        form_token: String::new(),
        ..plain.clone()
    };
    vec![
        SampleFrame {
            name: "plain",
            frame: plain,
        },
        SampleFrame {
            name: "long",
            frame: long,
        },
        SampleFrame {
            name: "bare",
            frame: bare,
        },
    ]
}

fn embedded_catalogue() -> Result<Catalogue, RenderError> {
    let mut files = Vec::new();
    for path in Locales::iter() {
        let Some((language, _)) = path.split_once('/') else {
            continue;
        };
        let Some(file) = Locales::get(&path) else { continue };
        let text = String::from_utf8(file.data.into_owned()).map_err(|_| RenderError::Encoding {
            file: path.as_ref().into(),
        })?;
        files.push((language.to_owned(), path.clone().into_owned(), text));
    }
    let sources = files
        .iter()
        .map(|(language, name, text)| CatalogueSource { language, name, text });
    Ok(Catalogue::build(sources)?)
}

fn environment(
    options: &RendererOptions,
    language: &LanguageTag,
    catalogue: &Arc<Catalogue>,
    assets: &Arc<Assets>,
) -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_reload(cfg!(debug_assertions));
    environment.set_auto_escape_callback(|name| {
        if name.rsplit('.').next() == Some("txt") {
            AutoEscape::None
        } else {
            AutoEscape::Html
        }
    });
    let overrides = options.overrides.as_ref().map(minijinja::path_loader);
    environment.set_loader(move |name| {
        if let Some(overrides) = &overrides
            && let Some(source) = overrides(name)?
        {
            return Ok(Some(source));
        }
        let Some(file) = Templates::get(name) else {
            return Ok(None);
        };
        let text = String::from_utf8(file.data.into_owned())
            .map_err(|_| minijinja::Error::new(ErrorKind::SyntaxError, "the template is not UTF-8"))?;
        Ok(Some(minijinja::TemplateSource::new(text)))
    });
    let speaker = Speaker {
        language: language.clone(),
        catalogue: Arc::clone(catalogue),
    };
    environment.add_function("rich", {
        let speaker = speaker.clone();
        move |message: Value, arguments: Kwargs| speaker.say_rich(&message, &arguments)
    });
    environment.add_function("t", move |message: Value, arguments: Kwargs| {
        speaker.say(&words(&message, &arguments)?)
    });
    let assets = Arc::clone(assets);
    environment.add_function("asset", move |name: &str| {
        assets
            .by_name(name)
            .map(|asset| asset.path().to_owned())
            .ok_or_else(|| minijinja::Error::new(ErrorKind::InvalidOperation, format!("there is no asset `{name}`")))
    });
    Ok(environment)
}

/// Says messages to templates, in one language.
#[derive(Clone)]
struct Speaker {
    language: LanguageTag,
    catalogue: Arc<Catalogue>,
}

impl Speaker {
    fn say(&self, words: &Words) -> Result<String, minijinja::Error> {
        self.catalogue.say(&self.language, words).map_err(|error: SayError| {
            minijinja::Error::new(ErrorKind::InvalidOperation, "a message cannot be said").with_source(error)
        })
    }

    /// Says a sentence as HTML, with each of its text values set apart, so that it stands out and keeps its own
    /// direction. Sentence and values are escaped alike; only the marks around the values become elements.
    fn say_rich(&self, message: &Value, arguments: &Kwargs) -> Result<Value, minijinja::Error> {
        let plain = words(message, arguments)?;
        let marked = plain
            .arguments()
            .fold(Words::of(plain.message().clone()), |marked, (name, value)| {
                let value = match value {
                    Argument::Number(number) => Argument::Number(*number),
                    Argument::Text(text) if PICKERS.contains(&name) => Argument::Text(text.clone()),
                    Argument::Text(text) => {
                        let text = text.replace([VALUE_BEGINS, VALUE_ENDS], "");
                        Argument::Text(format!("{VALUE_BEGINS}{text}{VALUE_ENDS}"))
                    }
                };
                marked.with_named(Cow::Owned(name.to_owned()), value)
            });
        let escaped = HtmlEscape(&self.say(&marked)?).to_string();
        let html = escaped
            .replace(VALUE_BEGINS, "<bdi class=\"value\">")
            .replace(VALUE_ENDS, "</bdi>");
        Ok(Value::from_safe_string(html))
    }
}

/// Reads what a template hands to `t`: the name of a message with keyword arguments, or [`Words`] out of a view.
fn words(message: &Value, arguments: &Kwargs) -> Result<Words, minijinja::Error> {
    let mut words = if let Some(key) = message.as_str() {
        Words::of(MessageKey::from(key.to_owned()))
    } else {
        let key = message.get_attr("key")?;
        let key = key
            .as_str()
            .ok_or_else(|| minijinja::Error::new(ErrorKind::InvalidOperation, "not a message"))?;
        let mut words = Words::of(MessageKey::from(key.to_owned()));
        for pair in message.get_attr("arguments")?.try_iter()? {
            let name = pair.get_item_by_index(0)?.to_string();
            words = words.with_named(Cow::Owned(name), argument(&pair.get_item_by_index(1)?));
        }
        words
    };
    for name in arguments.args() {
        words = words.with_named(Cow::Owned(name.to_owned()), argument(&arguments.get::<Value>(name)?));
    }
    Ok(words)
}

fn argument(value: &Value) -> Argument {
    match value.as_i64() {
        Some(number) if value.is_number() => Argument::Number(number),
        _ => Argument::Text(value.to_string()),
    }
}

#[cfg(test)]
mod tests;

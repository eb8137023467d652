//! The pages of one's own account (A4, A5, A7, B10–B12).

use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::words::Words;
use serde::Serialize;

use super::super::{Page, When, messages};
use super::{FieldError, PasswordRules, Refusal};

/// `/account/security`.
#[derive(Debug, Clone, Serialize)]
pub struct AccountSecurity {
    /// What can be done about the password.
    pub password: PasswordPart,
    /// Two-factor authentication.
    pub two_factor: TwoFactorPart,
    /// Passkeys, oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// Sessions, this one first.
    pub sessions: Vec<SessionRow>,
    /// What is left after each loss.
    pub losses: Vec<LossRow>,
    /// What to warn of.
    pub warnings: Vec<Words>,
    /// For how many days the deletion of the account can be undone.
    pub undo_days: u32,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `current_password`, `new_password` or a passkey's name.
    pub errors: Vec<FieldError>,
}

/// The password on the security page.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PasswordPart {
    /// What is shown.
    pub state: PasswordState,
    /// Whether nobody of theirs signs in by password; one may still open the emergency door (B15).
    pub off: bool,
    /// What a new one must have.
    pub rules: PasswordRules,
}

/// What can be done about a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordState {
    /// Passwords are off, and one would open nothing: nothing can be done.
    Off,
    /// There is one: it is changed by the one there is.
    Change,
    /// There is none, and who the person is was shown lately: it is set.
    Set,
    /// There is none, and who the person is has to be shown first.
    ProveFirst,
}

/// Two-factor authentication on the security page.
#[derive(Debug, Clone, Serialize)]
pub struct TwoFactorPart {
    /// Since when it is on; `None` while it is off.
    pub since: Option<When>,
    /// Backup codes that nobody used yet.
    pub codes_left: u32,
    /// Whether these are so few that new ones should be made (R74).
    pub few: bool,
    /// Whether the workspace requires it.
    pub required: bool,
}

/// A passkey in the list.
#[derive(Debug, Clone, Serialize)]
pub struct PasskeyRow {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub added: When,
    /// When it was last used; `None` if never.
    pub used: Option<When>,
    /// Whether it outlives a lost device.
    pub synced: bool,
}

/// A session in the list.
#[derive(Debug, Clone, Serialize)]
pub struct SessionRow {
    /// Its id.
    pub id: String,
    /// The device in words.
    pub device: Words,
    /// The address it was opened from.
    pub address: String,
    /// When it was opened.
    pub opened: When,
    /// When it was last used.
    pub used: When,
    /// Whether it is this one.
    pub this: bool,
}

/// What is left after a loss.
#[derive(Debug, Clone, Serialize)]
pub struct LossRow {
    /// "If you lose your phone".
    pub title: Words,
    /// The ways that are left.
    pub routes: Vec<RouteRow>,
}

/// One way in: first this, then that.
#[derive(Debug, Clone, Serialize)]
pub struct RouteRow {
    /// The first step.
    pub first: Words,
    /// The second one, where there is one.
    pub second: Option<Words>,
}

impl Page for AccountSecurity {
    const TEMPLATE: &'static str = "account-security.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            password: PasswordPart {
                state: PasswordState::Change,
                off: false,
                rules: PasswordRules { min_length: 12 },
            },
            two_factor: TwoFactorPart {
                since: None,
                codes_left: 0,
                few: false,
                required: false,
            },
            passkeys: Vec::new(),
            sessions: vec![session_row("0193fcb8-0000-4000-8000-000000000001", true)],
            losses: vec![
                LossRow {
                    title: messages::account::without_phone(),
                    routes: vec![RouteRow {
                        first: messages::account::by_password(),
                        second: None,
                    }],
                },
                LossRow {
                    title: messages::account::without_mailbox(),
                    routes: Vec::new(),
                },
                LossRow {
                    title: messages::account::without_password(),
                    routes: vec![RouteRow {
                        first: messages::account::by_email_code(),
                        second: Some(messages::account::then_backup_code()),
                    }],
                },
            ],
            warnings: Vec::new(),
            undo_days: 30,
            refusal: None,
            errors: Vec::new(),
        };
        let passkey = |name: &str, used: bool, synced: bool| PasskeyRow {
            id: "0193fcb8-0000-4000-8000-00000000000a".to_owned(),
            name: name.to_owned(),
            added: sample_when(),
            used: used.then(sample_when),
            synced,
        };
        vec![
            plain.clone(),
            Self {
                password: PasswordPart {
                    state: PasswordState::Set,
                    ..plain.password
                },
                two_factor: TwoFactorPart {
                    since: Some(sample_when()),
                    codes_left: 2,
                    few: true,
                    required: true,
                },
                passkeys: vec![
                    passkey(
                        "<phone> 🦊 Donaudampfschifffahrtselektrizitätenhauptbetriebswerk",
                        true,
                        true,
                    ),
                    passkey("هاتفي", false, false),
                ],
                sessions: vec![
                    session_row("0193fcb8-0000-4000-8000-000000000001", true),
                    session_row("0193fcb8-0000-4000-8000-000000000002", false),
                    session_row("0193fcb8-0000-4000-8000-000000000003", false),
                ],
                warnings: vec![
                    messages::account::one_way_left(),
                    messages::account::nothing_without_mailbox(),
                ],
                ..plain.clone()
            },
            Self {
                password: PasswordPart {
                    state: PasswordState::Off,
                    off: true,
                    ..plain.password
                },
                warnings: vec![messages::account::nothing_at_all()],
                ..plain.clone()
            },
            Self {
                password: PasswordPart {
                    off: true,
                    ..plain.password
                },
                ..plain.clone()
            },
            Self {
                password: PasswordPart {
                    state: PasswordState::ProveFirst,
                    ..plain.password
                },
                two_factor: TwoFactorPart {
                    since: None,
                    codes_left: 0,
                    few: false,
                    required: true,
                },
                ..plain.clone()
            },
            Self {
                errors: vec![
                    FieldError::new("current_password", messages::account::current_password_wrong()),
                    FieldError::new("new_password", messages::password_too_short(12)),
                ],
                ..plain.clone()
            },
            Self {
                refusal: Some(sample_refusal(messages::refusals::try_later(59))),
                ..plain
            },
        ]
    }
}

/// `/account/security/two-factor`, first step: what goes into the app (B11). No address of ours holds any of it.
#[derive(Clone, Serialize)]
pub struct TwoFactorKey {
    /// Whether the page belongs to the account of somebody who is signed in.
    pub inside: bool,
    /// The key as text, in groups of four letters.
    pub key: String,
    /// The `otpauth://` address, for the phone that shows the page.
    pub url: String,
    /// The same as a QR code: an SVG element.
    pub qr_svg: String,
    /// Where **Next** leads.
    pub next: String,
    /// Where somebody who would rather not goes back to.
    pub back: Option<String>,
}

impl std::fmt::Debug for TwoFactorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TwoFactorKey")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Page for TwoFactorKey {
    const TEMPLATE: &'static str = "two-factor-key.html";

    fn samples() -> Vec<Self> {
        let inside = Self {
            inside: true,
            key: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".to_owned(),
            url: "otpauth://totp/Acme:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Acme".to_owned(),
            qr_svg: "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"220\" height=\"220\" viewBox=\"0 0 220 220\">\
                     <path d=\"M0 0h220V220H0V0\" fill=\"#fff\"/><path d=\"M40 40h60v60h-60z\" fill=\"#000\"/></svg>"
                .to_owned(),
            next: "/account/security/two-factor/code".to_owned(),
            back: Some("/account/security".to_owned()),
        };
        vec![
            inside.clone(),
            Self {
                inside: false,
                next: "/sign-in/second-factor/set-up/code".to_owned(),
                back: None,
                ..inside
            },
        ]
    }
}

/// Second step: the first code of the app turns it on (B11).
#[derive(Debug, Clone, Serialize)]
pub struct TwoFactorCode {
    /// Whether the page belongs to the account of somebody who is signed in.
    pub inside: bool,
    /// Where the form goes.
    pub action: String,
    /// Where the key is shown once more.
    pub back: String,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `code`.
    pub errors: Vec<FieldError>,
}

impl Page for TwoFactorCode {
    const TEMPLATE: &'static str = "two-factor-code.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            inside: true,
            action: "/account/security/two-factor/code".to_owned(),
            back: "/account/security/two-factor".to_owned(),
            refusal: None,
            errors: Vec::new(),
        };
        vec![
            plain.clone(),
            Self {
                inside: false,
                refusal: Some(sample_refusal(messages::account::first_code_wrong())),
                ..plain.clone()
            },
            Self {
                errors: vec![FieldError::new("code", messages::account::app_code_shape())],
                ..plain
            },
        ]
    }
}

/// Last step, and after **New backup codes**: the codes, shown this once (B12).
#[derive(Clone, Serialize)]
pub struct BackupCodes {
    /// Whether the page belongs to the account of somebody who is signed in.
    pub inside: bool,
    /// Whether two-factor authentication was turned on just now.
    pub just_on: bool,
    /// The codes.
    pub codes: Vec<String>,
    /// Where **Download** goes.
    pub download: String,
    /// Where **I have saved these codes** leads.
    pub next: String,
}

impl std::fmt::Debug for BackupCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackupCodes")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Page for BackupCodes {
    const TEMPLATE: &'static str = "backup-codes.html";

    fn samples() -> Vec<Self> {
        let codes = (0..10).map(|n| format!("ABCD{n}-FGHJK-MNP")).collect();
        let renewed = Self {
            inside: true,
            just_on: false,
            codes,
            download: "/account/security/two-factor/codes".to_owned(),
            next: "/account/security".to_owned(),
        };
        vec![
            renewed.clone(),
            Self {
                inside: false,
                just_on: true,
                next: "/tickets/7?a=1&b=2".to_owned(),
                ..renewed
            },
        ]
    }
}

/// After **Add a passkey**: the authenticator is asked, and the passkey gets a name (B10).
#[derive(Debug, Clone, Serialize)]
pub struct NewPasskey {
    /// The round.
    pub ceremony: String,
    /// The challenge, as JSON text.
    pub options: String,
    /// A name as typed before.
    pub name: String,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
}

impl Page for NewPasskey {
    const TEMPLATE: &'static str = "passkey-new.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            ceremony: "0193fcb8-0000-4000-8000-00000000000c".to_owned(),
            options: "{\"publicKey\":{\"challenge\":\"AAAA\"}}".to_owned(),
            name: String::new(),
            refusal: None,
        };
        vec![
            plain.clone(),
            Self {
                name: "<phone>".to_owned(),
                refusal: Some(sample_refusal(messages::account::passkey_failed())),
                ..plain
            },
        ]
    }
}

/// `/account/profile` (A4).
#[derive(Debug, Clone, Serialize)]
pub struct AccountProfile {
    /// The name, as kept or as typed.
    pub name: String,
    /// Languages to choose from.
    pub languages: Vec<LanguageChoice>,
    /// The language chosen; empty for the browser's.
    pub language: String,
    /// Time zones to choose from.
    pub time_zones: Vec<String>,
    /// The time zone chosen; empty for UTC.
    pub time_zone: String,
    /// Address of the picture, if there is one.
    pub picture: Option<String>,
    /// What stands in the place of a picture.
    pub initials: String,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `name`, `language`, `time_zone` or `picture`.
    pub errors: Vec<FieldError>,
}

/// A language to choose.
#[derive(Debug, Clone, Serialize)]
pub struct LanguageChoice {
    /// Its tag.
    pub tag: String,
    /// What it calls itself.
    pub name: String,
}

impl Page for AccountProfile {
    const TEMPLATE: &'static str = "account-profile.html";

    fn samples() -> Vec<Self> {
        let language = |tag: &str, name: &str| LanguageChoice {
            tag: tag.to_owned(),
            name: name.to_owned(),
        };
        let plain = Self {
            name: "Ada Lovelace".to_owned(),
            languages: vec![language("en", "English"), language("ar", "العربية")],
            language: String::new(),
            time_zones: vec!["Asia/Riyadh".to_owned(), "Europe/Berlin".to_owned(), "UTC".to_owned()],
            time_zone: "Europe/Berlin".to_owned(),
            picture: None,
            initials: "AL".to_owned(),
            refusal: None,
            errors: Vec::new(),
        };
        vec![
            plain.clone(),
            Self {
                picture: Some("/account/picture".to_owned()),
                language: "ar".to_owned(),
                ..plain.clone()
            },
            Self {
                name: String::new(),
                initials: "?".to_owned(),
                errors: vec![
                    FieldError::new("name", messages::name_missing()),
                    FieldError::new("time_zone", messages::account::time_zone_unknown()),
                    FieldError::new("picture", messages::account::picture_kind()),
                ],
                ..plain
            },
        ]
    }
}

/// `/account/emails` (A5).
#[derive(Debug, Clone, Serialize)]
pub struct AccountEmails {
    /// The addresses, the primary one first.
    pub emails: Vec<EmailRow>,
    /// What was typed as a new address.
    pub email: String,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `email`.
    pub errors: Vec<FieldError>,
}

/// An address in the list.
#[derive(Debug, Clone, Serialize)]
pub struct EmailRow {
    /// Its id.
    pub id: String,
    /// The address.
    pub address: String,
    /// Whether it is the primary one.
    pub primary: bool,
    /// Whether its mailbox is proved.
    pub proved: bool,
    /// Whether it may be removed, as far as the page knows.
    pub removable: bool,
}

impl Page for AccountEmails {
    const TEMPLATE: &'static str = "account-emails.html";

    fn samples() -> Vec<Self> {
        let row = |address: &str, primary: bool, proved: bool| EmailRow {
            id: "0193fcb8-0000-4000-8000-00000000000e".to_owned(),
            address: address.to_owned(),
            primary,
            proved,
            removable: !primary,
        };
        let one = Self {
            emails: vec![row("ada@example.com", true, true)],
            email: String::new(),
            refusal: None,
            errors: Vec::new(),
        };
        vec![
            one.clone(),
            Self {
                emails: vec![
                    row("ada@example.com", true, true),
                    row(
                        "a-very-long-local-part-that-goes-on-and-on@subdomain.of.example.com",
                        false,
                        true,
                    ),
                    row("lovelace@example.org", false, false),
                ],
                ..one.clone()
            },
            Self {
                email: "ada at example".to_owned(),
                errors: vec![FieldError::new("email", messages::email_invalid())],
                ..one.clone()
            },
            Self {
                refusal: Some(Refusal {
                    code: "last-verified".to_owned(),
                    words: messages::account::email_last_verified(),
                    help_code: None,
                    directory: None,
                }),
                ..one
            },
        ]
    }
}

/// "Confirm that it's you": before a sensitive change, in place, with the form that was being filled (R11, R72).
#[derive(Clone, Serialize)]
pub struct Confirm {
    /// Where the form goes: the very address that asked.
    pub action: String,
    /// The form that was being filled, passwords excepted.
    pub carried: Vec<Carried>,
    /// Whether the password counts.
    pub password: bool,
    /// Whether a code of the app, or a backup code, counts.
    pub second_factor: bool,
    /// Where a challenge for a passkey comes from, if one counts.
    pub passkey: Option<String>,
    /// Whether, and how far, an emailed code counts.
    pub email_code: Option<EmailedCode>,
    /// Where somebody who would rather not goes back to.
    pub back: String,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `proof_password`, `proof_code` or `proof_email_code`.
    pub errors: Vec<FieldError>,
}

impl std::fmt::Debug for Confirm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Confirm")
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

/// A field that is carried along.
#[derive(Clone, Serialize)]
pub struct Carried {
    /// Its name.
    pub name: String,
    /// What was sent in it.
    pub value: String,
}

impl std::fmt::Debug for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Carried")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An emailed code as a proof.
#[derive(Debug, Clone, Serialize)]
pub struct EmailedCode {
    /// The attempt, once a code is on its way.
    pub flow: Option<String>,
    /// The address it went to, masked, where that is known.
    pub address: Option<String>,
}

impl Page for Confirm {
    const TEMPLATE: &'static str = "confirm.html";

    fn samples() -> Vec<Self> {
        let all = Self {
            action: "/account/emails".to_owned(),
            carried: vec![Carried {
                name: "email".to_owned(),
                value: "\"<i>\"ada@example.com".to_owned(),
            }],
            password: true,
            second_factor: true,
            passkey: Some("/account/confirm/passkey".to_owned()),
            email_code: None,
            back: "/account/emails".to_owned(),
            refusal: None,
            errors: Vec::new(),
        };
        let by_mail = Self {
            password: false,
            second_factor: false,
            passkey: None,
            email_code: Some(EmailedCode {
                flow: None,
                address: None,
            }),
            ..all.clone()
        };
        vec![
            all.clone(),
            by_mail.clone(),
            Self {
                email_code: Some(EmailedCode {
                    flow: Some("0193fcb8-0000-4000-8000-00000000000f".to_owned()),
                    address: Some("a•••@e•••.com".to_owned()),
                }),
                ..by_mail
            },
            Self {
                refusal: Some(sample_refusal(messages::account::current_password_wrong())),
                ..all.clone()
            },
            Self {
                errors: vec![FieldError::new("proof_password", messages::password_missing())],
                ..all
            },
        ]
    }
}

/// Before a change that would newly leave somebody with one way in, or none after a loss.
#[derive(Debug, Clone, Serialize)]
pub struct AccountWarning {
    /// What is about to be done.
    pub title: Words,
    /// What it would leave them with.
    pub warnings: Vec<Words>,
    /// Where the form goes: the very address that asked.
    pub action: String,
    /// The form that was sent.
    pub carried: Vec<Carried>,
    /// Where somebody who would rather not goes back to.
    pub back: String,
}

impl Page for AccountWarning {
    const TEMPLATE: &'static str = "account-warning.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            title: messages::account::about_to_remove_passkey(),
            warnings: vec![
                messages::account::one_way_left(),
                messages::account::nothing_without_mailbox(),
            ],
            action: "/account/security/passkeys/remove".to_owned(),
            carried: vec![Carried {
                name: "id".to_owned(),
                value: "0193fcb8-0000-4000-8000-00000000000a".to_owned(),
            }],
            back: "/account/security".to_owned(),
        }]
    }
}

pub(super) fn sample_when() -> When {
    When::of(Timestamp::from_unix_seconds(1_795_352_400), &TimeZone::UTC)
}

fn session_row(id: &str, this: bool) -> SessionRow {
    SessionRow {
        id: id.to_owned(),
        device: if this {
            messages::account::device("Firefox", "Linux")
        } else {
            messages::account::device("", "")
        },
        address: "2001:db8:1:2:3:4:5:6".to_owned(),
        opened: sample_when(),
        used: sample_when(),
        this,
    }
}

fn sample_refusal(words: Words) -> Refusal {
    Refusal {
        code: "try-later".to_owned(),
        words,
        help_code: Some("7F3K-9QXM".to_owned()),
        directory: None,
    }
}

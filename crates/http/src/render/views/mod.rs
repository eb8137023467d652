//! The typed content of each page. A view holds plain data; which words stand around it is the template's business.

mod account;
pub mod admin;
mod callers;
mod door;
mod errors;
mod founding;
mod hand_over;
mod help;
mod home;
mod link;
mod mailbox;
mod password;
mod portal;
mod provider;
mod root;
mod second_step;
mod sign_up;

pub use account::{
    AccountEmails, AccountProfile, AccountSecurity, AccountWarning, BackupCodes, Carried, Confirm, EmailRow,
    EmailedCode, LanguageChoice, LossRow, NewPasskey, PasskeyRow, PasswordPart, PasswordState, RouteRow, SessionRow,
    TwoFactorCode, TwoFactorKey, TwoFactorPart,
};
pub use callers::{AccountRequests, NewOwnPassword, RequestRow};
pub use door::{CodePage, CodePurpose, ExpiredForm, Refused, SignIn};
pub use errors::ErrorPage;
pub use founding::{Crossing, Founder, NewWorkspace, NewWorkspaceAs, NewWorkspaceClosed, NewWorkspaceCode};
pub use hand_over::HandOver;
pub use help::{HowToFragment, HowToSignIn, ToldGuide, ToldStep, TroubleSent, TroubleSigningIn};
pub use home::{Area, Home};
pub use link::{LinkConfirm, LinkDone, RecoverSetUp};
pub use mailbox::{Mailbox, MailboxEntry, MailboxHeader, MailboxMail, TextPiece};
pub use password::{
    AddressForm, DeadLink, ForgotPassword, ForgotPasswordSent, LinkInvalid, RemainingWay, ResetPassword,
    ResetPasswordDone,
};
pub use portal::{PersonalPortal, PortalOff, SharedPortal};
pub use provider::{
    AccountConnections, ConnectionRow, Departing, DirectoryNote, DirectoryTold, OneMoreStep, ProviderButton, Providers,
};
pub use root::RootSite;
pub use second_step::{BackupLogin, EnrolSecondFactor, SecondFactor};
pub use sign_up::SignUp;

use doorward_domain::words::Words;
use serde::Serialize;

/// A field of a form and what is wrong with what was entered in it.
#[derive(Debug, Clone, Serialize)]
pub struct FieldError {
    /// The field's name in the form, which is also its `id` in the page.
    pub field: &'static str,
    /// What is wrong and what to do.
    pub words: Words,
}

impl FieldError {
    /// Says what is wrong with a field.
    pub const fn new(field: &'static str, words: Words) -> Self {
        Self { field, words }
    }
}

/// Why a person was refused, as they are told.
#[derive(Debug, Clone, Serialize)]
pub struct Refusal {
    /// The stable public reason (contract 7), for scripts and tests.
    pub code: String,
    /// The sentence; see [`messages::refusals`](super::messages::refusals).
    pub words: Words,
    /// "XXXX-XXXX": staff find the receipt by it (C4).
    pub help_code: Option<String>,
    /// Where the directory keeps them out: what was compared, and whom to ask (B8).
    pub directory: Option<DirectoryTold>,
}

/// What a new password must have, told before it is chosen.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PasswordRules {
    /// The fewest characters (R1).
    pub min_length: u32,
}

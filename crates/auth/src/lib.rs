//! The sign-in core of Doorward: use cases and credential engines over the ports.
//!
//! Take this crate and `doorward-domain` to embed the door in a service of your own; bring any adapters for the ports.
//! [`Auth`] is the way in: `auth.sign_in()`, `auth.recovery()`, `auth.account()`, `auth.factors()`, `auth.people()`, `auth.portal_links()`, `auth.sessions()`,
//! `auth.workspaces()`. Use cases fetch facts, ask the rules of `doorward_domain`, and write the result; each stands
//! in a file of its own.

pub mod account;
mod context;
pub mod directory;
pub mod engine;
mod facade;
pub mod factors;
pub mod logs;
mod outcome;
pub mod people;
pub mod portal;
pub mod recovery;
pub mod sign_in;
pub mod workspace;

pub use context::{Acting, AuthConfig, Caller, Ports};
pub use facade::{
    Accounts, ApiKeyDesk, Auth, CallerDesk, DepartureDesk, DirectoryDesk, Factors, Foundings, LogDesk, LookDesk,
    OrganisationDesk, People, PortalLinks, ProviderDesk, Recovery, RoleDesk, SessionDesk, SettingsDesk, SignIn,
    StaffDesk, WorkspaceDesk,
};
pub use outcome::{
    CodeSent, ConnectedIdentity, Departed, EmailNeeded, FlowView, PasskeyChallenge, Refused, SecondStepNeeded,
    SignInError, SignInOutcome, SignedIn, TrialFault, TriedProvider,
};

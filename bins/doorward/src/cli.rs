//! The command line (contract 1).

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::settings::Flags;

/// The sign-in of a help centre.
#[derive(Debug, Parser)]
#[command(name = "doorward", version, about, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Configuration file; `doorward.toml` in the working directory if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What to do; `dev` if nothing is said.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start on this machine with a workspace to try: SQLite in ./data, mail into a built-in mailbox.
    Dev(Listening),
    /// Start for real. Refuses an unsafe or incomplete configuration and says each thing to mend.
    Serve(Listening),
    /// Bring the database to this version.
    Migrate,
    /// Workspaces.
    #[command(subcommand)]
    Workspace(Workspace),
    /// People.
    #[command(subcommand)]
    User(User),
    /// Keys of portal applications.
    #[command(subcommand)]
    ApiKey(ApiKey),
    /// Personal portal links: addresses that name a contact and a place in the portal, and sign nobody in.
    #[command(subcommand)]
    PortalLink(PortalLink),
    /// The synced directory.
    #[command(subcommand)]
    Directory(Directory),
    /// Tokens by which directories are synced over SCIM.
    #[command(subcommand)]
    ScimToken(ScimToken),
    /// Hand-over by the company's own site: its keys, and what is wrong with a token.
    #[command(subcommand)]
    HandOver(HandOver),
    /// Say why an address can or cannot sign in, with its last attempts and mails.
    Explain {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// The address.
        #[arg(required_unless_present = "code", conflicts_with = "code")]
        email: Option<String>,
        /// In place of an address: the help code that somebody was told.
        #[arg(long, value_name = "HELP_CODE")]
        code: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print a one-use link for an owner or admin who has no other way in, good for 15 minutes. All of them are told.
    Recover {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// Their address.
        email: String,
    },
    /// After a new key was put first in `secret_key_file`: seal with it what an older one sealed, and print how much that
    /// was.
    Reseal,
    /// The security settings of a workspace.
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// Mail.
    #[command(subcommand)]
    Mail(Mail),
    /// The audit log.
    #[command(subcommand)]
    Audit(Audit),
    /// Check configuration, database, keys and mail server, and say what to mend.
    Doctor {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the effective configuration, secrets masked.
    Config,
    /// Print the OpenAPI document.
    Openapi,
}

/// Where to listen.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Listening {
    /// Address and port to listen on, instead of `listen`.
    #[arg(long)]
    pub(crate) listen: Option<String>,
    /// Address that people see, instead of `public_url`.
    #[arg(long)]
    pub(crate) public_url: Option<String>,
    /// Database, instead of `database.url`.
    #[arg(long)]
    pub(crate) database_url: Option<String>,
}

/// `doorward workspace …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Workspace {
    /// Make a workspace and print its owner's set-password link.
    Create {
        /// Address part: lower-case letters, digits and dashes.
        slug: String,
        /// What people call it.
        #[arg(long)]
        name: String,
        /// Address of its first owner.
        #[arg(long)]
        owner_email: String,
    },
}

/// `doorward user …`.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Make a person.
    Create {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// Their address.
        #[arg(long)]
        email: String,
        /// Their name.
        #[arg(long, default_value = "")]
        name: String,
        /// customer, collaborator, agent, admin or owner.
        #[arg(long, default_value = "customer")]
        role: String,
        /// Vouch for the mailbox.
        #[arg(long)]
        verified: bool,
        /// Read their first password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set somebody's password, read from standard input. Ends their sessions.
    SetPassword {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// Their address.
        #[arg(long)]
        email: String,
        /// Read the password from standard input (the only way).
        #[arg(long)]
        password_stdin: bool,
    },
    /// Let somebody in by no way any more. Ends their sessions.
    Disable(Whom),
    /// Let somebody in again.
    Enable(Whom),
    /// List people.
    List {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// As JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
}

/// One person.
#[derive(Debug, Clone, Args)]
pub(crate) struct Whom {
    /// The workspace's address part.
    #[arg(long)]
    pub(crate) workspace: String,
    /// Their address.
    #[arg(long)]
    pub(crate) email: String,
}

/// `doorward api-key …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiKey {
    /// Make a key and print it, once, alone on standard output.
    Create {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// What it may do; may be given several times. Nothing by default.
        #[arg(long)]
        scope: Vec<String>,
        /// What to call it.
        #[arg(long, default_value = "")]
        name: String,
    },
}

/// `doorward portal-link …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PortalLink {
    /// Make a link and print its address, once, alone on standard output.
    Create {
        #[command(flatten)]
        whom: Whom,
        /// The path of the portal that it leads to.
        #[arg(long, default_value = "/")]
        to: String,
        /// Days until it ends: 1 to 365; `limits.portal_link_lifetime_seconds` if absent.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=365))]
        days: Option<u32>,
    },
    /// List somebody's newest links: id, state, made, ends, leads to.
    List {
        #[command(flatten)]
        whom: Whom,
    },
    /// Take a link back: it opens nothing from then on.
    Revoke {
        #[command(flatten)]
        whom: Whom,
        /// Its id, as `list` prints it.
        link: String,
    },
}

/// `doorward hand-over …`.
#[derive(Debug, Subcommand)]
pub(crate) enum HandOver {
    /// Read a token from standard input and name the first field that is wrong. Does not use it up.
    Check {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
    },
    /// Keys: at most two of an audience are live at once.
    #[command(subcommand)]
    Key(HandOverKeyCommand),
}

/// `doorward hand-over key …`.
#[derive(Debug, Subcommand)]
pub(crate) enum HandOverKeyCommand {
    /// Add a key. A shared secret is printed once, alone on standard output.
    Add {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// Whom it hands over: customers or staff.
        #[arg(long)]
        audience: String,
        /// HS256 (the default), HS384 or HS512 with a shared secret; RS256 or ES256 with a public key.
        #[arg(long)]
        algorithm: Option<String>,
        /// A file with the site's public key, in PEM or as a JSON Web Key.
        #[arg(long)]
        public_key: Option<PathBuf>,
        /// The most that a token can make of somebody: customer or collaborator, agent or admin. Never owner.
        #[arg(long)]
        highest_role: Option<String>,
    },
    /// List all keys: id, audience, algorithm, highest role, made, state.
    List {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
    },
    /// Take a key back, for good.
    Revoke {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// Its id, as `list` prints it.
        key: String,
    },
}

/// Whose people the records of a directory speak of.
#[derive(Debug, Clone, Args)]
pub(crate) struct Identities {
    /// Id of a provider: external ids of the records are then subjects of its identities. Without it, records match by
    /// email only.
    #[arg(long)]
    pub(crate) provider: Option<String>,
    /// Its issuer; whichever it has, if absent.
    #[arg(long, requires = "provider")]
    pub(crate) issuer: Option<String>,
    /// Its tenant, where it has one.
    #[arg(long, requires = "provider")]
    pub(crate) tenant: Option<String>,
}

/// `doorward directory …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Directory {
    /// Take in a CSV file that names everybody, all or nothing, and report by line. Who is not named is made inactive.
    Import {
        /// The file.
        file: PathBuf,
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// Only say what it would do.
        #[arg(long)]
        dry_run: bool,
        /// It is meant, also where it makes more than a fifth of the records, and more than ten, inactive.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        identities: Identities,
    },
}

/// `doorward scim-token …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ScimToken {
    /// Make a token and print it, once, alone on standard output.
    Create {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// What to call it.
        #[arg(long, default_value = "SCIM")]
        name: String,
        #[command(flatten)]
        identities: Identities,
    },
    /// List tokens: id, state, made, last used, name.
    List {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
    },
    /// Give a token another secret, and print it alone on standard output: the records stay with it.
    Renew {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// Its id, as `list` prints it.
        token: String,
    },
    /// Take a token back: it is refused from then on, and its records stay as they are.
    Revoke {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// Its id, as `list` prints it.
        token: String,
    },
}

/// `doorward settings …`.
#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    /// Print the settings as TOML, or the value of one key.
    Get {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// One key, such as staff.two_factor_required; all of them if absent.
        key: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Change settings, all or none of what is written.
    Set {
        /// The workspace's address part.
        #[arg(long)]
        workspace: String,
        /// A key and its value, such as staff.two_factor_required=true.
        #[arg(required = true, value_name = "KEY=VALUE")]
        changes: Vec<String>,
        /// Have a change to how admins get in hold at once, instead of undoing it unless one of them signs in.
        #[arg(long)]
        at_once: bool,
        /// Make a change even if no admin gets in by it.
        #[arg(long)]
        even_if_locked_out: bool,
    },
}

/// `doorward mail …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Mail {
    /// Send one mail and print the conversation with the mail server.
    Test {
        /// Where to.
        address: String,
    },
    /// Take a report of a mail that came back from standard input.
    Bounce {
        /// The address that the report was sent to, where the header does not tell it.
        #[arg(long)]
        recipient: Option<String>,
    },
}

/// `doorward audit …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Check the seals of the audit log; exit 1 if a row was changed, removed or moved.
    Verify {
        /// Only this workspace; all of them otherwise.
        #[arg(long)]
        workspace: Option<String>,
        /// A head that was noted earlier, as this command prints it; takes --workspace.
        #[arg(long, requires = "workspace")]
        noted: Option<String>,
    },
}

impl Cli {
    /// The flags that win over file and environment.
    pub(crate) fn flags(&self) -> Flags {
        let listening = match &self.command {
            Some(Command::Dev(listening) | Command::Serve(listening)) => listening.clone(),
            _ => Listening::default(),
        };
        Flags {
            config: self.config.clone(),
            listen: listening.listen,
            public_url: listening.public_url,
            database_url: listening.database_url,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn config_may_stand_before_or_after_the_command() {
        for line in [
            ["doorward", "--config", "a.toml", "config"],
            ["doorward", "config", "--config", "a.toml"],
        ] {
            assert_eq!(Cli::parse_from(line).config, Some(PathBuf::from("a.toml")));
        }
    }
}

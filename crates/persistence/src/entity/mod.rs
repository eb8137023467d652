//! The tables as sea-orm sees them, one file a table. Columns mean what the migrations say.

#![expect(
    unreachable_pub,
    reason = "sea-orm's derives make public items; the module itself is private to the crate"
)]

pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod identities;
pub(crate) mod memberships;
pub(crate) mod organisations;
pub(crate) mod receipts;
pub(crate) mod user_emails;
pub(crate) mod users;
pub(crate) mod workspace_hosts;
pub(crate) mod workspaces;

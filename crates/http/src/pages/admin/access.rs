//! Who may open which page of the console: one row for each address and method (R96). What has no row is refused.

use doorward_domain::role::Permission;
use http::Method;

use crate::access::{self, row};

/// A room of the console: a page that the rail leads to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Where it is. Addresses below it belong to it.
    pub(crate) path: &'static str,
    /// The message that names it.
    pub(crate) name: &'static str,
}

const fn room(path: &'static str, name: &'static str) -> Room {
    Room { path, name }
}

/// The rooms, in the order of the rail.
pub(crate) const ROOMS: &[Room] = &[
    room("/admin/users", "admin-users"),
    room("/admin/agents", "admin-agents"),
    room("/admin/sign-in-check", "admin-sign-in-check"),
    room("/admin/organisations", "admin-organisations"),
    room("/admin/directory", "admin-directory"),
    room("/admin/roles", "admin-roles"),
    room("/admin/api-keys", "admin-api-keys"),
    room("/admin/hand-over", "admin-hand-over"),
    room("/admin/security", "admin-security"),
    room("/admin/branding", "admin-branding"),
    room("/admin/workspace", "admin-workspace"),
    room("/admin/mail", "mail-log"),
    room("/admin/audit", "audit-log"),
];

/// To read what is known of people.
const LOOK: Permission = Permission::LookPeopleUp;
/// To change it.
const PEOPLE: Permission = Permission::CreateAndUpdateUsersAndOrganizations;

/// To change the rules of the door.
const SECURITY: Permission = Permission::ManageSecuritySettings;
/// To change what the workspace is called, how it looks and where it is reached.
const WORKSPACE: Permission = Permission::ManageWorkspace;

/// To do what a caller asks for (C10).
const CALLERS: Permission = Permission::SetPasswordsAndResetTwoFactor;

/// One row.
pub(crate) type Row = access::Row<Permission>;

/// Every address of the console.
pub(crate) const TABLE: &[Row] = &[
    row("GET", "/admin/mail", Permission::ReadMailLog),
    row("POST", "/admin/mail/test", Permission::ReadMailLog),
    row("GET", "/admin/mail/{id}", Permission::ReadMailLog),
    row("POST", "/admin/mail/{id}/send-again", Permission::ReadMailLog),
    row("GET", "/admin/audit", Permission::ReadAuditLog),
    row("GET", "/admin/audit/export", Permission::ReadAuditLog),
    row("GET", "/admin/security", SECURITY),
    row("POST", "/admin/security", SECURITY),
    row("POST", "/admin/security/preview", SECURITY),
    row("POST", "/admin/security/losing.csv", SECURITY),
    row("GET", "/admin/security/providers/new", SECURITY),
    row("GET", "/admin/security/providers/{provider}", SECURITY),
    row("POST", "/admin/security/providers", SECURITY),
    row("POST", "/admin/security/providers/try", SECURITY),
    row("POST", "/admin/security/providers/{provider}/remove", SECURITY),
    row("GET", "/admin/branding", WORKSPACE),
    row("POST", "/admin/branding", WORKSPACE),
    row("POST", "/admin/branding/logo", WORKSPACE),
    row("POST", "/admin/branding/logo/remove", WORKSPACE),
    row("GET", "/admin/workspace", WORKSPACE),
    row("POST", "/admin/workspace", WORKSPACE),
    row("POST", "/admin/settings-trial/undo", SECURITY),
    row("GET", "/admin/sign-in-check", Permission::AskSignInCheck),
    row("POST", "/admin/sign-in-check/mend", Permission::AskSignInCheck),
    row("GET", "/admin/users", LOOK),
    row("GET", "/agent/users", LOOK),
    row("GET", "/admin/agents", LOOK),
    row("POST", "/admin/users", PEOPLE),
    row("GET", "/admin/users/new", PEOPLE),
    row("GET", "/admin/users/{id}", LOOK),
    row("GET", "/admin/users/{id}/picture", LOOK),
    row("POST", "/admin/users/{id}/password-reset-email", PEOPLE),
    row("POST", "/admin/users/{id}/sign-out", PEOPLE),
    row("POST", "/admin/users/{id}/sessions/{session}/end", PEOPLE),
    row("POST", "/admin/users/{id}/disable", PEOPLE),
    row("POST", "/admin/users/{id}/enable", PEOPLE),
    row("POST", "/admin/users/{id}/invitation", PEOPLE),
    row("POST", "/admin/users/{id}/invitation/revoke", PEOPLE),
    row("POST", "/admin/users/{id}/portal-links", PEOPLE),
    row("POST", "/admin/users/{id}/portal-links/{link}/revoke", PEOPLE),
    row("GET", "/admin/users/{id}/edit", PEOPLE),
    row("POST", "/admin/users/{id}/edit", PEOPLE),
    row("GET", "/admin/users/{id}/organisations", PEOPLE),
    row("POST", "/admin/users/{id}/organisations", PEOPLE),
    row("GET", "/admin/users/{id}/role", WORKSPACE),
    row("POST", "/admin/users/{id}/role", WORKSPACE),
    row("GET", "/admin/users/{id}/password", CALLERS),
    row("POST", "/admin/users/{id}/password", CALLERS),
    row("GET", "/admin/users/{id}/two-factor/reset", CALLERS),
    row("POST", "/admin/users/{id}/two-factor/reset", CALLERS),
    row("GET", "/admin/users/{id}/callers/{challenge}", CALLERS),
    row("POST", "/admin/users/{id}/callers/{challenge}/code", CALLERS),
    row("POST", "/admin/users/{id}/callers/{challenge}/cancel", CALLERS),
    row("POST", "/admin/users/{id}/callers/{challenge}/carry-out", CALLERS),
    row("GET", "/admin/users/{id}/delete", PEOPLE),
    row("POST", "/admin/users/{id}/delete", PEOPLE),
    row("POST", "/admin/users/{id}/restore", PEOPLE),
    row("GET", "/admin/directory", SECURITY),
    row("GET", "/admin/directory/records/{record}", SECURITY),
    row("POST", "/admin/directory/upload", SECURITY),
    row("GET", "/admin/directory/uploads/{upload}", SECURITY),
    row("POST", "/admin/directory/uploads/{upload}/take-in", SECURITY),
    row("POST", "/admin/directory/uploads/{upload}/forget", SECURITY),
    row("POST", "/admin/directory/tokens", SECURITY),
    row("POST", "/admin/directory/tokens/{scim_token}/renew", SECURITY),
    row("POST", "/admin/directory/tokens/{scim_token}/revoke", SECURITY),
    row("GET", "/admin/hand-over", SECURITY),
    row("POST", "/admin/hand-over", SECURITY),
    row("GET", "/admin/hand-over/new", SECURITY),
    row("POST", "/admin/hand-over/check", SECURITY),
    row("POST", "/admin/hand-over/{key}/revoke", SECURITY),
    row("GET", "/admin/organisations", LOOK),
    row("POST", "/admin/organisations", PEOPLE),
    row("GET", "/admin/organisations/new", PEOPLE),
    row("GET", "/admin/organisations/{organisation}", PEOPLE),
    row("POST", "/admin/organisations/{organisation}", PEOPLE),
    row("POST", "/admin/organisations/{organisation}/delete", PEOPLE),
    row("GET", "/admin/roles", WORKSPACE),
    row("POST", "/admin/roles", WORKSPACE),
    row("GET", "/admin/roles/new", WORKSPACE),
    row("GET", "/admin/roles/{role}", WORKSPACE),
    row("POST", "/admin/roles/{role}", WORKSPACE),
    row("POST", "/admin/roles/{role}/delete", WORKSPACE),
    row("GET", "/admin/api-keys", WORKSPACE),
    row("POST", "/admin/api-keys", WORKSPACE),
    row("GET", "/admin/api-keys/new", WORKSPACE),
    row("POST", "/admin/api-keys/{key}/revoke", WORKSPACE),
];

/// The permission that a request asks for; `None` where it has no row.
pub(crate) fn asked(method: &Method, path: &str) -> Option<Permission> {
    access::asked(TABLE, method, path)
}

/// The room that an address belongs to.
pub(crate) fn room_of(path: &str) -> Option<&'static Room> {
    // The list of everybody has a second address.
    let path = if path == "/agent/users" { "/admin/users" } else { path };
    ROOMS
        .iter()
        .filter(|room| {
            path.strip_prefix(room.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .max_by_key(|room| room.path.len())
}

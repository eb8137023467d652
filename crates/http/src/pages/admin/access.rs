//! Who may open which page of the console: one row for each address and method (R96). What has no row is refused.

use doorward_domain::role::Permission;
use http::Method;

/// One row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) permission: Permission,
}

pub(super) const fn row(method: &'static str, path: &'static str, permission: Permission) -> Row {
    Row {
        method,
        path,
        permission,
    }
}

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
pub(crate) const ROOMS: &[Room] = &[];

/// Every address of the console.
pub(crate) const TABLE: &[Row] = &[];

/// The permission that a request asks for; `None` where it has no row.
pub(crate) fn asked(method: &Method, path: &str) -> Option<Permission> {
    // The router answers HEAD by the handler of GET.
    let method = if *method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    TABLE
        .iter()
        .find(|row| row.method == method && row.path == path)
        .map(|row| row.permission)
}

/// The room that an address belongs to.
pub(crate) fn room_of(path: &str) -> Option<&'static Room> {
    ROOMS
        .iter()
        .filter(|room| {
            path.strip_prefix(room.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .max_by_key(|room| room.path.len())
}

//! A table of who may do what: one row for each address and method (R96). The API has one, the console another; what has no
//! row there is refused.

use http::Method;

/// One row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<A> {
    pub(crate) method: &'static str,
    /// The address as the router has it, with its `{parameters}`.
    pub(crate) path: &'static str,
    /// What it asks of whoever comes.
    pub(crate) access: A,
}

pub(crate) const fn row<A: Copy>(method: &'static str, path: &'static str, access: A) -> Row<A> {
    Row { method, path, access }
}

/// What a request asks of whoever sends it; `None` where it has no row.
pub(crate) fn asked<A: Copy>(table: &[Row<A>], method: &Method, path: &str) -> Option<A> {
    // The router answers HEAD by the handler of GET.
    let method = if *method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    table
        .iter()
        .find(|row| row.method == method && row.path == path)
        .map(|row| row.access)
}

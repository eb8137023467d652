//! What the steps share: keys, references and indexes in one line each.

use sea_orm_migration::prelude::*;

/// The column that every key begins with.
pub(crate) const WORKSPACE: &str = "workspace_id";

/// Makes the primary key of `table` out of the workspace and `rest`.
pub(crate) fn key(rest: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.col(WORKSPACE);
    for column in rest {
        index.col(*column);
    }
    index.primary().to_owned()
}

/// A reference from `(workspace_id, column)` of `table` to `(workspace_id, id)` of `parent`; rows go with their parent.
pub(crate) fn belongs_to(
    name: &'static str,
    table: &'static str,
    column: &'static str,
    parent: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(name)
        .from(table, (WORKSPACE, column))
        .to(parent, (WORKSPACE, "id"))
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

/// A reference from `table` to its workspace.
pub(crate) fn in_workspace(name: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(name)
        .from(table, WORKSPACE)
        .to("workspaces", WORKSPACE)
        .to_owned()
}

/// An index over `columns` of `table`.
pub(crate) fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// A unique index over `columns` of `table`.
pub(crate) fn unique(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(name, table, columns).unique().to_owned()
}

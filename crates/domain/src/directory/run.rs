//! A run over a whole directory: what it would change, and whether that needs somebody's word first (R62).

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::table::Row;
use super::{DirectoryRecord, DirectorySource, IdentityScope};
use crate::ids::{DirectoryRecordId, WorkspaceId};
use crate::ports::RunChanges;
use crate::scim::resource::{Place, record};
use crate::scim::select::fold;
use crate::scim::{ScimError, schema};
use crate::time::Timestamp;

/// A run that makes inactive no more than this many records needs nobody's word (R62).
pub const FEW_REMOVALS: usize = 10;
/// One in so many: a run that makes inactive a greater share of the active records needs somebody's word (R62).
pub const REMOVAL_SHARE: usize = 5;

/// Whether a run that makes `removed` of `active` records inactive is to be held back until somebody says that it is meant:
/// more than a fifth, and more than ten (R62).
pub const fn needs_word(active: usize, removed: usize) -> bool {
    removed > FEW_REMOVALS && removed.saturating_mul(REMOVAL_SHARE) > active
}

/// What a run does to one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Makes it.
    Added,
    /// Changes what it says.
    Changed,
    /// Makes it active again.
    Activated,
    /// Makes it inactive: its sessions end.
    Deactivated,
    /// Leaves it as it is.
    Unchanged,
}

impl Effect {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Activated => "activated",
            Self::Deactivated => "deactivated",
            Self::Unchanged => "unchanged",
        }
    }
}

/// One record of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Line of the file; `None` for a record that the file does not name.
    pub line: Option<usize>,
    /// Its user name.
    pub user_name: String,
    /// What the run does to it.
    pub effect: Effect,
}

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Every record: those of the file in its order, then those that it does not name and that are active.
    pub lines: Vec<Line>,
    /// The changes.
    pub changes: RunChanges,
    /// How many records were active before.
    pub active_before: usize,
    /// How many of them would not be active any more.
    pub removed: usize,
}

impl Plan {
    /// Whether it needs somebody's word first (R62).
    pub const fn needs_word(&self) -> bool {
        needs_word(self.active_before, self.removed)
    }

    /// Whether there is anything to do.
    pub fn is_empty(&self) -> bool {
        self.changes.create.is_empty() && self.changes.update.is_empty()
    }

    /// How many records the run does that to.
    pub fn count(&self, effect: Effect) -> usize {
        self.lines.iter().filter(|line| line.effect == effect).count()
    }
}

/// Where and when a run is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose records.
    pub source: DirectorySource,
    /// Whose people they speak of.
    pub scope: Option<IdentityScope>,
    /// When.
    pub now: Timestamp,
}

/// What a file that names everybody means for the records that are there: who is not named, is made inactive, and not
/// removed, so that those who run the workspace still see why somebody cannot come in.
///
/// # Errors
/// The line, and what no record takes.
pub fn plan(
    setting: &Setting,
    there: Vec<DirectoryRecord>,
    rows: Vec<Row>,
    mut new_id: impl FnMut() -> DirectoryRecordId,
) -> Result<Plan, (usize, ScimError)> {
    let active_before = there.iter().filter(|record| record.active).count();
    let mut known: HashMap<String, DirectoryRecord> = there
        .into_iter()
        .map(|record| (fold(&record.user_name), record))
        .collect();
    let mut plan = Plan {
        lines: Vec::with_capacity(rows.len()),
        changes: RunChanges {
            workspace: setting.workspace,
            source: setting.source,
            create: Vec::new(),
            update: Vec::new(),
            now: setting.now,
        },
        active_before,
        removed: 0,
    };
    for row in rows {
        let line = row.line;
        let before = known.remove(&fold(row.user_name()));
        let place = match &before {
            Some(before) => next(before, setting.now),
            None => Place {
                id: new_id(),
                workspace: setting.workspace,
                source: setting.source,
                version: 1,
                created_at: setting.now,
                updated_at: setting.now,
            },
        };
        let said = record(row.attributes, place, setting.scope.clone()).map_err(|error| (line, error))?;
        plan.take(Some(line), before.as_ref(), said);
    }
    let mut missing: Vec<DirectoryRecord> = known.into_values().filter(|record| record.active).collect();
    missing.sort_unstable_by(|one, other| one.user_name.cmp(&other.user_name));
    for before in missing {
        let said = DirectoryRecord {
            active: false,
            attributes: inactive(before.attributes.clone()),
            version: before.version + 1,
            updated_at: setting.now,
            ..before.clone()
        };
        plan.take(None, Some(&before), said);
    }
    Ok(plan)
}

fn next(before: &DirectoryRecord, now: Timestamp) -> Place<DirectoryRecordId> {
    Place {
        id: before.id,
        workspace: before.workspace,
        source: before.source,
        version: before.version + 1,
        created_at: before.created_at,
        updated_at: now,
    }
}

fn inactive(mut attributes: Map<String, Value>) -> Map<String, Value> {
    if let Some(active) = schema::find(schema::USERS.attributes, "active") {
        attributes.insert(active.name.to_owned(), Value::Bool(false));
    }
    attributes
}

impl Plan {
    fn take(&mut self, line: Option<usize>, before: Option<&DirectoryRecord>, said: DirectoryRecord) {
        let effect = match before {
            None => Effect::Added,
            Some(before) if before.says_the_same(&said) => Effect::Unchanged,
            Some(before) if before.active && !said.active => Effect::Deactivated,
            Some(before) if !before.active && said.active => Effect::Activated,
            Some(_) => Effect::Changed,
        };
        self.lines.push(Line {
            line,
            user_name: said.user_name.clone(),
            effect,
        });
        self.removed += usize::from(effect == Effect::Deactivated);
        match effect {
            Effect::Added => self.changes.create.push(said),
            Effect::Unchanged => {}
            Effect::Changed | Effect::Activated | Effect::Deactivated => self.changes.update.push(said),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use uuid::Uuid;

    use super::super::table;
    use super::*;

    fn setting(seconds: i64) -> Setting {
        Setting {
            workspace: WorkspaceId::from_uuid(Uuid::from_u128(1)),
            source: DirectorySource::File,
            scope: None,
            now: Timestamp::from_unix_seconds(seconds),
        }
    }

    fn file(people: std::ops::Range<u32>) -> String {
        people.fold("email,display_name\n".to_owned(), |mut text, n| {
            writeln!(text, "p{n}@example.com,P {n}").unwrap();
            text
        })
    }

    fn planned(there: Vec<DirectoryRecord>, text: &str) -> Plan {
        let mut ids = 100_u128;
        let new_id = || {
            ids += 1;
            DirectoryRecordId::from_uuid(Uuid::from_u128(ids))
        };
        plan(&setting(2), there, table::read(text).unwrap(), new_id).unwrap()
    }

    fn there(people: std::ops::Range<u32>) -> Vec<DirectoryRecord> {
        planned(Vec::new(), &file(people)).changes.create
    }

    #[test]
    fn r62_more_than_a_fifth_and_more_than_ten_need_somebodys_word() {
        for (active, removed, needed) in [
            (100, 20, false),
            (100, 21, true),
            (20, 10, false),
            (20, 11, true),
            (11, 11, true),
            (10, 10, false),
            (0, 0, false),
            (1000, 200, false),
            (1000, 201, true),
        ] {
            assert_eq!(needs_word(active, removed), needed, "{removed} of {active}");
        }
        assert!(planned(there(0..100), &file(21..100)).needs_word());
        assert!(!planned(there(0..100), &file(20..100)).needs_word());
    }

    #[test]
    fn b9_a_run_does_what_the_file_says() {
        let before = there(0..4);
        let text = "email,display_name,active\np0@example.com,P 0,\nP1@EXAMPLE.com,Other,\np2@example.com,P 2,no\n\
                    p9@example.com,P 9,\n";
        let run = planned(before.clone(), text);
        let effects: Vec<_> = run.lines.iter().map(|line| (line.line, line.effect)).collect();
        assert_eq!(
            effects,
            [
                (Some(2), Effect::Unchanged),
                (Some(3), Effect::Changed),
                (Some(4), Effect::Deactivated),
                (Some(5), Effect::Added),
                (None, Effect::Deactivated),
            ]
        );
        assert_eq!((run.active_before, run.removed), (4, 2));
        let gone = &run.changes.update[2];
        assert_eq!((gone.id, gone.active, gone.version), (before[3].id, false, 2));
        assert_eq!(gone.attributes["active"], false);
        assert_eq!(run.changes.update[0].created_at, before[1].created_at);

        let mut after = run.changes.update.clone();
        after.push(before[0].clone());
        after.extend(run.changes.create.clone());
        let again = planned(after.clone(), text);
        assert!(again.is_empty(), "{:?}", again.lines);
        assert_eq!(planned(after, &file(0..4)).count(Effect::Activated), 2);
    }
}

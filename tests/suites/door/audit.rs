//! C6, R101–R103: the audit log of a server that runs: nothing happens without its row, what is read and taken out of it,
//! and what tampering with its database comes to.

use std::collections::BTreeMap;
use std::time::Duration;

use doorward_tests::browser::fresh_password;
use doorward_tests::machine::wait_for;
use doorward_tests::server::CliOutput;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Row as _};

use super::*;

const OWNER: &str = "desk@acme.test";

/// An owner, and a session of theirs.
async fn owner(house: &House, password: &str) -> String {
    let args = ["user", "create", "--workspace", WORKSPACE, "--email", OWNER];
    let more = ["--role", "owner", "--verified", "--password-stdin"];
    let args = [&args[..], &more].concat();
    house.server.cli_with_input(&args, password).expect_success();
    let body = json!({"email": OWNER, "password": password});
    let page = app(&mut house.browser(), "/api/v1/sign-in/password", body).await;
    text(&page.expect_status(200), "/session/token")
}

async fn ask(house: &House, method: Method, path: &str, token: &str, body: Option<Value>) -> Page {
    as_owner(&mut house.browser(), method, path, token, body).await
}

async fn count(database: &mut SqliteConnection, sql: &'static str) -> i64 {
    sqlx::query(sql).fetch_one(database).await.expect("a count").get(0)
}

/// Waits until every row is sealed and every mail has left.
async fn settled(house: &House) {
    wait_for("everything to be done", Duration::from_secs(20), || async {
        let mut database = house.server.sqlite().await;
        let open = count(&mut database, "SELECT count(*) FROM audit WHERE seq IS NULL").await
            + count(&mut database, "SELECT count(*) FROM outbox WHERE state = 'queued'").await;
        (open == 0).then_some(())
    })
    .await;
}

/// All that is stored, line by line; tries that are counted and times of last use aside, which are no changes.
async fn everything(database: &mut SqliteConnection) -> BTreeMap<String, Vec<String>> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' \
                  AND name NOT LIKE 'sqlite_%' AND name <> 'throttle_counters'";
    let mut all = BTreeMap::new();
    for table in sqlx::query(tables).fetch_all(&mut *database).await.expect("the tables") {
        let table: String = table.get(0);
        let columns = sqlx::query("SELECT name FROM pragma_table_info($1)").bind(&table);
        let columns = columns.fetch_all(&mut *database).await.expect("the columns");
        let told: Vec<String> = columns
            .iter()
            .map(|column| column.get::<String, _>(0))
            .filter(|name| !["last_seen_at", "ends_at", "last_used_at"].contains(&name.as_str()))
            .map(|name| format!("quote(\"{name}\")"))
            .collect();
        let sql = format!("SELECT {} FROM \"{table}\" ORDER BY 1", told.join(" || ' ' || "));
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut *database)
            .await
            .expect("the rows");
        all.insert(table, rows.iter().map(|row| row.get(0)).collect());
    }
    all
}

/// What was asked for, as a command or over the wire, whether it was done, and whether something else than the wish was at
/// fault.
type Done = (String, bool, bool);

fn of_command(said: &CliOutput) -> Done {
    let well = said.status.success();
    (format!("{}: {}{}", said.command, said.stdout, said.stderr), well, !well)
}

/// Asks for something of every kind. Each succeeds where rows can be written.
async fn act(house: &House, (token, key): (&str, &str), (password, jo): (&str, &str)) -> Vec<Done> {
    let mut done = Vec::new();
    let file = house.server.folder().join("people.csv");
    std::fs::write(&file, "user_name,email,active\nzoe,zoe@acme.test,true\n").expect("a file");
    let file = file.display().to_string();
    let of = ["--workspace", WORKSPACE];
    let about_jo = ["--workspace", WORKSPACE, "--email", "jo@acme.test"];
    let commands: [(&[&str], &[&str]); 12] = [
        (
            &["user", "create"],
            &["--workspace", WORKSPACE, "--email", "new@acme.test"],
        ),
        (&["user", "disable"], &about_jo),
        (&["user", "enable"], &about_jo),
        (&["portal-link", "create"], &about_jo),
        (&["api-key", "create", "--scope", "users:read"], &of),
        (&["scim-token", "create"], &of),
        (&["hand-over", "key", "add", "--audience", "customers"], &of),
        (&["directory", "import", &file], &of),
        (&["settings", "set", "customers.email_code=false"], &of),
        (&["settings", "set", "customers.email_code=true"], &of),
        (&["recover", OWNER], &of),
        (
            &[
                "workspace",
                "create",
                "other",
                "--name",
                "Other",
                "--owner-email",
                "o@other.test",
            ],
            &[],
        ),
    ];
    for (command, more) in commands {
        let said = house.server.cli(&[command, more].concat());
        done.push(of_command(&said));
    }
    let args = [&["user", "set-password", "--password-stdin"][..], &about_jo].concat();
    let said = house.server.cli_with_input(&args, password);
    done.push(of_command(&said));

    let own = format!("/api/v1/users/{jo}");
    let identity = json!({"identity": {"kind": "email", "address": "pat@acme.test"}});
    let (post, put, patch, delete) = (Method::POST, Method::PUT, Method::PATCH, Method::DELETE);
    for (method, path, body) in [
        (
            post.clone(),
            "/api/v1/sign-in/password".to_owned(),
            Some(json!({"email": "jo@acme.test", "password": password})),
        ),
        (
            post.clone(),
            "/api/v1/sign-in/code".to_owned(),
            Some(json!({"email": "jo@acme.test"})),
        ),
        (
            post.clone(),
            "/api/v1/password-reset".to_owned(),
            Some(json!({"email": "jo@acme.test"})),
        ),
        (put.clone(), "/api/v1/users/by-identity".to_owned(), Some(identity)),
        (patch.clone(), own.clone(), Some(json!({"name": "Jo Doe"}))),
        (
            post.clone(),
            format!("{own}/portal-links"),
            Some(json!({"to": "/tickets"})),
        ),
        (post.clone(), format!("{own}/password-reset-email"), None),
        (post.clone(), format!("{own}/sign-out"), None),
        (post.clone(), format!("{own}/disable"), None),
        (post.clone(), format!("{own}/enable"), None),
        (
            post.clone(),
            "/api/v1/organisations".to_owned(),
            Some(json!({"name": "Globex"})),
        ),
        (
            post.clone(),
            "/api/v1/roles".to_owned(),
            Some(json!({"name": "Auditor", "based_on": "agent", "permissions": []})),
        ),
        (
            post.clone(),
            "/api/v1/scim-tokens".to_owned(),
            Some(json!({"name": "Okta"})),
        ),
        (patch, "/api/v1/account".to_owned(), Some(json!({"name": "The Owner"}))),
        (delete, own, None),
    ] {
        let page = match &*path {
            // Whoever signs in anew in the same place is out of the session before (R79).
            "/api/v1/sign-in/password" => app(&mut house.browser(), &path, body.unwrap_or_default()).await,
            "/api/v1/users/by-identity" => ask(house, method.clone(), &path, key, body).await,
            _ => ask(house, method.clone(), &path, token, body).await,
        };
        let told = format!("{method} {path}: {} {}", page.status, page.body());
        done.push((told, page.status.as_u16() < 400, page.status.is_server_error()));
    }
    done
}

#[tokio::test]
async fn r101_where_no_row_can_be_written_nothing_happens() {
    let house = House::without_waits().await;
    let (password, jos) = (fresh_password(), fresh_password());
    let token = owner(&house, &password).await;
    house.server.create_person(WORKSPACE, "jo@acme.test", "Jo", &jos);
    let listed = ask(&house, Method::GET, "/api/v1/users?q=jo@acme.test", &token, None).await;
    let jo = text(&listed.expect_status(200), "/items/0/id");
    let key = house.api_key(WORKSPACE, "users:write");
    settled(&house).await;
    let mut database = house.server.sqlite().await;
    let refuse = "CREATE TRIGGER no_rows BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no rows'); END";
    sqlx::query(refuse).execute(&mut database).await.expect("a trigger");
    let before = everything(&mut database).await;
    assert!(before.len() > 30 && before["users"].len() == 3, "{:?}", before.keys());
    for (what, _, fault) in act(&house, (&token, &key), (&jos, &jo)).await {
        assert!(fault, "done, or refused, without a row: {what}");
    }
    let after = everything(&mut database).await;
    for (table, rows) in &before {
        assert_eq!(rows, &after[table], "{table} was changed without a row");
    }

    // The same is done once rows can be written, so that it was they that were missing.
    sqlx::query("DROP TRIGGER no_rows")
        .execute(&mut database)
        .await
        .expect("no trigger");
    let rows = count(&mut database, "SELECT count(*) FROM audit").await;
    let done = act(&house, (&token, &key), (&jos, &jo)).await;
    for (what, well, _) in &done {
        assert!(well, "not done: {what}");
    }
    let written = count(&mut database, "SELECT count(*) FROM audit").await - rows;
    assert!(
        written >= i64::try_from(done.len()).unwrap(),
        "{written} rows of {}",
        done.len()
    );
}

/// The records of a file by RFC 4180.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut rest = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted && rest.peek() == Some(&'\n') => {
                rest.next();
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    assert!(
        !quoted && field.is_empty() && record.is_empty(),
        "the last line is whole"
    );
    records
}

/// What stands in the tables of a page, row by row.
fn rows_of(page: &Page) -> usize {
    let html = page.html();
    html.elements("tr").count().saturating_sub(1)
}

#[tokio::test]
async fn r102_r103_what_is_taken_out_cannot_be_run_and_each_row_is_one_line() {
    let house = House::new().await;
    let password = fresh_password();
    let token = owner(&house, &password).await;
    // A description and a name that a spreadsheet would work out, with all that ends fields and lines.
    let formula = "=HYPERLINK(\"http://evil.test\",\"a\"),@b";
    let mut evil = house.browser();
    evil.always("user-agent", formula);
    app(
        &mut evil,
        "/api/v1/sign-in/password",
        json!({"email": "x@acme.test", "password": "wrong wrong"}),
    )
    .await;
    house
        .server
        .create_person(WORKSPACE, "jo@acme.test", "+1+1,\"x\"", &password);
    for format in ["csv", "jsonl"] {
        let path = format!("/api/v1/audit?format={format}");
        let file = ask(&house, Method::GET, &path, &token, None).await.expect_status(200);
        let body = file.body();
        let mut database = house.server.sqlite().await;
        let stored = count(
            &mut database,
            "SELECT count(*) FROM audit JOIN workspaces USING (workspace_id) WHERE slug = 'acme'",
        )
        .await;
        // The export's own row is written before it begins, and is no part of it.
        let rows = usize::try_from(stored).unwrap() - 1;
        if format == "csv" {
            let records = records(&body);
            assert_eq!(records.len(), rows + 1, "{body}");
            assert!(records.iter().all(|record| record.len() == records[0].len()));
            let all: Vec<&String> = records.iter().flatten().collect();
            assert!(all.contains(&&format!("'{formula}")), "{body}");
            assert!(all.contains(&&"'+1+1,\"x\"".to_owned()), "{body}");
            let run = all
                .iter()
                .find(|field| field.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']));
            assert_eq!(run, None);
        } else {
            let lines: Vec<Value> = body
                .lines()
                .map(|line| serde_json::from_str(line).expect(line))
                .collect();
            assert_eq!(lines.len(), rows);
            assert!(lines.iter().any(|line| line["user_agent"] == formula), "{body}");
        }
    }
    let mut database = house.server.sqlite().await;
    let exports = count(
        &mut database,
        "SELECT count(*) FROM audit WHERE action = 'audit-exported'",
    )
    .await;
    assert_eq!(exports, 2, "each export is itself written down");
}

#[tokio::test]
async fn c6_the_page_narrows_down_and_turns_over() {
    let house = House::new().await;
    let password = fresh_password();
    owner(&house, &password).await;
    house.server.create_person(WORKSPACE, "jo@acme.test", "Jo", &password);
    for _ in 0..60 {
        let body = json!({"email": "jo@acme.test", "password": "wrong wrong"});
        app(&mut house.browser(), "/api/v1/sign-in/password", body).await;
    }
    let mut desk = house.browser();
    sign_in(&mut desk, OWNER, &password).await.expect_status(303);
    let page = desk.visit("/admin/audit").await.expect_status(200);
    assert_eq!(rows_of(&page), 50);
    let next = page.html().link("Next page").map(str::to_owned);
    let next = next.unwrap_or_else(|| panic!("no way on: {}", page.body()));
    let second = desk.visit(&next).await.expect_status(200);
    assert!(rows_of(&second) >= 15, "{}", second.html().text());
    for (query, some) in [
        ("whom=jo%40acme.test", true),
        ("whom=jo%40acme.test&action=sign-in-refused&outcome=not-ok", true),
        ("who=operator&action=user-created", true),
        ("action=sign-in-refused&outcome=ok", false),
        ("address=192.0.2.77", false),
        ("until=2020-01-01", false),
    ] {
        let page = desk.visit(&format!("/admin/audit?{query}")).await.expect_status(200);
        assert_eq!(rows_of(&page) > 0, some, "{query}: {}", page.html().text());
    }
    let page = desk.visit("/admin/audit?whom=nobody%40acme.test").await;
    assert_eq!(page.status, 422);
    let page = desk.visit("/admin/audit?address=not%20one").await;
    assert_eq!(page.status, 422);
}

/// The head that `audit verify` prints.
fn head_of(said: &str) -> String {
    let head = said
        .split_once("head ")
        .map(|(_, rest)| rest.lines().next().unwrap_or_default());
    head.unwrap_or_else(|| panic!("no head in {said}")).trim().to_owned()
}

#[tokio::test]
async fn c6_verify_finds_what_was_changed_removed_added_or_cut_off() {
    let mut house = House::new().await;
    owner(&house, &fresh_password()).await;
    for n in 0..6 {
        house.contact(&format!("c{n}@acme.test"));
    }
    settled(&house).await;
    // The next life notes where the chain ends.
    house.server.kill();
    house.server.start().await;
    wait_for("a head in the log", Duration::from_secs(10), || async {
        let log = house.server.log();
        log.contains("the audit log is sealed up to here").then_some(())
    })
    .await;
    house.server.kill();
    let mut database = house.server.sqlite().await;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut database)
        .await
        .expect("a checkpoint");
    database.close().await.expect("closed");
    let sound = std::fs::read(house.server.sqlite_file()).expect("the database");

    let verify = ["audit", "verify", "--workspace", WORKSPACE];
    let said = house.server.cli(&verify).expect_success();
    let head = head_of(&said.stdout);
    let last: i64 = head
        .split_once(':')
        .and_then(|(seq, _)| seq.parse().ok())
        .expect("a number");
    assert!(last >= 8, "{head}");
    let cut = "UPDATE audit_chains SET seq = (SELECT max(seq) FROM audit a WHERE a.workspace_id = audit_chains.workspace_id), \
               hash = (SELECT hash FROM audit a WHERE a.workspace_id = audit_chains.workspace_id ORDER BY seq DESC LIMIT 1)";
    let of_acme = "workspace_id = (SELECT workspace_id FROM workspaces WHERE slug = 'acme')";
    let columns = "workspace_id, at, actor_kind, actor_id, subject_id, action, outcome, client_address, user_agent, \
                   request_id, detail, prev_hash, hash";
    let copy = |seq: &str| {
        format!(
            "INSERT INTO audit (id, seq, {columns}) SELECT zeroblob(16), {seq}, {columns} FROM audit \
             WHERE {of_acme} AND seq = {last}"
        )
    };
    // What is done to the database; what is said of it; whether only a head that was noted elsewhere shows it.
    let cases = [
        (
            format!("UPDATE audit SET outcome = 'granted' WHERE {of_acme} AND seq = 3"),
            "row 3 (",
            false,
        ),
        (
            format!("UPDATE audit SET actor_kind = 'server' WHERE {of_acme} AND seq = 2"),
            "row 2 (",
            false,
        ),
        (
            format!("DELETE FROM audit WHERE {of_acme} AND seq = 4"),
            "row 4 is missing",
            false,
        ),
        (copy(&(last + 1).to_string()), "stands behind the end", false),
        (
            format!("DELETE FROM audit WHERE {of_acme} AND seq > {}", last - 2),
            "the chain ends at row",
            false,
        ),
        ("DELETE FROM audit_chains".to_owned(), "stands behind the end", false),
        (
            format!("DELETE FROM audit WHERE {of_acme} AND seq > {}; {cut}", last - 2),
            "the chain ends at row",
            true,
        ),
    ];
    for (tampering, told, only_noted) in cases {
        for left in ["doorward.db-wal", "doorward.db-shm"] {
            let _ = std::fs::remove_file(house.server.folder().join(left));
        }
        std::fs::write(house.server.sqlite_file(), &sound).expect("the sound database");
        let mut database = house.server.sqlite().await;
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(tampering.clone()))
            .execute(&mut database)
            .await;
        assert!(done.expect(&tampering).rows_affected() > 0, "{tampering}");
        database.close().await.expect("closed");
        let said = house.server.cli(&verify);
        assert_eq!(said.status.success(), only_noted, "{tampering}: {}", said.stdout);
        let said = house.server.cli(&[&verify[..], &["--noted", &head]].concat());
        assert_eq!(said.status.code(), Some(1), "{tampering}: {}", said.stdout);
        assert!(said.stdout.contains(told), "{tampering}: {}", said.stdout);
    }
}

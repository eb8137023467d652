//! Each command with right and wrong input (contract 1, E1, E4).

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;

use doorward_tests::browser::fresh_password;
use doorward_tests::machine::Port;
use doorward_tests::providers::{Person, Scripted};
use doorward_tests::server::{CliOutput, Server, Setup};
use doorward_tests::smtp::{Fault, Moment, SmtpDouble, Tls};
use serde_json::Value;

/// A database at this version, with the workspace `acme`, and nothing that serves.
fn house() -> Server {
    let server = Setup::new().prepare();
    server.cli(&["migrate"]).expect_success();
    server.create_workspace("acme", "Acme");
    server
}

/// Puts a configuration in the place of the server's own.
fn configured(server: &Server, text: &str) {
    fs::write(server.folder().join("doorward.toml"), text).unwrap();
}

fn says(output: &CliOutput, parts: &[&str]) {
    for part in parts {
        assert!(
            output.stderr.contains(part),
            "doorward {} does not say {part:?}: {}",
            output.command,
            output.stderr
        );
    }
}

#[test]
fn e1_config_prints_what_is_in_force_and_masks_secrets() {
    let server = Setup::new()
        .mail_url("smtp://jo:hunter2-and-more@mail.example:587?tls=required")
        .env(
            "DOORWARD_DATABASE__URL",
            "postgres://jo:s3cret-of-jo@db.example/doorward",
        )
        .env("DOORWARD_LIMITS__CODE_RESEND_WAIT_SECONDS", "7")
        .table("[providers.google]\nclient_id = \"an-id\"\nclient_secret = \"geheimnis-9\"")
        .prepare();
    let printed = server.cli(&["config"]).expect_success().stdout;
    for line in [
        "mail.smtp.url = \"smtp://jo:••••••@mail.example:587?tls=required\"",
        "database.url = \"postgres://jo:••••••@db.example/doorward\"",
        "limits.code_resend_wait_seconds = 7",
        "limits.code_lifetime_seconds = 600",
        "providers.google.client_id = \"an-id\"",
        "providers.google.client_secret = \"••••••\"",
    ] {
        assert!(printed.lines().any(|own| own == line), "{line:?} is not in:\n{printed}");
    }
    for secret in ["hunter2", "s3cret", "geheimnis"] {
        assert!(!printed.contains(secret), "{secret} is printed");
    }
}

#[test]
fn e1_every_mistake_is_told_at_once_by_key_with_what_to_write() {
    let server = Setup::new()
        .env("DOORWARD_METRICS__LISTEN", "nowhere")
        .env("DOORWARD_MAIL__SMPT__URL", "smtp://127.0.0.1")
        .prepare();
    configured(
        &server,
        "listn = \"127.0.0.1:1\"\npublic_url = \"help.example\"\ntrusted_proxies = [\"the-proxy\"]\n\
         [database]\nurl = \"mysql://x\"\n[limits]\ncode_lifetime_seconds = 900\ncode_tries = 3\n\
         [mail]\ntransport = \"pigeon\"\nfrom = \"nobody\"\n[mail.smtp]\nurl = \"http://x\"\n[tls]\ncert_file = \"c.pem\"\n",
    );
    for command in ["serve", "config", "migrate"] {
        let refused = server.cli(&[command]).expect_failure();
        says(
            &refused,
            &[
                "  listn: there is no such key; did you mean listen?",
                "  mail.smpt.url: there is no such key; did you mean mail.smtp.url?",
                "  limits.code_tries: there is no such key; did you mean limits.code_tries_per_attempt?",
                "  public_url: \"help.example\" will not do",
                "  database.url: write sqlite://path/to/file.db or postgres://user:password@host/database",
                "  limits.code_lifetime_seconds: 900 will not do; write a number from 1 to 600",
                "  mail.transport: \"pigeon\" will not do; write \"smtp\", \"mailbox\" or \"file\"",
                "  mail.from: write a name and an address",
                "  mail.smtp.url: begin it with smtp://",
                "  tls.key_file: give it too",
                "  trusted_proxies: \"the-proxy\" will not do; write an address or a network",
                "  metrics.listen: \"nowhere\" will not do; write an address and a port",
            ],
        );
    }
}

#[test]
fn r120_serve_refuses_what_is_unsafe_or_missing() {
    let server = Setup::new().prepare();
    configured(
        &server,
        "public_url = \"http://help.example\"\n[mail]\ntransport = \"mailbox\"\n",
    );
    says(
        &server.cli(&["serve"]).expect_failure(),
        &[
            "4 mistakes",
            "  public_url: write an https address",
            "  secret_key_file: name a file",
            "  mail.transport: \"mailbox\"",
            "  mail.from: ",
        ],
    );
    configured(&server, "");
    says(
        &server.cli(&["serve"]).expect_failure(),
        &[
            "3 mistakes",
            "  secret_key_file: ",
            "  mail.smtp.url: name your mail server",
            "  mail.from: ",
        ],
    );
    says(
        &server.cli(&["--config", "nothing.toml", "serve"]).expect_failure(),
        &["--config"],
    );
}

#[tokio::test]
async fn e1_a_second_server_on_one_sqlite_file_refuses_to_start() {
    let server = Setup::new().start().await;
    let other = Port::take();
    let refused = server
        .cli(&["serve", "--listen", &other.address().to_string()])
        .expect_failure();
    says(&refused, &["database.url"]);
    assert!(
        refused.stderr.contains("another") || refused.stderr.contains("already"),
        "{}",
        refused.stderr
    );
    server.browser("").get("/readyz").await.expect_status(200);
}

#[test]
fn r116_the_secret_key_file_is_32_bytes_that_only_its_owner_reads() {
    let server = Setup::new().prepare();
    let key = server.folder().join("secret.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    says(
        &server.cli(&["migrate"]).expect_failure(),
        &["secret_key_file", "others can read", "chmod 600"],
    );
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    server.cli(&["migrate"]).expect_success();

    fs::write(&key, [7; 31]).unwrap();
    says(
        &server.cli(&["serve"]).expect_failure(),
        &["secret_key_file", "has 31 bytes", "exactly 32"],
    );
    // Never trimmed or decoded: a newline more is a byte more.
    fs::write(&key, "0123456789abcdef0123456789abcdef\n").unwrap();
    says(&server.cli(&["serve"]).expect_failure(), &["has 33 bytes"]);
    fs::remove_file(&key).unwrap();
    says(
        &server.cli(&["serve"]).expect_failure(),
        &["secret_key_file", "cannot be read", "head -c 32"],
    );
}

#[test]
fn e1_migrate_twice_is_migrate_once() {
    let server = Setup::new().prepare();
    says(
        &server
            .cli(&[
                "workspace",
                "create",
                "acme",
                "--name",
                "Acme",
                "--owner-email",
                "owner@acme.test",
            ])
            .expect_failure(),
        &["run: doorward migrate"],
    );
    let first = server.cli(&["migrate"]).expect_success();
    let second = server.cli(&["migrate"]).expect_success();
    assert_eq!(first.stdout, second.stdout);
    server.create_workspace("acme", "Acme");
}

#[tokio::test]
async fn a_workspace_is_made_with_a_link_that_its_owner_sets_a_password_by() {
    let server = Setup::new().start().await;
    let link = server.create_workspace("acme", "Acme");
    let mut owner = server.browser("acme");
    let path = owner.path_on_host("/", &link);
    let page = owner.visit(&path).await.expect_status(200);
    assert_eq!(page.html().heading(), "Choose a new password");
    let password = fresh_password();
    let page = owner
        .submit(&page, "Set password", &[("New password", &password)])
        .await;
    page.expect_status(200);
    let page = owner.visit("/sign-in").await;
    let fields = [("Email address", "owner@acme.test"), ("Password", password.as_str())];
    let page = owner.submit(&page, "Sign in", &fields).await.expect_status(200);
    assert_eq!(page.path, "/");
    let session = owner.get("/api/v1/session").await.expect_status(200).json();
    assert_eq!(session["user"]["role"], "owner");
    // Once.
    let page = server.browser("acme").visit(&path).await;
    assert_ne!(page.html().heading(), "Choose a new password");

    for (args, part) in [
        (
            [
                "workspace",
                "create",
                "acme",
                "--name",
                "Again",
                "--owner-email",
                "owner@acme.test",
            ],
            "exists already",
        ),
        (
            [
                "workspace",
                "create",
                "Not A Slug",
                "--name",
                "X",
                "--owner-email",
                "owner@x.test",
            ],
            "lower-case letters",
        ),
        (
            ["workspace", "create", "x", "--name", "X", "--owner-email", "nobody"],
            "nobody",
        ),
        (
            [
                "workspace",
                "create",
                "x",
                "--name",
                "",
                "--owner-email",
                "owner@x.test",
            ],
            "what people call the workspace",
        ),
    ] {
        says(&server.cli(&args).expect_failure(), &[part]);
    }
}

#[test]
fn people_are_made_listed_disabled_and_enabled() {
    let server = house();
    let made = server.create_person("acme", "ada@acme.test", "Ada", &format!("{}\n", fresh_password()));
    let id = made.stdout.trim();
    assert_eq!(id.len(), 36, "the id alone is printed: {:?}", made.stdout);
    let user = |args: &[&str]| {
        let whom = ["--workspace", "acme", "--email", "ada@acme.test"];
        server.cli(&[&["user"], args, &whom].concat())
    };
    let listed = || {
        let list = server
            .cli(&["user", "list", "--workspace", "acme", "--json"])
            .expect_success();
        let people: Vec<Value> = list
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(people.len(), 2, "{people:?}");
        people
            .into_iter()
            .find(|person| person["id"] == id)
            .expect("Ada is listed")
    };
    let ada = listed();
    assert_eq!(
        (&ada["name"], &ada["role"], &ada["status"]),
        (&"Ada".into(), &"customer".into(), &"active".into())
    );
    assert_eq!(ada["has_password"], true);
    // As the API answers it.
    assert_eq!(ada["primary_email"], "ada@acme.test");
    assert!(ada["created_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{ada}");
    let text = server
        .cli(&["user", "list", "--workspace", "acme"])
        .expect_success()
        .stdout;
    assert!(
        text.lines()
            .any(|line| line.contains("ada@acme.test") && line.contains("active")),
        "{text}"
    );

    user(&["disable"]).expect_success();
    assert_eq!(listed()["status"], "disabled");
    user(&["enable"]).expect_success();
    assert_eq!(listed()["status"], "active");

    says(
        &user(&["create"]).expect_failure(),
        &["ada@acme.test belongs to a person already", id],
    );
    says(&user(&["set-password"]).expect_failure(), &["--password-stdin"]);
    let short = [
        "user",
        "set-password",
        "--workspace",
        "acme",
        "--email",
        "ada@acme.test",
        "--password-stdin",
    ];
    says(
        &server.cli_with_input(&short, "short\n").expect_failure(),
        &["at least 12 characters"],
    );
    server.cli_with_input(&short, &fresh_password()).expect_success();

    let nobody = ["--workspace", "acme", "--email", "nobody@acme.test"];
    for command in ["disable", "enable"] {
        let refused = server.cli(&[&["user", command], &nobody[..]].concat()).expect_failure();
        says(&refused, &["nobody in acme has the address nobody@acme.test"]);
    }
    let elsewhere = ["user", "list", "--workspace", "elsewhere"];
    says(
        &server.cli(&elsewhere).expect_failure(),
        &["no workspace \"elsewhere\"", "doorward workspace create"],
    );
    let king = [
        "user",
        "create",
        "--workspace",
        "acme",
        "--email",
        "b@acme.test",
        "--role",
        "king",
    ];
    says(
        &server.cli(&king).expect_failure(),
        &["--role king", "customer, collaborator, agent, admin or owner"],
    );
    let none = ["user", "create", "--workspace", "acme", "--email", "no address"];
    says(&server.cli(&none).expect_failure(), &["no address"]);
}

#[tokio::test]
async fn b4_a_portal_link_is_made_listed_and_taken_back() {
    let mail = SmtpDouble::start();
    let server = Setup::new().mail(&mail).start().await;
    server.create_workspace("acme", "Acme");
    server.create_person("acme", "ada@acme.test", "Ada", &fresh_password());
    let of_ada = |command: &str, more: &[&str]| {
        let ada = ["--workspace", "acme", "--email", "ada@acme.test"];
        server.cli(&[&["portal-link", command], &ada[..], more].concat())
    };
    let made = of_ada("create", &["--to", "/tickets/42", "--days", "7"]).expect_success();
    let link = made.stdout.trim();
    assert!(
        link.starts_with(&server.url("acme", "/portal/")),
        "alone on standard output: {link}"
    );
    let listed = of_ada("list", &[]).expect_success().stdout;
    assert!(
        !listed.contains(link.rsplit('/').next().unwrap()),
        "an address is told once"
    );
    assert!(listed.contains("live") && listed.contains("/tickets/42"), "{listed}");
    let id = listed.split_whitespace().next().unwrap();
    assert!(made.stderr.contains(id), "how to take it back: {}", made.stderr);
    let mut browser = server.browser("acme");
    let path = browser.path_on_host("/", link);
    let page = browser.visit(&path).await.expect_status(200);
    assert!(page.html().text().contains("a•••@a•••.test"), "{}", page.html().text());

    of_ada("revoke", &[id]).expect_success();
    // What the command changed counts on the very next request.
    assert_eq!(browser.visit(&path).await.status, 410);
    assert!(of_ada("list", &[]).expect_success().stdout.contains("revoked"));
    says(&of_ada("revoke", &[id]).expect_failure(), &["taken back before"]);
    says(&of_ada("revoke", &["x"]).expect_failure(), &["portal-link list"]);
    for days in ["0", "366", "-1", "many"] {
        let wrong = of_ada("create", &["--days", days]).expect_failure();
        assert_eq!(wrong.status.code(), Some(2), "{}", wrong.stderr);
        assert!(wrong.stdout.is_empty(), "{}", wrong.stdout);
    }
    says(&of_ada("create", &["--days", "366"]), &["1..=365"]);
    let away = of_ada("create", &["--to", "https://evil.example/"]).expect_failure();
    says(&away, &["--to https://evil.example/"]);
    let nobody = ["--workspace", "acme", "--email", "nobody@acme.test"];
    for command in ["create", "list"] {
        let refused = server.cli(&[&["portal-link", command], &nobody[..]].concat());
        says(&refused.expect_failure(), &["nobody"]);
    }
}

#[tokio::test]
async fn a_trailing_newline_is_no_part_of_a_password_from_standard_input() {
    let server = Setup::new().start().await;
    server.create_workspace("acme", "Acme");
    let password = fresh_password();
    server.create_person("acme", "ada@acme.test", "Ada", &format!("{password}\n"));
    let mut ada = server.browser("acme");
    let page = ada.visit("/sign-in").await;
    let fields = [("Email address", "ada@acme.test"), ("Password", password.as_str())];
    let page = ada.submit(&page, "Sign in", &fields).await.expect_status(200);
    assert_eq!(page.path, "/");
}

#[tokio::test]
async fn an_api_key_stands_alone_on_standard_output_and_works() {
    let server = Setup::new().start().await;
    server.create_workspace("acme", "Acme");
    let made = server
        .cli(&["api-key", "create", "--workspace", "acme", "--scope", "users:read"])
        .expect_success();
    let key = made.stdout.trim_end_matches('\n');
    assert!(
        !key.is_empty() && !key.contains(char::is_whitespace),
        "{:?}",
        made.stdout
    );
    let bearer = format!("Bearer {key}");
    let mut app = server.browser("acme");
    app.always("authorization", &bearer);
    let people = app.get("/api/v1/users").await.expect_status(200).json();
    assert_eq!(people["items"].as_array().map(Vec::len), Some(1));
    // A key has what it was given, and by default nothing.
    app.json(
        reqwest::Method::PUT,
        "/api/v1/users/by-identity",
        &serde_json::json!({"email": "a@acme.test"}),
    )
    .await
    .expect_status(403);
    let bare = server
        .cli(&["api-key", "create", "--workspace", "acme"])
        .expect_success();
    let mut app = server.browser("acme");
    app.always("authorization", &format!("Bearer {}", bare.stdout.trim()));
    app.get("/api/v1/users").await.expect_status(403);

    let wrong = [
        "api-key",
        "create",
        "--workspace",
        "acme",
        "--scope",
        "users:everything",
    ];
    let refused = server.cli(&wrong).expect_failure();
    says(&refused, &["--scope users:everything", "users:read", "users:write"]);
    assert!(refused.stdout.is_empty());
}

#[tokio::test]
async fn c4_explain_says_which_ways_are_open_and_why_others_are_not() {
    let server = Setup::new().start().await;
    server.create_workspace("acme", "Acme");
    server.create_person("acme", "ada@acme.test", "Ada", &fresh_password());
    let ways = |address: &str| {
        let answer = server
            .cli(&["explain", "--workspace", "acme", address, "--json"])
            .expect_success();
        let answer: Value = serde_json::from_str(&answer.stdout).expect("explain --json prints JSON");
        let states: Vec<String> = answer["ways_in"]
            .as_array()
            .expect("there are ways")
            .iter()
            .map(|way| {
                let way = way.as_object().unwrap();
                let words = ["method", "state", "reason"].map(|key| way.get(key).and_then(Value::as_str));
                words.into_iter().flatten().collect::<Vec<_>>().join(" ")
            })
            .collect();
        (states.join(", "), answer)
    };
    let text = |address: &str| {
        server
            .cli(&["explain", "--workspace", "acme", address])
            .expect_success()
            .stdout
    };

    let (open, answer) = ways("ada@acme.test");
    assert_eq!(
        open,
        "password open, email-code open, passkey closed no-passkey, provider closed no-connection, \
         hand-over closed method-off-customers"
    );
    assert_eq!(answer["user"]["name"], "Ada");
    let said = text("ada@acme.test");
    assert!(said.contains("  password: open\n  email-code: open\n"), "{said}");
    assert!(
        said.contains("  two-factor authentication off\n  no passkey\n"),
        "{said}"
    );
    assert_eq!(answer["second_factor"]["on"], false);

    let (closed, answer) = ways("nobody@acme.test");
    assert!(closed.matches("unknown-address").count() == 5, "{closed}");
    assert!(answer["user"].is_null());
    let said = text("nobody@acme.test");
    assert!(
        said.starts_with("Nobody here has nobody@acme.test.") && said.contains("password: closed: unknown-address")
    );

    let (staff, _) = ways("owner@acme.test");
    assert!(
        staff.contains("no-password") && staff.contains("method-off-staff"),
        "{staff}"
    );
    assert!(text("owner@acme.test").contains("email-code: closed: method-off-staff"));

    // A refused attempt is found with its private reason and its help code.
    let mut ada = server.browser("acme");
    let page = ada.visit("/sign-in").await;
    let fields = [
        ("Email address", "ada@acme.test"),
        ("Password", "not the password at all"),
    ];
    let page = ada.submit(&page, "Sign in", &fields).await.expect_status(401);
    let help_code = page.help_code().expect("a refusal has a help code");
    let said = text("ada@acme.test");
    assert!(
        said.contains("refused: wrong-password") && said.contains(&format!("[{help_code}]")),
        "{said}"
    );

    server
        .cli(&["user", "disable", "--workspace", "acme", "--email", "ada@acme.test"])
        .expect_success();
    let (disabled, answer) = ways("ada@acme.test");
    assert!(disabled.matches("user-disabled").count() == 5, "{disabled}");
    assert_eq!(answer["attempts"].as_array().map(Vec::len), Some(1));
    says(
        &server
            .cli(&["explain", "--workspace", "acme", "no address"])
            .expect_failure(),
        &["no address"],
    );
}

#[tokio::test]
async fn mail_test_prints_the_conversation() {
    let mail = SmtpDouble::start();
    let server = Setup::new().mail(&mail).prepare();
    let sent = server.cli(&["mail", "test", "ada@acme.test"]).expect_success();
    for part in [
        "220",
        "EHLO",
        "RCPT TO:<ada@acme.test>",
        "250",
        "The mail server took the message.",
    ] {
        assert!(sent.stdout.contains(part), "{part:?} is not in:\n{}", sent.stdout);
    }
    mail.wait_for_mail("ada@acme.test").await;

    mail.fail(Fault::reply(Moment::Recipient, "550 5.1.1 No such user here"))
        .await;
    let refused = server.cli(&["mail", "test", "ada@acme.test"]).expect_failure();
    assert!(
        refused.stdout.contains("550 5.1.1 No such user here"),
        "{}",
        refused.stdout
    );
    assert!(
        refused.stdout.contains("did not take the message"),
        "{}",
        refused.stdout
    );

    // Encryption was asked for and is not offered: nothing is said in the clear.
    let bare = SmtpDouble::start();
    let url = format!("smtp://127.0.0.1:{}?tls=required", bare.port());
    let server = Setup::new().mail_url(&url).prepare();
    let refused = server.cli(&["mail", "test", "ada@acme.test"]).expect_failure();
    assert!(refused.stdout.contains("STARTTLS"), "{}", refused.stdout);
    assert!(bare.mails_to("ada@acme.test").await.is_empty());
    let report = bare.report().await;
    assert!(
        !report.commands.iter().any(|line| line.starts_with("MAIL")),
        "{:?}",
        report.commands
    );

    // A login over STARTTLS; its password is in no line of the conversation.
    let private = SmtpDouble::offering(Tls::StartTls, Some(("jo", "hunter2-and-more")));
    let server = Setup::new().mail(&private).prepare();
    let sent = server.cli(&["mail", "test", "ada@acme.test"]).expect_success();
    let encoded = data_encoding::BASE64.encode(b"\0jo\0hunter2-and-more");
    assert!(
        !sent.stdout.contains("hunter2") && !sent.stdout.contains(&encoded),
        "{}",
        sent.stdout
    );
    let arrived = private.wait_for_mail("ada@acme.test").await;
    assert!(arrived.encrypted && arrived.login.as_deref() == Some("jo"));
}

/// What `doctor --json` found.
fn checks(output: &CliOutput) -> Value {
    serde_json::from_str(&output.stdout).expect("doctor --json prints JSON")
}

/// The names of the checks that failed.
fn failed(checks: &Value) -> Vec<String> {
    let all = checks["checks"].as_array().expect("there are checks");
    let bad = all.iter().filter(|check| check["ok"] == false);
    bad.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
}

/// Runs `doctor`, which has this one thing to mend and says how.
fn assert_mend(server: &Server, name: &str, says: &[&str]) {
    let output = server.cli(&["doctor", "--json"]).expect_failure();
    let checks = checks(&output);
    assert_eq!(failed(&checks), [name], "{}", output.stdout);
    let all = checks["checks"].as_array().unwrap();
    let told = all.iter().find(|check| check["name"] == name).unwrap();
    let told = told["says"].as_str().unwrap();
    for part in says {
        assert!(told.contains(part), "{name} does not say {part:?}: {told}");
    }
}

#[tokio::test]
async fn e4_doctor_goes_red_for_a_database_a_queue_a_log_or_a_clock_that_is_not_well() {
    let mail = SmtpDouble::start();
    let server = Setup::new().mail(&mail).prepare();
    server.cli(&["migrate"]).expect_success();
    server.create_workspace("acme", "Acme");
    server
        .cli(&["recover", "--workspace", "acme", "owner@acme.test"])
        .expect_success();
    server.cli(&["doctor"]).expect_success();
    let mut database = server.sqlite().await;
    let mut change = async |sql: &str| {
        let done = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned()))
            .execute(&mut database)
            .await;
        assert!(done.unwrap().rows_affected() > 0, "{sql}");
    };
    let hour = "3600000000";

    change(&format!("UPDATE audit SET at = at + {hour}")).await;
    assert_mend(
        &server,
        "clock",
        &["seconds behind the newest row of the audit log", "by NTP"],
    );
    change(&format!("UPDATE audit SET at = at - 2 * {hour}")).await;
    assert_mend(
        &server,
        "audit log",
        &["rows wait for a seal, the oldest for 60 minutes", "is there one?"],
    );
    change(&format!("UPDATE audit SET at = at + {hour}")).await;

    change(&format!(
        "UPDATE outbox SET created_at = created_at - {hour} WHERE state = 'queued'"
    ))
    .await;
    assert_mend(&server, "outbox", &["the oldest for 60 minutes", "doorward mail test"]);
    change(&format!(
        "UPDATE outbox SET created_at = created_at + {hour} WHERE state = 'queued'"
    ))
    .await;

    change("UPDATE seaql_migrations SET version = 'm29991231_000001_later' WHERE version = (SELECT MAX(version) FROM seaql_migrations)")
        .await;
    assert_mend(
        &server,
        "migrations",
        &["newer than this version", "run a newer doorward"],
    );
    change("DELETE FROM seaql_migrations WHERE version = 'm29991231_000001_later'").await;
    assert_mend(&server, "migrations", &["1 step behind", "run: doorward migrate"]);
    drop(database);
    fs::write(server.sqlite_file(), "no database").unwrap();
    assert_mend(&server, "database", &["restore it from a backup"]);
}

#[tokio::test]
async fn e4_doctor_goes_red_for_a_mail_server_that_lets_nobody_in() {
    let mail = SmtpDouble::offering(Tls::StartTls, Some(("jo", "hunter2-and-more")));
    let authority = mail.authority().unwrap().display().to_string();
    let with = |url: &str| {
        let server = Setup::new().mail_url(url).env("SSL_CERT_FILE", &authority).prepare();
        server.cli(&["migrate"]).expect_success();
        server
    };
    let well = with(&mail.url()).cli(&["doctor"]).expect_success();
    assert!(well.stdout.contains("lets this server in"), "{}", well.stdout);
    let wrong = mail.url().replace("hunter2", "hunter3");
    assert_mend(
        &with(&wrong),
        "mail server",
        &["535", "user and password into mail.smtp.url"],
    );
    assert!(mail.report().await.mails.is_empty(), "no mail is sent");
    let bare = SmtpDouble::start();
    let url = format!("smtp://127.0.0.1:{}?tls=required", bare.port());
    assert_mend(
        &with(&url),
        "mail server",
        &["no STARTTLS", "see tls= in mail.smtp.url"],
    );
    bare.fail(Fault::reply(Moment::Greeting, "554 5.7.1 Not from your address"))
        .await;
    let url = bare.url();
    assert_mend(&with(&url), "mail server", &["554 5.7.1 Not from your address"]);
    bare.go_away().await;
    assert_mend(&with(&url), "mail server", &["Connection refused", "see host and port"]);
}

#[tokio::test]
async fn e4_doctor_goes_red_for_a_provider_that_is_away_and_one_by_whose_clock_this_one_is_wrong() {
    let mail = SmtpDouble::start();
    let provider = Scripted::start(Person::new("jo"));
    let server = Setup::new().mail(&mail).provider("acme-sso", &provider, "").prepare();
    server.cli(&["migrate"]).expect_success();
    let well = server.cli(&["doctor"]).expect_success();
    assert!(
        well.stdout.contains("ok   provider acme-sso: answers"),
        "{}",
        well.stdout
    );
    drop(provider);
    assert_mend(&server, "provider acme-sso", &["discovery", "See providers.acme-sso"]);

    // One that answers, from another year.
    let late = Port::take();
    let listener = std::net::TcpListener::bind(late.address()).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 2_048]);
            let _ = stream.write_all(
                b"HTTP/1.1 400 Bad Request\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            );
        }
    });
    let origin = format!("http://{}", late.address());
    let server = Setup::new()
        .mail(&mail)
        .table(&format!(
            "[providers.plain]\nkind = \"oauth2\"\nname = \"Plain\"\nclient_id = \"an-id\"\nclient_secret = \"a-secret\"\n\
             authorization_endpoint = \"{origin}/a\"\ntoken_endpoint = \"{origin}/t\"\nuserinfo_endpoint = \"{origin}/u\""
        ))
        .prepare();
    server.cli(&["migrate"]).expect_success();
    assert_mend(&server, "clock", &["seconds ahead of the provider plain", "by NTP"]);
}

#[test]
fn e4_doctor_goes_red_for_a_template_of_a_page_or_a_mail_that_does_not_render() {
    for file in ["sign-in.html", "mail/sign-in-code.txt"] {
        let server = Setup::new().table("[templates]\ndirectory = \"own\"").prepare();
        server.cli(&["migrate"]).expect_success();
        let place = server.folder().join("own").join(file);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, "{{ nothing.of.the.kind }}").unwrap();
        let output = server.cli(&["doctor", "--json"]).expect_failure();
        let failed = failed(&checks(&output));
        assert!(failed.contains(&"templates".to_owned()), "{file}: {failed:?}");
        let name = file.rsplit('/').next().unwrap();
        assert!(output.stdout.contains(name), "{}", output.stdout);
    }
}

#[tokio::test]
async fn e4_doctor_says_what_to_mend_and_ends_accordingly() {
    let mail = SmtpDouble::start();
    let server = Setup::new().mail(&mail).prepare();
    let absent = server.cli(&["doctor", "--json"]).expect_failure();
    assert_eq!(absent.status.code(), Some(1));
    assert_eq!(failed(&checks(&absent)), ["database"]);
    assert!(absent.stdout.contains("run: doorward migrate"), "{}", absent.stdout);
    assert!(!server.sqlite_file().exists(), "looking makes nothing");

    server.cli(&["migrate"]).expect_success();
    let well = server.cli(&["doctor", "--json"]).expect_success();
    assert_eq!(checks(&well)["ok"], true);
    let text = server.cli(&["doctor"]).expect_success().stdout;
    assert!(
        text.lines().count() >= 9 && text.lines().all(|line| line.starts_with("ok   ")),
        "{text}"
    );

    // A key that was lost, or replaced without the old one behind it: what it sealed does not open.
    server.create_workspace("acme", "Acme");
    let owner = [
        "user",
        "create",
        "--workspace",
        "acme",
        "--email",
        "ada@acme.test",
        "--role",
        "owner",
    ];
    server.cli(&owner).expect_success();
    server
        .cli(&["recover", "--workspace", "acme", "ada@acme.test"])
        .expect_success();
    let key = server.folder().join("secret.key");
    let sealed_with = fs::read(&key).unwrap();
    let another: Vec<u8> = sealed_with.iter().rev().map(|byte| byte ^ 0x5a).collect();
    fs::write(&key, another).unwrap();
    let lost = server.cli(&["doctor"]).expect_failure().stdout;
    assert!(
        lost.contains("MEND stored secrets: ") && lost.contains("queued mails") && lost.contains("Put that key back"),
        "{lost}"
    );
    fs::write(&key, sealed_with).unwrap();
    let back = server.cli(&["doctor", "--json"]).expect_success();
    assert_eq!(failed(&checks(&back)), Vec::<String>::new());

    mail.go_away().await;
    let away = server.cli(&["doctor"]).expect_failure().stdout;
    assert!(
        away.lines().any(|line| line.starts_with("MEND mail server: ")),
        "{away}"
    );
    fs::set_permissions(server.folder().join("secret.key"), fs::Permissions::from_mode(0o640)).unwrap();
    let open = server.cli(&["doctor", "--json"]).expect_failure();
    assert_eq!(failed(&checks(&open)), ["secret key", "mail server"]);
    configured(&server, "listn = 1\n");
    let wrong = server.cli(&["doctor"]).expect_failure().stdout;
    assert!(
        wrong.contains("MEND configuration: ") && wrong.contains("did you mean listen?"),
        "{wrong}"
    );
}

#[test]
fn b15_recover_prints_a_link_for_whoever_runs_the_workspace_and_for_nobody_else() {
    let server = house();
    let user = |email: &str, role: &str| {
        let args = [
            "user",
            "create",
            "--workspace",
            "acme",
            "--email",
            email,
            "--role",
            role,
        ];
        server.cli(&args).expect_success();
    };
    user("ada@acme.test", "admin");
    user("jo@acme.test", "agent");
    let recover = |email: &str| server.cli(&["recover", "--workspace", "acme", email]);
    let (first, second) = (
        recover("ada@acme.test").expect_success(),
        recover("ADA@acme.test").expect_success(),
    );
    for made in [&first, &second] {
        assert_eq!(made.stdout.lines().count(), 1, "the link stands alone: {}", made.stdout);
        assert!(made.stdout.contains("/recover/"), "{}", made.stdout);
        says(made, &["within 15 minutes", "told by mail"]);
        assert!(!made.stderr.contains("/recover/"), "{}", made.stderr);
    }
    assert_ne!(first.stdout, second.stdout);
    let explained = server
        .cli(&["explain", "--workspace", "acme", "ada@acme.test"])
        .expect_success();
    assert!(explained.stdout.contains("emergency-door"), "{}", explained.stdout);
    for (email, why) in [
        ("jo@acme.test", "only an owner or an admin"),
        ("nobody@acme.test", "nobody in this workspace"),
        ("nonsense", "nonsense"),
    ] {
        let refused = recover(email).expect_failure();
        assert_eq!(refused.stdout, "", "{email}");
        says(&refused, &[why]);
    }
    let ada = ["user", "disable", "--workspace", "acme", "--email", "ada@acme.test"];
    server.cli(&ada).expect_success();
    says(&recover("ada@acme.test").expect_failure(), &["disabled"]);
    let elsewhere = server.cli(&["recover", "--workspace", "beta", "ada@acme.test"]);
    says(&elsewhere.expect_failure(), &["there is no workspace \"beta\""]);
}

#[test]
fn c3_settings_are_read_and_changed_all_or_none() {
    let server = house();
    let get = |rest: &[&str]| {
        let args = [&["settings", "get", "--workspace", "acme"], rest].concat();
        server.cli(&args)
    };
    let set = |changes: &[&str]| {
        let args = [&["settings", "set", "--workspace", "acme"], changes].concat();
        server.cli(&args)
    };
    let before = get(&[]).expect_success().stdout;
    assert!(before.contains("staff.two_factor_required = false\n"), "{before}");
    let told = set(&["staff.two_factor_required=true", "sign_up=example.com,example.org"]).expect_success();
    assert_eq!(
        told.stdout,
        "staff.two_factor_required = true\nsign_up = [\"example.com\",\"example.org\"]\n"
    );
    let one = get(&["staff.two_factor_required"]).expect_success();
    assert_eq!(one.stdout, "true\n");
    let json: Value = serde_json::from_str(&get(&["--json"]).expect_success().stdout).expect("JSON");
    assert_eq!(json["staff"]["two_factor_required"], true);
    assert_eq!(json["sign_up"][1], "example.org");

    let now = get(&[]).expect_success().stdout;
    let refused = set(&[
        "customers.email_code=false",
        "staff.two_factor=true",
        "staff.password_min_length=1",
    ]);
    says(
        &refused.expect_failure(),
        &["did you mean staff.two_factor_required?", "a whole number from 8 to 64"],
    );
    says(
        &set(&["staff.password=false", "staff.passkey=false"]).expect_failure(),
        &["at least one"],
    );
    says(&set(&["staff.password"]).expect_failure(), &["KEY=VALUE"]);
    let twice = ["customers.email_code=false", "customers.email_code=true"];
    says(
        &set(&twice).expect_failure(),
        &["customers.email_code: it stands there twice"],
    );
    says(
        &set(&["customers.providers.google=false"]).expect_success(),
        &["google has no credentials here"],
    );
    says(
        &get(&["staff.passwort"]).expect_failure(),
        &["did you mean staff.password?"],
    );
    assert_eq!(get(&[]).expect_success().stdout, now);
}

#[tokio::test]
async fn the_openapi_document_is_the_one_that_is_served() {
    let server = Setup::new().start().await;
    server.create_workspace("acme", "Acme");
    let printed = server.cli(&["openapi"]).expect_success();
    let printed: Value = serde_json::from_str(&printed.stdout).expect("openapi prints JSON");
    assert!(
        printed["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3."))
    );
    let served = server
        .browser("acme")
        .get("/api/v1/openapi.json")
        .await
        .expect_status(200);
    assert_eq!(served.json(), printed);
}

#[test]
fn an_unknown_command_or_flag_is_refused_with_what_there_is() {
    let server = Setup::new().prepare();
    says(&server.cli(&["serv"]).expect_failure(), &["serve"]);
    // A password on the command line would stand in the list of processes.
    let argument = [
        "user",
        "set-password",
        "--workspace",
        "acme",
        "--email",
        "a@acme.test",
        "--password",
        "x",
    ];
    says(&server.cli(&argument).expect_failure(), &["--password"]);
}

//! C5: the mail log of a server that runs: the other server's own words, what can be sent again, and nothing that was said.

use std::time::Duration;

use doorward_tests::browser::fresh_password;
use doorward_tests::machine::wait_for;
use doorward_tests::smtp::{Fault, Moment};

use super::*;

const OWNER: &str = "desk@acme.test";

/// The browser of an owner who is signed in.
async fn desk(house: &House) -> Browser {
    let password = fresh_password();
    let whom = ["user", "create", "--workspace", WORKSPACE, "--email", OWNER];
    let how = ["--role", "owner", "--verified", "--password-stdin"];
    let args = [&whom[..], &how].concat();
    house.server.cli_with_input(&args, &password).expect_success();
    let mut browser = house.browser();
    sign_in(&mut browser, OWNER, &password).await.expect_status(303);
    browser
}

/// The page of the newest mail to an address, once these words stand on it.
async fn told(desk: &mut Browser, email: &str, words: &str) -> Page {
    let list = format!("/admin/mail?to={}", email.replace('@', "%40"));
    let mut asking = desk.clone();
    let path = wait_for(&format!("{words:?} about {email}"), Duration::from_secs(20), || {
        let (mut browser, list, words) = (asking.clone(), list.clone(), words.to_owned());
        async move {
            let listed = browser.visit(&list).await.expect_status(200);
            let html = listed.html();
            let mut links = html.elements("a").filter_map(|link| link.attribute("href"));
            let newest = links.find(|link| {
                let id = link.strip_prefix("/admin/mail/");
                id.is_some_and(|id| id.len() == 36)
            });
            let path = newest?.to_owned();
            let page = browser.visit(&path).await.expect_status(200);
            page.html().text().contains(&words).then_some(path)
        }
    })
    .await;
    asking.visit(&path).await
}

#[tokio::test]
async fn c5_the_log_shows_the_other_servers_words_and_what_can_be_done_about_it() {
    let house = House::without_waits().await;
    let mut desk = desk(&house).await;
    let password = fresh_password();
    for name in ["gone", "slow"] {
        house
            .server
            .create_person(WORKSPACE, &format!("{name}@acme.test"), "Ada", &password);
    }

    // For good: the words stand there, and a new link can be sent once the address is right again.
    let words = "550 5.1.1 <gone@acme.test>: no such user, <b>really</b>";
    house
        .mail
        .fail(Fault::reply(Moment::Recipient, words).only_for("gone@"))
        .await;
    ask_reset(&mut house.browser(), "gone@acme.test")
        .await
        .expect_status(200);
    let page = told(&mut desk, "gone@acme.test", words).await;
    assert!(!page.body().contains("<b>really"), "{}", page.body());
    house.mail.behave().await;
    let after = desk.submit(&page, "Send again", &[]).await;
    says(&after, 200, "It is on its way.");
    let link = house
        .mail
        .wait_for_words("gone@acme.test", "/reset-password/")
        .await
        .link();
    let page = told(&mut desk, "gone@acme.test", "250").await;
    let secret = link.rsplit('/').next().expect("a token").to_owned();
    let list = desk.visit("/admin/mail").await.expect_status(200);
    for seen in [&page, &after, &list] {
        assert!(!seen.body().contains(&secret), "the log shows a link");
    }
    let mut gone = house.browser();
    let form = gone.visit(&path_of(&gone, &link)).await.expect_status(200);
    assert!(form.html().has_button("Set password"), "what was sent again works");

    // For now: it waits, says so, and goes at once by the button.
    house
        .mail
        .fail(Fault::reply(Moment::Recipient, "451 4.7.1 Greylisted, come back later").only_for("slow@"))
        .await;
    let mut slow = house.browser();
    let code_page = ask_code(&mut slow, "/sign-in", "slow@acme.test")
        .await
        .expect_status(200);
    let page = told(&mut desk, "slow@acme.test", "451 4.7.1 Greylisted, come back later").await;
    house.mail.behave().await;
    let after = desk.submit(&page, "Send again", &[]).await;
    says(&after, 200, "It is on its way.");
    let code = house.mail.wait_for_mail("slow@acme.test").await.code();
    let page = told(&mut desk, "slow@acme.test", "250").await;
    assert!(!page.body().contains(&code), "the log shows a code");
    let done = slow
        .submit_only(&code_page, "Continue", &[("Sign-in code", &code)])
        .await;
    done.expect_status(303);

    // Its attempt is over: the page says so, and has nothing to press.
    let page = desk.visit(&page.path).await.expect_status(200);
    says(
        &page,
        200,
        "It cannot be sent again: the attempt that it was for is over.",
    );
    assert!(!page.html().has_button("Send again"));
}

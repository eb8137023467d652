//! C7: what a workspace is called, how it looks and where it is reached.

use doorward_auth::workspace::change_look::{ChangeLookError, LogoSet, LookChange, LookProblem};
use doorward_domain::audit::AuditAction;
use doorward_domain::picture::PictureProblem;
use doorward_domain::ports::Workspaces as _;
use doorward_domain::role::Role;
use doorward_domain::words::LanguageTag;

use crate::house::House;
use crate::keep_provider::as_role;

fn named(name: &str) -> LookChange {
    LookChange {
        name: Some(name.to_owned()),
        ..LookChange::default()
    }
}

#[tokio::test]
async fn c7_a_change_is_audited_by_what_it_changes_and_leaves_the_rest() {
    let house = House::new().await;
    let workspace = &house.given.workspace;
    let spoken = [LanguageTag::parse("en").unwrap()];
    let looks = house.auth.looks();
    let change = LookChange {
        hosts: Some(vec!["help.acme.example".to_owned()]),
        ..named("Acme & Co")
    };
    let acting = as_role(Role::Admin);
    looks.change(&acting, workspace, change, &spoken).await.unwrap();
    let now = house.given.store.find(workspace.id).await.unwrap().unwrap();
    assert_eq!(
        (now.name.as_str(), now.hosts.as_slice()),
        ("Acme & Co", &["help.acme.example".to_owned()][..])
    );
    assert_eq!((&now.portal, &now.security), (&workspace.portal, &workspace.security));
    let rows = house.given.store.audit_rows();
    let row = rows
        .iter()
        .find(|row| row.action == AuditAction::BrandingChanged)
        .unwrap();
    assert_eq!(row.detail.as_deref(), Some("name hosts"));
    looks.change(&acting, &now, named("Acme & Co"), &spoken).await.unwrap();
    assert_eq!(
        house.audited(AuditAction::BrandingChanged),
        1,
        "what changes nothing is no change"
    );
    let late = looks.change(&acting, workspace, named("Late"), &spoken).await;
    assert!(matches!(late, Err(ChangeLookError::Changed)), "{late:?}");
    let wrong = looks.change(&acting, &now, named(" "), &spoken).await;
    assert!(
        matches!(&wrong, Err(ChangeLookError::Problems(problems)) if problems == &[LookProblem::Name]),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn c7_a_logo_is_written_anew() {
    let house = House::new().await;
    let workspace = &house.given.workspace;
    let (looks, acting) = (house.auth.looks(), as_role(Role::Admin));
    let caller = house.browser().caller;
    let nonsense = looks.set_logo(&acting, &caller, workspace, Some(b"<svg onload=alert(1)>".to_vec()));
    assert_eq!(nonsense.await.unwrap(), LogoSet::Problem(PictureProblem::Kind));
    assert_eq!(looks.logo(workspace).await.unwrap(), None);
    let gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;<script>";
    assert_eq!(
        looks
            .set_logo(&acting, &caller, workspace, Some(gif.to_vec()))
            .await
            .unwrap(),
        LogoSet::Saved
    );
    let logo = looks.logo(workspace).await.unwrap().unwrap();
    assert!(logo.png.starts_with(b"\x89PNG"));
    assert!(
        !logo.png.windows(8).any(|bytes| bytes == b"<script>"),
        "nothing but its pixels is kept"
    );
    let now = house.given.store.find(workspace.id).await.unwrap().unwrap();
    assert_eq!(now.portal.logo_at, Some(logo.set_at));
    assert_eq!(
        looks.set_logo(&acting, &caller, workspace, None).await.unwrap(),
        LogoSet::Saved
    );
    assert_eq!(looks.logo(workspace).await.unwrap(), None);
    assert_eq!(house.audited(AuditAction::BrandingChanged), 2);
}

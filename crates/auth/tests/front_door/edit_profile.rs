//! A4: one's own profile.

use std::io::Cursor;

use doorward_auth::account::edit_profile::{ProfileForm, ProfileProblem, SavedPicture, SavedProfile};
use doorward_domain::ids::UserId;
use doorward_domain::picture::{KEPT_SIDE, PictureProblem};
use doorward_domain::testing::Person;
use doorward_domain::words::LanguageTag;
use image::{DynamicImage, ImageFormat};

use crate::house::House;

const EMAIL: &str = "jo@example.com";

fn form(name: &str, language: &str, time_zone: &str) -> ProfileForm {
    ProfileForm {
        name: Some(name.to_owned()),
        language: language.to_owned(),
        time_zone: time_zone.to_owned(),
        languages: ["en", "ar"].map(|tag| LanguageTag::parse(tag).unwrap()).to_vec(),
    }
}

async fn save(house: &House, form: ProfileForm) -> SavedProfile {
    let user = house.person(EMAIL).id;
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    let caller = house.browser().caller;
    account.save_profile(&caller, workspace, user, form).await.unwrap()
}

#[tokio::test]
async fn a4_it_counts_from_the_next_request_and_the_next_mail_on() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let entered = browser.enter(EMAIL).await;
    let saved = save(&house, form("  Jo \n Doe ", "ar", "Europe/Berlin")).await;
    assert!(
        matches!(&saved, SavedProfile::Saved(profile) if profile.name == "Jo Doe"),
        "{saved:?}"
    );
    let seen = house.knows(&entered.token).await.unwrap();
    assert_eq!(
        (seen.name.as_str(), seen.language.as_deref(), seen.time_zone.as_deref()),
        ("Jo Doe", Some("ar"), Some("Europe/Berlin"))
    );
    browser.forgot(EMAIL).await;
    let mail = house.given.store.outbox().pop().unwrap().mail;
    assert_eq!(
        (mail.language.as_str(), mail.time_zone.as_deref()),
        ("ar", Some("Europe/Berlin"))
    );
    save(&house, form("Jo", "", "")).await;
    let seen = house.knows(&entered.token).await.unwrap();
    assert_eq!((seen.language.as_deref(), seen.time_zone.as_deref()), (None, None));
}

#[tokio::test]
async fn what_will_not_do_is_told_all_at_once_and_saves_nothing() {
    let house = House::new().await;
    let jo = house.given.customer(EMAIL);
    let problems = save(&house, form(" \u{202e}\n", "not a language", "Mars/Olympus")).await;
    let expected = vec![
        ProfileProblem::NameMissing,
        ProfileProblem::Language,
        ProfileProblem::TimeZone,
    ];
    assert!(
        matches!(&problems, SavedProfile::Problems(told) if *told == expected),
        "{problems:?}"
    );
    assert_eq!(house.person(EMAIL).name, jo.name);
    assert!(matches!(
        save(&house, form("Jo", "", "../../etc/passwd")).await,
        SavedProfile::Problems(_)
    ));
}

#[tokio::test]
async fn a4_somebody_without_a_name_chooses_a_language_alone_and_only_one_that_there_are_words_in() {
    let house = House::new().await;
    let mut nameless = Person::customer(house.given.workspace.id, EMAIL);
    nameless.user.name = String::new();
    nameless.user.language = Some("de".to_owned());
    house.given.person(nameless);
    let language = |language: &str| ProfileForm {
        name: None,
        ..form("", language, "")
    };
    for taken in ["de", "ar", "en-GB"] {
        let saved = save(&house, language(taken)).await;
        assert!(
            matches!(&saved, SavedProfile::Saved(profile) if profile.language.as_deref() == Some(taken)),
            "{saved:?}"
        );
        assert_eq!(house.person(EMAIL).name, "");
    }
    for unknown in ["xx", "de", "arx"] {
        let refused = save(&house, language(unknown)).await;
        assert!(
            matches!(&refused, SavedProfile::Problems(told) if *told == [ProfileProblem::Language]),
            "{refused:?}"
        );
    }
    let unnamed = save(&house, form("", "ar", "")).await;
    assert!(matches!(unnamed, SavedProfile::Problems(_)), "an emptied name is none");
}

fn upload(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(40, 30).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

async fn set_picture(house: &House, user: UserId, upload: Option<Vec<u8>>) -> SavedPicture {
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    let caller = house.browser().caller;
    account.set_picture(&caller, workspace, user, upload).await.unwrap()
}

#[tokio::test]
async fn a4_a_picture_is_kept_as_a_square_png_of_ours_replaced_and_removed() {
    let house = House::new().await;
    let jo = house.given.customer(EMAIL);
    let picture = || house.auth.account().picture(&house.given.workspace, jo.id);
    assert!(picture().await.unwrap().is_none());
    assert_eq!(
        set_picture(&house, jo.id, Some(upload(ImageFormat::Jpeg))).await,
        SavedPicture::Saved
    );
    let kept = picture().await.unwrap().unwrap();
    let decoded = image::load_from_memory_with_format(&kept.png, ImageFormat::Png).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (KEPT_SIDE, KEPT_SIDE));
    assert_eq!(kept.set_at, house.auth.now());
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    let refused = set_picture(&house, jo.id, Some(svg)).await;
    assert_eq!(refused, SavedPicture::Problem(PictureProblem::Kind));
    assert_eq!(picture().await.unwrap(), Some(kept), "as it was");
    assert_eq!(set_picture(&house, jo.id, None).await, SavedPicture::Saved);
    assert!(picture().await.unwrap().is_none());
}

#[tokio::test]
async fn nobody_has_no_profile() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    let caller = house.browser().caller;
    let nobody = UserId::from_uuid(uuid::Uuid::nil());
    let saved = account
        .save_profile(&caller, workspace, nobody, form("Jo", "", ""))
        .await;
    assert!(matches!(saved.unwrap(), SavedProfile::Gone));
    let gone = set_picture(&house, nobody, Some(upload(ImageFormat::Png))).await;
    assert_eq!(gone, SavedPicture::Gone);
}

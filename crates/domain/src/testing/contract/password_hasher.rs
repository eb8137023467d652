//! Contracts of [`PasswordHasher`]. Its costs are for the adapter's own tests: no port shows them.

use crate::ports::{FaultKind, HasherError, PasswordCheck, PasswordHasher};
use crate::secret::{HashRecipe, Password, PasswordDigest, TokenDigest};

/// The source of this suite.
pub const SOURCE: &str = include_str!("password_hasher.rs");

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

async fn check(hasher: &dyn PasswordHasher, text: &str, digest: Option<&PasswordDigest>) -> PasswordCheck {
    hasher.check(password(text), digest.cloned()).await.unwrap()
}

/// A password matches the digest made of it, in whichever Unicode form it is typed (R3), and needs no rehash.
pub async fn a_password_matches_its_own_digest(hasher: &dyn PasswordHasher) {
    for (typed, again) in [
        ("correct horse battery", "correct horse battery"),
        ("  spaces stay  ", "  spaces stay  "),
        ("caf\u{e9} au lait", "cafe\u{301} au lait"),
    ] {
        let digest = hasher.hash(password(typed)).await.unwrap();
        let said = check(hasher, again, Some(&digest)).await;
        assert_eq!(said, PasswordCheck::Match { rehash: None }, "{typed:?}");
    }
}

/// Any other password is a mismatch.
pub async fn another_password_does_not_match(hasher: &dyn PasswordHasher) {
    let digest = hasher.hash(password("correct horse battery")).await.unwrap();
    for typed in ["Correct horse battery", "correct horse battery ", "correct horse", " "] {
        assert_eq!(
            check(hasher, typed, Some(&digest)).await,
            PasswordCheck::Mismatch,
            "{typed:?}"
        );
    }
}

/// Without a digest nothing matches (R10).
pub async fn without_a_digest_nothing_matches(hasher: &dyn PasswordHasher) {
    for typed in [" ", "password", "correct horse battery"] {
        assert_eq!(check(hasher, typed, None).await, PasswordCheck::Mismatch, "{typed:?}");
    }
}

/// Long passwords are not cut: the last character counts as the first does (R2).
pub async fn long_passwords_are_not_cut(hasher: &dyn PasswordHasher) {
    let long = "x".repeat(255);
    let digest = hasher.hash(password(&format!("{long}a"))).await.unwrap();
    assert_eq!(
        check(hasher, &format!("{long}b"), Some(&digest)).await,
        PasswordCheck::Mismatch
    );
    assert_eq!(check(hasher, &long, Some(&digest)).await, PasswordCheck::Mismatch);
    let said = check(hasher, &format!("{long}a"), Some(&digest)).await;
    assert!(matches!(said, PasswordCheck::Match { .. }));
}

/// A digest that the hasher cannot read is an error of what is stored, never a match.
pub async fn an_unreadable_digest_is_an_error(hasher: &dyn PasswordHasher) {
    for stored in ["", "correct horse battery", "$unknown$v=1$abc"] {
        let digest = PasswordDigest::from_phc(stored.to_owned());
        let said = hasher.check(password("correct horse battery"), Some(digest)).await;
        match said {
            Err(HasherError::Port(error)) => assert_eq!(error.kind(), FaultKind::Corrupt, "{stored:?}"),
            other => panic!("{stored:?}: {other:?}"),
        }
    }
}

async fn hash_by(hasher: &dyn PasswordHasher, recipe: &HashRecipe, secrets: &[&str]) -> Vec<TokenDigest> {
    let secrets = secrets.iter().map(|secret| password(secret)).collect();
    hasher.hash_by(recipe.clone(), secrets).await.unwrap()
}

/// One recipe and one secret give one digest, in the order of the secrets, whichever others are hashed beside; other
/// secrets give others.
pub async fn a_recipe_gives_one_digest_for_one_secret(hasher: &dyn PasswordHasher) {
    let recipe = hasher.new_recipe().unwrap();
    let secrets = ["ABCDEFGHJKMN0", "ABCDEFGHJKMN1", "0000000000000"];
    let all = hash_by(hasher, &recipe, &secrets).await;
    assert_eq!(all.len(), 3);
    assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
    for (secret, digest) in secrets.iter().zip(&all) {
        assert_eq!(hash_by(hasher, &recipe, &[secret]).await, [*digest]);
    }
    let again = HashRecipe::from_phc(recipe.as_phc().to_owned());
    assert_eq!(
        hash_by(hasher, &again, &secrets).await,
        all,
        "as it was stored and read"
    );
    assert_eq!(hash_by(hasher, &recipe, &[]).await, []);
}

/// Each recipe has a salt of its own.
pub async fn no_two_recipes_are_alike(hasher: &dyn PasswordHasher) {
    let (one, other) = (hasher.new_recipe().unwrap(), hasher.new_recipe().unwrap());
    assert!(one != other);
    let secret = ["ABCDEFGHJKMN0"];
    assert_ne!(
        hash_by(hasher, &one, &secret).await,
        hash_by(hasher, &other, &secret).await
    );
}

/// A recipe that the hasher cannot read is an error of what is stored.
pub async fn an_unreadable_recipe_is_an_error(hasher: &dyn PasswordHasher) {
    for stored in ["", "ABCDEFGHJKMN0", "$unknown$v=1$abc"] {
        let recipe = HashRecipe::from_phc(stored.to_owned());
        match hasher.hash_by(recipe, vec![password("ABCDEFGHJKMN0")]).await {
            Err(HasherError::Port(error)) => assert_eq!(error.kind(), FaultKind::Corrupt, "{stored:?}"),
            other => panic!("{stored:?}: {other:?}"),
        }
    }
}

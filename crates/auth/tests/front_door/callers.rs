//! What the suites about people who call share.

use doorward_auth::Acting;
use doorward_auth::people::challenge_caller::{CallerError, CallerRequest, ChallengeBy};
use doorward_domain::audit::Actor;
use doorward_domain::caller_challenge::{CallerAction, CallerChallenge};
use doorward_domain::ids::CallerChallengeId;
use doorward_domain::ports::ChallengeTried;
use doorward_domain::role::Role;
use doorward_domain::testing::Person;
use doorward_domain::user::User;

use crate::house::House;

pub(crate) const JO: &str = "jo@example.com";

/// Somebody who works here, by that role.
pub(crate) fn staff(house: &House, email: &str, role: Role) -> Acting {
    let person = Person::customer(house.given.workspace.id, email).role(role);
    acting(&house.given.person(person))
}

pub(crate) fn acting(user: &User) -> Acting {
    Acting {
        actor: Actor::User(user.id),
        rights: user.rights(),
        client: None,
    }
}

pub(crate) async fn begin(
    house: &House,
    acting: &Acting,
    user: &User,
    action: CallerAction,
    by: ChallengeBy,
) -> Result<CallerChallenge, CallerError> {
    let request = CallerRequest {
        user: user.id,
        action,
        by,
    };
    house
        .auth
        .callers()
        .challenge(acting, &house.given.workspace, request)
        .await
}

/// A challenge by a code to the person's first address, and the code.
pub(crate) async fn by_mail(
    house: &House,
    acting: &Acting,
    user: &User,
    action: CallerAction,
) -> (CallerChallenge, String) {
    let email = user.emails.first().unwrap();
    let begun = begin(house, acting, user, action, ChallengeBy::Mailbox(email.id)).await;
    let code = house.given.store.last_code_to(email.address.as_str()).unwrap();
    (begun.unwrap(), code)
}

pub(crate) async fn try_code(
    house: &House,
    acting: &Acting,
    user: &User,
    id: CallerChallengeId,
    typed: &str,
) -> Result<ChallengeTried, CallerError> {
    let callers = house.auth.callers();
    callers
        .try_code(acting, &house.given.workspace, (user.id, id), typed)
        .await
}

/// A challenge that was proved by its code.
pub(crate) async fn proved(house: &House, acting: &Acting, user: &User, action: CallerAction) -> CallerChallenge {
    let (challenge, code) = by_mail(house, acting, user, action).await;
    let tried = try_code(house, acting, user, challenge.id, &code).await.unwrap();
    assert_eq!(tried, ChallengeTried::Proved);
    challenge
}

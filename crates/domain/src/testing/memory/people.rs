use async_trait::async_trait;

use super::logs::Origin;
use super::{MemoryStore, Person, State};
use crate::audit::AuditEntry;
use crate::email_address::EmailKey;
use crate::ids::{SessionId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::people_search::{TextTest, UserFilter};
use crate::ports::{
    ContactUpsert, Credentials, FaultKind, MailboxProof, NewUser, PasswordReset, PortError, PortResult, ResetOutcome,
    StatusSet, UserCreated, UserQuery, Users,
};
use crate::role::Role;
use crate::secret::PasswordDigest;
use crate::user::{ContactIdentity, OrganisationRef, SignInRecord, User, UserEmail, UserStatus};

impl State {
    pub(super) fn put_new_user(&mut self, new: NewUser) {
        let NewUser {
            mut user,
            password,
            invite,
        } = new;
        for organisation in &mut user.organisations {
            organisation.id = self.organisation_of(user.workspace, organisation, user.created_at);
        }
        let proved = user.emails.iter().filter(|email| email.verified_at.is_some());
        let proved: Vec<EmailKey> = proved.map(|email| email.address.key()).collect();
        let (workspace, id) = (user.workspace, user.id);
        self.people.insert(user.id, Person::new(user, password, Vec::new()));
        for address in proved {
            self.place(workspace, id, &address);
        }
        if let Some((link, mail)) = invite {
            let origin = Origin::carrying(Some(&link));
            self.put_link(link);
            if let Some(mail) = mail {
                self.put_mail_of(mail, origin);
            }
        }
    }

    pub(super) fn record(&self, person: &Person) -> SignInRecord {
        SignInRecord {
            user: person.user.clone(),
            password: person.password.clone(),
            password_temporary_until: person.password_temporary_until,
            factors: self.summary(person),
            providers: self.providers_of(person.user.workspace, person.user.id),
            credentials_version: person.credentials_version,
        }
    }
}

impl State {
    fn mentions(&self, person: &Person, test: &TextTest) -> bool {
        let user = &person.user;
        let has = |line: &str| test.passes(line);
        has(&user.name)
            || user.emails.iter().any(|email| has(email.address.as_str()))
            || user.organisations.iter().any(|organisation| has(&organisation.name))
            || person.identities.iter().any(|identity| match identity {
                ContactIdentity::Email { address } => has(address.as_str()),
                ContactIdentity::X { subject } | ContactIdentity::Facebook { subject } => has(subject),
            })
            || self
                .connections
                .iter()
                .filter(|connection| connection.workspace == user.workspace && connection.user == user.id)
                .any(|connection| has(&connection.identity.subject) || connection.label.as_deref().is_some_and(has))
    }
}

fn is_listed(user: &User, filter: &UserFilter) -> bool {
    (filter.roles.is_empty() || filter.roles.contains(&user.role))
        && filter
            .status
            .map_or(user.status != UserStatus::Deleted, |status| user.status == status)
        && filter
            .organisation
            .is_none_or(|wanted| user.organisations.iter().any(|organisation| organisation.id == wanted))
}

impl State {
    fn make_contact(&mut self, contact: &ContactUpsert) -> UserId {
        let emails = match &contact.identity {
            ContactIdentity::Email { address } => vec![UserEmail {
                id: contact.new_email,
                address: address.clone(),
                primary: true,
                verified_at: None,
            }],
            ContactIdentity::X { .. } | ContactIdentity::Facebook { .. } => Vec::new(),
        };
        let user = User {
            id: contact.new_user,
            workspace: contact.workspace,
            name: contact.name.clone().unwrap_or_default(),
            role: Role::Customer,
            custom_role: None,
            status: UserStatus::Active,
            language: None,
            time_zone: None,
            emails,
            organisations: Vec::new(),
            has_password: false,
            picture_at: None,
            created_at: contact.now,
            last_sign_in_at: None,
        };
        let identities = match &contact.identity {
            ContactIdentity::Email { .. } => Vec::new(),
            other => vec![other.clone()],
        };
        self.people.insert(user.id, Person::new(user, None, identities));
        contact.new_user
    }

    fn known_contact(&self, contact: &ContactUpsert) -> Option<UserId> {
        match &contact.identity {
            ContactIdentity::Email { address } => self.owner_of(contact.workspace, &address.key()),
            identity => self
                .people
                .values()
                .filter(|person| person.user.workspace == contact.workspace)
                .find(|person| person.identities.contains(identity))
                .map(|person| person.user.id),
        }
    }
}

#[async_trait]
impl Users for MemoryStore {
    async fn find_for_sign_in(&self, workspace: WorkspaceId, address: &EmailKey) -> PortResult<Option<SignInRecord>> {
        let state = self.state("users.find_for_sign_in")?;
        let owner = state.owner_of(workspace, address);
        let owner = owner.and_then(|owner| state.person(workspace, owner));
        Ok(owner.map(|owner| state.record(owner)))
    }

    async fn find_record(&self, workspace: WorkspaceId, id: UserId) -> PortResult<Option<SignInRecord>> {
        let state = self.state("users.find_record")?;
        Ok(state.person(workspace, id).map(|person| state.record(person)))
    }

    async fn find(&self, workspace: WorkspaceId, id: UserId) -> PortResult<Option<User>> {
        let state = self.state("users.find")?;
        Ok(state.person(workspace, id).map(|person| person.user.clone()))
    }

    async fn search(&self, workspace: WorkspaceId, query: UserQuery) -> PortResult<Vec<User>> {
        let state = self.state("users.search")?;
        let test = query.text.as_deref().and_then(TextTest::of);
        Ok(state
            .people
            .values()
            .filter(|person| person.user.workspace == workspace)
            .filter(|person| query.after.is_none_or(|after| person.user.id > after))
            .filter(|person| is_listed(&person.user, &query.filter))
            .filter(|person| test.as_ref().is_none_or(|test| state.mentions(person, test)))
            .take(usize::try_from(query.limit.clamp(1, 201)).unwrap_or(201))
            .map(|person| person.user.clone())
            .collect())
    }

    async fn with_roles(&self, workspace: WorkspaceId, roles: Vec<Role>) -> PortResult<Vec<User>> {
        let state = self.state("users.with_roles")?;
        Ok(state
            .people
            .values()
            .filter(|person| person.user.workspace == workspace && roles.contains(&person.user.role))
            .map(|person| person.user.clone())
            .collect())
    }

    async fn create(&self, new: NewUser, audit: AuditEntry) -> PortResult<UserCreated> {
        let mut state = self.state("users.create")?;
        state.admit_audit(&audit, "users.create")?;
        let user = &new.user;
        let taken = user
            .emails
            .iter()
            .find_map(|email| state.owner_of(user.workspace, &email.address.key()));
        if let Some(owner) = taken {
            return Ok(UserCreated::AddressTaken(owner));
        }
        if state.people.contains_key(&user.id) {
            return Err(PortError::bare(FaultKind::Misuse, "users.create"));
        }
        state.put_new_user(new);
        state.audit.push(audit);
        Ok(UserCreated::Created)
    }

    async fn upsert_contact(&self, contact: ContactUpsert, audit: AuditEntry) -> PortResult<(User, bool)> {
        let mut state = self.state("users.upsert_contact")?;
        state.admit_audit(&audit, "users.upsert_contact")?;
        let known = state.known_contact(&contact);
        let id = match known {
            Some(id) => id,
            None => state.make_contact(&contact),
        };
        if let Some(beyond) = known
            .and_then(|known| state.person_mut(contact.workspace, known))
            .filter(|person| !contact.rights.reach(person.user.rights()))
        {
            return Ok((beyond.user.clone(), false));
        }
        let mut organisations = Vec::new();
        for (new_id, name) in &contact.organisations {
            let mut organisation = OrganisationRef {
                id: *new_id,
                name: name.clone(),
            };
            organisation.id = state.organisation_of(contact.workspace, &organisation, contact.now);
            organisations.push(organisation);
        }
        let Some(person) = state.person_mut(contact.workspace, id) else {
            return Err(PortError::bare(FaultKind::Corrupt, "users.upsert_contact"));
        };
        if person.user.name.trim().is_empty() {
            person.user.name = contact.name.unwrap_or_default();
        }
        for organisation in organisations {
            if !person.user.organisations.contains(&organisation) {
                person.user.organisations.push(organisation);
            }
        }
        let user = person.user.clone();
        state.audit.push(audit);
        Ok((user, known.is_none()))
    }
}

#[async_trait]
impl Credentials for MemoryStore {
    async fn prove_mailbox(&self, proof: MailboxProof, audit: AuditEntry) -> PortResult<bool> {
        let mut state = self.state("credentials.prove_mailbox")?;
        state.admit_audit(&audit, "credentials.prove_mailbox")?;
        if let Some((_, audit)) = &proof.password {
            state.admit_audit(audit, "credentials.prove_mailbox")?;
        }
        let owner = state.verified_on(proof.workspace, &proof.address);
        if owner.is_some_and(|owner| owner != proof.user) {
            return Ok(false);
        }
        let first_proof = owner.is_none();
        let Some(person) = state.person_mut(proof.workspace, proof.user) else {
            return Ok(false);
        };
        let Some(email) = person.email_mut(&proof.address) else {
            return Ok(false);
        };
        email.verified_at.get_or_insert(proof.now);
        let forget = first_proof && !proof.keep_password;
        let never_proved = person.emails_proved_before(&proof.address) == 0;
        if forget {
            person.set_password(None);
        }
        let mut first_password = None;
        if person.password.is_none()
            && let Some((password, audit)) = proof.password
        {
            person.set_password(Some(password));
            first_password = Some(audit);
        }
        if first_proof || first_password.is_some() {
            person.credentials_version += 1;
        }
        if let Some(name) = proof.name
            && person.user.name.trim().is_empty()
        {
            person.user.name = name;
        }
        if forget {
            if never_proved {
                state.forget_factors(proof.workspace, proof.user);
            }
            state.end_sessions(proof.workspace, proof.user, None);
            state.void_links(proof.workspace, proof.user);
        }
        if first_proof {
            state.place(proof.workspace, proof.user, &proof.address);
        }
        state.audit.extend(first_proof.then_some(audit));
        state.audit.extend(first_password);
        Ok(true)
    }

    async fn reset_password(&self, reset: PasswordReset, audit: AuditEntry) -> PortResult<ResetOutcome> {
        let mut state = self.state("credentials.reset_password")?;
        state.admit_audit(&audit, "credentials.reset_password")?;
        let live = state.links.iter().find(|kept| {
            kept.link.workspace == reset.workspace
                && kept.link.digest == reset.token
                && kept.link.purpose.sets_password()
                && kept.is_live(reset.now)
        });
        let Some(link) = live.map(|kept| kept.link.clone()) else {
            return Ok(ResetOutcome::LinkGone);
        };
        let elsewhere = state
            .verified_on(reset.workspace, &link.address)
            .is_some_and(|owner| owner != link.user);
        let Some(person) = state.person_mut(reset.workspace, link.user).filter(|_| !elsewhere) else {
            return Ok(ResetOutcome::LinkGone);
        };
        let Some(address) = person.email_mut(&link.address) else {
            return Ok(ResetOutcome::LinkGone);
        };
        let first_proof = address.verified_at.is_none();
        address.verified_at.get_or_insert(reset.now);
        let never_proved = first_proof && person.emails_proved_before(&link.address) == 0;
        person.set_password(Some(reset.password));
        person.credentials_version += 1;
        for kept in &mut state.links {
            if kept.link.id == link.id {
                kept.used_at = Some(reset.now);
            }
        }
        state.mail_used(reset.workspace, link.id, reset.now);
        if never_proved {
            state.forget_factors(reset.workspace, link.user);
        }
        if first_proof {
            state.place(reset.workspace, link.user, &link.address);
        }
        state.void_links_of_old_password(reset.workspace, link.user);
        state.void_codes(reset.workspace, link.user);
        state.end_sessions(reset.workspace, link.user, None);
        for notice in reset.notices {
            state.put_mail(notice);
        }
        state.receipts.push(reset.receipt);
        state.audit.push(audit);
        Ok(ResetOutcome::Reset)
    }

    async fn set_password(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        password: PasswordDigest,
        keep: Option<SessionId>,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool> {
        let mut state = self.state("credentials.set_password")?;
        state.admit_audit(&audit, "credentials.set_password")?;
        let Some(person) = state.person_mut(workspace, user) else {
            return Ok(false);
        };
        person.set_password(Some(password));
        person.credentials_version += 1;
        state.end_sessions(workspace, user, keep);
        state.void_links_of_old_password(workspace, user);
        state.void_codes(workspace, user);
        for notice in notices {
            state.put_mail(notice);
        }
        state.audit.push(audit);
        Ok(true)
    }

    async fn set_status(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        status: UserStatus,
        audit: AuditEntry,
    ) -> PortResult<StatusSet> {
        let mut state = self.state("credentials.set_status")?;
        state.admit_audit(&audit, "credentials.set_status")?;
        if status != UserStatus::Active && state.is_last_owner(workspace, user) {
            return Ok(StatusSet::LastOwner);
        }
        let person = state.person_mut(workspace, user);
        let Some(person) = person.filter(|person| person.user.status != UserStatus::Deleted) else {
            return Ok(StatusSet::NoSuchPerson);
        };
        person.user.status = status;
        person.credentials_version += 1;
        if status == UserStatus::Disabled {
            state.end_sessions(workspace, user, None);
        }
        state.audit.push(audit);
        Ok(StatusSet::Set)
    }
}

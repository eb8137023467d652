# People, as staff see them.

admin-agents = Agent directory
users-heading = Users
agents-heading = Agent directory
users-add = Add a person
users-search = Search people
users-search-button = Search
agents-filter = Type to filter
users-any-role = Any role
users-any-status = Any status
users-of-organisation = Only people of { $name }.
users-of-one-organisation = Only people of one organisation.
users-everybody = Show everybody
users-beginnings = A short text finds only names, addresses and organisations that begin with it.
users-none-found = Nobody was found.
users-empty = There is nobody here yet. People appear when they sign up, when your portal adds them, or when you do.

role-customer = Customer
role-collaborator = Collaborator
role-agent = Agent
role-admin = Admin
role-owner = Owner
role-own = { $name }

status-active = Active
status-disabled = Disabled
status-deleted = Deleted

person-name = Name
person-nameless = No name
person-email = Email address
person-no-email = None
person-role = Role
person-status = Status
person-organisations = Organisations
person-organisations-hint = One a line. New ones are made.
person-last-sign-in = Last sign-in
person-never = Never
person-none = None
person-language = Language
person-time-zone = Time zone
person-not-chosen = Not chosen
person-added = Added
person-details = Details
person-edit = Edit details
person-check = Sign-in check
person-actions = Actions
person-actions-on = Actions on { $name }
person-back = Back to the person

person-send-reset = Send password reset email
person-set-password = Set password
person-reset-two-factor = Reset two-factor authentication
person-sign-out = Sign out everywhere
person-disable = Disable
person-enable = Enable
person-change-role = Change role
person-new-portal-link = New portal link
person-invite = Send invitation
person-delete = Delete
person-is-disabled = This person is disabled: they cannot sign in, and all their sessions have ended.

person-emails = Email addresses
person-primary = Primary
person-proved = Confirmed
person-unproved = Not confirmed yet
person-no-emails = No email address. No code and no link can be sent.
person-ways = Ways in
person-password = Password
person-password-set = Set
person-password-none = None
person-two-factor = Two-factor authentication
person-two-factor-on = On
person-two-factor-off = Off
person-passkeys = Passkeys
person-passkeys-count = { $count ->
    [0] None
    [one] One
   *[other] { $count }
}
person-no-identities = No connected accounts.
person-used = Last used
person-never-used = Never used
person-sessions = Sessions
person-session-opened = Opened
person-session-end = End
person-no-sessions = Not signed in anywhere.

person-portal-links = Portal links
person-portal-links-what = A portal link names this person and asks for a code sent to them. It signs nobody in by itself.
person-no-portal-links = No portal link is in use. Make one with New portal link, under Actions.
person-link-made = Made
person-link-ends = Works until
person-link-revoke = Take back
person-link-heading = Portal link for { $name }
person-link-once = Copy this address now and send it to them. It is shown only once.
person-link-address = Portal link

person-invitation = Invitation
person-invitation-state = Sent { $sent }. Its link works until { $ends }.
person-invite-again = Send again
person-invitation-revoke = Take back

person-new = Add a person
person-name-hint = May be left empty.
person-send-invitation = Send an invitation
person-send-invitation-hint = They get a link to choose their password. Without it, they come in with a code or with Forgot password.
person-taken-by = Open the person who has this address
person-edit-heading = Details of { $name }
person-organisations-heading = Organisations of { $name }
person-role-heading = Role of { $name }
person-role-what = A new role counts at once. You can give roles up to your own.

person-address-taken = This address belongs to somebody already.
person-name-missing = Enter a name.
person-language-unknown = Choose a language from the list.
person-time-zone-unknown = Choose a time zone from the list.
person-too-many-organisations = That is too many organisations: at most { $max }.
person-role-out-of-reach = You cannot give a role that may do more than you.
person-role-unknown = Choose a role from the list.
person-out-of-reach = This person may do more than you, so you cannot change anything about them.
person-no-mailbox = This person has no email address, so nothing can be sent to them.
person-disabled-no-mail = This person is disabled. Enable them first.
person-has-password = This person has a password already. Send a password reset email instead.
person-too-many-mails = This address has had as many mails from your team as it may in one day. Try again later.
person-last-way-in = Without them, nobody who may change the security settings could sign in. See to it that another admin can, first.
person-last-owner = This is the last owner who can sign in. Make somebody else an owner first.
person-changed-meanwhile = Somebody else has just changed this person. Look again, then try again.
person-portal-links-off = Portal links are switched off in this workspace.
person-stale-invitation = There is no invitation to take back any more.

notice-person-reset-sent = The password reset email is on its way.
notice-person-signed-out = All their sessions have ended.
notice-person-disabled = The person is disabled.
notice-person-enabled = The person is enabled again.
notice-person-saved = Saved.
notice-person-added = The person was added.
notice-person-invited = The invitation is on its way.
notice-invitation-revoked = The invitation was taken back. Its link opens nothing any more.
notice-portal-link-revoked = The portal link was taken back.
notice-role-given = The role was changed.

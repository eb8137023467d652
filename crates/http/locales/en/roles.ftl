# Roles and what they permit (A8).

admin-roles = Roles
roles-heading = Roles
roles-own = Your own roles
roles-built-in = Built-in roles
roles-empty = There are none yet. Make one when some of your staff need other permissions than the built-in roles give.
role-new = New role
role-create = Create role
role-name = Name
role-based-on = Based on
role-based-on-hint = Sign-in rules and rank come from this role. What it permits is what you tick below.
role-permits = Permissions
role-permits-nothing = Nothing
role-holders = People
role-holders-count = { $count ->
    [0] Nobody has this role.
    [one] One person has this role.
   *[other] { $count } people have this role.
}
role-changes-count-at-once = A change counts for them at once.
role-lacking = You do not have this permission yourself.
role-out-of-reach = This role permits more than you may do yourself, so you cannot change it.
role-delete = Delete role
role-delete-title = Delete this role?
role-delete-what = { $name } will be gone. Nobody has it.
role-in-use = { $count ->
    [one] One person has this role. Give them another one first.
   *[other] { $count } people have this role. Give them another one first.
}
role-name-wrong = Enter a name of at most 60 characters that is not that of a built-in role.
role-name-taken = Another role has this name.
role-base-wrong = Choose the role that this one is based on.
role-beyond-own = A role can permit only what you may do yourself.
role-last-way-in = Without “Manage security settings” for this role, nobody who may change them could sign in. See to it that another admin can, first.
role-changed-meanwhile = Somebody else changed this role in the meantime. Look at it as it is now, and try again.
role-too-many = There are 100 roles already. Delete one that nobody has.

permission-look-people-up = Look people up
permission-ask-sign-in-check = Ask the sign-in check
permission-create-and-update-users-and-organizations = Create and update users and organizations
permission-set-passwords-and-reset-two-factor = Set passwords and reset two-factor authentication
permission-act-without-caller-challenge = Act without the caller challenge
permission-manage-security-settings = Manage security settings
permission-read-mail-log = Read the mail log
permission-read-audit-log = Read the audit log
permission-manage-workspace = Manage the workspace
permission-use-backup-sign-in = Use backup sign-in
permission-own-workspace = Own the workspace

notice-role-created = The role is there.
notice-role-saved = The role is saved. It counts for everybody who has it.
notice-role-deleted = The role is deleted.

# Keys of the portal application (C9).

admin-api-keys = API keys
api-keys-heading = API keys
api-keys-what = With a key the application behind this door looks people up and makes portal links. A key may do what is ticked for it and nothing else, and reaches no staff.
api-keys-empty = There are none yet. Make one for the application behind this door.
api-key-new = New API key
api-key-create = Create key
api-key-name = Name
api-key-name-hint = What uses it, such as Portal.
api-key-name-missing = Enter a name.
api-key-nameless = Without a name
api-key-scopes = May
api-key-no-scope = Nothing
api-key-lacking = You do not have the permission for this yourself.
api-key-beyond-own = A key can be allowed only what you may do yourself.
api-key-made = Made
api-key-by-person = by { $name }
api-key-by-operator = at the command line
api-key-by-gone = by somebody who is gone
api-key-last-used = Last used
api-key-never-used = Never
api-key-revoke = Revoke
api-key-revoke-named = Revoke { $name }
api-key-revoke-title = Revoke this key?
api-key-revoke-what = { $name } is refused from the next request on. This cannot be undone.
api-key-revoked = Revoked
api-key-made-heading = Your new API key
api-key-made-what = This is the key of { $name }. Copy it now: it is shown here and never again.
api-key-kept = I have kept the key

scope-users-read = List and read people (users:read)
scope-users-write = Create and update people (users:write)
scope-portal-links-write = Make portal links (portal-links:write)
scope-sessions-write = End sessions (sessions:write)
scope-sign-in-check-read = Ask the sign-in check (sign-in-check:read)
scope-mail-read = Read the mail log (mail:read)
scope-mail-write = Send mails again, and report mails that came back (mail:write)
scope-audit-read = Read the audit log (audit:read)
scope-settings-write = Change settings (settings:write)

notice-api-key-revoked = The key is revoked.

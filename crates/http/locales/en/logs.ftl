# The logs of mail and of actions.

log-any = Any
log-from = From day
log-until = To day
log-show = Show
log-when = When
log-day-wrong = Write a day, such as 2026-11-22.

audit-log = Audit log
audit-heading = Audit log
audit-who = Who
audit-whom = To whom
audit-what = What
audit-how = Outcome
audit-address = From address
audit-address-wrong = Write one network address, such as 192.0.2.7.
audit-nobody = Nobody here has that email address.
audit-export = All rows that pass the filter, as a file:
audit-csv = CSV
audit-jsonl = JSON Lines
audit-none-found = No row passes this filter.
audit-all = Show all rows
audit-empty = What people and programs do here will stand here, each with who did it, from where, and how it ended.
audit-outcome = { $outcome ->
    [ok] Went well
   *[not-ok] Did not go well
}
audit-actor = { $actor ->
    [anonymous] not signed in
    [user] person
    [api-key] API key
    [scim-token] directory token
    [operator] operator
   *[server] server
}

mail-log = Mail log
mail-log-heading = Mail log
mail-log-to = To
mail-log-what = Mail
mail-log-stands = State
mail-log-reply = The mail server’s last words
mail-log-address-wrong = Write one whole email address.
mail-log-none-found = No mail passes this filter.
mail-log-all = Show all mails
mail-log-empty = Each mail that is sent from here will stand here, with what became of it.
mail-log-test = Send me a test mail
mail-log-send-again = Send again
mail-log-tries = { $tries ->
    [0] not tried yet
    [one] tried once
   *[other] tried { $tries } times
}
mail-log-asked-by = Asked for by
mail-log-attempt = help code
mail-log-timeline = What happened to it
mail-log-reach-heading = This address
mail-log-reach = { $reach ->
    [reachable] Mail arrives: its owner used something that was sent there
    [unreachable] Mail does not arrive
   *[unknown] Whether mail arrives was not proved yet
}
mail-log-state = { $state ->
    [queued] Waiting
    [delivered] Taken by the mail server
    [refused] Refused
    [expired] Given up: it was of no use any more
   *[bounced] Came back
}
mail-log-event = { $event ->
    [asked-for] Asked for
    [delivered] Handed over to the mail server, which said
    [deferred] Put off; the mail server, or the way to it, said
    [refused] Refused for good; the mail server said
    [expired] Given up, since it was of no use any more
    [delayed] Late; a mail server further on said
    [bounced] Came back; the mail server said
    [opened] The page behind its link was opened, by its reader or by a program that checks links
    [used] Its code or link was used: it reached its reader
    [next-try] Next try
   *[ends] Of no use any more from
}
mail-log-again = { $again ->
    [try-now] It still waits. Sending again tries it at once.
    [new-reset-link] Sending again makes a new link to set a password, for the person’s primary address.
    [new-code] Sending again makes a new code for the attempt that is still open. It works only in the browser where that began.
   *[new-test] Sending again sends a new test to your own address.
}
mail-log-not-again = { $again ->
    [attempt-is-over] It cannot be sent again: the attempt that it was for is over. The person asks for a new code on the sign-in page.
    [new-test] You have no email address here that a test could go to.
   *[wiped] It cannot be sent again as it was: what it said was wiped as soon as it was not waiting any more.
}
mail-log-too-many = Staff have sent this address as many mails as they may in a day. Try again tomorrow.
mail-log-no-mailbox = The person is disabled or has no email address, so nothing was sent.
notice-mail-sent-again = It is on its way.
notice-test-mail-sent = A test mail is on its way to you. This page shows what becomes of it.
mail-log-kind = { $kind ->
    [sign-in-code] Sign-in code
    [sign-up-code] Sign-up code
    [already-registered] Code for an account that was there already
    [no-account] “There is no account for this address”
    [code-not-offered] “Codes are not offered for this account”
    [account-disabled] “This account is disabled”
    [sign-up-closed] “Sign-up is closed”
    [reset-link] Link to set a new password
    [reset-link-by-staff] Link to set a new password, sent by staff
    [invite] Invitation
    [password-changed] Notice: password changed
    [new-device] Notice: sign-in from a new device
    [fresh-proof-code] Code to confirm who it is
    [email-proof] Link to confirm an address
    [email-belongs-elsewhere] “This address belongs to another account”
    [email-changed] Notice: addresses changed
    [security-notice] Notice: how the account is protected
    [emergency-door] Notice: emergency door used
    [test] Test
    [account-deleted] Notice: account deleted
    [account-restored] Notice: account brought back
    [caller-code] Code for a caller
    [caller-notice] Notice: an action for a caller
    [settings-reverted] Notice: settings undone
    [sign-in-report] Report on how to get in
   *[other] { $kind }
}
audit-action = { $action ->
    [signed-in] Signed in
    [sign-in-refused] Was refused
    [sign-in-continued] Went on to a further step
    [signed-out] Signed out
    [session-replaced] Session ended by a new sign-in of the same browser
    [session-pushed-out] Session ended because too many were open
    [sessions-ended] Ended sessions
    [code-requested] Asked for a code
    [reset-requested] Asked for a reset link
    [password-reset] Set a password with a link
    [password-set] Set a password
    [email-proved] Proved a mailbox
    [sign-up-begun] Began to sign up
    [user-created] Made an account
    [user-updated] Changed an account
    [user-disabled] Disabled an account
    [user-enabled] Enabled an account
    [two-factor-enabled] Turned two-factor authentication on
    [two-factor-disabled] Turned two-factor authentication off
    [backup-codes-renewed] Made new backup codes
    [passkey-added] Added a passkey
    [passkey-renamed] Renamed a passkey
    [passkey-removed] Removed a passkey
    [passkey-suspected] A passkey may have been copied
    [email-added] Added an address
    [email-made-primary] Made another address primary
    [email-removed] Removed an address
    [email-reverted] Undid a change of addresses
    [profile-changed] Changed their profile
    [fresh-proof] Proved afresh who they are
    [backup-sign-in] Used the backup sign-in
    [recovery-issued] Made a recovery link
    [recovery-used] Used a recovery link
    [session-disowned] Said that a sign-in was not theirs
    [identity-connected] Connected an account at a provider
    [identity-disconnected] Disconnected an account at a provider
    [portal-link-created] Made a portal link
    [portal-link-revoked] Took a portal link back
    [directory-changed] Changed the directory
    [directory-held-back] A change of the directory was held back
    [scim-token-created] Made a directory token
    [scim-token-revoked] Took a directory token back
    [hand-over-key-added] Added a hand-over key
    [hand-over-key-revoked] Took a hand-over key back
    [limit-hit] Met a limit
    [workspace-created] Made the workspace
    [settings-changed] Changed settings
    [api-key-created] Made an API key
    [reset-sent-by-staff] Sent a password reset email
    [invitation-sent] Sent an invitation
    [invitation-revoked] Took an invitation back
    [user-deleted] Deleted an account
    [user-restored] Brought a deleted account back
    [user-anonymised] Removed a deleted account for good
    [caller-challenge-begun] Began to check a caller
    [caller-challenge-proved] A caller proved who they are
    [caller-challenge-failed] A caller gave a wrong code
    [caller-challenge-refused] An action for a caller was refused
    [caller-challenge-cancelled] Ended the check of a caller
    [caller-action-announced] Announced an action for a caller
    [temporary-password-set] Set a temporary password
    [temporary-password-replaced] Replaced a temporary password
    [two-factor-reset] Reset two-factor authentication
    [workspace-founded] Made a workspace of their own
    [ticket-issued] Went over to another host
    [settings-confirmed] Settings on trial hold for good
    [settings-reverted] Settings on trial were undone
    [provider-saved] Saved the credentials of a provider
    [provider-removed] Removed the credentials of a provider
    [provider-tried] Tried the credentials of a provider
    [branding-changed] Changed name, look or addresses of the workspace
    [api-key-revoked] Took an API key back
    [role-created] Made a role
    [role-changed] Changed a role
    [role-deleted] Removed a role
    [role-given] Gave a role
    [organisation-created] Made an organisation
    [organisation-changed] Changed an organisation
    [organisation-deleted] Removed an organisation
    [report-requested] Asked for a report on how to get in
    [waits-cleared] Ended the waits of an address
    [mail-expired] A mail was given up
    [mail-bounced] A mail came back or is late
    [mail-sent-again] Sent a mail again
    [test-mail-sent] Sent a test mail
    [audit-exported] Took out the audit log
   *[other] { $action }
}

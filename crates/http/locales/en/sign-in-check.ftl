# The sign-in check: why can’t they sign in?
admin-sign-in-check = Sign-in check
check-heading = Sign-in check
check-hint = An address, known here or not. A help code does as well.
check-button = Check
check-neither = Enter an email address, or a help code like 7F3K-9QXM.
check-no-such-code = No attempt here ended with that help code. Attempts are kept for a while only.
check-this-attempt = The attempt with that help code
check-portal-link = Portal link
check-portal-link-text = Send this link to them. It is shown this once, opens nothing by itself, and has a code sent to their mailbox.
check-fine = Nothing stands in their way: they can sign in.
check-until = This ends by itself at
check-reply = The mail server said:
check-near = Addresses here that are nearly this one:
check-role = Role
check-status = { $status ->
    [disabled] disabled
    [deleted] deleted
   *[active] active
}
check-address = Address
check-proved = confirmed
check-unproved = not confirmed
check-primary = primary
check-second-factor = Two-factor authentication
check-second-factor-on = On, { $left ->
    [one] one backup code left
   *[other] { $left } backup codes left
}
check-second-factor-off = Off
check-second-factor-required = Off, and required: they set it up on the way in
check-passkeys = Passkeys
check-ways = Ways in now
check-open = Open
check-closed = Closed
check-way-password = Email and password
check-way-email-code = Emailed code
check-way-passkey = Passkey
check-way-provider = Providers
check-way-one-provider = Provider { $provider }
check-way-hand-over = From your own site
check-why-off = Switched off.
check-why-account = The account is closed.
check-why-unknown = Nobody has the address.
check-why-unproved = The address is not confirmed.
check-why-none = They have none.
check-why-wait = Too many tries; it waits.
check-why-directory = The directory does not admit them.
check-why-policy = A policy says no.
check-why-other = Not for them.
check-attempts = Last attempts
check-no-attempts = No attempt is on record. What is tried with this address will be listed here, with its help code.
check-outcome = { $outcome ->
    [granted] Let in
    [needs] Went on to a further step
    [sent] Mail sent
   *[refused] Refused
}
check-ruling = { $ruling ->
    [allow] nothing against it
    [require] a further step first
    [not-asked] not asked
   *[deny] no
}
check-help-code = Help code
check-from = From
check-mails = Last mails
check-no-mails = No mail is on record. Mails to this address will be listed here, with what the mail server said.
check-mail = { $state ->
    [delivered] Delivered to their mail server.
    [refused] Refused.
    [expired] Too late.
    [bounced] Came back.
   *[queued] Waiting, { $tries ->
        [0] not tried yet.
        [one] tried once.
       *[other] tried { $tries } times.
    }
}
check-others = What else can be done
check-ask = Ask somebody with the permission “{ $permission }” to mend it.
check-mended-reset = A password reset email is on its way to them.
check-mended-enabled = The account is enabled.
check-mended-restored = The account is restored.
check-mended-waits = The wait is over.
check-mended-opened = It is switched on.
check-mended-proof = The confirmation is on its way to them.
check-mended-invited = They are invited.
check-mended-sent-again = It is on its way again.
check-not-offered = That doesn’t help with this address any more. Look at the answer below.
check-too-many-mails = Staff have sent this address as many mails as they may in a day.

check-trouble-unknown-may-sign-up = Nobody here has this address. They can sign up with it, or you invite them.
check-trouble-unknown = Nobody here has this address, and it can’t be used to sign up. Somebody has to invite them.
check-trouble-address-unproved = This address was added to an account but never confirmed, so it signs nobody in.
check-trouble-deleted = The account is deleted, so no way in works. It can still be restored.
check-trouble-disabled = The account is disabled, so no way in works.
check-trouble-password-wait = Too many wrong passwords: passwords wait for this address.
check-trouble-code-wait = Too many wrong codes: codes wait for this address.
check-trouble-second-factor-wait = Too many wrong second factors: the second step waits for this account.
check-trouble-mail-wait = Too many mails were asked for: no more go to this address for now.
check-trouble-network-wait = Too many tries came from their network: it waits, whoever tries.
check-trouble-mail-refused = Their mail server refused the last mail, so codes and links don’t reach them.
check-trouble-mail-deferred = The last mail has not arrived yet: their mail server put it off, or could not be reached. We keep trying.
check-trouble-mail-expired = The last mail could not be delivered in time, so its code or link is of no use.
check-trouble-mail-stuck = The last mail has been waiting for minutes, and nothing has tried to send it. Ask whoever runs this server to look at its mail.
check-trouble-address-unreachable = Mail to this address does not arrive, so codes and links don’t reach them.
check-trouble-invitation-on-its-way = They were invited, and have not used the invitation yet.
check-trouble-invitation-over = Their invitation has expired or was taken back before they used it.
check-trouble-no-way-open = Every way in that they could use is switched off or not set up.
check-trouble-method-off = They tried a way in that is switched off for them.
check-trouble-no-password = The account has no password yet.
check-trouble-wrong-password = Their last password was wrong.
check-trouble-password-temporary = Their temporary password has to be changed, or its time is over.
check-trouble-email-unproved = Their mailbox was never confirmed.
check-trouble-code-trouble = Their last code was wrong, too late or already used. They can ask for another one.
check-trouble-attempt-over = Their last attempt ended before it was finished, or went on in another browser. They begin again.
check-trouble-second-factor-trouble = They stopped at the second step: no code of their app was right.
check-trouble-second-factor-set-up = They stopped at setting up the second factor that is required here. They sign in again and finish it.
check-trouble-mailbox-proof = Their password was right, and they have to enter the code that was mailed to them.
check-trouble-passkey-trouble = Their passkey opens nothing here. They sign in another way and add it again.
check-trouble-backup-door = They tried the backup sign-in, which is for administrators only.
check-trouble-portal-link-dead = The portal link that they opened has expired or was taken back.
check-trouble-reset-link-dead = The link that they opened has expired or was used already.
check-trouble-provider-cancelled = They cancelled the sign-in at the provider.
check-trouble-provider-away = The provider did not answer, or is not set up.
check-trouble-answer-wrong = The answer of the provider, or the token of your site, did not pass the checks.
check-trouble-identity-taken = Their account at the provider is connected to somebody else’s account here.
check-trouble-identity-unknown = Their account at the provider is not connected to their account here. They sign in another way and connect it.
check-trouble-directory-no-record = The directory has no record of them, and single sign-on asks for one.
check-trouble-directory-inactive = Their record in the directory is inactive.
check-trouble-sign-up-closed = They tried to sign up, which is closed for this address. They have an account already.
check-trouble-policy = A policy of this server said no.
check-trouble-changed-meanwhile = Their account was changed while they signed in. They begin again.
check-trouble-code-on-its-way = A code was mailed to them and not used yet.
check-trouble-link-on-its-way = A link to choose a password was mailed to them and not used yet.

check-mend-send-password-reset = Send password reset email
check-mend-enable = Enable the account
check-mend-restore = Restore the account
check-mend-clear-waits = End the wait
check-mend-clear-network-waits = End the wait of their network
check-mend-open-method = Switch on: { $way }
check-mend-open-provider = Switch { $provider } on
check-mend-open-portal-links = Switch portal links on
check-mend-resend-address-proof = Send the confirmation again
check-mend-new-portal-link = New portal link
check-mend-invite = Invite them
check-mend-invite-again = Invite again
check-mend-send-mail-again = Send the last mail again
check-mend-reset-second-factor = Reset two-factor authentication
check-mend-look-into-directory = Look into the directory
check-mend-look-at-providers = Look at the providers
check-mend-look-at-person = Look at their addresses

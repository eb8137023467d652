# Mails. Every message may mention { $workspace }; a subject says whose mail it is.

# Values that sentences mention.
date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year } at { $time } { $zone }
device-known = { $browser } on { $system }
device-unknown = a device we don’t recognise

# What stands in every mail.
mail-from = This mail is from { $workspace }:
mail-privacy = Privacy
mail-terms = Terms of use
mail-support = Support
asked = Asked for on { $date }, from { $device }.

# A code to sign in with.
sign-in-code-subject = Your { $workspace } sign-in code
sign-in-code-heading = Your sign-in code
sign-in-code-text = Enter this code to sign in to { $workspace }. It works once, for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}.
sign-in-code-not-you = If this wasn’t you, do nothing: whoever asked can’t use the code without seeing this mail. Never give it to anyone, even if they say they work for { $workspace }.

# A code to finish signing up with.
sign-up-code-subject = Your { $workspace } verification code
sign-up-code-heading = Your verification code
sign-up-code-text = Enter this code to finish your { $workspace } account. It works once, for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}.
sign-up-code-not-you = If this wasn’t you, do nothing: the account is not opened without this code. Never give it to anyone, even if they say they work for { $workspace }.

# A code to sign in with, for somebody who wanted to sign up and has an account.
already-registered-subject = You already have a { $workspace } account
already-registered-heading = You already have an account
already-registered-text = Somebody signed up to { $workspace } with this address, which has an account already. If it was you, enter this code and you are signed in to it. It works once, for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}.
already-registered-not-you = If this wasn’t you, do nothing: your account stays as it is, and nobody gets into it this way without the code. Never give it to anyone, even if they say they work for { $workspace }.

# The address belongs to nobody here.
no-account-subject = No { $workspace } account for this address
no-account-heading = No account for this address
no-account-text = Somebody entered this address at { $workspace }, but there is no account for it. If it was you, you may have used another address: go back and try that one.
no-account-sign-up = If you have no account yet, you can open one:
no-account-button = Sign up
no-account-not-you = If this wasn’t you, do nothing: there is no account for your address here, and nothing was opened or changed.

# The account may not use codes.
code-not-offered-subject = Signing in to { $workspace }
code-not-offered-heading = Sign in another way
code-not-offered-text = A sign-in code was asked for, but codes are switched off for your { $workspace } account.
code-not-offered-open = You can sign in with:
code-not-offered-none = No other way is open to your account at the moment. Ask the people who run { $workspace } for help.
code-not-offered-button = Sign in
code-not-offered-forgot = If you don’t know your password, choose a new one:
code-not-offered-not-you = If this wasn’t you, do nothing: no code was made, and nothing was changed.
method-password = Email address and password
method-email-code = Emailed code
method-passkey = Passkey
method-provider = Google, Microsoft or another provider
method-hand-over = Hand-over by your company’s site
method-other = { $method }

# The account is disabled.
account-disabled-subject = Your { $workspace } account is disabled
account-disabled-heading = Your account is disabled
account-disabled-text = Somebody tried to sign in to { $workspace } with this address. Its account is disabled, so we can’t let you in. If you think it should work, ask the people who run { $workspace }.
account-disabled-not-you = If this wasn’t you, do nothing: nobody can sign in to this account while it is disabled.

# Strangers may not sign up with this address.
sign-up-closed-subject = Signing up at { $workspace }
sign-up-closed-heading = We can’t open an account
sign-up-closed-text = Somebody asked for a { $workspace } account with this address, but { $workspace } doesn’t open accounts for it. If it was you, ask the people who run { $workspace } to invite you.
sign-up-closed-not-you = If this wasn’t you, do nothing: no account was opened.

# A link to set a new password.
reset-link-subject = Choose a new password for { $workspace }
reset-link-heading = Choose a new password
reset-link-text = Open this link to choose a new password for your { $workspace } account. It works once, for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}.
reset-link-button = Choose a new password
reset-link-not-you = If this wasn’t you, do nothing: your password stays as it is. Whoever has this link can choose a new one, so don’t pass it on.

# A link to set a new password, sent by staff.
reset-link-by-staff-subject = Choose a new password for { $workspace }
reset-link-by-staff-heading = Choose a new password
reset-link-by-staff-text = Somebody on the { $workspace } team sent you this link to choose a new password. It works once, for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}.
reset-link-by-staff-button = Choose a new password
reset-link-by-staff-not-you = If you didn’t ask them for it, do nothing: your password stays as it is. Whoever has this link can choose a new one, so don’t pass it on, not even to the { $workspace } team.

# A link to set the first password.
invite-subject = Your { $workspace } account is ready
invite-heading = Your account is ready
invite-text = { $workspace } has made an account for this address. Open this link to choose your password. It works once, for { $days ->
    [one] one day
   *[other] { $days } days
}.
invite-button = Choose your password
invite-not-you = If you didn’t expect this, do nothing: nothing happens until the link is used. Whoever has it can choose the password, so don’t pass it on.

# The password was changed.
password-changed-subject = Your { $workspace } password was changed
password-changed-heading = Your password was changed
password-changed-text = The password of your { $workspace } account was changed on { $date }, from { $device }.
password-changed-by-staff = The password of your { $workspace } account was changed on { $date } by the people who run { $workspace }.
password-changed-not-you = If this wasn’t you, choose a new password now. That signs out everybody who is signed in to your account:
password-changed-button = Choose a new password

# A sign-in from a browser that was not seen before.
new-device-subject = New sign-in to your { $workspace } account
new-device-heading = New sign-in
new-device-text = Somebody signed in to your { $workspace } account on { $date }, from { $device }, with { $method ->
    [password] your password
    [email-code] an emailed code
    [passkey] a passkey
   *[other] { $method }
}. We haven’t seen this browser before. If it was you, there is nothing to do.
new-device-not-you = If this wasn’t you, tell us. That ends this sign-in, and you choose a new password next:
new-device-button = This wasn’t me

# A code for somebody who is signed in and is about to change something that matters.
fresh-proof-code-subject = Your { $workspace } confirmation code
fresh-proof-code-heading = Your confirmation code
fresh-proof-code-text = Enter this code to confirm that it’s you who is changing something in your { $workspace } account. It works once, for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}.
fresh-proof-code-not-you = If this wasn’t you, somebody else is signed in to your account. Never give the code to anyone, even if they say they work for { $workspace }. Go to the sign-in page below, follow “Forgot password?” and choose a new password: that signs out everybody who is signed in to your account.

# A link that proves a further address.
email-proof-subject = Confirm your address for { $workspace }
email-proof-heading = Confirm your address
email-proof-text = { $name } asked to add this address to their { $workspace } account. If that is you, open this link to confirm it. From then on, this address signs in to that account. The link works once, for { $hours ->
    [one] one hour
   *[other] { $hours } hours
}.
email-proof-button = Confirm this address
email-proof-not-you = If this wasn’t you, do nothing: without the link, this address signs nobody in to that account. Don’t confirm it for anybody else, and don’t pass the link on.

# Somebody wanted to add an address that belongs to another account.
email-belongs-elsewhere-subject = Your address was not added to another { $workspace } account
email-belongs-elsewhere-heading = This address has an account already
email-belongs-elsewhere-text = Somebody asked to add this address to their { $workspace } account. It belongs to another account, so it was not added. If it was you, sign in with this address: you will find it there, and you can remove it there if you want it on the other account.
email-belongs-elsewhere-not-you = If this wasn’t you, do nothing: your account stays as it is, and whoever asked was not told that it exists.

# The addresses of the account were changed.
email-changed-subject-added = An address was added to your { $workspace } account
email-changed-heading-added = An address was added
email-changed-text-added = { $address } was added to your { $workspace } account on { $date }, from { $device }. It doesn’t sign in until its owner confirms it from a mail.
email-changed-not-you-added = If this wasn’t you, undo it. That removes the address again and signs out everybody who is signed in to your account:
email-changed-subject-verified = An address of your { $workspace } account was confirmed
email-changed-heading-verified = An address was confirmed
email-changed-text-verified = { $address } was confirmed for your { $workspace } account on { $date }, from { $device }. From now on, it signs in to your account.
email-changed-not-you-verified = If this wasn’t you, undo it. That removes the address again and signs out everybody who is signed in to your account:
email-changed-subject-made-primary = Your { $workspace } account has a new primary address
email-changed-heading-made-primary = A new primary address
email-changed-text-made-primary = { $address } became the primary address of your { $workspace } account on { $date }, from { $device }. Links to choose a new password go there from now on.
email-changed-not-you-made-primary = If this wasn’t you, undo it. That makes the address before it the primary one again and signs out everybody who is signed in to your account:
email-changed-subject-removed = An address was removed from your { $workspace } account
email-changed-heading-removed = An address was removed
email-changed-text-removed = { $address } was removed from your { $workspace } account on { $date }, from { $device }. It doesn’t sign in any more.
email-changed-not-you-removed = If this wasn’t you, undo it. That adds the address again and signs out everybody who is signed in to your account:
email-changed-button = Undo this change
email-changed-after = The link works once, for { $days ->
    [one] one day
   *[other] { $days } days
}. Choose a new password after that: whoever did this may know yours.

# How the account is protected was changed, or used.
security-notice-subject-two-factor-enabled = Two-factor authentication is on for your { $workspace } account
security-notice-heading-two-factor-enabled = Two-factor authentication is on
security-notice-text-two-factor-enabled = Two-factor authentication was turned on for your { $workspace } account on { $date }, from { $device }. From now on, signing in takes a code from an authenticator app, or what you have in its place: a backup code or a passkey.
security-notice-then-two-factor-enabled = If you are then asked for a code that you don’t have, ask the people who run { $workspace } for help.
security-notice-subject-two-factor-disabled = Two-factor authentication is off for your { $workspace } account
security-notice-heading-two-factor-disabled = Two-factor authentication is off
security-notice-text-two-factor-disabled = Two-factor authentication was turned off for your { $workspace } account on { $date }, from { $device }. Signing in takes no second code any more.
security-notice-then-two-factor-disabled = Then turn it on again:
security-notice-subject-backup-codes-renewed = New backup codes for your { $workspace } account
security-notice-heading-backup-codes-renewed = New backup codes
security-notice-text-backup-codes-renewed = New backup codes were made for your { $workspace } account on { $date }, from { $device }. The ones before no longer work.
security-notice-then-backup-codes-renewed = Then make new backup codes, so that these no longer work:
security-notice-subject-backup-code-used = A backup code of your { $workspace } account was used
security-notice-heading-backup-code-used = A backup code was used
security-notice-text-backup-code-used = A backup code of your { $workspace } account was used on { $date }, from { $device }. { $left ->
    [0] None is left.
    [one] One is left.
   *[other] { $left } are left.
}
security-notice-few = Whether this was you or not, make new ones while you can sign in:
security-notice-few-button = Make new backup codes
security-notice-then-backup-code-used = Then make new backup codes, so that the others no longer work:
security-notice-subject-passkey-added = A passkey was added to your { $workspace } account
security-notice-heading-passkey-added = A passkey was added
security-notice-text-passkey-added = The passkey “{ $name }” was added to your { $workspace } account on { $date }, from { $device }. It signs in without a password and without a code.
security-notice-then-passkey-added = Then remove the passkey, which signs in until you do:
security-notice-subject-passkey-removed = A passkey was removed from your { $workspace } account
security-notice-heading-passkey-removed = A passkey was removed
security-notice-text-passkey-removed = The passkey “{ $name }” was removed from your { $workspace } account on { $date }, from { $device }. It doesn’t sign in any more.
security-notice-then-passkey-removed = Then add your passkey again:
security-notice-subject-identity-connected = A way to sign in was connected to your { $workspace } account
security-notice-heading-identity-connected = A way to sign in was connected
security-notice-text-identity-connected = An account at { $name } was connected to your { $workspace } account on { $date }, from { $device }. From now on it signs in to your { $workspace } account.
security-notice-then-identity-connected = Then disconnect it, because it signs in until you do:
security-notice-subject-identity-disconnected = A way to sign in was disconnected from your { $workspace } account
security-notice-heading-identity-disconnected = A way to sign in was disconnected
security-notice-text-identity-disconnected = An account at { $name } was disconnected from your { $workspace } account on { $date }, from { $device }. It doesn’t sign in any more.
security-notice-then-identity-disconnected = Then connect it again:
security-notice-subject-passkey-suspected = A passkey of your { $workspace } account was refused
security-notice-heading-passkey-suspected = A passkey was refused
security-notice-text-passkey-suspected = The passkey “{ $name }” of your { $workspace } account was used on { $date }, from { $device }, and refused: it counts its uses, and the count went back. That can mean that it was copied. Nobody got in with it.
security-notice-then-passkey-suspected = Whether this was you or not, remove this passkey, and add a new one if you need it:
security-notice-not-you = If this wasn’t you, choose a new password now. That signs out everybody who is signed in to your account:
security-notice-button = Choose a new password
security-notice-security-button = Look at your passkeys

# Told to all admins: a door was used that no setting closes.
emergency-door-subject-backup-sign-in = The backup sign-in of { $workspace } was used
emergency-door-heading-backup-sign-in = The backup sign-in was used
emergency-door-text-backup-sign-in = Somebody entered the right password of { $name } at the backup sign-in of { $workspace } on { $date }, from { $device }. All admins get this mail.
emergency-door-not-you-backup-sign-in = If this wasn’t you, ask { $name } now, and not by mail. If it wasn’t them either, somebody else knows their password: it has to be replaced at once. “Forgot password?” on the sign-in page does that, and signs out everybody who is signed in to that account.
emergency-door-subject-recovery-issued = A recovery link was made for { $workspace }
emergency-door-heading-recovery-issued = A recovery link was made
emergency-door-text-recovery-issued = On { $date }, whoever operates the server made a recovery link for { $name } of { $workspace }. It works once, for a few minutes: whoever has it can choose a new password and a new second factor for that account. All admins get this mail.
emergency-door-not-you-recovery-issued = If you didn’t expect this, ask { $name } now, and not by mail. If they didn’t ask for it, have whoever operates the server disable that account until it is clear what happened.
emergency-door-subject-recovery-used = A recovery link of { $workspace } was used
emergency-door-heading-recovery-used = A recovery link was used
emergency-door-text-recovery-used = The recovery link that was made for { $name } of { $workspace } was used on { $date }, from { $device }. Whoever used it can choose a new password and a new second factor for that account. All admins get this mail.
emergency-door-not-you-recovery-used = If this wasn’t you, ask { $name } now, and not by mail. If it wasn’t them either, have whoever operates the server disable that account until it is clear what happened.

# A change of settings that undid itself.
settings-reverted-subject = Security settings of { $workspace } were changed back
settings-reverted-heading = Security settings were changed back
settings-reverted-text = The security settings of { $workspace } were changed on { $date }. No admin signed in under them in time, so they are as they were before. All admins get this mail.
settings-reverted-next = To change them after all, save them again under “Security” and sign in once, in another browser or a private window, before the time shown there is over.
settings-reverted-not-you = If you didn’t expect this, ask the other admins who changed the settings. The audit log tells it too.

# A test by the operator.
test-subject = Test mail from { $workspace }
test-heading = Mail works
test-text = This is a test. Since you are reading it, { $workspace } can send mail to this address.
test-not-you = If you didn’t expect this, do nothing: somebody who runs { $workspace } sent it to try the mail settings.

# Somebody called for help: a code that they read out, and what becomes of it.
caller-action-set-password = set a temporary password for your account
caller-action-reset-two-factor = turn off two-factor authentication of your account
caller-action-reset-two-factor-and-passkeys = turn off two-factor authentication of your account and remove its passkeys
caller-code-subject = Your code for the support of { $workspace }
caller-code-heading = Your code for the support
caller-code-text = A member of staff of { $workspace } asked on { $date } to { $action }. If it’s you who is speaking with them, read this code to them. It works once, for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}.
caller-code-not-you = If you didn’t call { $workspace }, keep the code to yourself and do nothing: without it nothing happens. Never type it on a web page.
caller-notice-subject-announced = Help was asked for with your { $workspace } account
caller-notice-heading-announced = Help was asked for with your account
caller-notice-text-announced = Somebody asked the support of { $workspace } for help with your account on { $date }, and did not prove to be you. Staff will therefore { $action } on { $due } at the earliest, unless you stop it.
caller-notice-not-you-announced = If this wasn’t you, stop it:
caller-notice-stop = Stop this
caller-notice-subject-refused = You refused a request of the support of { $workspace }
caller-notice-heading-refused = A request was refused
caller-notice-text-refused = A member of staff of { $workspace } asked to { $action }. That was refused from your account or by a link in your mail on { $date }, and nothing was changed.
caller-notice-not-you-refused = If you don’t know who asked for help in your name, nothing more is to be done. If it wasn’t you who refused, choose a new password:
caller-notice-subject-cancelled = A request of the support of { $workspace } was taken back
caller-notice-heading-cancelled = A request was taken back
caller-notice-text-cancelled = Staff of { $workspace } will not { $action } after all. That was taken back on { $date }, and nothing was changed.
caller-notice-not-you-cancelled = If you didn’t ask for help, nothing is to be done. You can choose a new password at any time:
caller-notice-subject-done = The support of { $workspace } changed how you sign in
caller-notice-heading-done = The support changed how you sign in
caller-notice-text-done = You asked for it, or somebody did in your name: on { $date }, staff of { $workspace } was able to { $action }, and did. You were signed out everywhere.
caller-notice-not-you-done = If this wasn’t you, choose a new password now. That voids a temporary one:

# An account was deleted, and can come back for a while.
account-deleted-subject = Your { $workspace } account was deleted
account-deleted-heading = Your account was deleted
account-deleted-text = Your { $workspace } account was deleted on { $date }, from { $device }. It doesn’t sign in any more.
account-deleted-by-staff = Your { $workspace } account was deleted on { $date } by the people who run { $workspace }. It doesn’t sign in any more.
account-deleted-until = Until { $due } that can be undone. After that, what { $workspace } knows of you here is removed for good.
account-deleted-undo = If this wasn’t you, or you changed your mind, bring the account back:
account-deleted-elsewhere = If this wasn’t you, open the mail that went to the main address of the account: it has a link that brings it back.
account-deleted-ask = If this is a mistake, ask the people who run { $workspace }: they can bring the account back.
account-deleted-button = Bring the account back
account-restored-subject = Your { $workspace } account is back
account-restored-heading = Your account is back
account-restored-text = Your { $workspace } account was brought back on { $date }. It signs in as before.
account-restored-not-you = If this wasn’t you, choose a new password now:

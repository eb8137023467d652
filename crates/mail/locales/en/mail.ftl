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
} { $year } at { $time } UTC
device-known = { $browser } on { $system }
device-unknown = a device we don’t recognise

# What stands in every mail.
mail-from = This mail is from { $workspace }:
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

# A test by the operator.
test-subject = Test mail from { $workspace }
test-heading = Mail works
test-text = This is a test. Since you are reading it, { $workspace } can send mail to this address.
test-not-you = If you didn’t expect this, do nothing: somebody who runs { $workspace } sent it to try the mail settings.

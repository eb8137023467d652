# How the reader gets in, asked for by “Trouble signing in?”.
sign-in-report-subject = How to sign in to { $workspace }
report-heading = How you sign in
report-text-unknown = There is no { $workspace } account for this address. You may have used another one: look for older mail from { $workspace }, and try the address it went to.
report-text-closed = Your { $workspace } account is switched off, so nothing you try gets you in. Ask the people who run { $workspace } to switch it on again.
report-text-open = Your { $workspace } account is in order, and you can sign in.
report-text-shut = Your { $workspace } account has no way to sign in that works at the moment. Ask the people who run { $workspace } to look into it.
report-open = You can sign in with:
report-second-factor-on = After that, enter the code that your authenticator app shows, or one of your backup codes. { $left ->
    [0] No backup code is left.
    [one] One backup code is left.
   *[other] { $left } backup codes are left.
}
report-second-factor-set-up = After that, you set up an authenticator app: { $workspace } asks everyone for a second step.
report-waits = Too many tries were wrong, so some ways wait until { $date }.
report-mails = What became of our last mails to you:
report-mail = { $sort ->
    [code] A code
    [link] A link
    [answer] An answer
   *[notice] A notice
} of { $date }: { $fate ->
    [delivered] your mail server took it. Look in your spam folder if you don’t see it.
    [deferred] your mail server put it off. We keep trying.
    [refused] your mail server refused it. Ask whoever runs your mailbox why.
    [expired] it couldn’t be delivered in time. Ask for a new one.
   *[on-its-way] it is on its way.
}
report-next = What to do now:
report-button = Sign in
report-sign-up = If you have no account yet, you can open one:
report-not-you = If you didn’t ask for this, do nothing: this mail says how to sign in, and signs nobody in.

# Steps. The names of fields and buttons are exactly those of the pages.
how-to-open = { $place ->
    [portal] Open the portal link that { $workspace } gave you.
   *[sign-in] Open the sign-in page. Its address is at the end of this mail.
}
how-to-follow = Follow “{ $label }” on that page.
how-to-press = Press “{ $label }”.
how-to-fill = { $what ->
    [address] Enter this address under “{ $label }”.
    [password] Enter your password under “{ $label }”.
    [new-password] Choose a password under “{ $label }”.
    [mailed-code] Enter the code under “{ $label }”.
    [app-code] Enter the code of your app under “{ $label }”.
   *[name] Enter your name under “{ $label }”.
}
how-to-read-code = Open our next mail, which has a code.
how-to-read-link = Open our next mail, and the link in it.
how-to-at-provider = Sign in at { $provider }, which brings you back.
how-to-answer-device = Unlock your device when it asks you to.
how-to-at-company-site = Sign in at the company’s own site, and go on to the help centre from there.
email-address = Email address
password = Password
new-password = New password
sign-in-button = Sign in
sign-in-code-button = Email me a sign-in code
sign-in-code = Sign-in code
sign-in-passkey-button = Sign in with a passkey
sign-in-with = Sign in with { $provider }
forgot-password-link = Forgot password?
forgot-button = Send reset email
reset-button = Set password
sign-in-link = Sign in
continue = Continue

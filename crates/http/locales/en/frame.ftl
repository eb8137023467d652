# What stands around every page.

skip-to-content = Skip to content
sign-in-link = Sign in
edit-profile = Edit profile
sign-out = Sign out
continue = Continue
back-to-sign-in = Back to sign in
back-home = Go to the start page

# Notices at the top of the page that follows an action.
notice-code-sent = We have sent a new code.

# Errors of forms.
errors-title =
    { $count ->
        [one] There is a problem with what you entered
       *[other] There are { $count } problems with what you entered
    }
help-code = Help code: { $code }
help-code-use = If you ask for help, give this code. It tells the people here what happened.
error-prefix = Error:
error-name-missing = Enter your name.
error-name-too-long = Enter a name of at most { $max } characters.
error-name-invalid = Enter a name without control characters.
error-email-missing = Enter your email address.
error-email-invalid = Enter an email address like name@example.com.
error-email-one = Enter one email address only.
error-password-missing = Enter your password.
error-new-password-missing = Enter a new password.
error-password-too-short = Enter a password of at least { $min } characters.
error-password-too-long = Enter a password of at most { $max } characters.
error-password-common = That password is on a list of common passwords, so it is easy to guess. Choose another.
error-password-context = That password contains your name, your email address or the name of this site, so it is easy to guess. Choose another.
error-code-missing = Enter the code from the email.
error-code-shape = A code has { $length } letters and digits. Check the email and enter it again.
error-workspace-missing = Enter the address of your help centre.
error-workspace-unknown = We don’t know a help centre at this address. Check the spelling, or look in an email from them.

# Refusals, by the public reason.
refusal-invalid-credentials = Email address or password is incorrect.
refusal-code-wrong = That code is not right. Check the email and enter it again.
refusal-code-wrong-left =
    { $left ->
        [one] That code is not right. Check the email and enter it again. You have one more try.
       *[other] That code is not right. Check the email and enter it again. You have { $left } more tries.
    }
refusal-attempt-over = This has taken a while, so we have to begin again. What you entered is still here.
refusal-form-expired = This page was open for a while, so nothing was sent. Check what you entered and send it again.
refusal-code-expired = That code has expired. We can send a new one.
refusal-code-spent = That code can’t be used any more. Ask for a new one.
refusal-link-invalid = This link can’t be used any more.
refusal-try-later =
    { $minutes ->
        [one] Too many attempts. Try again in 1 minute.
       *[other] Too many attempts. Try again in { $minutes } minutes.
    }
refusal-method-off = This way of signing in is switched off here. Choose another one.
refusal-sign-up-closed = New accounts can’t be made here. If you need one, ask the people who run this help centre.
refusal-session-expired = This has taken a while, so this attempt is over. Please begin again.
rail-open = Menu:
list-comma = { ", " }

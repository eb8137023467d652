# Sign up, forgotten passwords, proof of an address.

sign-up-heading = Create your account
full-name = Full name
sign-up-button = Sign up
sign-up-have-account = Have an account? Sign in.
sign-up-domains = Accounts here are for addresses at { $domains }.
verification-code = Verification code
verify-heading = Check your email
verify-text = Enter the code from it to finish your account.

password-rules = Your password needs:
password-rule-length = at least { $min } characters
password-rule-common = not to be a common password
password-rule-context = not to contain your name or email address
password-rule-met = done
password-strength-short = Too short
password-strength-weak = Weak: easy to guess
password-strength-fair = Fair: a few more words would help
password-strength-good = Good
password-strength-strong = Strong
password-strength = Strength:

forgot-heading = Forgot your password?
forgot-text = Enter your email address. We will send you a link to choose a new password.
forgot-button = Send reset email
forgot-sent-heading = Check your email
forgot-sent-next = Open the link in it to choose a new password. It works for { $minutes } minutes.
forgot-sent-nothing = If nothing comes in a few minutes:
forgot-sent-spam = look in your spam folder
forgot-sent-address = check that you entered the address you use here
forgot-sent-again = Send it again

reset-heading = Choose a new password
reset-text = When you set it, you are signed out everywhere else.
new-password = New password
reset-button = Set password
reset-done-heading = Your password is set
reset-done-text = You are signed out everywhere. Sign in with the new password.
reset-done-others = These can also sign in to your account. If you don’t know one of them, remove it after you have signed in.
reset-done-none = Nothing else is connected to your account.
way-emailed-code = Codes sent to { $address }

link-invalid-heading = This link doesn’t work any more
link-invalid-reset = It has been used, it is too old, or part of it is missing. A new one takes a minute.
link-invalid-again = Get a new link

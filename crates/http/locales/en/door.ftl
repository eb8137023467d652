# The second step, passkeys, the backup sign-in, and the pages behind mailed and printed links.

keep-signed-in = Keep me signed in
keep-signed-in-hint = Only on a device that nobody else uses.
sign-in-passkey-button = Sign in with a passkey
passkey-cancelled = That didn’t work, or it was cancelled. Try again, or sign in another way.
passkey-away = We couldn’t reach the server. Check your connection and try again.
sign-in-passkey-needs-script = Signing in with a passkey needs a browser that runs scripts.

second-factor-heading = Two-factor authentication
second-factor-text = Enter the code that your authenticator app shows now.
second-factor-code = Authentication code
second-factor-hint = 6 digits. If you don’t have the app at hand, enter one of your backup codes.
second-factor-hint-app = 6 digits from the app.
second-factor-hint-backup = 13 letters and digits, for example ABCDE-FGHJK-MNP. Each works once.
second-factor-use-backup = Use a backup code
second-factor-use-app = Use the app’s code
second-factor-passkey = Use a passkey
second-factor-lost = Lost your phone and your backup codes? Ask the people who run this help centre for help.
second-factor-other = Sign in as someone else

enrol-heading = Set up two-factor authentication
enrol-text = This help centre asks for a second step when you sign in: a code from an app on your phone. Setting it up takes two minutes, and you do it once. Then you go on to where you were going.
enrol-need = You need an authenticator app, such as the one in your password manager.
enrol-start = Set up now

backup-login-heading = Backup sign-in for administrators
backup-login-text = For the administrators of this help centre, when no other way in works. All of them are told by email when it is used.

way-passkey = Your passkeys

recover-heading = Get back in
recover-text = This link lets you choose a new password and set up two-factor authentication again for { $address }. It works once. All administrators are told when it is used.
recover-setup-heading = Get back in
recover-setup-text = You are setting { $address } up again. Do what you need, then sign in as always.
recover-password-heading = Password
recover-two-factor-heading = Two-factor authentication
recover-two-factor-on = It is on. If you don’t have the app and the backup codes any more, set it up again, or turn it off.
recover-two-factor-off = It is off.
recover-two-factor-again = Set up two-factor authentication again
recover-two-factor-new = Set up two-factor authentication
recover-two-factor-disable = Turn off two-factor authentication
recover-two-factor-disable-text = Without it, your password alone signs in.
recover-continue = Continue to sign in

verify-email-heading = Confirm your email address
verify-email-text = { $address } is to be added to the account of { $account }. Afterwards you can sign in with it.
verify-email-button = Confirm this address
verify-email-done-heading = Your address is confirmed
verify-email-done-text = You can sign in with { $address } from now on.
verify-email-taken-heading = This address can’t be added
verify-email-taken-text = It belongs to another account here by now. Sign in with it to get to that account, or ask the people who run this help centre.

revert-email-heading = Undo this change?
revert-email-added = { $address } was added to your account. If you didn’t do that, undo it.
revert-email-made-primary = { $address } was made the primary address of your account. If you didn’t do that, undo it.
revert-email-removed = { $address } was removed from your account. If you didn’t do that, undo it.
revert-email-then = You are then signed out everywhere, and we send you a link to choose a new password: whoever made the change may know the old one.
revert-email-button = Undo this change
revert-email-done-heading = The change is undone
revert-email-taken-heading = This change can’t be undone
revert-email-taken-text = The address belongs to another account here by now. Ask the people who run this help centre.

not-me-heading = Wasn’t this you?
not-me-text = Somebody signed in to your account on { $date }. If it wasn’t you, we end that sign-in and send you a link to choose a new password.
not-me-button = This wasn’t me
not-me-done-heading = That sign-in is ended

reset-on-its-way = We have sent a message to { $address } with a link to choose a new password. Do that now, so that nobody else can get in.
reset-on-its-way-again = If nothing comes, look in your spam folder, or ask for another link.
reset-on-its-way-unknown = Choose a new password now, so that nobody else can get in.

link-invalid-recover = It has been used, it is too old, or part of it is missing. Ask whoever gave it to you for a new one.
link-invalid-verify = It has been used, it is too old, or part of it is missing. If the address isn’t confirmed yet, sign in and choose “Resend proof” in your list of email addresses.
link-invalid-warning = It has been used, it is too old, or part of it is missing. If you think that somebody else can get into your account, choose a new password.

portal-primary-email = Primary email
portal-primary-email-hint = The address that the people here know you by.
portal-send-code = Send code
portal-other-ways = Other ways to sign in
portal-personal-text = We send a sign-in code to { $address }. Enter it on the next page.
portal-somebody-else = This link is for { $address }, and you are signed in as { $name }. To go on as the person it is for, sign out first and open the link again.
portal-continue-as = Continue as { $name }
portal-off-heading = Portal links are switched off
portal-off-text = { $workspace } doesn’t use portal links at the moment. You can sign in as always.
link-invalid-portal = It is too old, it was taken back, part of it is missing, or it isn’t for { $workspace }. Ask for a fresh link from its sender.

notice-signed-out = You have signed out.
notice-new-password-set = Your new password is set.
notice-two-factor-off = Two-factor authentication is off.

error-factor-missing = Enter the code from your app, or a backup code.
error-factor-shape = A code from the app has 6 digits, a backup code 13 letters and digits. Check it and enter it again.
refusal-second-factor-wrong = That code is not right, or was used already. Wait for the app’s next code, or use a backup code.
refusal-passkey-wrong = That passkey didn’t work here. Try again, or sign in another way.

# The pages of one's own account.

language-name = English
date-and-time = { $day } { $month ->
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
} { $year }, { $time } { $zone }
device-both = { $browser } on { $system }
device-one = { $name }
device-unknown = A device we don’t recognise

account-rail = Your account
account-profile = Profile
account-emails = Emails & notifications
account-security = Security
save = Save
remove = Remove
remove-one = Remove { $name }
back-to-security = Back to Security

# Profile
profile-heading = Your profile
profile-details = About you
profile-language = Language
profile-language-browser = As my browser says
profile-time-zone = Time zone
profile-time-zone-hint = Times on pages and in emails are shown in it.
profile-time-zone-none = Not chosen (UTC)
picture-title = Picture
picture-alt = Your picture
picture-label = Choose a picture
picture-hint = PNG, JPEG, WebP or GIF, at most 2 MB. We cut it to a square.
picture-upload = Upload
picture-remove = Remove picture

# Emails & notifications
emails-title = Your email addresses
emails-what = You can sign in with every address that is confirmed. One password is good for all of them.
email-primary = Primary
email-make-primary = Make primary
email-resend = Resend proof
email-not-proved = Not confirmed yet. Open the link in the message that we sent to it.
email-only-one = Your only address can’t be removed. Add another one first.
email-add-label = Add an email address
email-add-hint = We send it a message with a link to confirm that it is yours.
email-add = Add
notices-title = What we write to you about
notices-security = You get an email at your addresses when something happens that could let somebody else in:
notices-new-device = a sign-in from a device that you haven’t used before
notices-credentials = a new password, or a passkey added or removed
notices-addresses = an address added, removed or made primary
notices-two-factor = two-factor authentication turned on or off, new backup codes, and a backup code used
notices-always = These can’t be switched off: they are how you find out in time.

# Security: password
current-password = Current password
password-change = Change password
password-change-text = When you change it, you are signed out everywhere else.
password-off = Signing in with a password is switched off here.
password-off-but-emergency = Signing in with a password is switched off here. A password of yours opens only the backup sign-in for administrators.
password-none = You have no password yet. You can sign in without one, and set one here.
password-set-first = Set a password

# Security: two-factor authentication
two-factor-title = Manage two-factor authentication
two-factor-is-on = It is on.
two-factor-since = Turned on { $date }.
two-factor-is-off = It is off.
two-factor-what = Turn it on, and signing in takes a code from an app on your phone as well. Nobody gets in with your password alone.
two-factor-required = This help centre requires it. If you don’t turn it on now, you do it when you next sign in.
two-factor-enable = Enable
two-factor-disable = Disable
two-factor-disable-hint = Disable: your backup codes stop working, and you are signed out everywhere else. You can turn it on again at any time.
two-factor-disable-required = Disable: this help centre requires two-factor authentication, so you set it up again when you next sign in.
two-factor-new-codes = New backup codes
two-factor-new-codes-hint = New backup codes: the old ones stop working at once.
backup-codes-left =
    { $count ->
        [0] You have no backup codes left.
        [one] You have one backup code left.
       *[other] You have { $count } backup codes left.
    }
backup-codes-few = Make new ones, so that you get in without your phone.

two-factor-set-up = Set up two-factor authentication
two-factor-step-app = Open an authenticator app on your phone.
two-factor-step-scan = Scan this picture with it.
two-factor-step-next = The app shows a code that changes every 30 seconds. Then go on.
two-factor-qr-alt = QR code for your authenticator app. If you can’t scan it, use the key below.
two-factor-open-app = Open in the app on this device
two-factor-key-text = Or enter this key in the app:
two-factor-next = Next
two-factor-not-now = Not now
two-factor-code-text = Enter the code that the app shows now. Two-factor authentication is on once it is right.
two-factor-code = Enter authentication code
two-factor-code-hint = 6 digits.
two-factor-turn-on = Enable two-factor authentication
two-factor-back-to-key = Show the QR code again

backup-codes-title = Your backup codes
backup-codes-just-on = Two-factor authentication is on.
backup-codes-renewed = These are your new backup codes. The old ones don’t work any more.
backup-codes-what = With one of these codes you get in when you don’t have your phone. Each works once.
backup-codes-save = Save them now: print them, download them, or take a screenshot. We can’t show them again.
backup-codes-copy = Copy
backup-codes-copied = Copied. Paste them somewhere safe.
backup-codes-download = Download
backup-codes-print = Print
backup-codes-saved = I have saved these codes
backup-codes-file = Backup codes for { $workspace }. Each works once.

# Security: passkeys
passkeys-title = Passkeys
passkeys-what = A passkey signs you in with your fingerprint, your face or your device’s PIN. It is both steps in one.
passkeys-empty = You have no passkeys yet. When you add one, it appears here.
passkey-add = Add a passkey
passkey-added = Added
passkey-used = Last used
passkey-never-used = Never used
passkey-synced = Backed up: it outlives a lost device.
passkey-one-device = On one device only.
passkey-rename-summary = Give it another name
passkey-rename = Rename
passkey-name = Name of the passkey
passkey-name-hint = For example the device that it is on. You can leave it empty.
passkey-new-text = Your device asks you to confirm that it’s you. Afterwards you can sign in with it.
passkey-create = Create the passkey
passkey-needs-script = Passkeys need JavaScript. Turn it on for this site and reload the page.

# Security: sessions
sessions-title = Sessions
sessions-what = Where you are signed in now. End what you don’t recognise, and change your password.
session-this = This one
session-address = From
session-opened = Signed in
session-used = Last used
session-end = End
session-end-others = End all other sessions

# Security: ways back in
ways-back-title = Ways back in
ways-back-text = What still gets you in if you lose something:
loss-phone = Without your phone
loss-mailbox = Without the mailbox of your primary address
loss-password = Without your password
ways-back-nothing = Nothing. You would have to ask the people who run this help centre.
route-password = your password
route-email-code = a code by email
route-reset-link = a new password by “Forgot password?”
route-passkey = a passkey
route-provider = a connected account, such as Google
route-then-app = a code from your app
route-then-backup-code = a backup code
route-then-passkey = a passkey
route-two-steps = { $first }, then { $second }
warning-nothing-at-all = Nothing gets you in once you are signed out. Add a passkey while you are here, or ask the people who run this help centre.
warning-one-way-left = Only one thing gets you in. If you lose it, nobody can help you but the people who run this help centre.
warning-nothing-without-phone = If you lose your phone, you can’t get in.
warning-nothing-without-mailbox = If you lose your mailbox, you can’t get in.
warning-nothing-without-password = If you lose your password, you can’t get in.
warning-title-remove-passkey = Remove this passkey?
warning-title-remove-email = Remove this address?
warning-title-disable = Turn off two-factor authentication?
warning-text = It can be done, but it changes what still gets you in. After it:
warning-advice = You can add another way in first: a password, a passkey or another email address.
warning-keep = Leave it as it is
warning-go-on = Do it anyway

# Fresh proof
confirm-heading = Confirm that it’s you
confirm-text = This changes how your account is protected, so we make sure that it is you. What you entered is kept.
confirm-passkey = Use a passkey
confirm-with-code = Continue with this code
confirm-code-hint = 6 digits from your app, or one of your backup codes.
confirm-send-code = Email me a code
confirm-email-code = Code from the email
confirm-cancel = Cancel

# Notices
notice-two-factor-on = Two-factor authentication is on.
notice-passkey-added = Your passkey is added.
notice-passkey-renamed = Your passkey has its new name.
notice-passkey-removed = The passkey is removed. You are signed out everywhere else.
notice-session-ended = That session is ended.
notice-others-ended = All other sessions are ended.
notice-profile-saved = Your profile is saved.
notice-picture-set = Your picture is saved.
notice-picture-removed = Your picture is removed.
notice-proof-sent = We have sent a message to that address. Open the link in it to confirm that it is yours. If nothing comes, look in the spam folder.
notice-primary-changed = Your primary address is changed. You are signed out everywhere else.
notice-email-removed = The address is removed.

# Errors and refusals
error-current-password-missing = Enter your current password.
error-proof-code-missing = Enter a code.
error-app-code-shape = The code has 6 digits. Look at the app and enter it again.
error-passkey-name-missing = Enter a name for the passkey.
error-language-unknown = Choose a language from the list.
error-time-zone-unknown = Choose a time zone from the list.
error-picture-missing = Choose a picture first.
error-picture-too-large = That file is too large. Choose a picture of at most { $megabytes } MB.
error-picture-kind = That file is not a picture we can use. Choose a PNG, JPEG, WebP or GIF.
error-picture-pixels = That picture is too large. Choose one of at most { $pixels } pixels a side.
error-picture-damaged = That picture can’t be read. It may be damaged: choose another one.
error-email-yours = That address is on your account already.
error-emails-too-many = Your account has as many addresses as it can hold. Remove one first.
refusal-current-password = That password is not right. Enter it again, or use “Forgot password?”.
refusal-first-code = That code is not right. Wait for the app’s next code and enter it. If it is refused again, check that the clock of your phone is right.
refusal-passkey-failed = The passkey could not be added. Begin again.
refusal-passkey-known = That passkey is on your account already.
refusal-passkeys-too-many = Your account has as many passkeys as it can hold. Remove one first.
refusal-two-factor-not-on = Two-factor authentication is not on, so nothing was changed.
refusal-setup-over = Setting it up took a while, so the key has run out. Begin again.
refusal-email-gone = That address is not on your account any more.
refusal-email-unproved = That address is not confirmed yet. Open the link in the message that we sent to it first.
refusal-email-primary = Your primary address can’t be removed. Make another one primary first.
refusal-email-last-verified = Your last confirmed address can’t be removed. Add and confirm another one first.
refusal-session-gone = That session was over already.

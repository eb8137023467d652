# Somebody calls and cannot get in: they prove who they are before staff changes anything.
caller-set-password-title = Set password
caller-set-password-what = The server makes a temporary password, which you see once. They are signed out everywhere, and choose a password of their own when they sign in with it. First, the person you are speaking with proves who they are.
caller-reset-title = Reset two-factor authentication
caller-reset-what = The authenticator app and the backup codes stop working, and they are signed out everywhere. First, the person you are speaking with proves who they are.
caller-by = How they prove who they are
caller-way-mailbox = A code to { $address }
caller-way-mailbox-hint = They read the code to you. You cannot see it.
caller-way-session = A question in their own account
caller-way-session-hint = For somebody who is still signed in somewhere. They open { $url } and answer there.
caller-way-delay = Without a proof, announced and delayed
caller-way-delay-hint = All their addresses get a mail that can stop it. It can be done in { $hours ->
    [one] one hour
   *[other] { $hours } hours
} at the earliest.
caller-passkeys-too = Remove their passkeys as well
caller-choose = Choose how they prove who they are.
caller-no-way = They have no confirmed address. Nothing can be done here.
caller-no-mailbox = There is no mailbox that the mail could go to.
caller-try-later = Too many mails went to that address today. Choose another way, or try again tomorrow.
caller-oneself = This is your own account. Change it under “Security” in your own account.
caller-under-way = Under way
caller-cancel = Take it back
caller-for-set-password = Set a temporary password
caller-for-reset-two-factor = Reset two-factor authentication
caller-for-reset-two-factor-and-passkeys = Reset two-factor authentication and remove all passkeys
caller-state-waiting = Waiting
caller-state-open = Can be done now
caller-says-code = A code is on its way. Ask for it, and type it here. It is good until
caller-says-session = They are asked in their own account, under “Requests”. That waits until
caller-says-delay = All their addresses were told. It can be done from
caller-says-delay-itself = All their addresses were told. Unless somebody stops it, the server does it by itself on
caller-says-open = It is proved. You can do it until
caller-says-spent = Too many wrong codes. Nothing was changed.
caller-says-over = Its time is over. Nothing was changed.
caller-says-refused = They refused it. Nothing was changed. Whoever called may not be who they say.
caller-says-cancelled = It was taken back. Nothing was changed.
caller-says-used = It was done.
caller-code = The code that they read to you
caller-code-wrong = That is not the code. { $count ->
    [0] No try is left.
    [one] One try is left.
   *[other] { $count } tries are left.
}
caller-code-missing = Type the code.
caller-look-again = Look again
caller-again = Begin again
caller-do-set-password = Set password
caller-do-reset = Reset two-factor authentication
temporary-password-title = Temporary password
temporary-password-once = Tell it to them now: it is not shown again. They choose a password of their own when they sign in.
temporary-password-label = Temporary password
temporary-password-until = It works until

# One's own account: what staff asks.
requests-title = Requests
requests-text = Somebody who works here wants to change how you sign in, because somebody asked them for help. Say yes only if you are speaking with them right now.
requests-asked = Asked
requests-due = Happens, unless you say no,
requests-yes = Yes, it’s me
requests-no = No
requests-none = Nobody asks for anything. When you speak with the support, they may ask you to open this page.
own-password-text = You signed in with a temporary password. Choose one of your own, which nobody else knows.
own-password-same = That is the temporary password. Choose another one.
stop-request-heading = Stop this request?
stop-request-text = Staff announced that they will change how you sign in. Stop it if you didn’t ask for that.
stop-request-button = Stop it
restore-account-heading = Bring your account back?
restore-account-text = Your account was deleted. It can still be brought back, as it was.
restore-account-button = Bring the account back

# Deleting an account.
person-restore = Undo deletion
delete-person-title = Delete { $name }?
delete-person-what = They are signed out everywhere and don’t get in any more, and all their addresses are told.
delete-person-undo = For { $days ->
    [one] one day
   *[other] { $days } days
} this can be undone. After that, everything that tells who they were is removed for good.
delete-person-button = Delete
delete-person-oneself = This is your own account. Delete it under “Security” in your own account.
delete-person-last-owner = They are the last owner. Make somebody else an owner first.
notice-person-deleted = Deleted. You can undo it here.
notice-person-restored = The deletion is undone.
notice-caller-cancelled = Taken back.
notice-two-factor-reset = Two-factor authentication is reset.
notice-request-answered = Your answer is recorded.
notice-request-stopped = It is stopped. Nothing was changed.
notice-account-restored = Your account is back. Sign in as before.
notice-account-deleted = Your account is deleted. The mail that we sent you says how to bring it back.
delete-account-title = Delete my account
delete-account-text = You are signed out everywhere and don’t get in any more. For { $days ->
    [one] one day
   *[other] { $days } days
} you can bring the account back by a link that we mail to you. After that, everything that we know of you here is removed for good.
delete-account-button = Delete my account
delete-account-last-way-in = Without you, nobody who may change the security settings could sign in. See to it that another admin can, first.
delete-account-last-owner = You are the last owner of this workspace. Make somebody else an owner first.

# The portal's home, sign in, and the emailed code.

home-signed-out = Sign in to follow your conversations.
home-areas = In this help centre
home-empty = Nothing is shown here yet. The people who run this help centre choose what appears.
start-conversation = Start a conversation

sign-in-heading = Sign in to { $workspace }
email-address = Email address
password = Password
sign-in-button = Sign in
sign-in-code-button = Email me a sign-in code
forgot-password-link = Forgot password?
sign-up-link = Need an account? Sign up.
sign-in-other-ways = or
sign-in-nothing-open = Signing in is switched off here at the moment. Ask the people who run this help centre.
password-show = Show password
password-hide = Hide password

code-heading = Check your email
code-sent-to = We have sent a message to { $address }.
code-sent-from = It comes from { $sender }.
code-sent-ago =
    { $minutes ->
        [0] The latest one went out just now.
        [one] The latest one went out a minute ago.
       *[other] The latest one went out { $minutes } minutes ago.
    }
sign-in-code = Sign-in code
code-hint = 7 letters and digits, for example ABC2345.
code-sending = Sending the code…
code-sending-undo = Undo
code-nothing-came = If nothing comes, look in your spam folder and check the address.
resend-code = Resend code
resend-wait = You can ask for another code in { $seconds } s.
resend-ready = You can ask for another code now.
resend-reload = Reload this page after that.
use-another-address = Use another address
start-again = Start again

expired-heading = This page was open for a while
expired-text = For your safety, forms here work for a limited time. Nothing you did is lost: continue and fill in the form once more.
expired-destination = After that you go on to where you were going.

refused-heading = We couldn’t sign you in

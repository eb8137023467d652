# Signing in with a provider, the rule of the directory, and connected accounts.

sign-in-with = Sign in with { $provider }
last-used = Last used
directory-announced = Signing in this way is for people in our directory.
directory-ask = If you should be in it, ask the people who run this help centre.
directory-compared-email = We looked for your email address in our directory.
directory-compared-identity = We looked for your account at the provider in our directory.
directory-compared-both = We looked for your email address, and for your account at the provider, in our directory.
directory-synced = Its last update:
directory-never-synced = It has not been filled yet.

departing-heading = On to { $provider }
departing-text = You sign in at { $provider } and come back here by yourself. If nothing happens, continue.

one-more-step-heading = One more step
one-more-step-text = { $provider } has told us who you are there, but not for certain at which email address we reach you. Enter yours, and we send you a code to confirm it. You do this once.
one-more-step-hint = If you have an account here already, enter the address you use for it.
one-more-step-other = Sign in another way

refusal-provider-cancelled = The sign-in was cancelled there, so nothing has happened. Try again, or sign in another way.
refusal-provider-unavailable = It doesn’t answer just now. Try again in a minute, or sign in another way.
refusal-provider-answer-wrong = The answer that came back can’t be used, so we couldn’t sign you in. Try again, or sign in another way.
refusal-not-in-directory = Signing in this way is for people in our directory, and we couldn’t find you in it, or you aren’t active there.
refusal-account-disabled = Your account here is closed. Ask the people who run this help centre.
refusal-identity-taken = That account is connected to another account here already. Sign in with it to get to that one.

# Connected accounts
account-connections = Connected accounts
connections-heading = Connected accounts
connections-what = With a connected account you sign in here without a password. We see who you are there, and nothing else of it.
connections-empty = Nothing is connected yet. Connect an account that you have elsewhere, and you can sign in with it.
connections-none-offered = Nothing is connected, and this help centre offers nothing to connect. Accounts at other providers would appear here.
connection-since = Connected
connection-used = Last used
connection-never-used = Not used yet
connection-closed = Signing in with it is switched off here at the moment.
connect-title = Connect an account
connect = Connect { $provider }
connect-hint = You are sent there to sign in, and come back here.
disconnect = Disconnect { $provider }
warning-title-disconnect = Disconnect this account?
notice-connected = Your account is connected. You can sign in with it from now on.
notice-disconnected = The account is disconnected.
refusal-connection-gone = That account is not connected any more.
refusal-last-way-in = Nothing else would get you in, so it stays connected. Set a password, or add a passkey or an email address, first.
way-connected = Your connected accounts, such as Google

hand-over-heading = Sign in to { $workspace }
hand-over-other-person = You are signed in here as { $name }. The site you come from sent you as somebody else. Continue to sign in as them instead.
hand-over-text = The site you come from says who you are. You are signed in as soon as that is checked.

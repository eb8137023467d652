# Security: the rules of the door, providers with credentials of one's own, embedding.

security-heading = Security
security-tabs = Whom the rules are for
security-customers = Customers
security-staff = Staff
security-of-customers = { $setting } (customers)
security-of-staff = { $setting } (staff)
security-recommend-two-factor = We recommend requiring two-factor authentication of staff: a stolen password is then not enough to get into this console.

security-methods = Ways to sign in
security-method-password = Email and password
security-method-code = Emailed code
security-method-code-hint = A one-time code goes to the person’s mailbox.
security-method-passkey = Passkey
security-method-hand-over = Hand-over from your own site
security-method-hand-over-hint = A signed token (JWT) signs in whoever is signed in on your own site.
security-way-provider = Sign in with { $provider }

security-providers = Providers
security-provider-own = With credentials of your own.
security-provider-server = With the credentials of this server.
security-provider-none = Nobody can use it until it has credentials.
security-provider-credentials = Credentials for { $provider }
security-provider-add = Add a provider
security-second-factor-from = Trust { $provider } that a second factor was shown

security-two-factor = Two-factor authentication
security-two-factor-required = Require two-factor authentication
security-two-factor-hint = Whoever has none sets it up at their next sign-in.

security-passwords = Passwords
security-min-length = Fewest characters
security-min-length-two-factor = Fewest characters with two-factor authentication

security-sessions = How long people stay signed in
security-idle = Without doing anything
security-absolute = At the most
security-unit = Unit: { $of }
security-minutes = minutes
security-hours = hours
security-days = days
security-some-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
security-some-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
security-some-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
security-characters = { $count ->
    [one] { $count } character
   *[other] { $count } characters
}

security-sign-up = Sign-up
security-sign-up-who = Who may make an account
security-sign-up-open = Anyone
security-sign-up-domains = People with an address at these domains
security-sign-up-closed = Nobody
security-domains = Mail domains
security-domains-hint = Separated by commas, such as example.com, example.org. They count only with the choice above.
security-portal-links = Portal links
security-portal-links-hint = Links that open the portal for one contact, after a code to their mailbox.

security-everyone = For everyone
security-directory = Only people in the directory
security-directory-hint = Single sign-on then admits only people with an active record in your synced directory.
security-directory-ask = Whom to ask
security-directory-ask-hint = Shown to people who are not in the directory, such as “Ask the IT desk, extension 200”.
security-embedding = Sites that may show the sign-in pages in a frame
security-embedding-hint = One a line, such as https://help.example.com. Leave it empty, and no site may.

security-preview-button = Preview changes
security-save = Save changes
security-counting = Looking at everybody
security-counting-so-far = { $seen } of about { $of } people
security-counting-broken = The count broke off. Nothing was changed. Preview the changes again in a moment.
security-preview = What would change
security-preview-nothing = Nothing would change.
security-preview-nobody = Nobody’s ways in would change.
security-preview-people = { $count ->
    [one] { $count } person looked at
   *[other] { $count } people looked at
}
security-setting = Setting
security-before = Now
security-after = Then
security-way = Way in
security-audience = For
security-gain = Gain it
security-keep = Keep it
security-lose = Lose it
security-gain-first = { $count ->
    [one] { $count } person who has no way in now gets one.
   *[other] { $count } people who have no way in now get one.
}
security-have-to-enrol = { $count ->
    [one] { $count } person has to set up two-factor authentication at their next sign-in.
   *[other] { $count } people have to set up two-factor authentication at their next sign-in.
}
security-lose-last = { $count ->
    [one] { $count } person loses their last way in
   *[other] { $count } people lose their last way in
}
security-lose-nobody = Nobody loses their last way in.
security-person = Person
security-address = Address
security-export = Download the whole list
security-on-trial = This changes how admins get in. It undoes itself after a while unless an admin signs in afresh meanwhile.
security-confirm = Save the changes again if this is what you want.
security-locked-out-you = You could not sign in any more yourself.
security-locked-out-all = No admin could sign in any more.
security-locked-out-mend = These changes are not saved. Leave on at least one way in that you have, or set up another one for yourself first.
security-conflict = Somebody else changed the settings meanwhile
security-conflict-text = Nothing was saved. The form below holds what you entered. It differs from what holds now in this:

security-on = On
security-off = Off
security-value = { $value }
security-value-none = None
security-number-wrong = Write a whole number from { $low } to { $high }.
security-length-wrong = Write a length from { $low } { $low_unit ->
    [days] days
    [hours] hours
   *[minutes] minutes
} to { $high } { $high_unit ->
    [days] days
    [hours] hours
   *[minutes] minutes
}.
security-domains-wrong = Write mail domains separated by commas, such as example.com.
security-text-long = Write at most { $most } characters.
security-embedding-wrong = Write at most 20 addresses that begin with https:// and hold a host name and nothing behind it.
security-no-way-for-staff = Leave at least one of password, emailed code and passkey on, or no staff could sign in.
security-form-wrong = The form holds something that this page does not know. Load the page anew.

notice-settings-saved = Saved.
notice-settings-on-trial = Saved, for now: sign in afresh in another browser before the time at the top is over, or the change undoes itself.
notice-provider-saved = Credentials saved.
notice-provider-removed = Credentials removed.

provider-heading = Credentials for { $provider }
provider-heading-new = Add a provider
provider-own = Your workspace uses credentials of its own.
provider-of-server = Your workspace uses the credentials of this server. Credentials saved here take their place.
provider-none = Nobody can sign in with this provider yet: it has no credentials.
provider-callback = Callback address
provider-callback-hint = Register this address with the provider, letter by letter.
provider-id = Short name
provider-id-hint = It stands in addresses: google, microsoft, facebook, twitter, or a name of your own of a–z, 0–9 and hyphens.
provider-id-wrong = Write a short name of a–z, 0–9 and hyphens, at most 40 of them; jwt is taken.
provider-name = Name on the button
provider-name-hint = Leave it empty for the usual one.
provider-client-id = Client ID
provider-client-id-missing = Write the client ID that the provider gave you.
provider-issuer = Issuer
provider-issuer-hint = An https address, such as https://sso.example.com. The big providers need none.
provider-secret = Client secret
provider-secret-hint = Nobody is shown it again.
provider-secret-kept = One is kept. Leave this empty to keep it; write it again if you change the client or an address.
provider-secret-missing = Write the client secret that the provider gave you.
provider-more = More, seldom needed
provider-kind = Protocol
provider-kind-hint = oidc for OpenID Connect, oauth2 for plain OAuth 2; empty for the usual one.
provider-kind-wrong = Write oidc or oauth2.
provider-scopes = Scopes
provider-scopes-hint = With spaces between; empty for the usual ones.
provider-scopes-wrong = Begin with openid.
provider-authorization = Authorization address
provider-token = Token address
provider-userinfo = Userinfo address
provider-jwks = Key set address
provider-address-wrong = Write a public address that begins with https://.
provider-authoritative = Mail domains it speaks for
provider-authoritative-hint = With spaces between. A proved email at one of these domains needs no further proof here.
provider-domains-wrong = Write mail domains with spaces between, such as example.com.
provider-tenants = Microsoft tenants
provider-tenants-hint = Ids of tenants with spaces between; only for Microsoft.
provider-tenants-wrong = Write ids of Microsoft tenants, or leave it empty.
provider-max-age = Longest age of a sign-in there, in seconds
provider-max-age-hint = Empty for any age; only for OpenID Connect.
provider-max-age-wrong = Write a number of seconds, for OpenID Connect only.
provider-owner-only = Only an owner may change this, because it decides who people are.
provider-last-way-in = Without this provider, nobody who may change the security settings could sign in. Give an admin another way in first.
provider-too-many = Your workspace has as many providers of its own as it may. Remove one first.
provider-save = Save credentials
provider-try = Try it
provider-try-hint = Opens a new tab and signs in at the provider with what stands above. Nothing is saved by it.
provider-remove = Remove own credentials
provider-back = Back to Security

tried-heading-ok = Signing in with { $provider } works
tried-heading-fault = Signing in with { $provider } does not work
tried-nothing-done = This was a trial. Nobody was signed in, nothing was connected and nothing was saved.
tried-subject = Who came back
tried-issuer = Issuer
tried-name = Name
tried-email = Email
tried-worth-none = No email. People are asked for one and prove it with a code.
tried-worth-hint = Counts as a hint only. People prove it with a code.
tried-worth-claimed = Proved, says the provider, which does not speak for that domain. People prove it with a code.
tried-worth-proved = Proved, and the provider speaks for that domain. It counts by itself.
tried-second-factor = Second factor shown there
tried-yes = Yes
tried-no = No, or it does not say
tried-check = Check that failed
tried-says = What exactly
tried-close = Close this tab to go on with the form.

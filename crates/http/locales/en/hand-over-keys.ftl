# Keys of hand-over by the company's own site.
admin-hand-over = Hand-over
hand-over-key-heading = Hand-over from your site
hand-over-key-what = Whoever is signed in on your own site arrives signed in here: your site signs a short token with one of these keys and sends the browser to /sign-in/jwt.
hand-over-key-off-customers = Hand-over is off for customers, so no token signs anybody in.
hand-over-key-off-staff = Hand-over is off for staff, so no token signs them in.
hand-over-key-switch = Change this in Security
hand-over-key-changing-over = Two keys are live. Change your site over to the new one, then revoke the old one.
hand-over-keys = Keys
hand-over-key-new = New key
hand-over-key-new-what = A key for customers. Whoever holds it can sign in as any of them, so keep it like a password of all of them.
hand-over-key-id = Key id
hand-over-key-audience = Hands over
hand-over-key-customers = Customers
hand-over-key-staff = Staff
hand-over-key-algorithm = Algorithm
hand-over-key-shared = { $algorithm }: a shared secret, made here
hand-over-key-public = { $algorithm }: a public key of your site
hand-over-key-public-key = Public key
hand-over-key-public-key-hint = In PEM or as a JSON Web Key, only for RS256 and ES256. Leave it empty for a shared secret.
hand-over-key-highest-role = Highest role
hand-over-key-made = Added
hand-over-key-add = Add the key
hand-over-key-made-heading = The key is added
hand-over-key-made-once = Keep the secret where your site keeps its secrets. It is not shown again. Use it as the text it is, “dwh_” included.
hand-over-key-made-public = Tokens that your site signs with the private key are taken from now on.
hand-over-key-secret = Secret
hand-over-key-kept = Done
hand-over-key-revoke = Revoke
hand-over-key-revoked = Revoked
hand-over-key-revoke-title = Revoke this key?
hand-over-key-revoke-what = The next token that was signed with the key { $id } is refused. Sessions that are open stay open.
hand-over-key-revoke-for-good = This cannot be undone. Add a new key first if your site still uses this one.
hand-over-key-empty = There is no key yet. Add one and enter it in your site.
hand-over-key-renew = To renew a key, add a second one, change your site over, and revoke the first.
hand-over-key-staff-by-server = A key for staff is added on the server: doorward hand-over key add.
hand-over-key-algorithm-wrong = Choose an algorithm.
hand-over-key-too-many = Two keys for customers are live. Revoke one first.
hand-over-key-role-wrong = Choose a role of customers.
hand-over-key-beyond-own = This role permits more than you may do.
hand-over-key-public-missing = Paste the public key of your site.
hand-over-key-public-not-shared = A shared secret is made here. Leave this empty, or choose RS256 or ES256.
hand-over-key-other-algorithm = The public key is for { $fits }.
hand-over-key-unreadable = This is no public key in PEM (BEGIN PUBLIC KEY) and no JSON Web Key.
hand-over-key-private = This is a private key. Replace it on your site, now that it was copied, and paste the public one.
hand-over-key-rsa-size = The RSA key has { $bits } bits. Use one of at least 2048 and at most 8192.
hand-over-key-kind = This kind of key is not used here. Use RSA (RS256) or P-256 (ES256).
hand-over-check-heading = Check a token
hand-over-check-what = Paste a token as your site made it. Checking does not use it up, and it is not shown again.
hand-over-check-token = Token
hand-over-check-button = Check
hand-over-check-found = What the check found
hand-over-check-wrong = It would sign nobody in. The first thing that is wrong:
hand-over-check-good = Nothing is wrong.
hand-over-check-field = Field
hand-over-check-was = It was
hand-over-check-should = It should be
hand-over-check-reason = Reason in the receipt
hand-over-check-key = Signed with the key
hand-over-check-new-account = It would make a new account.
hand-over-check-account = It would sign in to an account that exists.
hand-over-check-opens = It would sign in { $name }.
hand-over-check-no-drift = Your clock agrees with ours.
hand-over-check-ahead = { $seconds ->
    [one] It was made one second ahead of our clock.
   *[other] It was made { $seconds } seconds ahead of our clock.
}
hand-over-check-behind = { $seconds ->
    [one] It was made one second ago by our clock.
   *[other] It was made { $seconds } seconds ago by our clock.
}
notice-hand-over-key-revoked = The key is revoked.

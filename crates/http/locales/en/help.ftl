# Trouble signing in, and how to sign in.

trouble-heading = Trouble signing in?
trouble-text = Enter your email address. We send a report to its mailbox: how you sign in here, what became of our last mails to you, and what to do next.
trouble-button = Send me a report
trouble-sent-next = The report in it says how you sign in here and what to do next. It signs nobody in.
trouble-sent-ask = If your mailbox is out of reach, ask the people who run this help centre, and give them a help code if you were shown one.
trouble-again = Ask for another report

how-to-heading = How to sign in
how-to-for = Whom this is for
how-to-for-customers = Customers
how-to-for-staff = Staff
how-to-with-password = With your password
how-to-with-code = With an emailed code
how-to-by-hand-over = From the company’s own site
how-to-by-portal-link = With the portal link
how-to-new-password = Choose a first or a new password
how-to-sign-up = Open an account
how-to-nothing-open = No way to sign in is switched on here at the moment. Ask the people who run this help centre.
how-to-second-step = Two-factor authentication
how-to-second-step-required = Everyone enters a second code here. If you have no authenticator app yet, you set one up on the way in.
how-to-second-step-if-on = If you have switched it on, a second code is asked for next. A backup code does as well.
how-to-open = { $place ->
    [portal] Open the portal link that you were given.
   *[sign-in] Open the sign-in page.
}
how-to-follow = Follow { $label } on that page.
how-to-press = Press { $label }.
how-to-fill = { $what ->
    [address] Enter your email address under { $label }.
    [password] Enter your password under { $label }.
    [new-password] Choose a password and enter it under { $label }.
    [mailed-code] Enter the code under { $label }.
    [app-code] Enter the code that your authenticator app shows under { $label }.
   *[name] Enter your name under { $label }.
}
how-to-read-mail = { $what ->
    [link] Open the mail that we send you, and the link in it.
   *[code] Open the mail that we send you. It has a code.
}
how-to-at-provider = Sign in at { $provider }. You come back by yourself.
how-to-answer-device = Unlock your device when it asks you to.
how-to-at-company-site = Sign in at the company’s own site, and go on to the help centre from there.

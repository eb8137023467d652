# Making a workspace of one's own.
founding-heading = Create your own workspace
founding-text = A workspace is a help centre of your own. You become its owner.
founding-as = It will belong to { $name }, { $address }.
founding-name = Workspace name
founding-address = Address
founding-address-hint = The first part of its web address, for example { $example }. Letters, digits and dashes.
founding-button = Create workspace
founding-code-text = Enter it to create your workspace.
founding-closed = On this server only the operator creates workspaces. Ask whoever runs it for one.
founding-closed-back = Back to the start
founding-as-text = You become the owner of the new workspace, with the name and the email address you have here. Your account here stays as it is.
founding-unproved = To create a workspace you need a verified email address.
founding-unproved-way = Go to your email addresses
founding-crossing = Continue to choose a name and an address.
founding-made = { $name } is ready
founding-made-text = Continue to your new workspace.
founding-link = Create your own workspace
error-workspace-name = Enter a name of at most 60 characters, without links or addresses.
error-slug-malformed = Use 3 to 40 letters, digits or dashes, with a letter or digit at each end.
error-slug-reserved = This address is reserved. Choose another.
error-slug-taken = This address is taken, or looks too much like one that is. Choose another.
error-founding-over = This took too long, or was begun in another browser. Start again.
error-founding-code-wrong = { $tries ->
    [0] This is not the code. Start again to get a new one.
    [one] This is not the code. You can try once more.
   *[other] This is not the code. You can try { $tries } more times.
}
error-founding-code-expired = This code has expired. Ask for another.

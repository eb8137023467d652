# Settings on trial, told at the top of every page of the console.

settings-trial = Security settings on trial
settings-trial-until = How admins sign in was changed. The change undoes itself on
settings-trial-what = To keep it, an admin signs in afresh under the new settings: in another browser or a private window, and not by the backup sign-in.
settings-trial-undo = Undo the change now
notice-settings-undone = The change is undone. The security settings are as they were before.

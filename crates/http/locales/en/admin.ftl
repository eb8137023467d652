# What stands around the pages of the console.

admin-console = Admin
admin-rail = Admin
admin-users = Users
admin-pages = Pages of this list
admin-next-page = Next page
admin-first-page = Back to the first page
admin-cancel = Cancel

# Seen only where every page is drawn with made-up values.
admin-sample-title = Delete this person?
admin-sample-what = { $name } will be gone for good.
admin-sample-button = Delete

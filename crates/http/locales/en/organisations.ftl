# Organisations (A9).

admin-organisations = Organisations
organisations-heading = Organisations
organisations-search = Search organisations
organisations-search-button = Search
organisations-empty = There are none yet. An organisation groups people; with an email domain, whoever proves an address there belongs to it by itself.
organisations-none-found = No organisation was found.
organisations-all = Show all
organisation-new = New organisation
organisation-create = Create organisation
organisation-name = Name
organisation-domains = Email domains
organisation-domains-hint = One a line, such as acme.example. Whoever proves an address at exactly this domain belongs to the organisation from then on. Nobody who is here already is moved.
organisation-members = Members
organisation-members-count = { $count ->
    [0] No members
    [one] One member
   *[other] { $count } members
}
organisation-delete = Delete organisation
organisation-delete-title = Delete this organisation?
organisation-delete-what = { $count ->
    [0] Nobody belongs to it.
    [one] The one member stays, without this organisation. This cannot be undone.
   *[other] The { $count } members stay, without this organisation. This cannot be undone.
}
organisation-delete-which = { $name } will be gone.
organisation-name-missing = Enter a name.
organisation-name-taken = Another organisation has this name.
organisation-no-domain = { $domain } is not a domain of email addresses.
organisation-domain-taken = Another organisation has the domain { $domain }.
organisation-too-many-domains = An organisation has at most 50 domains.

notice-organisation-created = The organisation is there.
notice-organisation-saved = The organisation is saved.
notice-organisation-deleted = The organisation is deleted.

//! The attributes of users and groups (RFC 7643 §4, §8.7), and the documents that describe them.

use serde_json::{Value, json};

/// Schema of a user.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Schema of a user's attributes in a company.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// Schema of a group.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// Schema of a list.
pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// Schema of a PATCH.
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// Schema of a search that is posted.
pub const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// Schema of an error.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// Schema of what this server can do.
pub const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// Schema of a kind of resource.
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// Schema of a schema.
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// Yes or no.
    Flag,
    /// Bytes in base64.
    Binary,
    /// An instant.
    Moment,
    /// The address of something, of the named kinds.
    Reference(&'static [&'static str]),
    /// Parts with names.
    Complex(&'static [Attribute]),
}

/// Who may change a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    /// The client.
    ReadWrite,
    /// The client, once.
    Immutable,
    /// The server.
    ReadOnly,
}

/// One attribute.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a characteristic of its own (RFC 7643 §7), and any mixture of them occurs"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether it has many.
    pub many: bool,
    /// Whether it must have one.
    pub required: bool,
    /// Whether case matters.
    pub exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// Whether it is in every answer, whatever was asked for.
    pub always: bool,
    /// Whether no other resource of the same token may have the same.
    pub unique: bool,
    /// Values that are usual.
    pub usual: &'static [&'static str],
    /// What it is, for whoever sets a client up.
    pub about: &'static str,
}

impl Attribute {
    /// Its part of that name, in any case.
    pub fn part(&self, name: &str) -> Option<&'static Self> {
        match self.kind {
            Kind::Complex(parts) => find(parts, name),
            _ => None,
        }
    }
}

/// The attribute of that name, in any case.
pub fn find(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceKind {
    /// Its name.
    pub name: &'static str,
    /// Its schema.
    pub schema: &'static str,
    /// Where its resources are, below the service.
    pub endpoint: &'static str,
    /// Its own attributes.
    pub attributes: &'static [Attribute],
    /// An extension of it, with its attributes.
    pub extension: Option<(&'static str, &'static [Attribute])>,
    about: &'static str,
}

/// Users.
pub const USERS: ResourceKind = ResourceKind {
    name: "User",
    schema: USER,
    endpoint: "/Users",
    attributes: USER_ATTRIBUTES,
    extension: Some((ENTERPRISE, ENTERPRISE_ATTRIBUTES)),
    about: "A person as the directory knows them",
};

/// Groups.
pub const GROUPS: ResourceKind = ResourceKind {
    name: "Group",
    schema: GROUP,
    endpoint: "/Groups",
    attributes: GROUP_ATTRIBUTES,
    extension: None,
    about: "A group of people",
};

const fn plain(name: &'static str, kind: Kind, about: &'static str) -> Attribute {
    Attribute {
        name,
        kind,
        many: false,
        required: false,
        exact: false,
        mutability: Mutability::ReadWrite,
        always: false,
        unique: false,
        usual: &[],
        about,
    }
}

const fn text(name: &'static str, about: &'static str) -> Attribute {
    plain(name, Kind::Text, about)
}

const fn many(name: &'static str, parts: &'static [Attribute], about: &'static str) -> Attribute {
    Attribute {
        many: true,
        ..plain(name, Kind::Complex(parts), about)
    }
}

const fn usual(name: &'static str, usual: &'static [&'static str]) -> Attribute {
    Attribute {
        usual,
        ..text(name, "What the value is for")
    }
}

const PRIMARY: Attribute = plain("primary", Kind::Flag, "Whether it is the preferred one; at most one is");
const DISPLAY: Attribute = text("display", "The value, to be shown");
const VALUE: Attribute = text("value", "The value");

/// `id`, `externalId` and `meta`, which every resource has beside those of its schema (RFC 7643 §3.1).
pub const COMMON: &[Attribute] = &[
    Attribute {
        exact: true,
        mutability: Mutability::ReadOnly,
        always: true,
        unique: true,
        ..text("id", "Given by the server")
    },
    Attribute {
        exact: true,
        ..text("externalId", "What the client calls it")
    },
    Attribute {
        mutability: Mutability::ReadOnly,
        ..plain("meta", Kind::Complex(META), "What the server noted")
    },
];

const META: &[Attribute] = &[
    read_only("resourceType", Kind::Text, "Kind of the resource"),
    read_only("created", Kind::Moment, "When it was made"),
    read_only("lastModified", Kind::Moment, "When it was last changed"),
    read_only("location", Kind::Reference(&["uri"]), "Where it is"),
    read_only("version", Kind::Text, "Its version"),
];

const fn read_only(name: &'static str, kind: Kind, about: &'static str) -> Attribute {
    Attribute {
        exact: true,
        mutability: Mutability::ReadOnly,
        ..plain(name, kind, about)
    }
}

const USER_ATTRIBUTES: &[Attribute] = &[
    Attribute {
        required: true,
        unique: true,
        ..text("userName", "Names the person within the directory")
    },
    plain(
        "name",
        Kind::Complex(&[
            text("formatted", "The whole name"),
            text("familyName", "Family name"),
            text("givenName", "Given name"),
            text("middleName", "Middle names"),
            text("honorificPrefix", "Before the name"),
            text("honorificSuffix", "After the name"),
        ]),
        "The parts of the name",
    ),
    text("displayName", "The name to be shown"),
    text("nickName", "What they are called"),
    plain("profileUrl", Kind::Reference(&["external"]), "A page about them"),
    text("title", "What they are in the company"),
    text("userType", "How they stand to the company"),
    text("preferredLanguage", "Languages they read, as of Accept-Language"),
    text("locale", "Where they are, for numbers and dates"),
    text("timezone", "Time zone, an IANA name"),
    plain("active", Kind::Flag, "Whether the record admits anybody"),
    many(
        "emails",
        &[VALUE, DISPLAY, usual("type", &["work", "home", "other"]), PRIMARY],
        "Addresses; they prove nothing of who has the mailbox",
    ),
    many(
        "phoneNumbers",
        &[
            VALUE,
            DISPLAY,
            usual("type", &["work", "home", "mobile", "fax", "pager", "other"]),
            PRIMARY,
        ],
        "Telephone numbers",
    ),
    many(
        "ims",
        &[
            VALUE,
            DISPLAY,
            usual("type", &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]),
            PRIMARY,
        ],
        "Where messages reach them",
    ),
    many(
        "photos",
        &[
            plain("value", Kind::Reference(&["external"]), "Address of the picture"),
            DISPLAY,
            usual("type", &["photo", "thumbnail"]),
            PRIMARY,
        ],
        "Pictures",
    ),
    many(
        "addresses",
        &[
            text("formatted", "The whole address"),
            text("streetAddress", "Street and number"),
            text("locality", "Town"),
            text("region", "State or region"),
            text("postalCode", "Postal code"),
            text("country", "Country, ISO 3166-1 alpha-2"),
            usual("type", &["work", "home", "other"]),
            PRIMARY,
        ],
        "Postal addresses",
    ),
    Attribute {
        mutability: Mutability::ReadOnly,
        ..many(
            "groups",
            &[
                read_only("value", Kind::Text, "Id of the group"),
                read_only("$ref", Kind::Reference(&["Group"]), "Where the group is"),
                read_only("display", Kind::Text, "Name of the group"),
                read_only("type", Kind::Text, "How they are in it"),
            ],
            "Groups they are in",
        )
    },
    many(
        "entitlements",
        &[VALUE, DISPLAY, text("type", "What the value is for"), PRIMARY],
        "What they may have",
    ),
    many(
        "roles",
        &[VALUE, DISPLAY, text("type", "What the value is for"), PRIMARY],
        "Roles at the source; they give no role here",
    ),
    many(
        "x509Certificates",
        &[
            Attribute {
                exact: true,
                ..plain("value", Kind::Binary, "The certificate")
            },
            DISPLAY,
            text("type", "What the value is for"),
            PRIMARY,
        ],
        "Certificates",
    ),
];

const ENTERPRISE_ATTRIBUTES: &[Attribute] = &[
    text("employeeNumber", "Number in the company"),
    text("costCenter", "Cost centre"),
    text("organization", "Organisation"),
    text("division", "Division"),
    text("department", "Department"),
    plain(
        "manager",
        Kind::Complex(&[
            Attribute {
                exact: true,
                ..text("value", "Id of the manager")
            },
            plain("$ref", Kind::Reference(&["User"]), "Where the manager is"),
            Attribute {
                mutability: Mutability::ReadOnly,
                ..text("displayName", "Name of the manager")
            },
        ]),
        "Whom they report to",
    ),
];

const GROUP_ATTRIBUTES: &[Attribute] = &[
    Attribute {
        required: true,
        ..text("displayName", "Name of the group")
    },
    many(
        "members",
        &[
            immutable("value", Kind::Text, "Id of the user"),
            immutable("$ref", Kind::Reference(&["User"]), "Where the user is"),
            Attribute {
                usual: &["User"],
                ..immutable("type", Kind::Text, "Kind of the member")
            },
        ],
        "Users in it",
    ),
];

const fn immutable(name: &'static str, kind: Kind, about: &'static str) -> Attribute {
    Attribute {
        exact: true,
        mutability: Mutability::Immutable,
        ..plain(name, kind, about)
    }
}

fn describe(attribute: &Attribute) -> Value {
    let (kind, references, parts) = match attribute.kind {
        Kind::Text => ("string", None, None),
        Kind::Flag => ("boolean", None, None),
        Kind::Binary => ("binary", None, None),
        Kind::Moment => ("dateTime", None, None),
        Kind::Reference(to) => ("reference", Some(to), None),
        Kind::Complex(parts) => ("complex", None, Some(parts)),
    };
    let mut described = json!({
        "name": attribute.name,
        "type": kind,
        "multiValued": attribute.many,
        "description": attribute.about,
        "required": attribute.required,
        "caseExact": attribute.exact,
        "mutability": match attribute.mutability {
            Mutability::ReadWrite => "readWrite",
            Mutability::Immutable => "immutable",
            Mutability::ReadOnly => "readOnly",
        },
        "returned": if attribute.always { "always" } else { "default" },
        "uniqueness": if attribute.unique { "server" } else { "none" },
    });
    if let Some(fields) = described.as_object_mut() {
        if let Some(references) = references {
            fields.insert("referenceTypes".to_owned(), json!(references));
        }
        if let Some(parts) = parts {
            fields.insert("subAttributes".to_owned(), parts.iter().map(describe).collect());
        }
        if !attribute.usual.is_empty() {
            fields.insert("canonicalValues".to_owned(), json!(attribute.usual));
        }
    }
    described
}

/// The documents of `/Schemas`, `base` being the address of the service.
pub fn schemas(base: &str) -> Vec<Value> {
    let document = |id: &str, name: &str, about: &str, attributes: Value| {
        json!({
            "schemas": [SCHEMA],
            "id": id,
            "name": name,
            "description": about,
            "attributes": attributes,
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
        })
    };
    let own = |attributes: &[Attribute]| attributes.iter().map(describe).collect::<Value>();
    vec![
        document(USER, USERS.name, USERS.about, own(USERS.attributes)),
        document(
            ENTERPRISE,
            "EnterpriseUser",
            "A person's place in a company",
            own(ENTERPRISE_ATTRIBUTES),
        ),
        document(GROUP, GROUPS.name, GROUPS.about, own(GROUPS.attributes)),
        document(
            SERVICE_PROVIDER_CONFIG,
            "ServiceProviderConfig",
            "What this service can do",
            own(CONFIG_ATTRIBUTES),
        ),
        document(
            RESOURCE_TYPE,
            "ResourceType",
            "A kind of resource",
            own(RESOURCE_TYPE_ATTRIBUTES),
        ),
        document(SCHEMA, "Schema", "The attributes of a kind", own(SCHEMA_ATTRIBUTES)),
    ]
}

/// The documents of `/ResourceTypes`.
pub fn resource_types(base: &str) -> Vec<Value> {
    [USERS, GROUPS]
        .into_iter()
        .map(|kind| {
            let extensions: Vec<Value> = kind
                .extension
                .iter()
                .map(|(schema, _attributes)| json!({ "schema": schema, "required": false }))
                .collect();
            json!({
                "schemas": [RESOURCE_TYPE],
                "id": kind.name,
                "name": kind.name,
                "description": kind.about,
                "endpoint": kind.endpoint,
                "schema": kind.schema,
                "schemaExtensions": extensions,
                "meta": {
                    "resourceType": "ResourceType",
                    "location": format!("{base}/ResourceTypes/{}", kind.name),
                },
            })
        })
        .collect()
}

/// The document of `/ServiceProviderConfig`: PATCH, filters and ETags; no bulk, no sorting, no passwords.
pub fn service_provider_config(base: &str) -> Value {
    json!({
        "schemas": [SERVICE_PROVIDER_CONFIG],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": super::MAX_PAGE },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token that those who run the workspace make for this directory",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

const fn required(attribute: Attribute) -> Attribute {
    Attribute {
        required: true,
        mutability: Mutability::ReadOnly,
        ..attribute
    }
}

const fn optional(attribute: Attribute) -> Attribute {
    Attribute {
        mutability: Mutability::ReadOnly,
        ..attribute
    }
}

const SUPPORTED: Attribute = required(plain("supported", Kind::Flag, "Whether it can be used"));

const CONFIG_ATTRIBUTES: &[Attribute] = &[
    optional(plain(
        "documentationUri",
        Kind::Reference(&["external"]),
        "Where it is described",
    )),
    required(plain("patch", Kind::Complex(&[SUPPORTED]), "PATCH")),
    required(plain("bulk", Kind::Complex(&[SUPPORTED]), "Many operations at once")),
    required(plain("filter", Kind::Complex(&[SUPPORTED]), "Filters")),
    required(plain(
        "changePassword",
        Kind::Complex(&[SUPPORTED]),
        "Setting passwords",
    )),
    required(plain("sort", Kind::Complex(&[SUPPORTED]), "Sorted lists")),
    required(plain("etag", Kind::Complex(&[SUPPORTED]), "Versions of resources")),
    required(many(
        "authenticationSchemes",
        &[
            required(text("type", "Kind of the scheme")),
            required(text("name", "Name of the scheme")),
            required(text("description", "What it is")),
            optional(plain(
                "specUri",
                Kind::Reference(&["external"]),
                "Where it is specified",
            )),
            optional(plain(
                "documentationUri",
                Kind::Reference(&["external"]),
                "Where it is described",
            )),
        ],
        "How clients show who they are",
    )),
];

const RESOURCE_TYPE_ATTRIBUTES: &[Attribute] = &[
    optional(text("id", "Its id")),
    required(text("name", "Its name")),
    optional(text("description", "What it is")),
    required(plain("endpoint", Kind::Reference(&["uri"]), "Where its resources are")),
    required(plain("schema", Kind::Reference(&["uri"]), "Its schema")),
    optional(many(
        "schemaExtensions",
        &[
            required(plain("schema", Kind::Reference(&["uri"]), "Schema of the extension")),
            required(plain("required", Kind::Flag, "Whether every resource has it")),
        ],
        "Its extensions",
    )),
];

const ATTRIBUTE_PARTS: &[Attribute] = &[
    required(text("name", "Its name")),
    required(text("type", "What its values are")),
    required(plain("multiValued", Kind::Flag, "Whether it has many")),
    optional(text("description", "What it is")),
    required(plain("required", Kind::Flag, "Whether it must have one")),
    optional(Attribute {
        many: true,
        ..text("canonicalValues", "Values that are usual")
    }),
    optional(plain("caseExact", Kind::Flag, "Whether case matters")),
    optional(text("mutability", "Who may change it")),
    optional(text("returned", "When it is in an answer")),
    optional(text("uniqueness", "Whether another resource may have the same")),
    optional(Attribute {
        many: true,
        ..text("referenceTypes", "Kinds of what it refers to")
    }),
];

const SCHEMA_ATTRIBUTES: &[Attribute] = &[
    required(text("id", "Its URN")),
    optional(text("name", "Its name")),
    optional(text("description", "What it is")),
    required(many("attributes", ATTRIBUTE_PARTS, "Its attributes")),
];

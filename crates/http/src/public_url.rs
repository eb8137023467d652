//! The setting `public_url`; it stands in the domain, since links in mails are built from it too.

pub use doorward_domain::public_url::{PublicUrl, PublicUrlError, Scheme};

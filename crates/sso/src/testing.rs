//! Providers for unit tests.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::provider::ProviderConfig;

/// A provider with credentials, and these keys.
pub(crate) fn config(id: &str, pairs: &[(&str, &str)]) -> ProviderConfig {
    let mut values: BTreeMap<String, String> = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    values.entry("client_id".to_owned()).or_insert_with(|| "abc".to_owned());
    ProviderConfig::read(id, &values, Some(SecretString::from("secret"))).unwrap()
}

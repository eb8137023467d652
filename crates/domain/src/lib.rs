//! Vocabulary, rules and ports of Doorward: plain functions over plain data, no I/O.
//!
//! Everything that is a rule about signing in stands here, as a function that can be asked without signing in. The
//! [`ports`] say what the rules' users (the use cases of `doorward-auth`) need of the world.

pub mod api_key;
pub mod audit;
#[cfg(feature = "catalogue")]
pub mod catalogue;
pub mod client;
pub mod colour;
pub mod device;
pub mod directory;
pub mod email_address;
pub mod fresh_proof;
pub mod hand_over;
pub mod ids;
pub mod limits;
pub mod mail;
pub mod manual;
pub mod method;
pub mod one_time;
pub mod passkey;
pub mod password_rule;
pub mod picture;
pub mod policy;
pub mod portal_link;
pub mod ports;
pub mod provider;
pub mod public_url;
pub mod reason;
pub mod return_to;
pub mod role;
pub mod scim;
pub mod second_factor;
pub mod secret;
pub mod session;
pub mod settings;
pub mod sign_in;
#[cfg(feature = "testing")]
pub mod testing;
pub mod throttle;
pub mod time;
pub mod time_zone;
pub mod user;
pub mod ways_back;
pub mod ways_in;
pub mod words;
pub mod workspace;

//! The hand of the operator and of the portal application on people, and the answer to "why can't they sign in?".

pub mod create_user;
pub mod explain;
pub mod set_password;
pub mod set_status;
pub mod upsert_contact;

//! OAuth 2 and OpenID Connect clients for Doorward

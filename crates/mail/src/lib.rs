//! Mail for Doorward: templates, SMTP, the outbox worker and the development mailbox

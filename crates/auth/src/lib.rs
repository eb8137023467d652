//! The sign-in core of Doorward: use cases and credential engines over the ports

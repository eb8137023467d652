//! The schema of Doorward, one file a step

//! Load scenarios for Doorward, each a ratio against a ceiling of the same run

fn main() {}

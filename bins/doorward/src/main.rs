//! The sign-in of a help centre

fn main() {}

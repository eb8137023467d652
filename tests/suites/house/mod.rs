//! The house itself: who may see whom, what may stand in a source file, and whether the harness can be believed.

mod architecture;
mod harness;
mod sources;

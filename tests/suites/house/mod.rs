//! The house itself: who may see whom, what may stand in a source file, whether what is written down is so, and whether
//! the harness can be believed.

mod architecture;
mod counterparts;
mod drift;
mod harness;
mod sources;

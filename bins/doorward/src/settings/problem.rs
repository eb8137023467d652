//! What is wrong with a configuration, key by key.

use std::fmt;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The key, dotted.
    pub(crate) key: String,
    /// What is wrong and what to write.
    pub(crate) says: String,
}

impl Problem {
    /// Puts one together.
    pub(crate) fn new(key: impl Into<String>, says: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            says: says.into(),
        }
    }
}

/// All mistakes, told together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        writeln!(
            f,
            "the configuration has {count} {}:",
            if count == 1 { "mistake" } else { "mistakes" }
        )?;
        for problem in &self.0 {
            writeln!(f, "  {}: {}", problem.key, problem.says)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

//! The API through the whole application, over the store in memory.

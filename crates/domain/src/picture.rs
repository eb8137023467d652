//! The picture on a profile (A4): what may be uploaded, and what is kept of it.

use crate::time::Timestamp;

/// Largest upload, in bytes.
pub const MAX_UPLOAD_BYTES: usize = 2 * 1024 * 1024;
/// Most pixels along one side of an upload; larger ones are refused before they are decoded.
pub const MAX_UPLOAD_SIDE: u32 = 6_000;
/// Pixels along one side of what is kept.
pub const KEPT_SIDE: u32 = 256;

/// A picture as kept: re-encoded here, so that nothing of the upload but its pixels is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// A square PNG of [`KEPT_SIDE`] pixels a side.
    pub png: Vec<u8>,
    /// When it was set.
    pub set_at: Timestamp,
}

/// Why an upload will not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureProblem {
    /// More than [`MAX_UPLOAD_BYTES`].
    #[error("the file is too large")]
    TooLarge,
    /// Neither PNG, JPEG, WebP nor GIF, whatever it is called.
    #[error("the file is not a picture of a kind that is taken")]
    Kind,
    /// More than [`MAX_UPLOAD_SIDE`] pixels along one side.
    #[error("the picture has too many pixels")]
    TooManyPixels,
    /// It cannot be decoded.
    #[error("the picture is damaged")]
    Damaged,
}

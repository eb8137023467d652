//! Pictures of profiles: decoded, cut to a square and written anew, so that nothing of an upload but its pixels is kept
//! (A4).

use std::io::Cursor;

use doorward_domain::picture::{KEPT_SIDE, MAX_UPLOAD_BYTES, MAX_UPLOAD_SIDE, PictureProblem};
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

/// What decoding one picture may take, in bytes: enough for what cameras take, and little enough for a small machine (a
/// server that is given 256 MiB must outlive it).
const DECODING_BYTES: u64 = 96 * 1024 * 1024;
const KINDS: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];

/// A square PNG of what was uploaded. Takes a while: not for the async threads.
pub(crate) fn re_encode(upload: &[u8]) -> Result<Vec<u8>, PictureProblem> {
    let (picture, orientation) = decode(upload)?;
    let mut square = picture.resize_to_fill(KEPT_SIDE, KEPT_SIDE, FilterType::Triangle);
    square.apply_orientation(orientation);
    encode(&square)
}

/// A PNG of all of what was uploaded, of at most [`KEPT_SIDE`] pixels in height and three times that in width: for a logo.
/// Takes a while: not for the async threads.
pub(crate) fn re_encode_whole(upload: &[u8]) -> Result<Vec<u8>, PictureProblem> {
    let (mut picture, orientation) = decode(upload)?;
    picture.apply_orientation(orientation);
    let fits = picture.width() <= 3 * KEPT_SIDE && picture.height() <= KEPT_SIDE;
    if !fits {
        picture = picture.resize(3 * KEPT_SIDE, KEPT_SIDE, FilterType::Triangle);
    }
    encode(&picture)
}

fn decode(upload: &[u8]) -> Result<(DynamicImage, Orientation), PictureProblem> {
    if upload.len() > MAX_UPLOAD_BYTES {
        return Err(PictureProblem::TooLarge);
    }
    let format = image::guess_format(upload).map_err(|_| PictureProblem::Kind)?;
    if !KINDS.contains(&format) {
        return Err(PictureProblem::Kind);
    }
    // The size stands in the header, so that a bomb is refused before a pixel of it is decoded.
    let (width, height) = ImageReader::with_format(Cursor::new(upload), format)
        .into_dimensions()
        .map_err(|_| PictureProblem::Damaged)?;
    if width > MAX_UPLOAD_SIDE || height > MAX_UPLOAD_SIDE {
        return Err(PictureProblem::TooManyPixels);
    }
    if width == 0 || height == 0 {
        return Err(PictureProblem::Damaged);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODING_BYTES);
    limits.max_image_width = Some(MAX_UPLOAD_SIDE);
    limits.max_image_height = Some(MAX_UPLOAD_SIDE);
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| PictureProblem::Damaged)?;
    if decoder.total_bytes() > DECODING_BYTES {
        return Err(PictureProblem::TooManyPixels);
    }
    // Phones write pictures lying down and say so in what is dropped here; a note that cannot be read is none.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| PictureProblem::Damaged)?;
    Ok((picture, orientation))
}

fn encode(picture: &DynamicImage) -> Result<Vec<u8>, PictureProblem> {
    let mut png = Cursor::new(Vec::new());
    DynamicImage::ImageRgba8(picture.to_rgba8())
        .write_to(&mut png, ImageFormat::Png)
        .map_err(|_| PictureProblem::Damaged)?;
    Ok(png.into_inner())
}

#[cfg(test)]
mod tests;

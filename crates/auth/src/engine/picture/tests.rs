use image::{ExtendedColorType, ImageEncoder as _, Rgb, RgbImage};

use super::*;

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Upper half red, lower half blue.
fn two_colours(width: u32, height: u32) -> DynamicImage {
    let picture = RgbImage::from_fn(width, height, |_, y| {
        if y < height / 2 {
            Rgb([255, 0, 0])
        } else {
            Rgb([0, 0, 255])
        }
    });
    DynamicImage::ImageRgb8(picture)
}

fn kept(png: &[u8]) -> image::RgbaImage {
    image::load_from_memory_with_format(png, ImageFormat::Png)
        .unwrap()
        .to_rgba8()
}

#[test]
fn a4_each_kind_becomes_a_square_png() {
    for format in KINDS {
        for (width, height) in [(40, 30), (300, 900), (1, 1), (256, 256)] {
            let upload = encoded(&two_colours(width, height), format);
            let png = re_encode(&upload).unwrap();
            assert_eq!(image::guess_format(&png).unwrap(), ImageFormat::Png);
            let square = kept(&png);
            assert_eq!((square.width(), square.height()), (KEPT_SIDE, KEPT_SIDE), "{format:?}");
        }
    }
}

#[test]
fn what_is_no_picture_of_these_kinds_is_refused_whatever_it_is_called() {
    let bitmap = {
        let mut bytes = b"BM".to_vec();
        bytes.extend([0; 60]);
        bytes
    };
    for upload in [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec(),
        b"<!DOCTYPE html><html><body onload=alert(1)></html>".to_vec(),
        b"%PDF-1.7".to_vec(),
        b"PK\x03\x04".to_vec(),
        bitmap,
        b"II*\0\x08\0\0\0".to_vec(),
        Vec::new(),
        vec![0; 1000],
    ] {
        assert_eq!(re_encode(&upload), Err(PictureProblem::Kind), "{upload:?}");
    }
}

#[test]
fn nothing_but_pixels_is_kept_of_a_file_that_is_two_things_at_once() {
    let script = b"<html><script>alert(document.cookie)</script></html>";
    for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::Jpeg] {
        let mut upload = encoded(&two_colours(20, 20), format);
        upload.extend(script);
        // A decoder that stumbles over what follows refuses it, which will do as well.
        if let Ok(png) = re_encode(&upload) {
            assert!(!contains(&png, b"script"), "{format:?}");
        }
    }
    let mut upload = encoded(&two_colours(20, 20), ImageFormat::Png);
    let text = chunk(*b"tEXt", b"Comment\0<script>alert(1)</script>");
    upload.splice(33..33, text);
    let png = re_encode(&upload).unwrap();
    assert!(!contains(&png, b"script") && !contains(&png, b"tEXt"));
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A chunk of a PNG.
fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let mut checked = kind.to_vec();
    checked.extend(content);
    let mut chunk = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
    chunk.extend(&checked);
    chunk.extend(crc32(&checked).to_be_bytes());
    chunk
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

/// A PNG whose header promises that many pixels, with hardly anything behind it.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(chunk(*b"IHDR", &header));
    png.extend(chunk(*b"IDAT", b"\x78\x9c\x03\x00\x00\x00\x00\x01"));
    png.extend(chunk(*b"IEND", b""));
    png
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    for (width, height) in [
        (50_000, 50_000),
        (MAX_UPLOAD_SIDE + 1, 1),
        (1, MAX_UPLOAD_SIDE + 1),
        (u32::MAX >> 1, 2),
    ] {
        let started = std::time::Instant::now();
        let refused = re_encode(&bomb(width, height)).unwrap_err();
        assert!(
            matches!(refused, PictureProblem::TooManyPixels | PictureProblem::Damaged),
            "{width} x {height}: {refused:?}"
        );
        assert!(started.elapsed().as_secs() < 2);
    }
    assert_eq!(re_encode(&bomb(50_000, 50_000)), Err(PictureProblem::TooManyPixels));
    let within_the_sides = bomb(MAX_UPLOAD_SIDE, MAX_UPLOAD_SIDE);
    assert_eq!(
        re_encode(&within_the_sides),
        Err(PictureProblem::TooManyPixels),
        "144 MB of pixels"
    );
    assert_eq!(
        re_encode(&bomb(5_000, 5_000)),
        Err(PictureProblem::Damaged),
        "would fit"
    );
    let mut gif = encoded(&two_colours(20, 20), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xFF; 4]);
    assert_eq!(re_encode(&gif), Err(PictureProblem::TooManyPixels));
}

#[test]
fn what_is_cut_off_or_damaged_is_refused_and_breaks_nothing() {
    for format in KINDS {
        let whole = encoded(&two_colours(64, 64), format);
        for end in (0..whole.len()).step_by(7) {
            // Some decoders make do with most of a picture; what counts is that none falls over.
            let _ = re_encode(&whole[..end]);
        }
        assert!(re_encode(&whole[..whole.len() / 4]).is_err(), "{format:?}");
        for position in (0..whole.len()).step_by(5) {
            let mut damaged = whole.clone();
            damaged[position] ^= 0xFF;
            let _ = re_encode(&damaged);
        }
    }
}

#[test]
fn an_upload_has_a_most() {
    let mut upload = encoded(&two_colours(20, 20), ImageFormat::Png);
    upload.resize(MAX_UPLOAD_BYTES + 1, 0);
    assert_eq!(re_encode(&upload), Err(PictureProblem::TooLarge));
}

/// A JPEG with an EXIF block: a camera's name, and which way up it is.
fn with_exif(orientation: u16) -> Vec<u8> {
    let mut exif = b"MM\0*\0\0\0\x08".to_vec();
    exif.extend(2_u16.to_be_bytes());
    exif.extend([0x01, 0x0F, 0, 2, 0, 0, 0, 4]);
    exif.extend(b"GPS\0");
    exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1]);
    exif.extend(orientation.to_be_bytes());
    exif.extend([0, 0]);
    exif.extend([0; 4]);
    let mut jpeg = Vec::new();
    let pixels = two_colours(64, 64).to_rgb8();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(&pixels, 64, 64, ExtendedColorType::Rgb8).unwrap();
    jpeg
}

#[test]
fn what_a_camera_wrote_into_the_file_is_gone_and_the_picture_stands_upright() {
    let upload = with_exif(6);
    assert!(contains(&upload, b"Exif") && contains(&upload, b"GPS"));
    let png = re_encode(&upload).unwrap();
    assert!(!contains(&png, b"eXIf") && !contains(&png, b"GPS"));
    // Turned by a quarter clockwise, what was above is on the right.
    let square = kept(&png);
    let (left, right) = (square.get_pixel(20, 128), square.get_pixel(235, 128));
    assert!(left[2] > 200 && left[0] < 60, "{left:?}");
    assert!(right[0] > 200 && right[2] < 60, "{right:?}");
}

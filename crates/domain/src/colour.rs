//! Colours that people choose, and whether text in them can be read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The contrast that text has to reach (WCAG 2.2 SC 1.4.3, level AA).
pub const TEXT_CONTRAST: f64 = 4.5;

/// An opaque sRGB colour, written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// Why a text is not a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a colour is written `#rrggbb`")]
pub struct ColourError;

impl Colour {
    /// White.
    pub const WHITE: Self = Self::new(0xff, 0xff, 0xff);
    /// Black.
    pub const BLACK: Self = Self::new(0, 0, 0);
    /// The darkest text of the pages.
    pub const INK: Self = Self::new(0x14, 0x16, 0x1a);
    /// The accent of a workspace that has chosen none.
    pub const DEFAULT_ACCENT: Self = Self::new(0x2b, 0x5f, 0xad);
    /// A colour of its three parts.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Reads `#rrggbb`, in either case.
    ///
    /// # Errors
    /// [`ColourError`] for any other form, short and named colours included.
    pub fn parse(text: &str) -> Result<Self, ColourError> {
        let digits = text.strip_prefix('#').ok_or(ColourError)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ColourError);
        }
        let part = |range: std::ops::Range<usize>| {
            digits
                .get(range)
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or(ColourError)
        };
        Ok(Self {
            red: part(0..2)?,
            green: part(2..4)?,
            blue: part(4..6)?,
        })
    }

    /// Relative luminance, 0 (black) to 1 (white), as WCAG 2.2 defines it.
    pub fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// Contrast ratio with another colour, 1 to 21, as WCAG 2.2 defines it.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// The shade nearest to this one that reaches `ratio` against every one of `grounds`, on the way to black or white,
    /// whichever contrasts more with them. Where even that end does not reach it, the end itself.
    #[must_use]
    pub fn corrected(self, grounds: &[Self], ratio: f64) -> Self {
        let reaches = |colour: Self| grounds.iter().all(|ground| colour.contrast(*ground) >= ratio);
        let against = |colour: Self| {
            grounds
                .iter()
                .map(|ground| colour.contrast(*ground))
                .fold(f64::MAX, f64::min)
        };
        let end = if against(Self::BLACK) >= against(Self::WHITE) {
            Self::BLACK
        } else {
            Self::WHITE
        };
        (0..=u8::MAX)
            .map(|step| self.mixed(end, step))
            .find(|shade| reaches(*shade))
            .unwrap_or(end)
    }

    /// White or `dark`, whichever reads better on this colour.
    #[must_use]
    pub fn text_on(self, dark: Self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(dark) {
            Self::WHITE
        } else {
            dark
        }
    }

    /// This colour with `share`/255 of another.
    fn mixed(self, other: Self, share: u8) -> Self {
        let mix = |from: u8, to: u8| {
            let (from, to, share) = (u32::from(from), u32::from(to), u32::from(share));
            u8::try_from((from * (255 - share) + to * share + 127) / 255).unwrap_or(u8::MAX)
        };
        Self::new(
            mix(self.red, other.red),
            mix(self.green, other.green),
            mix(self.blue, other.blue),
        )
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl TryFrom<String> for Colour {
    type Error = ColourError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_agrees_with_the_known_values() {
        let grey = Colour::parse("#767676").unwrap();
        assert!((Colour::WHITE.contrast(Colour::BLACK) - 21.0).abs() < 1e-9);
        assert!((grey.contrast(Colour::WHITE) - 4.54).abs() < 0.01);
        assert!((grey.contrast(grey) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn only_six_hexadecimal_digits_are_a_colour() {
        assert_eq!(Colour::parse("#A1b2C3").unwrap().to_string(), "#a1b2c3");
        for wrong in [
            "",
            "#",
            "a1b2c3",
            "#abc",
            "#gggggg",
            "#a1b2c3d4",
            "red",
            "#+1+1+1",
            "#€00",
            "expression(alert(1))",
        ] {
            assert_eq!(Colour::parse(wrong), Err(ColourError), "{wrong}");
        }
    }
}

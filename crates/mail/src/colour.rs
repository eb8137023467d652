//! The workspace's accent in a mail: one button, legible in any colour.

/// The accent of a workspace that has chosen none, or something that is no colour.
const DEFAULT: [u8; 3] = [0x2b, 0x5f, 0xad];

/// A colour and what is legible on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accent {
    /// `#rrggbb`.
    pub(crate) ground: String,
    /// White or black, whichever contrasts more; one of them always reaches 4.5 : 1 (WCAG 2.2 SC 1.4.3).
    pub(crate) text: &'static str,
}

impl Accent {
    /// Reads `#rrggbb`; anything else is the default accent, so that no style can be smuggled in by it.
    pub(crate) fn of(chosen: Option<&str>) -> Self {
        let [red, green, blue] = chosen.and_then(parse).unwrap_or(DEFAULT);
        let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
        let on_white = 1.05 / (luminance + 0.05);
        let on_black = (luminance + 0.05) / 0.05;
        Self {
            ground: format!("#{red:02x}{green:02x}{blue:02x}"),
            text: if on_white >= on_black { "#ffffff" } else { "#000000" },
        }
    }
}

fn parse(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

/// The linear value of an sRGB part, as WCAG 2.2 defines it.
fn linear(part: u8) -> f64 {
    let part = f64::from(part) / 255.0;
    if part <= 0.040_45 {
        part / 12.92
    } else {
        ((part + 0.055) / 1.055).powf(2.4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_legible_one() {
        assert_eq!(Accent::of(Some("#000080")).text, "#ffffff");
        assert_eq!(
            Accent::of(Some("#FFE000")),
            Accent {
                ground: "#ffe000".to_owned(),
                text: "#000000"
            }
        );
    }

    #[test]
    fn what_is_no_colour_is_the_default() {
        for wrong in [
            "",
            "red",
            "#fff",
            "#12345g",
            "#123456;x",
            "#€00",
            "expression(alert(1))",
        ] {
            assert_eq!(Accent::of(Some(wrong)), Accent::of(None), "{wrong}");
        }
    }
}

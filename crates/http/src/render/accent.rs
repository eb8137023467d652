//! The workspace's accent colour, made legible.
//!
//! A workspace chooses one colour. Text in it, and text on it, must reach the contrast of WCAG 2.2 SC 1.4.3 on the
//! light and on the dark ground alike, so each ground gets the nearest shade that does.

pub use doorward_domain::colour::{Colour, ColourError, TEXT_CONTRAST};
use serde::Serialize;

/// The grounds that text in the accent stands on in the light scheme: the page and the raised surface.
const LIGHT_GROUNDS: [Colour; 2] = [Colour::new(0xf6, 0xf6, 0xf4), Colour::WHITE];
/// The same in the dark scheme.
const DARK_GROUNDS: [Colour; 2] = [Colour::new(0x13, 0x14, 0x17), Colour::new(0x1c, 0x1e, 0x22)];

/// An accent as the style sheet uses it: a shade for each scheme, and what is legible on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Accent {
    /// On light grounds.
    pub light: Colour,
    /// Text on [`Self::light`].
    pub on_light: Colour,
    /// On dark grounds.
    pub dark: Colour,
    /// Text on [`Self::dark`].
    pub on_dark: Colour,
}

impl Accent {
    /// Corrects a workspace's colour to [`TEXT_CONTRAST`] in both schemes.
    pub fn of(chosen: Colour) -> Self {
        let light = chosen.corrected(&LIGHT_GROUNDS, TEXT_CONTRAST);
        let dark = chosen.corrected(&DARK_GROUNDS, TEXT_CONTRAST);
        Self {
            light,
            on_light: light.text_on(Colour::INK),
            dark,
            on_dark: dark.text_on(Colour::INK),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_legible_colour_is_left_as_it_is() {
        let navy = Colour::parse("#123a7c").unwrap();
        assert_eq!(Accent::of(navy).light, navy);
        let mint = Colour::parse("#7fe0b0").unwrap();
        assert_eq!(Accent::of(mint).dark, mint);
    }

    proptest! {
        #[test]
        fn every_colour_becomes_legible(red: u8, green: u8, blue: u8) {
            let accent = Accent::of(Colour::new(red, green, blue));
            for ground in LIGHT_GROUNDS {
                prop_assert!(accent.light.contrast(ground) >= TEXT_CONTRAST);
            }
            for ground in DARK_GROUNDS {
                prop_assert!(accent.dark.contrast(ground) >= TEXT_CONTRAST);
            }
            prop_assert!(accent.light.contrast(accent.on_light) >= TEXT_CONTRAST);
            prop_assert!(accent.dark.contrast(accent.on_dark) >= TEXT_CONTRAST);
        }
    }
}

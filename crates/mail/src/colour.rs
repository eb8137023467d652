//! The workspace's accent in a mail: one button, legible in any colour.

use doorward_domain::colour::Colour;

/// A colour and what is legible on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accent {
    /// `#rrggbb`.
    pub(crate) ground: String,
    /// White or black, whichever contrasts more; one of them always reaches 4.5 : 1 (WCAG 2.2 SC 1.4.3).
    pub(crate) text: String,
}

impl Accent {
    /// Reads `#rrggbb`; anything else is the default accent, so that no style can be smuggled in by it.
    pub(crate) fn of(chosen: Option<&str>) -> Self {
        let ground = chosen
            .and_then(|chosen| Colour::parse(chosen).ok())
            .unwrap_or(Colour::DEFAULT_ACCENT);
        Self {
            ground: ground.to_string(),
            text: ground.text_on(Colour::BLACK).to_string(),
        }
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
                text: "#000000".to_owned()
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

//! Characters in a name or a sentence that nobody sees: controls, and marks that turn or join what stands around them. With
//! them two names look the same and are not, or a line reads otherwise than it is.

use std::fmt;

/// The first character of a text that shows nothing, or that shows something else as it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unseen {
    character: char,
    /// 1 for the first.
    place: usize,
}

impl fmt::Display for Unseen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, place) = (u32::from(self.character), self.place);
        write!(formatter, "U+{code:04X} as character {place}")
    }
}

/// The first such character, if there is one. Joiners, with which Indic and Persian letters are written, may stand behind a
/// letter or a mark of such a script.
pub fn unseen(text: &str) -> Option<Unseen> {
    let mut before = None;
    for (index, character) in text.chars().enumerate() {
        let is_fine = match character {
            '\u{200c}' | '\u{200d}' => before.is_some_and(takes_joiner),
            // Behind a sign it asks for the coloured form.
            '\u{fe0f}' => before.is_some_and(is_sign),
            _ => !is_unseen(character),
        };
        if !is_fine {
            let place = index.saturating_add(1);
            return Some(Unseen { character, place });
        }
        before = Some(character);
    }
    None
}

/// May a zero width joiner or non-joiner stand behind this: a letter or a mark of the scripts from Arabic to Myanmar, Khmer,
/// Mongolian or what lies between, or an emoji?
fn takes_joiner(before: char) -> bool {
    is_sign(before)
        || before == '\u{fe0f}'
        || matches!(before, '\u{620}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{a8e0}'..='\u{a8ff}' | '\u{11000}'..='\u{11fff}')
}

/// An arrow, a symbol or an emoji.
fn is_sign(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{27bf}' | '\u{2900}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Unicode's categories Cc and Cf, the separators of lines and paragraphs, and what else is shown as nothing
/// (`Default_Ignorable_Code_Point`, and the blank of Braille).
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180d}' | '\u{180f}'
            | '\u{2065}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Asha\u{202e}hsA", "U+202E as character 5")]
    #[case("\u{2066}Asha", "U+2066 as character 1")]
    #[case("As\u{200b}ha", "U+200B as character 3")]
    #[case("Asha\u{feff}", "U+FEFF as character 5")]
    #[case("As\u{ad}ha", "U+00AD as character 3")]
    #[case("A\nsha", "U+000A as character 2")]
    #[case("A\u{9b}sha", "U+009B as character 2")]
    #[case("A\u{2028}sha", "U+2028 as character 2")]
    #[case("A\u{e0041}sha", "U+E0041 as character 2")]
    #[case("\u{200d}", "U+200D as character 1")]
    #[case("As\u{200d}ha", "U+200D as character 3")]
    #[case("आ \u{200c}शा", "U+200C as character 3")]
    #[case("शा\u{200c}\u{200c}", "U+200C as character 4")]
    #[case("é\u{200d}x", "U+200D as character 2")]
    #[case("Asha\u{fe0f}", "U+FE0F as character 5")]
    #[case("Asha\u{3164}", "U+3164 as character 5")]
    #[case("Ash\u{34f}a", "U+034F as character 4")]
    #[case("Asha\u{2800}", "U+2800 as character 5")]
    #[case("Ash\u{e0100}a", "U+E0100 as character 4")]
    fn what_nobody_sees_is_found_with_its_place(#[case] text: &str, #[case] found: &str) {
        assert_eq!(
            unseen(text).map(|one| one.to_string()).as_deref(),
            Some(found)
        );
    }

    #[rstest]
    #[case("Asha")]
    #[case("Zoë O'Brien-Łuk, 2nd")]
    #[case("नमस्ते")]
    // A conjunct that is not to be one, a half letter, and the older way to write a chillu.
    #[case("क्\u{200c}ष")]
    #[case("क्\u{200d}")]
    #[case("അവന്\u{200d}")]
    #[case("می\u{200c}خواهم")]
    #[case("ශ්\u{200d}රී")]
    #[case("👩\u{200d}💻")]
    #[case("Asha ❤\u{fe0f}\u{200d}🔥")]
    fn what_scripts_need_is_left_alone(#[case] text: &str) {
        assert_eq!(unseen(text), None);
    }
}

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
        let is_fine = if is_joiner(character) {
            before.is_some_and(takes_joiner)
        } else {
            !is_unseen(character)
        };
        if !is_fine {
            let place = index.saturating_add(1);
            return Some(Unseen { character, place });
        }
        before = Some(character);
    }
    None
}

/// Zero width non-joiner and joiner.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

fn takes_joiner(before: char) -> bool {
    !before.is_ascii() && !before.is_whitespace() && !is_joiner(before)
}

/// Unicode's categories Cc and Cf, and the separators of lines and paragraphs.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'
            | '\u{e0020}'..='\u{e007f}')
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
    fn what_scripts_need_is_left_alone(#[case] text: &str) {
        assert_eq!(unseen(text), None);
    }
}

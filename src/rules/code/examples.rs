//! The examples of the explanations, carried out.
//!
//! A block stands for a file: `default.yaml`, or what follows `file=`. What an example leaves out is added.

use std::fs;

use tempfile::TempDir;

use super::Code;
use crate::clock::Timestamp;
use crate::rules::{Checked, check_file, check_path};

/// An example in a folder of its own, and what is found there.
pub(crate) struct Example {
    pub(crate) checked: Checked,
    folder: TempDir,
}

/// Which of the two examples.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    Wrong,
    Right,
}

impl Example {
    /// 2026-11-23T11:00 in India.
    pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_411_800_000);

    pub(crate) fn of(code: Code, side: Side) -> Self {
        let blocks = blocks(code.explanation(), side);
        assert!(!blocks.is_empty(), "{code:?} has no {side:?} example");
        let folder = tempfile::tempdir().unwrap();
        let missing = blocks.iter().any(|block| block.options.contains("missing"));
        for block in blocks.iter().filter(|_| !missing) {
            fs::write(folder.path().join(block.file()), block.content()).unwrap();
        }
        let checked = if missing {
            let files = vec![check_file(
                &folder.path().join("default.yaml"),
                None,
                Self::NOW,
            )];
            Checked { files }
        } else {
            check_path(folder.path(), None, Self::NOW).unwrap()
        };
        Self { checked, folder }
    }

    /// A text about the example as if its folder were `rules`.
    pub(crate) fn at_home(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "rules")
    }
}

/// What examples leave out.
const HEAD: &str = "country: IN\ntime_zone: Asia/Kolkata\nfallback: { numbers: [] }\n";

/// One fenced block: what stands behind the fence, and the text.
struct Block<'a> {
    options: &'a str,
    text: &'a str,
}

impl Block<'_> {
    fn file(&self) -> &str {
        let named = self.options.split_once("file=");
        named.map_or("default.yaml", |(_, name)| name)
    }

    fn content(&self) -> Vec<u8> {
        let text = self.text.replace("\\0", "\0");
        if let Some((_, times)) = self.options.split_once("times=") {
            return text.repeat(times.parse().unwrap()).into_bytes();
        }
        let (_, ending) = self.file().split_once('.').unwrap();
        if ending != "yaml" {
            return text.into_bytes();
        }
        let head = if text.contains("country:") { "" } else { HEAD };
        let rules = if text.contains("rules:") {
            ""
        } else {
            "rules: []\n"
        };
        format!("{head}{text}{rules}").into_bytes()
    }
}

fn blocks(explanation: &str, side: Side) -> Vec<Block<'_>> {
    let heading = format!("{side:?}");
    let section = explanation
        .split("\n## ")
        .find(|section| section.starts_with(&heading));
    let fenced = section.unwrap_or_default().split("```").skip(1).step_by(2);
    fenced
        .map(|block| block.split_once('\n').unwrap())
        .map(|(options, text)| Block { options, text })
        .collect()
}

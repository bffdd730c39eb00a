//! The texts that a book is made of: the rules file, and the files of callers beside it.

use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::book::RulesVersion;
use super::finding::Code;
use super::{file, tree};

/// Reads the files beside a rules file and sums up everything that was read, so that a changed list is a new version of the rules.
#[derive(Debug)]
pub(super) struct Sources<'folder> {
    folder: Option<&'folder Path>,
    read: Sha256,
    names: Vec<String>,
}

/// A file beside the rules file.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// What findings call it.
    pub(super) name: String,
    pub(super) text: String,
}

impl<'folder> Sources<'folder> {
    /// `folder` is where the rules file stands; without one it may name no other file.
    pub(super) fn new(text: &str, folder: Option<&'folder Path>) -> Self {
        Self {
            folder,
            read: Sha256::new_with_prefix(text),
            names: Vec::new(),
        }
    }

    /// Reads a file beside the rules file. The error is a sentence about the file.
    pub(super) fn read(&mut self, name: &str) -> Result<SourceFile, String> {
        let source = self.source(name);
        self.names.push(name.to_owned());
        match &source {
            Ok(source) => self.sum_up(0, name, &source.text),
            // A file that is mended has to show as a change, and one that fails otherwise too.
            Err(why) => self.sum_up(1, name, why),
        }
        source
    }

    fn source(&self, name: &str) -> Result<SourceFile, String> {
        let Some(folder) = self.folder else {
            return Err("these rules stand in no folder, so they can't name files".to_owned());
        };
        let path = inside(folder, Path::new(name))?;
        let text = file::text(&path).map_err(|(code, why)| {
            if code == Code::TooLarge {
                format!(
                    "the file is larger than {} MiB",
                    tree::MAX_BYTES / 1024 / 1024
                )
            } else {
                why
            }
        })?;
        Ok(SourceFile {
            name: path.display().to_string(),
            text,
        })
    }

    fn sum_up(&mut self, kind: u8, name: &str, content: &str) {
        for part in [name, content] {
            self.read.update([kind]);
            self.read.update(part.len().to_le_bytes());
            self.read.update(part);
        }
    }

    /// What tells these texts from others, and the names of the files beside the rules file.
    pub(super) fn version(self) -> (RulesVersion, Vec<String>) {
        (RulesVersion::of(self.read), self.names)
    }
}

/// Does the name, as it is written, stay in the folder?
pub(super) fn is_below(name: &Path) -> bool {
    let stays_below = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    name.components().all(stays_below)
}

/// The path of a file that stands in the folder or below it. Symlinks are followed first: a Kubernetes `ConfigMap` is made of them.
fn inside(folder: &Path, name: &Path) -> Result<PathBuf, String> {
    if !is_below(name) {
        return Err(
            "the file must stand in the rules folder: write its name alone, such as vip.csv"
                .to_owned(),
        );
    }
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let path = folder.join(name);
    let unreadable = |cause| format!("the file can't be read: {cause}");
    let real = path.canonicalize().map_err(unreadable)?;
    if !real.starts_with(folder.canonicalize().map_err(unreadable)?) {
        return Err("the file is a link to a place outside the rules folder".to_owned());
    }
    if !real.is_file() {
        return Err(file::NO_FILE.to_owned());
    }
    Ok(path)
}

// What the fuzzer, and a property test, do with a rules file. Not a doc comment: the file is included.

use ringmaster::clock::Timestamp;
use ringmaster::rules::{RuleBook, check_text};

/// Reading and checking any text ends, without a panic, and the two agree on whether the rules can be used.
pub(super) fn read_and_check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let now = Timestamp::from_millis(1_795_411_800_000);
    let findings = check_text("rules/default.yaml", &text, now);
    let book = RuleBook::parse("rules/default.yaml", &text);
    assert_eq!(book.is_ok(), !findings.has_errors(), "{findings}");
    for finding in &findings {
        let place = finding.place.expect("every finding in a text has a place");
        assert!(place.span.start <= text.len() && place.line >= 1 && place.column >= 1);
        assert!(!finding.to_string().contains('\n'));
    }
}

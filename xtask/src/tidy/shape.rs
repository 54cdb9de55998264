//! The shape of a file: a module comment first, and no more lines than a reader keeps in mind.

use super::Finding;
use super::sources::Source;

/// Lines of a file that are not tests.
const MOST_LINES: usize = 400;

pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |what: String| findings.push(Finding { file: source.path.clone(), line: 0, what });
    let first = source.text.lines().find(|line| !line.starts_with("#!["));
    if !first.is_some_and(|line| line.starts_with("//!")) {
        report("a module begins with //! (what it is, what it must not know)".to_owned());
    }
    let lines = source.code().count();
    if lines > MOST_LINES && !source.is_test() {
        report(format!("{lines} lines without tests; a file has at most {MOST_LINES}"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        check(&Source { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn a_module_says_first_what_it_is() {
        assert_eq!(findings("a/src/x.rs", "use std::fs;\n"), 1);
        assert_eq!(findings("a/src/x.rs", "#![recursion_limit = \"256\"]\n//! About.\n"), 0);
    }

    #[test]
    fn inline_tests_do_not_count_as_length() {
        let code = "//! About.\n".to_owned() + &"use a;\n".repeat(390);
        let tested = code.clone() + "#[cfg(test)]\n" + &"use b;\n".repeat(100);
        assert_eq!(findings("a/src/x.rs", &tested), 0);
        let long = code + &"use c;\n".repeat(10);
        assert_eq!(findings("a/src/x.rs", &long), 1);
        assert_eq!(findings("a/tests/it/x.rs", &long), 0);
    }
}

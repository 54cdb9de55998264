//! The shape of a file: a module comment first, and no more lines, in it and in each function, than a reader keeps in
//! mind.

use std::sync::LazyLock;

use regex::Regex;

use super::Finding;
use super::sources::Source;

/// Lines of a file that are not tests.
const MOST_LINES: usize = 400;

/// Lines of a function, with its signature and its closing brace.
const MOST_LINES_OF_FUNCTION: usize = 60;

static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\s*)(?:pub(?:\([^)]*\))? )?(?:const |async )*fn (\w+)").expect("the pattern is valid")
});

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
    if !source.is_test() {
        findings.extend(long_functions(source));
    }
    findings
}

/// Functions that are too long. Formatted code closes one where its first line began.
fn long_functions(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for (line, code) in source.code() {
        if let Some(found) = FUNCTION.captures(code).filter(|_| open.is_none()) {
            open = Some((line, format!("{}}}", &found[1]), found[2].to_owned()));
        }
        let Some((first, end, name)) = open.take_if(|(_, end, _)| code == end || is_closed_at_once(code)) else {
            continue;
        };
        let lines = line - first + 1;
        if code == end && lines > MOST_LINES_OF_FUNCTION {
            let what = format!("{name} has {lines} lines; a function has at most {MOST_LINES_OF_FUNCTION}");
            findings.push(Finding { file: source.path.clone(), line: first, what });
        }
    }
    findings
}

/// A function on one line, or one without a body.
fn is_closed_at_once(code: &str) -> bool {
    FUNCTION.is_match(code) && (code.ends_with('}') || code.ends_with(';'))
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
    fn a_long_function_is_found_and_short_ones_are_not() {
        let body = |lines: usize| format!("    fn f() {{\n{}    }}\n", "        g();\n".repeat(lines));
        let text = |lines| format!("//! About.\nimpl X {{\n    fn one() {{}}\n{}{}}}\n", body(3), body(lines));
        assert_eq!(findings("a/src/x.rs", &text(58)), 0);
        assert_eq!(findings("a/src/x.rs", &text(59)), 1);
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

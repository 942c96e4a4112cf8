//! JUnit reports, as CodeBuild, GitHub and GitLab read them.

use std::fmt::Write;
use std::time::Duration;

/// Result of a step that has no tests of its own to report.
pub struct Case<'a> {
    pub name: &'a str,
    pub time: Duration,
    /// Why it failed.
    pub failure: Option<&'a str>,
}

/// A report with one case.
pub fn report(case: &Case) -> String {
    let failures = u8::from(case.failure.is_some());
    let time = format!("{:.3}", case.time.as_secs_f64());
    let name = escape(case.name);
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let counts = format!("tests=\"1\" failures=\"{failures}\" errors=\"0\" time=\"{time}\"");
    let _ = writeln!(xml, "<testsuites name=\"drover\" {counts}>");
    let _ = writeln!(xml, "  <testsuite name=\"{name}\" {counts}>");
    let _ = writeln!(
        xml,
        "    <testcase name=\"{name}\" classname=\"drover\" time=\"{time}\">"
    );
    if let Some(reason) = case.failure {
        let _ = writeln!(
            xml,
            "      <failure message=\"{name} failed\">{}</failure>",
            escape(reason)
        );
    }
    xml.push_str("    </testcase>\n  </testsuite>\n</testsuites>\n");
    xml
}

/// Text of XML. Colours and other control characters may not stand in it at all.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            character if character.is_control() => {}
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_success() {
        let xml = report(&Case {
            name: "rustfmt",
            time: Duration::from_millis(1500),
            failure: None,
        });
        assert!(xml.contains("<testsuite name=\"rustfmt\" tests=\"1\" failures=\"0\" errors=\"0\" time=\"1.500\">"));
        assert!(!xml.contains("<failure"));
    }

    #[test]
    fn reports_why_a_step_failed() {
        let xml = report(&Case {
            name: "clippy",
            time: Duration::ZERO,
            failure: Some("\u{1b}[31merror\u{1b}[0m: a < b && \"c\""),
        });
        assert!(
            xml.contains("[31merror[0m: a &lt; b &amp;&amp; &quot;c&quot;</failure>"),
            "{xml}"
        );
        assert!(!xml.contains('\u{1b}'));
    }
}

//! The toolchain of the builder, which has no rustup: what a checkout asks for besides is an error.

use std::path::Path;
use toml::{Table, Value};

/// Files that name a toolchain; the first wins, as with rustup.
const FILES: [&str; 2] = ["rust-toolchain", "rust-toolchain.toml"];

/// What every builder has.
const COMPONENTS: [&str; 6] = ["cargo", "clippy", "rust-std", "rustc", "rustfmt", "rust-docs"];

/// The same of targets.
const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"];

/// The oldest Rust of a builder is 1.90.0, the first one that links with LLD.
const OLDEST_MINOR: u32 = 90;

/// What the builder has, as its image says in environment variables.
pub struct Toolchain {
    pub version: String,
    pub components: Vec<String>,
    pub targets: Vec<String>,
}

impl Toolchain {
    pub fn of_this_builder() -> Self {
        let words = |name: &str| -> Vec<String> {
            let value = std::env::var(name).unwrap_or_default();
            value.split_whitespace().map(str::to_owned).collect()
        };
        Self {
            version: std::env::var("DROVER_RUST").unwrap_or_default(),
            components: words("DROVER_COMPONENTS"),
            targets: words("DROVER_TARGETS"),
        }
    }

    /// What the checkout asks for that the builder lacks, each with the line that helps.
    pub fn missing(&self, checkout: &Path) -> Vec<String> {
        let found = FILES.iter().find_map(|file| {
            let content = std::fs::read_to_string(checkout.join(file)).ok()?;
            Some((*file, content))
        });
        let Some((file, content)) = found else {
            return Vec::new();
        };
        match wish(&content) {
            Ok(wish) => self
                .unfulfilled(&wish)
                .iter()
                .map(|error| format!("{file}: {error}"))
                .collect(),
            Err(error) => vec![format!("{file}: {error}")],
        }
    }

    fn unfulfilled(&self, wish: &Table) -> Vec<String> {
        let mut errors = Vec::new();
        if wish.contains_key("path") {
            errors.push("names a toolchain by its path\n  → name its version: channel = \"…\"".to_owned());
        }
        if let Some(channel) = wish.get("channel").and_then(Value::as_str)
            && !self.is(channel)
        {
            errors.push(self.other_channel(channel));
        }
        let words = |key: &str| -> Vec<String> {
            let list = wish.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        for component in words("components") {
            let name = component.trim_end_matches("-preview");
            if !COMPONENTS.contains(&name) && !self.components.iter().any(|known| known == name) {
                errors.push(self.add("component", "components", name, &self.components));
            }
        }
        for target in words("targets") {
            if !self.targets.contains(&target) {
                errors.push(self.add("target", "targets", &target, &self.targets));
            }
        }
        errors
    }

    /// "stable" is whatever the builder has; "1.95" is any 1.95.x.
    fn is(&self, channel: &str) -> bool {
        let channel = channel.split("-x86_64").next().unwrap_or(channel);
        channel == "stable" || channel == self.version || self.version.starts_with(&format!("{channel}."))
    }

    fn other_channel(&self, channel: &str) -> String {
        let error = format!("asks for \"{channel}\", the builder has Rust {}", self.version);
        if !channel.starts_with(|first: char| first.is_ascii_digit()) {
            return format!(
                "{error}\n  → builders have released versions: write channel = \"{}\"",
                self.version
            );
        }
        if is_too_old(channel) {
            return format!(
                "{error}, and none has one before 1.{OLDEST_MINOR}.0\n  → write channel = \"{}\"",
                self.version
            );
        }
        let version = if channel.matches('.').count() == 1 {
            format!("{channel}.0")
        } else {
            channel.to_owned()
        };
        format!(
            "{error}\n  → write channel = \"{}\", or choose another builder: \"build\": {{ \"rust\": \"{version}\" }} in the app's entry,\n    and in platform.json \"builder\": {{ \"rust\": [\"{version}\"] }}, beside the versions that are there",
            self.version
        )
    }

    fn add(&self, kind: &str, key: &str, name: &str, known: &[String]) -> String {
        let own = known.iter().filter(|known| !TARGETS.contains(&known.as_str()));
        let mut list: Vec<String> = own.map(|known| format!("\"{known}\"")).collect();
        list.push(format!("\"{name}\""));
        format!(
            "asks for the {kind} \"{name}\", which the builder lacks\n  → in platform.json: \"builder\": {{ \"rust\": [{{ \"version\": \"{}\", \"{key}\": [{}] }}] }}, beside the versions that are there",
            self.version,
            list.join(", ")
        )
    }
}

/// Whether no platform.json may ask for a version.
fn is_too_old(channel: &str) -> bool {
    let mut numbers = channel.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    numbers.next() == Some(1) && numbers.next().unwrap_or(0) < OLDEST_MINOR
}

/// The table `[toolchain]`, or the only line of an old file without tables.
fn wish(content: &str) -> Result<Table, String> {
    let lines: Vec<&str> = content.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if let [channel] = lines[..]
        && !channel.contains(['[', '='])
    {
        return Ok(Table::from_iter([("channel".to_owned(), channel.into())]));
    }
    let mut file: Table = content.parse().map_err(|error| format!("is not TOML: {error}"))?;
    match file.remove("toolchain") {
        Some(Value::Table(toolchain)) => Ok(toolchain),
        _ => Err("has no table [toolchain]\n  → write [toolchain] and below it channel = \"…\"".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(content: &str) -> Vec<String> {
        let toolchain = Toolchain {
            version: "1.95.0".to_owned(),
            components: vec!["rust-src".to_owned()],
            targets: vec!["x86_64-unknown-linux-gnu".to_owned()],
        };
        toolchain.unfulfilled(&wish(content).unwrap())
    }

    #[test]
    fn takes_what_the_builder_has() {
        for content in [
            "stable",
            "1.95\n",
            "1.95.0",
            "1.95.0-x86_64-unknown-linux-gnu",
            "[toolchain]\nchannel = '1.95'\ncomponents = ['clippy', 'rustfmt-preview', 'rust-src']",
            "[toolchain]\ntargets = ['x86_64-unknown-linux-gnu']\nprofile = 'minimal'",
        ] {
            assert!(errors(content).is_empty(), "{content}");
        }
    }

    #[test]
    fn names_the_line_of_another_version() {
        let error = &errors("[toolchain]\nchannel = '1.94'")[0];
        assert!(
            error.starts_with("asks for \"1.94\", the builder has Rust 1.95.0\n"),
            "{error}"
        );
        assert!(error.contains("\"builder\": { \"rust\": [\"1.94.0\"] }"), "{error}");
        let old = &errors("1.85")[0];
        assert!(
            old.contains("none has one before 1.90.0\n  → write channel = \"1.95.0\""),
            "{old}"
        );
        assert!(errors("nightly")[0].contains("released versions: write channel = \"1.95.0\""));
    }

    #[test]
    fn names_the_line_of_a_component_and_of_a_target() {
        let found = errors("[toolchain]\ncomponents = ['miri']\ntargets = ['wasm32-wasip1']");
        assert!(
            found[0].contains("\"components\": [\"rust-src\", \"miri\"]"),
            "{found:?}"
        );
        assert!(found[1].contains("\"targets\": [\"wasm32-wasip1\"]"), "{found:?}");
    }

    #[test]
    fn refuses_a_path_and_what_it_can_not_read() {
        assert!(errors("[toolchain]\npath = '../rust'")[0].starts_with("names a toolchain by its path"));
        assert!(
            wish("channel = '1.95'")
                .unwrap_err()
                .starts_with("has no table [toolchain]")
        );
        assert!(wish("[toolchain").unwrap_err().starts_with("is not TOML"));
    }
}

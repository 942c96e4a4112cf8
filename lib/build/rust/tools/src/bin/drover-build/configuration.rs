//! Cargo's configuration, as the stages of a build may see it.

use std::path::{Component, Path, PathBuf};
use toml::{Table, Value};

/// Cargo's own folder of a checkout.
pub const FOLDER: &str = ".cargo";

/// What of cargo's configuration decides where crates come from, and starts no program.
const SOURCES: [(&str, &[&str]); 5] = [
    ("registries", &["index", "protocol"]),
    (
        "source",
        &[
            "registry",
            "replace-with",
            "directory",
            "local-registry",
            "git",
            "branch",
            "tag",
            "rev",
        ],
    ),
    ("registry", &["default"]),
    ("patch", &[]),
    ("net", &["retry", "git-fetch-with-cli"]),
];

/// The configuration of a checkout; where there are two files, cargo takes the one without an ending.
pub fn read(checkout: &Path) -> Result<Table, String> {
    ["config", "config.toml"]
        .iter()
        .find_map(|file| std::fs::read_to_string(checkout.join(FOLDER).join(file)).ok())
        .map_or(Ok(Table::new()), |text| text.parse())
        .map_err(|error| format!("error: .cargo/config.toml can't be read: {error}"))
}

/// A path below the root of the checkout, apart from the configuration itself.
pub fn inside(path: &Path) -> Option<PathBuf> {
    let mut names = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) if name != FOLDER => names.push(name),
            Component::CurDir => {}
            Component::ParentDir if names.pop() => {}
            _ => return None,
        }
    }
    (names != Path::new("")).then_some(names)
}

/// The part of a configuration that fetching needs. The rest may name programs of the checkout, and fetching has a
/// network.
pub fn sources(configuration: &Table) -> Table {
    let mut kept = Table::new();
    for (section, keys) in SOURCES {
        let Some(Value::Table(table)) = configuration.get(section) else {
            continue;
        };
        let pick = |table: &Table| -> Table {
            table
                .iter()
                .filter(|(key, _)| keys.contains(&key.as_str()))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect()
        };
        // [registries.NAME] and [source.NAME], but [registry] and [net]. A patch is kept whole.
        let table = if section == "patch" {
            table.clone()
        } else if matches!(section, "registries" | "source") {
            let named = table
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), pick(value.as_table()?).into())));
            named.collect()
        } else {
            pick(table)
        };
        kept.insert(section.to_owned(), Value::Table(table));
    }
    kept
}

/// Names for commands compile nothing.
pub fn without_aliases(configuration: &Table) -> Table {
    let mut kept = configuration.clone();
    kept.remove("alias");
    kept
}

/// Folders of the checkout in which crates lie as in a registry.
pub fn vendored(configuration: &Table) -> Vec<PathBuf> {
    let sources = configuration.get("source").and_then(Value::as_table);
    let tables = sources.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    tables
        .flat_map(|source| ["directory", "local-registry"].map(|key| source.get(key)))
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|path| inside(Path::new(path)))
        .collect()
}

/// Tests run with the release's dependencies, and with assertions in the checkout's own crates.
pub fn checks(root: Option<&Table>) -> Table {
    let release = root
        .and_then(|manifest| manifest.get("profile")?.get("release")?.as_table())
        .cloned()
        .unwrap_or_default();
    let mut own = Table::new();
    let mut others = Table::new();
    for setting in ["debug-assertions", "overflow-checks"] {
        own.insert(setting.to_owned(), true.into());
        // As the release has them, or they would be compiled once more.
        let of_release = release.get(setting).and_then(Value::as_bool).unwrap_or_else(|| {
            setting == "overflow-checks" && release.get("debug-assertions").and_then(Value::as_bool) == Some(true)
        });
        others.insert(setting.to_owned(), of_release.into());
    }
    own.insert(
        "package".to_owned(),
        Table::from_iter([("*".to_owned(), Value::Table(others))]).into(),
    );
    let profile = Table::from_iter([("release".to_owned(), Value::Table(own))]);
    Table::from_iter([("profile".to_owned(), Value::Table(profile))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn fetching_starts_no_program_of_the_checkout() {
        let configuration = table(
            "[build]\nrustc = './evil'\n[registries.acme]\nindex = 'sparse+https://x'\ntoken = 'secret'\ncredential-provider = ['sh']\n\
             [registry]\nglobal-credential-providers = ['./evil']\n[net]\nretry = 3\nssh = { known-hosts = [] }\n[env]\nA = '1'",
        );
        let expected = table("[registries.acme]\nindex = 'sparse+https://x'\n[registry]\n[net]\nretry = 3");
        assert_eq!(sources(&configuration), expected);
    }

    #[test]
    fn tests_have_assertions_and_dependencies_are_the_releases() {
        let settings = |release: &str| {
            let checks = checks(Some(&table(release)));
            let release = checks["profile"]["release"].clone();
            let others = &release["package"]["*"];
            [&release, others].map(|of| [of["debug-assertions"].as_bool(), of["overflow-checks"].as_bool()])
        };
        let own = [Some(true), Some(true)];
        assert_eq!(settings(""), [own, [Some(false), Some(false)]]);
        assert_eq!(
            settings("[profile.release]\noverflow-checks = true"),
            [own, [Some(false), Some(true)]]
        );
        assert_eq!(
            settings("[profile.release]\ndebug-assertions = true"),
            [own, [Some(true), Some(true)]]
        );
    }

    #[test]
    fn knows_where_vendored_crates_are() {
        let configuration = table("[source.crates-io]\nreplace-with = 'v'\n[source.v]\ndirectory = 'vendor'");
        assert_eq!(vendored(&configuration), [Path::new("vendor")]);
        for elsewhere in [
            "../outside",
            "a/../../outside",
            "/outside",
            ".",
            ".cargo",
            "a/../.cargo",
            "./.cargo/x",
        ] {
            let configuration = table(&format!("[source.v]\ndirectory = '{elsewhere}'"));
            assert!(vendored(&configuration).is_empty(), "{elsewhere}");
        }
    }
}

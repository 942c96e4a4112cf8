//! Crates of the checkout that stand for others, as `[patch]` and `[replace]` say. Other people's crates are compiled
//! against them, so that a skeleton must have them as they are.

use crate::configuration::inside;
use crate::manifest::{inherited_dependencies, path_dependencies};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The crates that a skeleton has as they are.
#[derive(Default)]
pub struct Patches {
    /// Names of the packages whose versions are looked at.
    names: BTreeSet<String>,
    /// Folders of the checkout that hold them, and what they depend on in turn.
    pub folders: BTreeSet<PathBuf>,
}

impl Patches {
    /// Looks for patches in all manifests, by their folders, and in cargo's configuration.
    pub fn find(manifests: &BTreeMap<PathBuf, Table>, configuration: &Table) -> Self {
        let mut found = Self::default();
        let root = (Path::new(""), configuration);
        let all = manifests.iter().map(|(folder, manifest)| (folder.as_path(), manifest));
        let mut left = Vec::new();
        for (folder, table) in all.chain([root]) {
            for (name, patch) in patches(table) {
                found.names.insert(name.to_owned());
                left.extend(path_of(patch).and_then(|path| inside(&folder.join(path))));
            }
        }
        let shared = manifests.get(Path::new("")).map(shared_paths).unwrap_or_default();
        while let Some(folder) = left.pop() {
            if let Some(manifest) = manifests.get(&folder) {
                found.names.extend(package_name(manifest));
                let own = path_dependencies(manifest).map(|path| folder.join(path));
                let inherited = inherited_dependencies(manifest)
                    .filter_map(|name| shared.get(name))
                    .map(PathBuf::from);
                left.extend(own.chain(inherited).filter_map(|path| {
                    let folder = inside(&path)?;
                    (!found.folders.contains(&folder)).then_some(folder)
                }));
            }
            found.folders.insert(folder);
        }
        found
    }

    /// Whether a requirement elsewhere looks at the version of a package.
    pub fn keeps_version(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

fn path_of(dependency: &Value) -> Option<&str> {
    dependency.get("path").and_then(Value::as_str)
}

/// Paths of the dependencies that the packages of a workspace share, seen from its root.
fn shared_paths(root: &Table) -> BTreeMap<&str, &str> {
    let workspace = root
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"));
    let shared = workspace.and_then(Value::as_table).into_iter().flatten();
    shared
        .filter_map(|(name, dependency)| Some((name.as_str(), path_of(dependency)?)))
        .collect()
}

fn package_name(manifest: &Table) -> Option<String> {
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

/// What stands for others, by the names of the packages that it stands for.
fn patches(table: &Table) -> impl Iterator<Item = (&str, &Value)> {
    let tables = |key: &str| {
        table
            .get(key)
            .and_then(Value::as_table)
            .into_iter()
            .flat_map(Table::values)
    };
    let patched = tables("patch").filter_map(Value::as_table).flatten();
    let replaced = table.get("replace").and_then(Value::as_table).into_iter().flatten();
    patched.chain(replaced).map(|(name, patch)| {
        let renamed = patch.get("package").and_then(Value::as_str);
        // "name:version" in a [replace].
        let name = name.split(':').next().unwrap_or(name);
        (renamed.unwrap_or(name), patch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(manifests: &[(&str, &str)], configuration: &str) -> Patches {
        let manifests = manifests
            .iter()
            .map(|(folder, text)| (PathBuf::from(folder), text.parse().unwrap()));
        Patches::find(&manifests.collect(), &configuration.parse().unwrap())
    }

    #[test]
    fn knows_what_stands_for_others() {
        let root = "[patch.crates-io]\nx = { path = './forks/axum', package = 'axum' }\nserde = { git = 'https://x' }\n[replace]\n'rand:0.9.0' = { path = 'rand' }";
        let found = find(&[("", root)], "[patch.crates-io]\nitoa = { path = 'a/../itoa' }");
        for name in ["axum", "serde", "rand", "itoa"] {
            assert!(found.keeps_version(name), "{name}");
        }
        assert!(!found.keeps_version("x"));
        assert_eq!(found.folders, ["forks/axum", "itoa", "rand"].map(PathBuf::from).into());
    }

    #[test]
    fn follows_what_is_inherited() {
        let root = "[patch.crates-io]\na = { path = 'crates/a' }\n[workspace.dependencies]\nb = { path = 'crates/b' }\nc = { path = 'crates/c' }";
        let own = "[package]\nname = 'a'\n[dependencies]\nb.workspace = true\nc = '1'";
        let found = find(
            &[("", root), ("crates/a", own), ("crates/b", "[package]\nname = 'b'")],
            "",
        );
        assert_eq!(found.folders, ["crates/a", "crates/b"].map(PathBuf::from).into());
    }

    #[test]
    fn stays_in_the_checkout() {
        let found = find(
            &[("", "[patch.crates-io]\na = { path = '../a' }\nb = { path = '.' }")],
            "",
        );
        assert!(found.folders.is_empty());
    }

    #[test]
    fn ends_where_crates_depend_on_each_other() {
        let own = |name: &str, other: &str| {
            format!("[package]\nname = '{name}'\n[dependencies]\n{other} = {{ path = '../{other}' }}")
        };
        let found = find(
            &[
                ("", "[patch.crates-io]\na = { path = 'a' }"),
                ("a", &own("a", "b")),
                ("b", &own("b", "a")),
            ],
            "",
        );
        assert_eq!(found.folders, ["a", "b"].map(PathBuf::from).into());
        assert!(found.keeps_version("b"));
    }
}

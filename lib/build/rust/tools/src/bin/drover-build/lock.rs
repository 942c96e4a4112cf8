//! `Cargo.lock`, as a skeleton needs it, and what is wrong with it.

use crate::manifest::SKELETON_VERSION;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// A package of the checkout, by name and version.
pub type OwnVersions = BTreeMap<String, String>;

fn packages(lock: &Table) -> impl Iterator<Item = &Table> {
    lock.get("package")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
}

fn text<'a>(package: &'a Table, key: &str) -> &'a str {
    package.get(key).and_then(Value::as_str).unwrap_or("")
}

/// What the lock file says of the checkout's own packages that is no longer so.
pub fn stale(lock: &Table, own: &OwnVersions) -> Vec<String> {
    let mut errors = Vec::new();
    for (name, version) in own {
        let locked: Vec<&str> = packages(lock)
            .filter(|package| text(package, "name") == name && !package.contains_key("source"))
            .map(|package| text(package, "version"))
            .collect();
        if locked.is_empty() {
            errors.push(format!("Cargo.lock does not know the package \"{name}\""));
        } else if !locked.contains(&version.as_str()) {
            errors.push(format!(
                "Cargo.lock has version {} of \"{name}\", Cargo.toml has {version}",
                locked[0]
            ));
        }
    }
    errors
}

/// The lock file of the skeleton: the same, but for the versions of the checkout's own packages.
pub fn skeleton(lock: &Table, keeps_version: impl Fn(&str) -> bool) -> Table {
    let masked: Vec<(String, String)> = packages(lock)
        .filter(|package| !package.contains_key("source") && !keeps_version(text(package, "name")))
        .map(|package| (text(package, "name").to_owned(), text(package, "version").to_owned()))
        .collect();
    let is_masked = |name: &str, version: &str| masked.iter().any(|(n, v)| n == name && v == version);

    let mut lock = lock.clone();
    let packages = lock.get_mut("package").and_then(Value::as_array_mut);
    for package in packages.into_iter().flatten().filter_map(Value::as_table_mut) {
        if !package.contains_key("source") && is_masked(text(package, "name"), text(package, "version")) {
            package.insert("version".to_owned(), SKELETON_VERSION.into());
        }
        let dependencies = package.get_mut("dependencies").and_then(Value::as_array_mut);
        for dependency in dependencies.into_iter().flatten() {
            // "name", "name version", or "name version (source)".
            let words: Vec<&str> = dependency.as_str().unwrap_or("").split(' ').collect();
            if let [name, version] = words[..]
                && is_masked(name, version)
            {
                *dependency = format!("{name} {SKELETON_VERSION}").into();
            }
        }
    }
    lock
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
        version = 4

        [[package]]
        name = "web"
        version = "1.2.3"
        dependencies = ["serde", "shared 0.1.0", "shared 2.0.0 (registry+x)"]

        [[package]]
        name = "shared"
        version = "0.1.0"

        [[package]]
        name = "shared"
        version = "2.0.0"
        source = "registry+x"
    "#;

    fn own(versions: &[(&str, &str)]) -> OwnVersions {
        versions
            .iter()
            .map(|(name, version)| ((*name).to_owned(), (*version).to_owned()))
            .collect()
    }

    #[test]
    fn tells_what_is_stale() {
        let lock = LOCK.parse().unwrap();
        assert!(stale(&lock, &own(&[("web", "1.2.3"), ("shared", "0.1.0")])).is_empty());
        assert_eq!(
            stale(&lock, &own(&[("web", "1.3.0"), ("new", "0.1.0")])),
            [
                "Cargo.lock does not know the package \"new\"",
                "Cargo.lock has version 1.2.3 of \"web\", Cargo.toml has 1.3.0"
            ]
        );
    }

    #[test]
    fn masks_versions_of_the_checkout_only() {
        let lock = skeleton(&LOCK.parse().unwrap(), |_| false);
        let versions: Vec<&str> = packages(&lock).map(|package| text(package, "version")).collect();
        assert_eq!(versions, [SKELETON_VERSION, SKELETON_VERSION, "2.0.0"]);
        let dependencies = packages(&lock).next().unwrap()["dependencies"].to_string();
        assert_eq!(
            dependencies,
            r#"["serde", "shared 0.0.0-skeleton", "shared 2.0.0 (registry+x)"]"#
        );
    }

    #[test]
    fn is_the_same_after_a_new_version() {
        let masked = |lock: &str| skeleton(&lock.parse().unwrap(), |_| false);
        assert_eq!(masked(LOCK), masked(&LOCK.replace("1.2.3", "9.9.9")));
        assert_ne!(masked(LOCK), masked(&LOCK.replace("2.0.0", "2.0.1")));
    }
}

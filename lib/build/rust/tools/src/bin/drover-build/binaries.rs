//! The targets of a checkout, as `cargo metadata` tells them.

use serde_json::Value as Json;
use std::collections::BTreeSet;

pub fn packages(metadata: &Json) -> impl Iterator<Item = &Json> {
    metadata["packages"].as_array().into_iter().flatten()
}

pub fn name(value: &Json) -> &str {
    value["name"].as_str().unwrap_or("")
}

fn targets<'a>(package: &'a Json, kind: &'a str) -> impl Iterator<Item = &'a Json> {
    let is_kind = move |target: &&Json| {
        target["kind"]
            .as_array()
            .is_some_and(|kinds| kinds.iter().any(|one| one == kind))
    };
    package["targets"].as_array().into_iter().flatten().filter(is_kind)
}

/// Whether a package has a library, and so may have doctests.
pub fn has_library(metadata: &Json) -> bool {
    let kinds = ["lib", "rlib", "proc-macro"];
    packages(metadata).any(|package| kinds.iter().any(|kind| targets(package, kind).next().is_some()))
}

/// The names of the binaries that the image holds: those of the chosen package, or of all packages.
pub fn binaries(metadata: &Json, chosen: Option<&str>) -> Result<Vec<String>, String> {
    let names: Vec<&str> = packages(metadata).map(name).collect();
    if let Some(chosen) = chosen
        && !names.contains(&chosen)
    {
        return Err(format!(
            "the workspace has no package \"{chosen}\"\n  → name another one in the app's entry, \"build\": {{ \"package\": \"…\" }}: it has {}",
            names.join(", ")
        ));
    }
    let is_chosen = |package: &&Json| chosen.is_none_or(|chosen| name(package) == chosen);
    let mut binaries: Vec<&str> = packages(metadata)
        .filter(is_chosen)
        .flat_map(|package| built_binaries(package).map(name))
        .collect();
    binaries.sort_unstable();
    binaries.dedup();
    if binaries.is_empty() {
        let what = chosen.map_or("the repository".to_owned(), |chosen| {
            format!("the package \"{chosen}\"")
        });
        return Err(format!(
            "{what} has no binary that its default features allow, so there is nothing to run\n  → add src/main.rs, or a [[bin]]"
        ));
    }
    let twice: Vec<String> = binaries
        .iter()
        .filter_map(|binary| of_several(metadata, binary))
        .collect();
    if !twice.is_empty() {
        return Err(twice.join("\nerror: "));
    }
    Ok(binaries.into_iter().map(str::to_owned).collect())
}

/// Cargo writes all binaries of a name into one file, and only warns.
fn of_several(metadata: &Json, binary: &str) -> Option<String> {
    let has = |package: &&Json| built_binaries(package).any(|target| name(target) == binary);
    let owners: Vec<&str> = packages(metadata).filter(has).map(name).collect();
    let several = || {
        format!(
            "the packages {} have a binary \"{binary}\" each, and only one file can be called so\n  → rename all but one",
            owners.join(", ")
        )
    };
    (owners.len() > 1).then(several)
}

/// The binaries of a package that a build makes without being asked for features.
fn built_binaries(package: &Json) -> impl Iterator<Item = &Json> {
    let features = default_features(package);
    targets(package, "bin")
        .filter(move |target| words(&target["required-features"]).all(|word| features.contains(word)))
}

/// Features that are on by default, and those that they switch on.
fn default_features(package: &Json) -> BTreeSet<&str> {
    let mut on = BTreeSet::new();
    let mut left = vec!["default"];
    while let Some(feature) = left.pop() {
        if on.insert(feature) {
            left.extend(words(&package["features"][feature]));
        }
    }
    on
}

fn words(list: &Json) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_the_binaries_of_a_package() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "api", "targets": [{ "name": "api", "kind": ["bin"] }, { "name": "api", "kind": ["lib"] }] },
            { "name": "worker", "targets": [{ "name": "work", "kind": ["bin"] }, { "name": "t", "kind": ["test"] }] },
            { "name": "shared", "targets": [{ "name": "shared", "kind": ["lib"] }] },
        ] });
        assert_eq!(binaries(&metadata, None).unwrap(), ["api", "work"]);
        assert_eq!(binaries(&metadata, Some("worker")).unwrap(), ["work"]);
        assert!(
            binaries(&metadata, Some("shared"))
                .unwrap_err()
                .starts_with("the package \"shared\" has no binary")
        );
        assert!(
            binaries(&metadata, Some("web"))
                .unwrap_err()
                .contains("it has api, worker, shared")
        );
        assert!(has_library(&metadata));
    }

    #[test]
    fn leaves_out_what_needs_features_that_are_off() {
        let binary = |name: &str, features: &[&str]| serde_json::json!({ "name": name, "kind": ["bin"], "required-features": features });
        let metadata = serde_json::json!({ "packages": [{
            "name": "api",
            "features": { "default": ["tls"], "tls": ["dep:rustls", "net"], "net": [], "admin": [] },
            "targets": [binary("api", &[]), binary("secure", &["net"]), binary("admin", &["tls", "admin"])],
        }] });
        assert_eq!(binaries(&metadata, None).unwrap(), ["api", "secure"]);
    }

    #[test]
    fn refuses_two_binaries_of_one_name() {
        let package = |name: &str| serde_json::json!({ "name": name, "targets": [{ "name": "server", "kind": ["bin"] }, { "name": name, "kind": ["bin"] }] });
        let metadata = serde_json::json!({ "packages": [package("a"), package("b")] });
        for chosen in [None, Some("a")] {
            let error = binaries(&metadata, chosen).unwrap_err();
            assert!(
                error.starts_with("the packages a, b have a binary \"server\" each"),
                "{error}"
            );
        }
    }
}

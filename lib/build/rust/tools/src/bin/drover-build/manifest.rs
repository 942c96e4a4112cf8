//! A `Cargo.toml` without everything that does not decide which dependencies are compiled, and how.
//!
//! What is left changes only when the dependencies do: a new version of the package, a new binary, test or description
//! leaves it as it is, and so the layer of compiled dependencies stays valid.

use crate::patches::Patches;
use toml::{Table, Value};

/// Version of the packages of a skeleton. No real package has it, so nothing that was compiled from a skeleton is ever
/// taken for the real thing.
pub const SKELETON_VERSION: &str = "0.0.0-skeleton";

const DEPENDENCIES: [&str; 5] = [
    "dependencies",
    "dev-dependencies",
    "dev_dependencies",
    "build-dependencies",
    "build_dependencies",
];

/// The manifest of the skeleton, and whether it needs a build script.
pub struct Skeleton {
    pub manifest: Table,
    pub is_package: bool,
    pub has_binary: bool,
    pub has_build_script: bool,
}

/// Reduces a manifest.
pub fn skeleton(original: &Table, patches: &Patches) -> Skeleton {
    let mut manifest = Table::new();
    for key in ["cargo-features", "features", "profile", "patch", "replace"] {
        copy(original, &mut manifest, key);
    }
    copy_dependencies(original, &mut manifest, patches);
    if let Some(Value::Table(targets)) = original.get("target") {
        let reduced = targets.iter().filter_map(|(name, target)| {
            let mut kept = Table::new();
            copy_dependencies(target.as_table()?, &mut kept, patches);
            Some((name.clone(), Value::Table(kept)))
        });
        manifest.insert("target".to_owned(), Value::Table(reduced.collect()));
    }
    if let Some(Value::Table(workspace)) = original.get("workspace") {
        let reduced = reduce_workspace(workspace, patches);
        manifest.insert("workspace".to_owned(), Value::Table(reduced));
    }

    let package = original.get("package").and_then(Value::as_table);
    let library = original.get("lib").and_then(Value::as_table);
    let is_macro =
        library.is_some_and(|library| is_true(library.get("proc-macro")) || is_true(library.get("proc_macro")));
    let has_build_script = package.is_some_and(|package| has_build_script(package, original));
    if let Some(package) = package {
        let reduced = reduce_package(package, has_build_script, patches);
        manifest.insert("package".to_owned(), Value::Table(reduced));
        let name = package.get("name").and_then(Value::as_str).unwrap_or("");
        manifest.insert("lib".to_owned(), Value::Table(reduce_library(name, library)));
        if !is_macro {
            manifest.insert("bin".to_owned(), Value::Array(vec![Value::Table(binary(name))]));
        }
    }
    Skeleton {
        manifest,
        is_package: package.is_some(),
        has_binary: package.is_some() && !is_macro,
        has_build_script,
    }
}

/// Paths of what a package is compiled against, seen from its folder.
pub fn path_dependencies(manifest: &Table) -> impl Iterator<Item = &str> {
    compiled_dependencies(manifest).filter_map(|(_, dependency)| dependency.get("path")?.as_str())
}

/// Names of what a package is compiled against as its workspace says.
pub fn inherited_dependencies(manifest: &Table) -> impl Iterator<Item = &str> {
    compiled_dependencies(manifest)
        .filter(|(_, dependency)| is_true(dependency.get("workspace")))
        .map(|(name, _)| name.as_str())
}

/// What a package is compiled against, by name.
fn compiled_dependencies(manifest: &Table) -> impl Iterator<Item = (&String, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let is_compiled = |key: &&str| !key.starts_with("dev");
    std::iter::once(manifest)
        .chain(targets)
        .flat_map(move |table| {
            DEPENDENCIES
                .into_iter()
                .filter(is_compiled)
                .filter_map(|key| table.get(key))
        })
        .filter_map(Value::as_table)
        .flatten()
}

fn copy(from: &Table, to: &mut Table, key: &str) {
    if let Some(value) = from.get(key) {
        to.insert(key.to_owned(), value.clone());
    }
}

fn is_true(value: Option<&Value>) -> bool {
    value.and_then(Value::as_bool) == Some(true)
}

fn copy_dependencies(from: &Table, to: &mut Table, patches: &Patches) {
    for key in DEPENDENCIES {
        if let Some(Value::Table(dependencies)) = from.get(key) {
            let reduced = reduce_dependencies(dependencies, patches);
            to.insert(key.to_owned(), Value::Table(reduced));
        }
    }
}

/// A dependency on a package of the checkout asks for no version, as the skeleton has none.
fn reduce_dependencies(dependencies: &Table, patches: &Patches) -> Table {
    let reduced = dependencies.iter().map(|(name, dependency)| {
        let mut dependency = dependency.clone();
        if let Value::Table(details) = &mut dependency
            && details.contains_key("path")
            && !patches.keeps_version(details.get("package").and_then(Value::as_str).unwrap_or(name))
        {
            details.remove("version");
        }
        (name.clone(), dependency)
    });
    reduced.collect()
}

fn reduce_workspace(workspace: &Table, patches: &Patches) -> Table {
    let mut reduced = Table::new();
    for key in ["members", "exclude", "default-members", "resolver"] {
        copy(workspace, &mut reduced, key);
    }
    if let Some(Value::Table(dependencies)) = workspace.get("dependencies") {
        let dependencies = reduce_dependencies(dependencies, patches);
        reduced.insert("dependencies".to_owned(), Value::Table(dependencies));
    }
    if !patches.folders.is_empty() {
        // What is whole may inherit anything.
        copy(workspace, &mut reduced, "package");
        copy(workspace, &mut reduced, "lints");
        return reduced;
    }
    // The edition decides which resolver is the default.
    if let Some(Value::Table(package)) = workspace.get("package") {
        let mut kept = Table::new();
        copy(package, &mut kept, "edition");
        reduced.insert("package".to_owned(), Value::Table(kept));
    }
    reduced
}

fn reduce_package(package: &Table, has_build_script: bool, patches: &Patches) -> Table {
    let mut reduced = Table::new();
    for key in ["name", "edition", "links", "resolver", "workspace"] {
        copy(package, &mut reduced, key);
    }
    let name = package.get("name").and_then(Value::as_str).unwrap_or("");
    if patches.keeps_version(name) {
        copy(package, &mut reduced, "version");
    } else {
        reduced.insert("version".to_owned(), SKELETON_VERSION.into());
    }
    for key in ["autobins", "autoexamples", "autotests", "autobenches"] {
        reduced.insert(key.to_owned(), false.into());
    }
    let build = if has_build_script {
        "build.rs".into()
    } else {
        Value::Boolean(false)
    };
    reduced.insert("build".to_owned(), build);
    reduced
}

/// Dependencies of a build script are compiled only where there is one.
fn has_build_script(package: &Table, original: &Table) -> bool {
    let has = |table: &Table| {
        ["build-dependencies", "build_dependencies"]
            .iter()
            .any(|key| table.contains_key(*key))
    };
    let targets = original.get("target").and_then(Value::as_table);
    package.contains_key("links")
        || has(original)
        || targets.is_some_and(|targets| targets.values().filter_map(Value::as_table).any(has))
}

/// What a library becomes decides how its dependencies are compiled.
fn reduce_library(package: &str, library: Option<&Table>) -> Table {
    let mut reduced = Table::new();
    // A package without a library may be called like one of Rust's own.
    let name = format!("skeleton_of_{}", package.replace('-', "_"));
    reduced.insert("name".to_owned(), name.into());
    reduced.insert("path".to_owned(), "src/lib.rs".into());
    for key in ["proc-macro", "proc_macro", "crate-type", "crate_type"] {
        if let Some(library) = library {
            copy(library, &mut reduced, key);
        }
    }
    reduced
}

fn binary(package: &str) -> Table {
    let mut binary = Table::new();
    binary.insert("name".to_owned(), format!("skeleton-of-{package}").into());
    binary.insert("path".to_owned(), "src/main.rs".into());
    binary
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(manifest: &str) -> String {
        toml::to_string(&skeleton(&manifest.parse().unwrap(), &Patches::default()).manifest).unwrap()
    }

    const MANIFEST: &str = r#"
        [package]
        name = "web"
        version = "1.2.3"
        edition = "2024"

        [dependencies]
        axum = "0.8"
    "#;

    #[test]
    fn does_not_change_with_what_compiles_no_dependency() {
        for addition in [
            "[[bin]]\nname = 'more'\npath = 'src/more.rs'",
            "[[test]]\nname = 'more'",
            "[lints.clippy]\npedantic = 'warn'",
            "[package.metadata]\na = 1",
            "[badges]\nx = {}",
            "[lib]\nname = 'other'",
        ] {
            assert_eq!(
                reduced(&format!("{MANIFEST}\n{addition}")),
                reduced(MANIFEST),
                "{addition}"
            );
        }
        let metadata = "edition = \"2024\"\ndescription = 'new'\nrust-version = '1.90'\ndefault-run = 'web'";
        for (from, to) in [("1.2.3", "1.3.0"), ("edition = \"2024\"", metadata)] {
            assert_eq!(reduced(&MANIFEST.replace(from, to)), reduced(MANIFEST), "{to}");
        }
    }

    #[test]
    fn changes_with_what_compiles_dependencies_otherwise() {
        for addition in [
            "serde = '1'",
            "[features]\nx = []",
            "[profile.release]\nlto = true",
            "[lib]\nproc-macro = true",
            "[lib]\ncrate-type = ['cdylib']",
            "[build-dependencies]\ncc = '1'",
            "[dev-dependencies]\nrand = '0.9'",
            "[target.'cfg(unix)'.dependencies]\nnix = '0.30'",
            "[patch.crates-io]\naxum = { path = 'axum' }",
            "[workspace]\nresolver = '3'",
        ] {
            assert_ne!(
                reduced(&format!("{MANIFEST}\n{addition}")),
                reduced(MANIFEST),
                "{addition}"
            );
        }
    }

    #[test]
    fn asks_for_no_version_of_what_lies_in_the_checkout() {
        let manifest = "[dependencies]\na = { path = '../a', version = '1' }\nb = { version = '1' }";
        let expected = "[dependencies.a]\npath = \"../a\"\n\n[dependencies.b]\nversion = \"1\"\n";
        assert_eq!(reduced(manifest), expected);
    }

    #[test]
    fn keeps_the_version_of_a_patch() {
        let root: Table = "[patch.crates-io]\naxum = { path = 'axum' }".parse().unwrap();
        let patches = Patches::find(&[("".into(), root)].into(), &Table::new());
        let manifest: Table = "[package]\nname = 'axum'\nversion = '0.8.9'".parse().unwrap();
        let package = &skeleton(&manifest, &patches).manifest["package"];
        assert_eq!(package["version"].as_str(), Some("0.8.9"));
    }

    #[test]
    fn knows_what_a_package_is_compiled_against() {
        let manifest: Table = "[dependencies]\na = { path = '../a' }\nb = '1'\n[dev-dependencies]\nc = { path = '../c' }\n[target.'cfg(unix)'.dependencies]\nd = { path = '../d' }".parse().unwrap();
        assert_eq!(path_dependencies(&manifest).collect::<Vec<_>>(), ["../a", "../d"]);
    }

    #[test]
    fn has_a_build_script_where_something_needs_one() {
        let has = |manifest: &str| skeleton(&manifest.parse().unwrap(), &Patches::default()).has_build_script;
        assert!(!has(MANIFEST));
        assert!(has(&format!("{MANIFEST}\n[build-dependencies]\ncc = '1'")));
        assert!(has(&format!(
            "{MANIFEST}\n[target.'cfg(unix)'.build-dependencies]\ncc = '1'"
        )));
        assert!(has(&MANIFEST.replace("edition", "links = 'z'\nedition")));
    }
}

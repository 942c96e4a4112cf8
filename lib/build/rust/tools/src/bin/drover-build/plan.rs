//! Looks at a checkout before anything is fetched or compiled, and writes what the stages of the build work with:
//!
//! ```text
//! OUT/fetch/        manifests and lock file, and of cargo's configuration only where crates come from
//! OUT/skeleton/     the same with the whole configuration and empty sources: compiles the dependencies, and only them
//! OUT/checks.toml   cargo's configuration for tests: assertions on in the checkout's own crates
//! OUT/binaries      names of the binaries that the image holds, one a line
//! OUT/libraries     there when a package has a library, and so may have doctests
//! ```

use crate::lock::{self, OwnVersions};
use crate::manifest;
use crate::toolchain::Toolchain;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::{Table, Value};

/// Folders in which no package of the checkout is.
const SKIPPED: [&str; 3] = [".git", "node_modules", "target"];

/// What of cargo's configuration decides where crates come from, and starts no program.
const SOURCES: [(&str, &[&str]); 4] = [
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
    ("net", &["retry", "git-fetch-with-cli"]),
];

pub fn plan(checkout: &Path, out: &Path, package: Option<&str>) -> Result<(), String> {
    if !checkout.join("Cargo.toml").exists() {
        return Err("error: there is no Cargo.toml in the root of the repository".to_owned());
    }
    let mut errors = Toolchain::of_this_builder().missing(checkout);
    let lock = read_lock(checkout).map_err(|error| errors.push(error)).ok();
    let metadata = metadata(checkout).map_err(|error| errors.push(error)).ok();
    let (Some(lock), Some(metadata)) = (lock, metadata) else {
        return Err(told(&errors));
    };

    errors.extend(
        lock::stale(&lock, &own_versions(&metadata))
            .into_iter()
            .map(|error| format!("{error}\n  → run `cargo check` and commit Cargo.lock")),
    );
    let binaries = binaries(&metadata, package).map_err(|error| errors.push(error)).ok();
    let (Some(binaries), []) = (binaries, errors.as_slice()) else {
        return Err(told(&errors));
    };

    Plan::new(checkout, lock)?.write(out)?;
    write(&out.join("binaries"), &(binaries.join("\n") + "\n"))?;
    if has_library(&metadata) {
        write(&out.join("libraries"), "")?;
    }
    Ok(())
}

fn told(errors: &[String]) -> String {
    errors
        .iter()
        .map(|error| format!("error: {error}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn read_lock(checkout: &Path) -> Result<Table, String> {
    let lock = fs::read_to_string(checkout.join("Cargo.lock")).map_err(|_| {
        "there is no Cargo.lock, so nobody knows which dependencies to take\n  → run `cargo generate-lockfile` and commit Cargo.lock".to_owned()
    })?;
    lock.parse()
        .map_err(|error| format!("Cargo.lock can't be read: {error}"))
}

/// What cargo itself makes of the manifests; it fetches nothing for that.
fn metadata(checkout: &Path) -> Result<Json, String> {
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(checkout)
        .output()
        .map_err(|error| format!("can't run cargo: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.trim().trim_start_matches("error: ").to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

fn packages(metadata: &Json) -> impl Iterator<Item = &Json> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn name(value: &Json) -> &str {
    value["name"].as_str().unwrap_or("")
}

fn own_versions(metadata: &Json) -> OwnVersions {
    let version = |package: &Json| package["version"].as_str().unwrap_or("").to_owned();
    packages(metadata)
        .map(|package| (name(package).to_owned(), version(package)))
        .collect()
}

fn targets<'a>(package: &'a Json, kind: &'a str) -> impl Iterator<Item = &'a Json> {
    let is_kind = move |target: &&Json| {
        target["kind"]
            .as_array()
            .is_some_and(|kinds| kinds.iter().any(|one| one == kind))
    };
    package["targets"].as_array().into_iter().flatten().filter(is_kind)
}

fn has_library(metadata: &Json) -> bool {
    let kinds = ["lib", "rlib", "proc-macro"];
    packages(metadata).any(|package| kinds.iter().any(|kind| targets(package, kind).next().is_some()))
}

/// The binaries of the chosen package, or of all packages.
fn binaries(metadata: &Json, chosen: Option<&str>) -> Result<Vec<String>, String> {
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
    let mut binaries: Vec<String> = packages(metadata)
        .filter(is_chosen)
        .flat_map(|package| targets(package, "bin"))
        .map(|target| name(target).to_owned())
        .collect();
    binaries.sort();
    if binaries.is_empty() {
        let what = chosen.map_or("the repository".to_owned(), |chosen| {
            format!("the package \"{chosen}\"")
        });
        return Err(format!(
            "{what} has no binary, so there is nothing to run\n  → add src/main.rs, or a [[bin]]"
        ));
    }
    Ok(binaries)
}

/// The packages of a checkout, reduced to what decides how dependencies are compiled.
struct Plan<'a> {
    checkout: &'a Path,
    lock: Table,
    /// By folder, seen from the root of the checkout.
    manifests: BTreeMap<PathBuf, Table>,
    /// Links to folders, which may stand for packages: where each is, and what it says.
    links: BTreeMap<PathBuf, PathBuf>,
    configuration: Table,
    /// Folders of vendored crates.
    vendored: Vec<PathBuf>,
}

impl<'a> Plan<'a> {
    fn new(checkout: &'a Path, lock: Table) -> Result<Self, String> {
        let configuration = ["config.toml", "config"]
            .iter()
            .find_map(|file| fs::read_to_string(checkout.join(".cargo").join(file)).ok())
            .map_or(Ok(Table::new()), |text| text.parse())
            .map_err(|error| format!("error: .cargo/config.toml can't be read: {error}"))?;
        let vendored = vendored(&configuration);
        let mut plan = Self {
            checkout,
            lock,
            manifests: BTreeMap::new(),
            links: BTreeMap::new(),
            configuration,
            vendored,
        };
        plan.look_into(Path::new(""))
            .map_err(|error| format!("error: can't read the checkout: {error}"))?;
        Ok(plan)
    }

    fn look_into(&mut self, folder: &Path) -> std::io::Result<()> {
        // A file that is no manifest, such as a template, is cargo's to judge, if it is ever asked to.
        if let Ok(text) = fs::read_to_string(self.checkout.join(folder).join("Cargo.toml"))
            && let Ok(manifest) = text.parse()
        {
            self.manifests.insert(folder.to_owned(), manifest);
        }
        for entry in fs::read_dir(self.checkout.join(folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) || self.vendored.contains(&path) {
                continue;
            }
            // A link may lead in a circle, so it is not followed; what it leads to is found where it is.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.look_into(&path)?;
            } else if kind.is_symlink() && entry.path().is_dir() {
                self.links.insert(path, fs::read_link(entry.path())?);
            }
        }
        Ok(())
    }

    fn write(&self, out: &Path) -> Result<(), String> {
        let patched: Vec<String> = self.manifests.values().flat_map(manifest::patched).collect();
        let keeps_version = |name: &str| patched.iter().any(|patched| patched == name);
        let lock = print(&lock::skeleton(&self.lock, keeps_version))?;

        let configurations = [
            ("fetch", sources(&self.configuration)),
            ("skeleton", without_aliases(&self.configuration)),
        ];
        // Programs that the configuration names, beside it.
        let beside = self.checkout.join(".cargo");
        if beside.is_dir() {
            copy_folder(&beside, &out.join("skeleton/.cargo"))?;
            for file in ["config", "config.toml"] {
                let _ = fs::remove_file(out.join("skeleton/.cargo").join(file));
            }
        }
        for (name, configuration) in configurations {
            let folder = out.join(name);
            write(&folder.join("Cargo.lock"), &lock)?;
            if !configuration.is_empty() {
                write(&folder.join(".cargo/config.toml"), &print(&configuration)?)?;
            }
            for (package, original) in &self.manifests {
                write_package(&folder.join(package), &manifest::skeleton(original, keeps_version))?;
            }
            for (link, target) in &self.links {
                link_folder(&folder.join(link), target)?;
            }
            for vendored in &self.vendored {
                copy_folder(&self.checkout.join(vendored), &folder.join(vendored))?;
            }
        }
        let root = self.manifests.get(Path::new(""));
        write(&out.join("checks.toml"), &print(&checks(root))?)
    }
}

fn write_package(folder: &Path, skeleton: &manifest::Skeleton) -> Result<(), String> {
    write(&folder.join("Cargo.toml"), &print(&skeleton.manifest)?)?;
    let sources = [
        ("src/lib.rs", "", skeleton.is_package),
        ("src/main.rs", "fn main() {}\n", skeleton.has_binary),
        ("build.rs", "fn main() {}\n", skeleton.has_build_script),
    ];
    for (file, content, _) in sources.iter().filter(|(_, _, is_needed)| *is_needed) {
        write(&folder.join(file), content)?;
    }
    Ok(())
}

/// The part of a configuration that fetching needs. The rest may name programs of the checkout, and fetching has a
/// network.
fn sources(configuration: &Table) -> Table {
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
        // [registries.NAME] and [source.NAME], but [registry] and [net].
        let table = if matches!(section, "registries" | "source") {
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
fn without_aliases(configuration: &Table) -> Table {
    let mut kept = configuration.clone();
    kept.remove("alias");
    kept
}

fn vendored(configuration: &Table) -> Vec<PathBuf> {
    let sources = configuration.get("source").and_then(Value::as_table);
    let tables = sources.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    tables
        .flat_map(|source| ["directory", "local-registry"].map(|key| source.get(key)))
        .flatten()
        .filter_map(Value::as_str)
        .map(PathBuf::from)
        .filter(|path| path.is_relative() && !path.starts_with(".."))
        .collect()
}

/// Tests run with the release's dependencies, and with assertions in the checkout's own crates.
fn checks(root: Option<&Table>) -> Table {
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

fn print(table: &Table) -> Result<String, String> {
    toml::to_string(table).map_err(|error| format!("error: can't write TOML: {error}"))
}

fn write(path: &Path, content: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, content))
        .map_err(|error| format!("error: can't write {}: {error}", path.display()))
}

fn link_folder(link: &Path, target: &Path) -> Result<(), String> {
    let folder = link.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| symlink(target, link))
        .map_err(|error| format!("error: can't link {}: {error}", link.display()))
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("error: can't copy {}: {error}", from.display());
    fs::create_dir_all(to).map_err(cannot)?;
    for entry in fs::read_dir(from).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let target = to.join(entry.file_name());
        if entry.file_type().map_err(cannot)?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target).map_err(cannot)?;
        }
    }
    Ok(())
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
    fn a_package_may_be_a_link() {
        let folder = std::env::temp_dir().join(format!("drover-link-{}", std::process::id()));
        let checkout = folder.join("checkout");
        write(&checkout.join("Cargo.toml"), "[workspace]\nmembers = ['crates/linked']").unwrap();
        write(&checkout.join("shared/real/Cargo.toml"), "[package]\nname = 'real'").unwrap();
        link_folder(&checkout.join("crates/linked"), Path::new("../shared/real")).unwrap();
        link_folder(&checkout.join("shared/circle"), Path::new("..")).unwrap();

        let out = folder.join("out");
        Plan::new(&checkout, Table::new()).unwrap().write(&out).unwrap();
        for part in ["fetch", "skeleton"] {
            let manifest = fs::read_to_string(out.join(part).join("crates/linked/Cargo.toml")).unwrap();
            assert!(manifest.contains("name = \"real\""), "{manifest}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn knows_where_vendored_crates_are() {
        let configuration = table("[source.crates-io]\nreplace-with = 'v'\n[source.v]\ndirectory = 'vendor'");
        assert_eq!(vendored(&configuration), [Path::new("vendor")]);
        assert!(vendored(&table("[source.v]\ndirectory = '../outside'")).is_empty());
    }
}

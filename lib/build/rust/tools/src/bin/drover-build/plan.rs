//! Looks at a checkout before anything is fetched or compiled, and writes what the stages of the build work with:
//!
//! ```text
//! OUT/fetch/        manifests and lock file, and of cargo's configuration only where crates come from
//! OUT/skeleton/     the same with the whole configuration and empty sources: compiles the dependencies, and only them
//! OUT/checks.toml   cargo's configuration for tests: assertions on in the checkout's own crates
//! OUT/binaries      names of the binaries that the image holds, one a line
//! OUT/libraries     there when a package has a library, and so may have doctests
//! ```

use crate::binaries::{binaries, has_library, name, packages};
use crate::configuration;
use crate::lock::{self, OwnVersions};
use crate::manifest;
use crate::patches::Patches;
use crate::toolchain::Toolchain;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::Table;

/// Folders in which no package of the checkout is.
const SKIPPED: [&str; 4] = [configuration::FOLDER, ".git", "node_modules", "target"];

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
    if binaries.len() > 1 && !binaries.iter().any(|binary| binary == "app") {
        println!(
            "note: the image holds {}, none of which is called \"app\": each process of the entry needs its \"command\"",
            binaries.join(", ")
        );
    }
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

fn own_versions(metadata: &Json) -> OwnVersions {
    let version = |package: &Json| package["version"].as_str().unwrap_or("").to_owned();
    packages(metadata)
        .map(|package| (name(package).to_owned(), version(package)))
        .collect()
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
        let configuration = configuration::read(checkout)?;
        let mut plan = Self {
            checkout,
            lock,
            manifests: BTreeMap::new(),
            links: BTreeMap::new(),
            vendored: configuration::vendored(&configuration),
            configuration,
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
        let patches = Patches::find(&self.manifests, &self.configuration);
        let lock = print(&lock::skeleton(&self.lock, |name| patches.keeps_version(name)))?;

        let fetch = out.join("fetch");
        self.write_packages(&fetch, &lock, &patches)?;
        write_configuration(&fetch, &configuration::sources(&self.configuration))?;

        let skeleton = out.join("skeleton");
        self.write_packages(&skeleton, &lock, &patches)?;
        // Programs that the configuration names, beside it.
        let beside = self.checkout.join(configuration::FOLDER);
        if beside.is_dir() {
            copy_folder(&beside, &skeleton.join(configuration::FOLDER))?;
        }
        write_configuration(&skeleton, &configuration::without_aliases(&self.configuration))?;

        let root = self.manifests.get(Path::new(""));
        write(&out.join("checks.toml"), &print(&configuration::checks(root))?)
    }

    fn write_packages(&self, folder: &Path, lock: &str, patches: &Patches) -> Result<(), String> {
        write(&folder.join("Cargo.lock"), lock)?;
        for whole in self.vendored.iter().chain(&patches.folders) {
            if self.checkout.join(whole).is_dir() {
                copy_folder(&self.checkout.join(whole), &folder.join(whole))?;
            }
        }
        for (package, original) in &self.manifests {
            if !patches.folders.iter().any(|whole| package.starts_with(whole)) {
                write_package(&folder.join(package), &manifest::skeleton(original, patches))?;
            }
        }
        for (link, target) in &self.links {
            link_folder(&folder.join(link), target)?;
        }
        Ok(())
    }
}

/// Whatever has come there with the packages, this is the configuration.
fn write_configuration(folder: &Path, configuration: &Table) -> Result<(), String> {
    let own = folder.join(configuration::FOLDER);
    if own.is_symlink() {
        return Err("error: .cargo is a link\n  → make it a folder".to_owned());
    }
    for file in ["config", "config.toml"] {
        let _ = fs::remove_file(own.join(file));
    }
    if configuration.is_empty() {
        return Ok(());
    }
    write(&own.join("config.toml"), &print(configuration)?)
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

    /// A checkout of some files, planned, in a folder that is gone afterwards.
    fn planned(name: &str, files: &[(&str, &str)], links: &[(&str, &str)], look: impl Fn(&Path)) {
        let folder = std::env::temp_dir().join(format!("drover-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let checkout = folder.join("checkout");
        for (file, content) in files {
            write(&checkout.join(file), content).unwrap();
        }
        for (link, target) in links {
            link_folder(&checkout.join(link), Path::new(target)).unwrap();
        }
        let out = folder.join("out");
        Plan::new(&checkout, Table::new()).unwrap().write(&out).unwrap();
        look(&out);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_package_may_be_a_link() {
        let files = [
            ("Cargo.toml", "[workspace]\nmembers = ['crates/linked']"),
            ("shared/real/Cargo.toml", "[package]\nname = 'real'"),
        ];
        let links = [("crates/linked", "../shared/real"), ("shared/circle", "..")];
        planned("link", &files, &links, |out| {
            for part in ["fetch", "skeleton"] {
                let manifest = fs::read_to_string(out.join(part).join("crates/linked/Cargo.toml")).unwrap();
                assert!(manifest.contains("name = \"real\""), "{manifest}");
            }
        });
    }

    #[test]
    fn a_crate_that_stands_for_another_is_whole() {
        let files = [
            (
                "Cargo.toml",
                "[workspace.package]\nversion = '1.2.3'\n[workspace.lints.rust]\n[patch.crates-io]\nitoa = { path = 'forks/itoa' }",
            ),
            (
                "forks/itoa/Cargo.toml",
                "[package]\nname = 'itoa'\nversion.workspace = true\n[dependencies]\ndigits = { path = '../digits' }",
            ),
            ("forks/itoa/src/lib.rs", "pub fn itoa() {}"),
            ("forks/digits/Cargo.toml", "[package]\nname = 'digits'"),
            ("forks/digits/src/lib.rs", "pub fn digits() {}"),
            ("api/Cargo.toml", "[package]\nname = 'api'\nversion.workspace = true"),
            ("api/src/lib.rs", "pub fn api() {}"),
        ];
        planned("patch", &files, &[], |out| {
            let read = |file: &str| fs::read_to_string(out.join("skeleton").join(file)).unwrap();
            assert_eq!(read("forks/itoa/src/lib.rs"), "pub fn itoa() {}");
            assert_eq!(read("forks/digits/src/lib.rs"), "pub fn digits() {}");
            assert_eq!(read("api/src/lib.rs"), "");
            let root = read("Cargo.toml");
            assert!(
                root.contains("1.2.3") && root.contains("[workspace.lints.rust]"),
                "{root}"
            );
        });
    }

    #[test]
    fn nothing_of_the_checkout_becomes_the_configuration_of_fetching() {
        let evil = "[build]\nrustc = 'evil'\n[source.a]\ndirectory = '.cargo'\n[source.b]\ndirectory = 'other/.cargo'\n[source.c]\ndirectory = 'x'";
        let files = [
            ("Cargo.toml", "[workspace]"),
            (".cargo/config.toml", evil),
            ("other/.cargo/config", evil),
            ("x/config", evil),
        ];
        planned("configuration", &files, &[("link", ".cargo")], |out| {
            let read = fs::read_to_string(out.join("fetch/.cargo/config.toml")).unwrap();
            assert!(!read.contains("rustc"), "{read}");
            assert!(!out.join("fetch/.cargo/config").exists());
            assert!(out.join("fetch/x/config").exists());
        });
    }
}

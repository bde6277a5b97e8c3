//! `index.js`: the sources in `bundle/` with the platform's SDK in one file, made by npm and Node.js in a temporary folder.

use crate::cli::CliError;
use crate::product;
use serde_json::Value;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use uuid::Uuid;

/// All that is in `bundle/` and needed.
macro_rules! sources {
    ($($name:literal),+ $(,)?) => { [$(($name, include_str!(concat!("../../../bundle/", $name)))),+] };
}

const SOURCES: [(&str, &str); 12] = sources![
    "package.json",
    "package-lock.json",
    "build.js",
    "src/embed.js",
    "src/failure.js",
    "src/forward.js",
    "src/index.js",
    "src/lines.js",
    "src/post.js",
    "src/relay.js",
    "src/sdk.js",
    "src/unpack.js",
];

/// The oldest Node.js that the SDK takes: major and minor.
const NODE: (u32, u32) = (18, 12);
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// The bytes of `index.js` for what `bundle` says.
///
/// # Errors
/// When Node.js or npm is missing, too old, or fails; with its own words.
pub(super) fn build(bundle: &Value) -> Result<Vec<u8>, CliError> {
    check_node()?;
    let folder = Folder::new().map_err(|error| CliError::Failed(format!("there is no temporary folder: {error}")))?;
    folder.fill(bundle).map_err(|error| CliError::Failed(format!("the sources cannot be written: {error}")))?;
    run(&folder, NPM, &["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"])?;
    run(&folder, "node", &["build.js"])?;
    let made = folder.0.join("dist").join("index.js");
    fs::read(made).map_err(|error| CliError::Failed(format!("no index.js was made: {error}")))
}

fn check_node() -> Result<(), CliError> {
    let output = start(Path::new("."), "node", &["--version"])?;
    let said = String::from_utf8_lossy(&output.stdout);
    if is_new_enough(said.trim()) {
        return Ok(());
    }
    let (major, minor) = NODE;
    Err(CliError::Usage(format!("node is {:?}; it must be version {major}.{minor} or later", said.trim())))
}

/// Whether this is what such a Node.js says of its version: `v18.12.0`.
fn is_new_enough(said: &str) -> bool {
    let mut parts = said.trim_start_matches('v').split('.').map_while(|part| part.parse().ok());
    parts.next().zip(parts.next()).is_some_and(|version: (u32, u32)| version >= NODE)
}

fn run(folder: &Folder, program: &str, args: &[&str]) -> Result<(), CliError> {
    let output = start(&folder.0, program, args)?;
    if output.status.success() {
        return Ok(());
    }
    let words = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&words);
    Err(CliError::Failed(format!("{program} {} failed ({}):\n{}", args.join(" "), output.status, words.trim())))
}

fn start(folder: &Path, program: &str, args: &[&str]) -> Result<Output, CliError> {
    Command::new(program).args(args).current_dir(folder).output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => CliError::Usage(format!(
            "{program} is not installed, and a bundle is made with it: install Node.js {}.{} or later, with npm",
            NODE.0, NODE.1
        )),
        _ => CliError::Failed(format!("{program} cannot be run: {error}")),
    })
}

/// A folder that goes when it is not needed any more.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("{}-bundle-{}", product::get().name, Uuid::new_v4()));
        // Not there yet, so nobody else's.
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn fill(&self, bundle: &Value) -> io::Result<()> {
        fs::create_dir(self.0.join("src"))?;
        for (name, content) in SOURCES {
            fs::write(self.0.join(name), content)?;
        }
        fs::write(self.0.join("build.json"), bundle.to_string())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It is among temporary files; what cannot be removed goes with those.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("v18.12.0", true)]
    #[case("v24.1.0", true)]
    #[case("v18.11.9", false)]
    #[case("v16.20.2", false)]
    #[case("", false)]
    #[case("node", false)]
    fn versions_of_node(#[case] said: &str, #[case] expected: bool) {
        assert_eq!(is_new_enough(said), expected);
    }

    /// A file that is added to the folder and not here would be missing from every bundle.
    #[test]
    fn all_sources_are_written() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bundle").join("src");
        for file in fs::read_dir(folder).unwrap() {
            let name = format!("src/{}", file.unwrap().file_name().display());
            assert!(SOURCES.iter().any(|(source, _)| *source == name), "{name}");
        }
    }
}

//! `--profiles`: provider profiles from files, beside those that are built in.

use super::{CliError, local};
use crate::scim::provider::Profiles;
use std::path::{Path, PathBuf};

/// The profiles that there are already, and those of a JSON file or of all JSON files in a folder. A file's name is the profile's.
///
/// # Errors
/// With all problems of all files.
pub fn read(path: Option<&Path>, known: &Profiles) -> Result<Profiles, CliError> {
    let mut profiles = known.clone();
    let mut problems = Vec::new();
    for file in path.map_or(Ok(Vec::new()), files)? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        match local::read_object(&file) {
            Ok(content) => {
                if let Err(invalid) = profiles.add(&name, content) {
                    problems.extend(invalid.problems.iter().map(|problem| format!("{}: {problem}", file.display())));
                }
            }
            Err(error) => problems.push(error.to_string()),
        }
    }
    if problems.is_empty() {
        return Ok(profiles);
    }
    Err(CliError::Usage(format!("the provider profiles cannot be used:\n  {}", problems.join("\n  "))))
}

/// The file itself, or the JSON files in the folder by name: one may extend another that stands before it.
fn files(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    let unreadable = |error| CliError::Usage(format!("{} cannot be read: {error}", path.display()));
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?;
    let is_json = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "json");
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(is_json).collect();
    files.sort();
    if files.is_empty() {
        return Err(CliError::Usage(format!("{} holds no profiles: it has no file NAME.json", path.display())));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_file_or_a_folder_adds_profiles_by_the_names_of_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let ours = folder.path().join("ours.json");
        std::fs::write(&ours, json!({"title": "Ours", "hosts": ["*.ours.example"]}).to_string()).unwrap();
        assert_eq!(read(Some(&ours), &Profiles::built_in()).unwrap().named("ours").unwrap().title, "Ours");
        let second = json!({"extends": "ours", "title": "Second", "users": {"pageSize": 7}});
        std::fs::write(folder.path().join("second.json"), second.to_string()).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "no profile").unwrap();
        let profiles = read(Some(folder.path()), &Profiles::built_in()).unwrap();
        let second = profiles.named("second").unwrap();
        assert!(second.owns("scim.ours.example") && second.users.page_size.get() == 7);
        assert_eq!(read(None, &Profiles::built_in()).unwrap().names(), Profiles::built_in().names());
    }

    #[test]
    fn every_problem_is_told_with_its_file_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let problem = |path: &Path| {
            let told = read(Some(path), &Profiles::built_in()).unwrap_err().to_string();
            told.replace(&folder.path().display().to_string(), "DIR")
        };
        insta::assert_snapshot!(problem(folder.path()), @"DIR holds no profiles: it has no file NAME.json");
        std::fs::write(folder.path().join("a.json"), "{").unwrap();
        let content = json!({"users": {"pagSize": 1}, "concurrency": 0});
        std::fs::write(folder.path().join("b.json"), content.to_string()).unwrap();
        std::fs::write(folder.path().join("slack.json"), json!({"title": "Ours"}).to_string()).unwrap();
        insta::assert_snapshot!(problem(folder.path()), @r"
        the provider profiles cannot be used:
          DIR/a.json is not JSON: EOF while parsing an object at line 1 column 1
          DIR/b.json: users.pagSize: unknown field `pagSize`, expected one of `path`, `paging`, `pageSize`, `maxPageSize`, `totals`, `filters`, `attributes`, `excludes`
          DIR/b.json: concurrency: invalid value: integer `0`, expected a nonzero usize
          DIR/slack.json: replaces: must be true, since there is a profile slack already
        ");
        let error = read(Some(&folder.path().join("none.json")), &Profiles::built_in()).unwrap_err();
        assert!(matches!(error, CliError::Usage(_)), "{error}");
    }
}

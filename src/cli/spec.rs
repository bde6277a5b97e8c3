//! `spec`: prints the connector's specification, or says all that is wrong with one. What is right, `crate::spec` knows.

use super::CliError;
use super::local;
use super::output::{self, BAD, FAINT, TITLE, styled};
use crate::connector::custom::Custom;
use crate::product;
use crate::protocol::Command;
use crate::spec::{self, Code, Finding, Sort};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = spec_help())]
pub struct SpecArgs {
    /// Say all that is wrong with the specification in this file, - for standard input
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

fn spec_help() -> String {
    let name = product::NAME;
    format!(
        "A specification is checked against what the platform takes, and against what this connector does: its commands, \
         settings and attributes. The exit code is 1 if something is wrong or differs; what is merely doubtful is said.\n\
         \x20 {name} spec > connector-spec.json\n\
         \x20 {name} spec --check connector-spec.json"
    )
}

pub(super) fn run(args: &SpecArgs, custom: &Custom) -> Result<(), CliError> {
    match &args.check {
        None => Ok(output::text(&custom.specification.text())?),
        Some(path) => check(path, custom),
    }
}

fn check(path: &Path, custom: &Custom) -> Result<(), CliError> {
    let mut code = Code::of(product::get().name, &custom.table, &custom.profiles);
    code.commands.extend(custom.commands.keys().filter(|name| Command::from_name(name).is_none()).cloned());
    code.settings.extend(custom.settings.iter().cloned());
    let findings = spec::check(&local::read_text(path)?, &code);
    let name = if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() };
    let sorts = [
        (Sort::Wrong, BAD, "Wrong: the platform does not take it, or does not do what it says"),
        (Sort::Differs, BAD, "Different from this connector's code"),
        (Sort::Doubtful, FAINT, "Doubtful: allowed, and seldom what is meant"),
    ];
    for (sort, style, title) in sorts {
        let mut found = findings.iter().filter(|finding| finding.sort == sort).peekable();
        if found.peek().is_some() {
            output::text(&format!("{}\n", styled(style, title)))?;
            for finding in found {
                output::text(&line(&name, finding))?;
            }
            output::text("")?;
        }
    }
    let count = |sort: Sort| findings.iter().filter(|finding| finding.sort == sort).count();
    let (wrong, different, doubtful) = (count(Sort::Wrong), count(Sort::Differs), count(Sort::Doubtful));
    if wrong + different == 0 {
        let doubts = if doubtful == 0 { String::new() } else { format!(", but for {doubtful} doubtful") };
        return Ok(output::text(&styled(TITLE, &format!("{name} is sound{doubts}.")))?);
    }
    Err(CliError::Failed(format!("{name}: {wrong} wrong, {different} different from the code, {doubtful} doubtful")))
}

/// A finding as compilers write theirs, so that an editor can jump to it.
fn line(file: &str, finding: &Finding) -> String {
    let number = finding.line.map_or_else(String::new, |number| format!("{number}:"));
    let at = if finding.at.is_empty() { "(the whole)" } else { &finding.at };
    format!("{file}:{number} {} {}", styled(TITLE, at), finding.says)
}

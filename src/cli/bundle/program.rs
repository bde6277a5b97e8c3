//! The program that goes into a bundle: it must run on any Linux, so it is static, and it is this release.

use crate::cli::CliError;
use crate::product;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What makes a static one.
const BUILD: &str = "RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --target";

/// A program that can be put into a bundle.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    arch: &'static Arch,
}

/// A processor that the platform may run on.
#[derive(Debug, PartialEq, Eq)]
struct Arch {
    /// In the head of a program: `e_machine`.
    machine: u16,
    /// What Node.js calls it.
    node: &'static str,
    rust: &'static str,
}

const ARCHES: [Arch; 2] =
    [Arch { machine: 62, node: "x64", rust: "x86_64" }, Arch { machine: 183, node: "arm64", rust: "aarch64" }];

impl Program {
    /// The program at `path`, or this one.
    ///
    /// # Errors
    /// When it would not run on any Linux, with the command that makes one that does, or is another release.
    pub(super) fn find(path: Option<&Path>) -> Result<Self, CliError> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => std::env::current_exe()
                .map_err(|error| CliError::Failed(format!("this program does not know where it is: {error}")))?,
        };
        let bytes = std::fs::read(&path)
            .map_err(|error| CliError::Usage(format!("{} cannot be read: {error}", path.display())))?;
        let arch = static_arch(&bytes).map_err(|flaw| {
            let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
            CliError::Usage(format!(
                "{} {flaw}, and would not run on the platform. Make a static one:\n  {BUILD} {target}\n\
                 and give it with --binary target/{target}/release/{}. Or use --relay.",
                path.display(),
                product::get().name
            ))
        })?;
        let program = Self { path, arch };
        program.check_release()?;
        Ok(program)
    }

    /// What `build.js` is told of it.
    pub(super) fn json(&self) -> Value {
        json!({"path": std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone()), "arch": self.arch.node})
    }

    /// A program for this machine is asked. Another one `index.js` asks, when it has started it.
    fn check_release(&self) -> Result<(), CliError> {
        if !cfg!(target_os = "linux") || self.arch.rust != std::env::consts::ARCH {
            return Ok(());
        }
        let path = self.path.display();
        let said = Command::new(&self.path)
            .arg("-V")
            .output()
            .map_err(|error| CliError::Usage(format!("{path} cannot be run: {error}")))?;
        let product = product::get();
        let (said, wanted) = (String::from_utf8_lossy(&said.stdout), format!("{} {}", product.name, product.version));
        if said.trim() == wanted {
            return Ok(());
        }
        Err(CliError::Usage(format!(
            "{path} is {:?}, and this is {wanted:?}: the two must be of one release",
            said.trim()
        )))
    }
}

/// What it is for, if it is a static program for Linux (ELF, "Tool Interface Standard", 1.2, and its 64-bit form).
///
/// # Errors
/// What is wrong, as the end of a sentence.
fn static_arch(bytes: &[u8]) -> Result<&'static Arch, &'static str> {
    const NOT_ONE: &str = "is no program for a 64-bit Linux";
    /// `PT_INTERP`: the segment that names who loads it, and with it its libraries.
    const LOADER: [u8; 4] = 3_u32.to_le_bytes();
    // 64 bits, little-endian, version 1.
    if !bytes.starts_with(b"\x7fELF\x02\x01\x01") {
        return Err(NOT_ONE);
    }
    let machine = number::<2>(bytes, 0x12).ok_or(NOT_ONE)?;
    let arch = ARCHES.iter().find(|arch| usize::from(arch.machine) == machine);
    let arch = arch.ok_or("is for neither x86-64 nor arm64")?;
    let start = number::<8>(bytes, 0x20).ok_or(NOT_ONE)?;
    let (size, count) = (number::<2>(bytes, 0x36).ok_or(NOT_ONE)?, number::<2>(bytes, 0x38).ok_or(NOT_ONE)?);
    for segment in 0..count {
        let at = start.checked_add(segment * size).ok_or(NOT_ONE)?;
        let kind = bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(NOT_ONE)?;
        if *kind == LOADER {
            return Err("needs libraries that it does not bring along");
        }
    }
    Ok(arch)
}

/// The little-endian number of `N` bytes at a place.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk::<N>()?;
    bytes.iter().rev().try_fold(0_usize, |number, byte| number.checked_mul(256)?.checked_add(usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a program, and segments of these kinds.
    fn elf(machine: u8, segments: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        bytes[0x12] = machine;
        bytes[0x20] = 64;
        bytes[0x36] = 56;
        bytes[0x38] = u8::try_from(segments.len()).unwrap();
        for kind in segments {
            bytes.extend([&[*kind][..], &[0; 55]].concat());
        }
        bytes
    }

    #[rstest::rstest]
    #[case::x64(&elf(62, &[1, 2, 6]), Ok("x64"))]
    #[case::arm64(&elf(183, &[1]), Ok("arm64"))]
    #[case::dynamic(&elf(62, &[6, 3, 1]), Err("needs libraries that it does not bring along"))]
    #[case::another_processor(&elf(243, &[1]), Err("is for neither x86-64 nor arm64"))]
    #[case::a_script(b"#!/bin/sh\n", Err("is no program for a 64-bit Linux"))]
    #[case::nothing(b"", Err("is no program for a 64-bit Linux"))]
    #[case::cut_off(&elf(62, &[1, 3])[..70], Err("is no program for a 64-bit Linux"))]
    fn programs(#[case] bytes: &[u8], #[case] expected: Result<&str, &str>) {
        assert_eq!(static_arch(bytes).map(|arch| arch.node), expected);
    }

    #[test]
    fn what_is_refused_says_how_to_make_what_is_not() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let error = Program::find(Some(&file)).unwrap_err().to_string();
        let error = error.replace(file.to_str().unwrap(), "FILE").replace(std::env::consts::ARCH, "ARCH");
        insta::assert_snapshot!(error.replace(product::get().name, "NAME"), @r"
        FILE is no program for a 64-bit Linux, and would not run on the platform. Make a static one:
          RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --target ARCH-unknown-linux-gnu
        and give it with --binary target/ARCH-unknown-linux-gnu/release/NAME. Or use --relay.
        ");
    }
}

//! The zip itself: the same files give the same bytes, wherever and whenever it is made.

use std::io::{Cursor, Write as _};
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

/// A zip of these files, in this order.
pub(super) fn zip(files: &[(&str, &[u8])]) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .system(System::Unix)
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, options)?;
        zip.write_all(content)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;
    use zip::ZipArchive;

    #[test]
    fn files_come_out_as_they_went_in_and_carry_no_time_of_their_own() {
        let files: [(&str, &[u8]); 2] = [("connector-spec.json", b"{}"), ("index.js", b"'use strict'\n")];
        let mut archive = ZipArchive::new(Cursor::new(zip(&files).unwrap())).unwrap();
        assert_eq!(archive.len(), files.len());
        for (at, (name, content)) in files.iter().enumerate() {
            let mut file = archive.by_index(at).unwrap();
            let mut found = Vec::new();
            file.read_to_end(&mut found).unwrap();
            assert_eq!((file.name().unwrap().as_ref(), found.as_slice()), (*name, *content));
            assert_eq!((file.last_modified(), file.unix_mode()), (Some(DateTime::DEFAULT), Some(0o100_644)));
        }
    }
}

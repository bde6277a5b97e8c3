#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    scim_connector::fuzzing::filter(bytes);
});

//! Fuzzing on the stable toolchain: the targets of `scim_connector::fuzzing`, fed with random changes of the inputs in
//! `fuzz/corpus`. `fuzz/README.md` says how to run it for longer, and how an input that fails is run again.
//!
//! It sees nothing of what an input reaches. What a target takes joins the inputs that are changed further; that is all its
//! guidance.

#[cfg(test)]
mod mutation;

#[cfg(test)]
mod tests {
    use super::mutation::{Random, mutated};
    use rstest::rstest;
    use scim_connector::fuzzing::{TARGETS, Target};
    use std::collections::BTreeSet;
    use std::io::Write as _;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::{Path, PathBuf};
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;
    use std::{env, fs, process, thread};
    use tokio::time::Instant;

    /// How long each target runs, in seconds, fractions allowed.
    const SECONDS: &str = "SCIM_CONNECTOR_FUZZ_SECONDS";
    /// The seed of the random changes; each run has another.
    const SEED: &str = "SCIM_CONNECTOR_FUZZ_SEED";
    /// Where it is not said: enough to run every input that is there, and a few changes of each.
    const DEFAULT_SECONDS: f64 = 0.5;
    /// An input that takes longer is as bad as one that panics.
    const PATIENCE: Duration = Duration::from_secs(20);
    /// So many inputs are kept to be changed further.
    const POOL: usize = 512;

    #[rstest]
    #[case::invocation("invocation")]
    #[case::changes("changes")]
    #[case::filter("filter")]
    #[case::path("path")]
    #[case::list_response("list_response")]
    #[case::resource("resource")]
    #[case::refusal("refusal")]
    #[case::retry_after("retry_after")]
    fn no_input_breaks(#[case] name: &str) {
        let target = TARGETS.iter().find(|target| target.name == name).unwrap();
        let seed = setting(SEED).unwrap_or_else(|| u64::from(process::id()) << 32 | u64::from(time_of_day()));
        let seconds = Duration::from_secs_f64(setting(SECONDS).unwrap_or(DEFAULT_SECONDS));
        let now: Arc<Mutex<Vec<u8>>> = Arc::default();
        let running = Arc::clone(&now);
        let (tell, hear) = channel();
        // A thread of its own has the stack that a thread of the service has.
        thread::spawn(move || tell.send(run(target, seed, seconds, &running)));
        match hear.recv_timeout(seconds + PATIENCE) {
            Ok(Ok(figures)) => say(&format!("{name}: {figures} (seed {seed})")),
            Ok(Err(failed)) => fail(name, seed, "breaks", &failed),
            Err(RecvTimeoutError::Timeout) => fail(name, seed, "takes too long", &now.lock().unwrap()),
            Err(RecvTimeoutError::Disconnected) => fail(name, seed, "ends the runner", &now.lock().unwrap()),
        }
    }

    /// What is fuzzed here is what cargo-fuzz fuzzes, and each target has inputs to start with.
    #[test]
    fn every_target_is_in_both_runners() {
        let names: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
        let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
        let this_file = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/main.rs")).unwrap();
        let between = |text: &str, before: &str, after: &str| -> BTreeSet<String> {
            text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap().to_owned()).collect()
        };
        assert!(between(&manifest, "path = \"fuzz_targets/", ".rs").iter().eq(&names));
        assert!(between(&this_file, "\n    #[case::", "(").iter().eq(&names));
        for target in TARGETS {
            let wrapper = fs::read_to_string(folder("fuzz_targets").join(format!("{}.rs", target.name))).unwrap();
            assert!(wrapper.contains(&format!("fuzzing::{}", target.name)), "{wrapper}");
            assert!(corpus(target.name).iter().any(|input| (target.run)(input)), "{} takes nothing", target.name);
        }
    }

    /// Runs every input of the corpus, then changes of them until the time is over. Gives back the input that fails.
    fn run(target: &Target, seed: u64, time: Duration, running: &Mutex<Vec<u8>>) -> Result<String, Vec<u8>> {
        let mut random = Random(seed);
        let mut pool = corpus(target.name);
        let mut fresh = pool.clone();
        let (started, mut inputs, mut taken) = (Instant::now(), 0_u64, 0_u64);
        while !fresh.is_empty() || started.elapsed() < time {
            let input = fresh.pop().unwrap_or_else(|| mutated(&pool, &mut random));
            running.lock().unwrap().clone_from(&input);
            let is_taken = catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).map_err(|_| input.clone())?;
            inputs += 1;
            taken += u64::from(is_taken);
            if is_taken && pool.len() < POOL {
                pool.push(input);
            } else if is_taken {
                let place = random.below(pool.len());
                pool[place] = input;
            }
        }
        Ok(format!("{inputs} inputs, {taken} of them taken"))
    }

    fn fail(name: &str, seed: u64, how: &str, input: &[u8]) -> ! {
        let place = folder("artifacts").join(name);
        fs::create_dir_all(&place).unwrap();
        let file = place.join(format!("crash-{seed}"));
        fs::write(&file, input).unwrap();
        panic!(
            "{name} {how} (seed {seed}) on an input of {} bytes: {}\nIt is kept as {}; put it into fuzz/corpus/{name}, where \
             every run begins with it.",
            input.len(),
            input.escape_ascii(),
            file.display()
        );
    }

    fn corpus(name: &str) -> Vec<Vec<u8>> {
        let files = fs::read_dir(folder("corpus").join(name)).unwrap();
        let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        // Folders list their files in no order, and the seed is to mean the same everywhere.
        paths.sort();
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    fn folder(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
    }

    #[expect(clippy::disallowed_methods, reason = "a test has no command line of its own")]
    fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
        let value = env::var(name).ok()?;
        Some(value.parse().unwrap_or_else(|_| panic!("{name} cannot be {value:?}")))
    }

    #[expect(clippy::disallowed_methods, reason = "chance, not time")]
    fn time_of_day() -> u32 {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos()
    }

    /// Says it also where the test succeeds, whose output is not shown.
    fn say(text: &str) {
        writeln!(std::io::stderr(), "{text}").unwrap();
    }
}

//! A second process: this test binary run again for one test, with its role in the environment.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const MARK: &str = "child> ";

/// A running child; killed when dropped.
pub(crate) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Process {
    /// Runs one test of this binary alone, in which `env` says what it has to do.
    pub(crate) fn start<V: AsRef<OsStr>>(test: &str, env: &[(&str, V)]) -> Self {
        Self::start_by(Command::new(std::env::current_exe().unwrap()), test, env)
    }

    /// The same by a command that ends with this binary.
    pub(crate) fn start_by<V: AsRef<OsStr>>(mut command: Command, test: &str, env: &[(&str, V)]) -> Self {
        let mut child = command
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .envs(env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some((_, said)) = line.split_once(MARK)
                    && send.send(said.to_owned()).is_err()
                {
                    return;
                }
            }
        });
        Self { stdin: child.stdin.take(), child, lines }
    }

    /// The next line the child says.
    pub(crate) fn hear(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(60)).expect("the child says something")
    }

    /// The next line, however long that takes; `None` when it has ended.
    pub(crate) fn hear_at_last(&self) -> Option<String> {
        self.lines.recv().ok()
    }

    /// Everything it said until its end.
    pub(crate) fn hear_rest(&self) -> Vec<String> {
        self.lines.iter().collect()
    }

    /// Whether it has come to its end by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end, and whether that was a good one.
    pub(crate) fn ends_well(mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets it end by itself.
    pub(crate) fn finish(mut self) {
        drop(self.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the child: tells the parent.
pub(crate) fn say(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{MARK}{text}").unwrap();
    out.flush().unwrap();
}

//! Processes of a test: talked to by lines, killed and frozen at will, gone when the test is.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

/// Far more than anything here takes, also on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(60);

const LOOK: Duration = Duration::from_millis(40);

/// Looks until something is to be seen, and gives it.
///
/// # Panics
/// With `what` when it is not there in time.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < end, "waited in vain: {what}");
        thread::sleep(LOOK);
    }
}

/// A running program. Dropping it kills it.
pub struct Process {
    label: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    /// All it said so far, on both outputs.
    said: Arc<Mutex<String>>,
}

impl Process {
    /// `label` names it in the messages of a failed test.
    pub fn start(label: &str, command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{label} does not start: {e}"));
        let said = Arc::new(Mutex::new(String::new()));
        let (sender, lines) = mpsc::channel();
        listen(child.stdout.take().expect("it is piped"), Arc::clone(&said), move |line| drop(sender.send(line)));
        listen(child.stderr.take().expect("it is piped"), Arc::clone(&said), drop);
        Self { label: label.to_owned(), input: child.stdin.take(), child, lines, said }
    }

    /// One line to its input. One that is dead does not hear it.
    pub fn say(&mut self, line: &str) {
        if let Some(input) = &mut self.input {
            let _ = input.write_all(format!("{line}\n").as_bytes()).and_then(|()| input.flush());
        }
    }

    /// The next line of its output that fits. Those before it are passed over.
    pub fn hear(&mut self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + DEADLINE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) if fits(&line) => return line,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => self.fail(&format!("did not say {what}")),
                Err(RecvTimeoutError::Disconnected) => self.fail(&format!("ended without saying {what}")),
            }
        }
    }

    /// All it said so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("a child that was not waited for can be killed");
        self.child.wait().expect("it was killed");
    }

    /// Its number, for what the system says of it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops it where it is; it goes on with [`Process::thaw`], and knows nothing of the time between.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it is our child");
    }

    /// Ends its input.
    pub fn hang_up(&mut self) {
        self.input = None;
    }

    /// Waits until it has ended, and until all it said was heard.
    pub fn end(&mut self) -> ExitStatus {
        let end = Instant::now() + DEADLINE;
        while self.lines.recv_timeout(end.saturating_duration_since(Instant::now())).is_ok() {}
        let status = until(&format!("{} ends", self.label), || self.child.try_wait().expect("it is our child"));
        // Each listener holds a handle as long as it reads.
        until(&format!("{} falls silent", self.label), || (Arc::strong_count(&self.said) == 1).then_some(()));
        status
    }

    /// # Panics
    /// Always, with all it said.
    pub fn fail(&self, why: &str) -> ! {
        panic!("{} {why}; it said:\n{}", self.label, self.said());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{} said:\n{}", self.label, self.said());
        }
        // It may have ended; then there is nothing to be done.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hands on each line as it comes, and keeps it.
fn listen(output: impl Read + Send + 'static, said: Arc<Mutex<String>>, hand_on: impl Fn(String) + Send + 'static) {
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            said.lock().unwrap_or_else(PoisonError::into_inner).push_str(&format!("{text}\n"));
            hand_on(text);
        }
    });
}

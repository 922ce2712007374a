//! Places where a test kills the process, to prove that the job survives it. Release builds have none.
//!
//! `DIRETTORE_BREAKPOINT=<place>:<step name>` ends the process by SIGKILL, without any clean-up, when it gets there.

/// Where in a step, or in its undo, the process may be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nothing of the step has been written or sent.
    Before,
    /// The intent is stored, nothing has been sent.
    Intent,
    /// The answer is here and not stored.
    Answered,
    /// The UPID is stored.
    Stored,
    /// A device was told to keep the change, and not yet to save it for its next start.
    Confirmed,
    /// A device has saved the change, and the history does not know.
    Saved,
    /// The step has happened and its end is not stored.
    Happened,
    /// The step's end is stored.
    After,
}

#[cfg(debug_assertions)]
pub fn reached(place: Place, step: &str) {
    use std::sync::LazyLock;
    static AT: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("DIRETTORE_BREAKPOINT").ok());
    let Some(at) = AT.as_deref() else { return };
    if at.split_once(':') == Some((format!("{place:?}").to_lowercase().as_str(), step)) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

#[cfg(not(debug_assertions))]
pub fn reached(_: Place, _: &str) {}

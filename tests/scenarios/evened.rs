//! Transcripts without what differs from run to run.

use regex::Regex;
use std::sync::LazyLock;

/// With what differs from run to run made alike.
pub fn evened_out(text: &str) -> String {
    static CHANGING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        [
            // How long a job took is the machine's affair.
            (r"(?m)^ +took .*\n", ""),
            // A window that begins now begins in some second.
            (r"(\d\d:\d\d):\d\d( to | UTC)", "$1$2"),
            (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? [A-Z]+", "<time>"),
            (r"[a-z2-9]{7}(-[a-z2-9]{7}){3}", "<secret>"),
            (r"[a-z2-9]{5}(-[a-z2-9]{5}){3}", "<password>"),
            (r"password is [A-Za-z0-9]{20}", "password is <password>"),
            (r"(your code is|/link) [a-z2-9]{5}-[a-z2-9]{5}", "$1 <code>"),
            (r"\d+(\.\d+)?%|\d+ %", "<n> %"),
            (r"[#.]{6} ", "<bar> "),
            (r"memory \d+(\.\d+)? GiB", "memory <n> GiB"),
            (r"\d+(\.\d+)? [GT]iB( of memory)?( on| free)", "<n> GiB$2$3"),
            (r"http://127\.0\.0\.1:\d+", "<lab>"),
            (r"127\.0\.0\.\d:\d+", "<lab>"),
            (r"<masked:[0-9a-f]{8}>", "<masked>"),
            // What the system says of a connection that broke depends on when it did.
            (r"before it answered: [a-z ]*[a-z]", "before it answered: <cause>"),
            (r"UPID:\S*", "<upid>"),
            (r"(direttore(-[0-9a-f]{6})?:J-\d+)\.[0-9a-f]+", "$1"),
            (r"hwaddr=[0-9A-F:]{17}", "hwaddr=<mac>"),
            (r"\d+(\.\d+)? [MG]iB of (\d)", "<n> MiB of $2"),
            (r"\d{4}_\d\d_\d\d-\d\d_\d\d_\d\d", "<moment>"),
            (r"one of pve\d \(.*", "one of <nodes>"),
            (r"192\.0\.2\.\d+", "<dhcp>"),
            (r"SHA256:[A-Za-z0-9+/]{43}", "SHA256:<fingerprint>"),
            (r"(version=[0-9a-f]{8}),[0-9a-f]{8}\b", "$1,<commit>"),
            (r"\b(version |version=)[0-9a-f]{8}\b", "$1<commit>"),
            (r"there are [0-9a-f]{8} and [0-9a-f]{8}", "there are <commit> and <commit>"),
            (r"\d\d:\d\d UTC [A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d{4}", "<time>"),
            (r"(?m)( J-\d+) +[0-9a-f]{8}$", "$1  <commit>"),
            // One of digits alone stands to the right.
            (r"(?m)job +version$", "job  version"),
            (r"on port \d+", "on port <port>"),
            (r"/[a-z/]+/\.tmp[A-Za-z0-9]{6}", "<folder>"),
            (r"([0-9A-F]{2}:){31}[0-9A-F]{2}", "<fingerprint>"),
        ]
        .map(|(pattern, by)| (Regex::new(pattern).expect("a pattern"), by))
        .into()
    });
    let text =
        CHANGING.iter().fold(text.to_owned(), |text, (pattern, by)| pattern.replace_all(&text, *by).into_owned());
    text.lines().map(|line| evened(line) + "\n").collect()
}

/// Loads change from moment to moment, and the width of their columns with them.
fn evened(line: &str) -> String {
    if line.starts_with("   ") && (line.contains("<n> %") || line.contains(" cpu ")) {
        return format!("   {}", line.split_whitespace().collect::<Vec<_>>().join("  ").replace("<n>  %", "<n> %"));
    }
    line.to_owned()
}

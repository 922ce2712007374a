//! The control line of a simulation in a process of its own: lines in, answers out.

use crate::Sim;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};

/// Reads lines until the end of `reader`. A line of the fault grammar is answered with `ok` or `error …`; `world`,
/// `tasks`, `waiting`, `requests` and `unserved` with one line of JSON.
///
/// # Errors
/// Reading or writing fails.
pub async fn serve_control(
    sim: &Sim,
    reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match line.trim() {
            "" => continue,
            "world" => sim.world().to_string(),
            "tasks" => json!(sim.tasks()).to_string(),
            "waiting" => sim.waiting().to_string(),
            "requests" => sim.requests().to_string(),
            "unserved" => json!(sim.unserved()).to_string(),
            line => match sim.tell(line) {
                Ok(()) => "ok".to_owned(),
                Err(why) => format!("error {}", why.replace('\n', " ")),
            },
        };
        writer.write_all(format!("{answer}\n").as_bytes()).await?;
        writer.flush().await?;
    }
    Ok(())
}

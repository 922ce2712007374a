//! `direttore import snmp`: devices into NetBox by what they tell, one or all of a file. It says `/device discover` as the
//! account of whoever has the shell, so rights, audit log and jobs are those of the chat.

use crate::{
    app::{self, App},
    chat::{self, color},
    cli::ConfigFile,
    exit::Exit,
    logs,
};
use clap::{Args, Subcommand};
use direttore_console::{Style, render};
use direttore_core::{
    Clock,
    dispatch::{Heard, Told, What},
};
use direttore_domain::{
    Claims, Identity, Origin, Surface,
    device::csv::{self, Otherwise, Row},
};
use direttore_reply::{Reply, Tone};
use serde_json::{Value, json};
use std::{fmt::Write, path::PathBuf, process::ExitCode, time::Duration};
use tokio::sync::broadcast::Receiver;

#[derive(Debug, Subcommand)]
pub enum Import {
    /// What devices tell by SNMP, into NetBox
    Snmp(Snmp),
}

#[derive(Debug, Args)]
pub struct Snmp {
    /// Address or name of one device
    #[arg(value_name = "HOST", required_unless_present = "csv", conflicts_with = "csv")]
    host: Option<String>,
    /// What it is called in NetBox; what it calls itself otherwise
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Many devices: IP,NAME[,SITE][,ROLE][,TYPE] in each line
    #[arg(short = 'f', long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Site of devices that NetBox does not have; made where it is missing
    #[arg(short, long)]
    site: Option<String>,
    /// Their role; made where it is missing
    #[arg(short, long)]
    role: Option<String>,
    /// Their type, instead of the model that they tell
    #[arg(short, long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// The SNMP login to ask with: one of [[network.snmp]]
    #[arg(long, value_name = "NAME")]
    login: Option<String>,
    /// Print the difference and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Also what NetBox has otherwise, and a person may have entered
    #[arg(long)]
    overwrite: bool,
    /// Also parts with serial numbers, as inventory items
    #[arg(long)]
    modules: bool,
    /// Also cables, where NetBox has both ends
    #[arg(long)]
    cables: bool,
    /// What is not looked at: ipv4, ipv6, macs, vlans, vrfs
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    without: Vec<String>,
    /// Print all that is said about each device
    #[arg(short, long)]
    debug: bool,
    /// The account to do it as, as in `direttore console --as`
    #[arg(long = "as", value_name = "ACCOUNT")]
    account: Option<String>,
    #[command(flatten)]
    file: ConfigFile,
}

/// What came of one device.
struct Came {
    name: String,
    counts: [String; 3],
    result: String,
    is_right: bool,
}

const COUNTS: [&str; 3] = ["to create", "to change", "as it should be"];

impl Import {
    pub async fn run(self) -> Result<ExitCode, Exit> {
        let Self::Snmp(snmp) = self;
        snmp.run().await
    }
}

impl Snmp {
    async fn run(self) -> Result<ExitCode, Exit> {
        // A file with a mistake is told before anything is begun.
        let rows = self.rows()?;
        let config = self.file.load()?;
        logs::start(&config.log);
        let app = app::start(&config, Clock::default()).await?;
        let account = chat::account(&app.dispatch, self.account.as_deref(), &self.file).await?;
        let shell = Shell {
            told: app.dispatch.told(),
            channel: format!("import-{account}"),
            account,
            style: Style { color: color(&config), ..Style::PLAIN },
            app,
        };
        self.all(shell, rows).await
    }

    fn rows(&self) -> Result<Vec<Row>, Exit> {
        let otherwise = Otherwise { site: self.site.clone(), role: self.role.clone(), kind: self.kind.clone() };
        let Some(file) = &self.csv else {
            let host = self.host.clone().unwrap_or_default();
            let name = self.name.clone().unwrap_or_default();
            let Otherwise { site, role, kind } = otherwise;
            return Ok(vec![Row { line: 1, host, name, site, role, kind }]);
        };
        let bytes = std::fs::read(file).map_err(|e| Exit::wrong(format!("--csv {}: {e}", file.display())))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Exit::wrong(format!("--csv {}: right would be a text in UTF-8", file.display())))?;
        csv::read(&text, &otherwise).map_err(|wrong| {
            let lines = wrong.iter().fold(String::new(), |mut lines, wrong| {
                let _ = write!(lines, "\n  {wrong}");
                lines
            });
            Exit::wrong(format!("--csv {}: nothing was done{lines}", file.display()))
        })
    }

    async fn all(&self, mut shell: Shell, rows: Vec<Row>) -> Result<ExitCode, Exit> {
        let is_one = rows.len() == 1;
        let mut came = Vec::new();
        for row in rows {
            let one = self.one(&mut shell, &row, is_one || self.debug).await;
            if !is_one {
                eprintln!("{}: {}", one.name, one.result);
            }
            came.push(one);
        }
        let is_right = came.iter().all(|one| one.is_right);
        if !is_one {
            let rows: Vec<Value> = came
                .iter()
                .map(|one| {
                    let [created, changed, unchanged] = &one.counts;
                    json!({ "device": one.name, "create": created, "change": changed, "unchanged": unchanged, "result": one.result })
                })
                .collect();
            let failed = came.iter().filter(|one| !one.is_right).count();
            let data = json!({ "rows": rows, "total": came.len(), "failed": failed, "is_dry": self.dry_run });
            let reply = direttore_reply::render("snmp_imported", &data, "UTC").map_err(Exit::failed)?;
            println!("{}", render(&reply, &shell.style));
        }
        shell.app.dispatch.flush().await;
        Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn one(&self, shell: &mut Shell, row: &Row, prints: bool) -> Came {
        let replies = shell.hear(What::Say(self.line(row))).await;
        let mut last = replies.last().cloned().unwrap_or_default();
        if prints {
            replies.iter().for_each(|reply| shell.print(reply));
        }
        let counts = COUNTS.map(|name| {
            let field = last.fields.iter().find(|field| field.name == name);
            field.map(|field| field.value.plain("UTC")).unwrap_or_default()
        });
        let is_open = last.actions.iter().any(|action| action == "Yes");
        if is_open {
            let answers = shell.hear(What::Press { on: last.id.clone(), label: "Yes".to_owned() }).await;
            let job = answers.iter().find_map(|reply| reply.job.clone());
            last = answers.last().cloned().unwrap_or_default();
            if let Some(job) = job {
                last = shell.end_of(&job).await;
            }
            if prints {
                shell.print(&last);
            }
        }
        let is_right = match last.tone {
            Tone::Refused | Tone::Failed => false,
            Tone::Warning => !is_open,
            Tone::Info | Tone::Success => true,
        };
        let name = if row.name.is_empty() { row.host.clone() } else { row.name.clone() };
        Came { name, counts, result: last.title_plain(), is_right }
    }

    /// What is said of a row.
    fn line(&self, row: &Row) -> String {
        let mut line = "/device discover ".to_owned();
        if row.name.is_empty() {
            line.push_str(quoted(&row.host).as_str());
        } else {
            let _ = write!(line, "{} address={}", quoted(&row.name), quoted(&row.host));
        }
        for (option, value) in [("site", &row.site), ("role", &row.role), ("type", &row.kind), ("login", &self.login)] {
            if let Some(value) = value {
                let _ = write!(line, " {option}={}", quoted(value));
            }
        }
        for part in &self.without {
            let _ = write!(line, " without={}", quoted(part));
        }
        for (flag, is_set) in [
            ("overwrite", self.overwrite),
            ("modules", self.modules),
            ("cables", self.cables),
            ("apply", !self.dry_run),
        ] {
            if is_set {
                line.push(' ');
                line.push_str(flag);
            }
        }
        line
    }
}

/// One value, whatever it is made of.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Who speaks, and what is heard.
struct Shell {
    app: App,
    told: Receiver<Told>,
    account: String,
    channel: String,
    style: Style,
}

impl Shell {
    async fn hear(&self, what: What) -> Vec<Reply> {
        let identity = Identity { surface: Surface::Console, subject: self.account.clone() };
        let origin = Origin { surface: Surface::Console, channel: self.channel.clone() };
        self.app.dispatch.hear(Heard { identity, claims: Claims::default(), origin, what }).await
    }

    fn print(&self, reply: &Reply) {
        println!("{}", render(reply, &self.style));
    }

    /// How a job ended, whoever carried it out.
    async fn end_of(&mut self, job: &str) -> Reply {
        let is_it = |reply: &Reply| reply.progress.is_none() && reply.job.as_deref() == Some(job);
        loop {
            self.app.dispatch.deliver(Surface::Console, Some(&self.channel)).await;
            while let Ok(told) = tokio::time::timeout(Duration::from_secs(1), self.told.recv()).await {
                match told {
                    Ok(Told { reply, .. }) if is_it(&reply) => return reply,
                    // Of progress more may come than is kept.
                    Ok(_) | Err(_) => {}
                }
            }
        }
    }
}

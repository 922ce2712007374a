//! Devices to discover, from a file: `IP,NAME[,SITE][,ROLE][,TYPE]`, as the first direttore's script takes it.
//!
//! A head, empty lines and lines that begin with `#` are left out. Fields may be quoted; a field that is missing or empty
//! is what was given for all (`-s`, `-r`, `-t`).

use crate::{Hostname, text};
use std::{collections::BTreeMap, net::IpAddr};

/// Lines of one file.
const MOST: usize = 10_000;

/// What is given for all rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Otherwise {
    pub site: Option<String>,
    pub role: Option<String>,
    pub kind: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub line: usize,
    /// An address or a name.
    pub host: String,
    pub name: String,
    pub site: Option<String>,
    pub role: Option<String>,
    /// Of device: NetBox' device type.
    pub kind: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct WrongRow {
    pub line: usize,
    pub why: String,
}

/// All rows, or all that is wrong.
pub fn read(file: &str, otherwise: &Otherwise) -> Result<Vec<Row>, Vec<WrongRow>> {
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    let mut rows = Vec::new();
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut is_first = true;
    for (line, words) in (1..).zip(file.lines()) {
        if words.trim().is_empty() || words.trim_start().starts_with('#') {
            continue;
        }
        let is_head = std::mem::take(&mut is_first) && head(words);
        if is_head {
            continue;
        }
        if rows.len() >= MOST {
            wrong.push(WrongRow { line, why: format!("a file has at most {MOST} devices") });
            break;
        }
        match row(line, words, otherwise) {
            Err(why) => wrong.push(WrongRow { line, why }),
            Ok(row) => match seen.insert(row.name.to_lowercase(), line) {
                Some(before) => wrong.push(WrongRow { line, why: format!("{} is in line {before} already", row.name) }),
                None => rows.push(row),
            },
        }
    }
    if rows.is_empty() && wrong.is_empty() {
        wrong.push(WrongRow { line: 1, why: "there is no device in this file".to_owned() });
    }
    if wrong.is_empty() { Ok(rows) } else { Err(wrong) }
}

fn head(words: &str) -> bool {
    let first = words.split([',', ';']).next().unwrap_or_default().trim().trim_matches('"').to_lowercase();
    ["ip", "host", "address", "ip_or_host"].contains(&first.as_str())
}

fn row(line: usize, words: &str, otherwise: &Otherwise) -> Result<Row, String> {
    let fields = fields(words)?;
    let shown = |field: &str| text::visible(&text::shorten(field, 60));
    if fields.len() > 5 {
        return Err(format!("{} fields, there are five: IP,NAME,SITE,ROLE,TYPE", fields.len()));
    }
    let field = |at: usize| fields.get(at).map(|field| field.trim()).filter(|field| !field.is_empty());
    let host = field(0).ok_or("the address is missing")?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_dotted = bare.chars().all(|c| c.is_ascii_digit() || c == '.');
    let is_name = !is_dotted && bare.len() <= 253 && bare.split('.').all(|label| label.parse::<Hostname>().is_ok());
    if bare.parse::<IpAddr>().is_err() && !is_name {
        return Err(format!("{:?} is no address and no host name", shown(host)));
    }
    let name = field(1).ok_or("the name is missing")?;
    if name.chars().count() > 64 || name.chars().any(char::is_control) {
        return Err(format!("{:?} is no name of a device: at most 64 characters", shown(name)));
    }
    let or = |at: usize, otherwise: &Option<String>| field(at).map(str::to_owned).or_else(|| otherwise.clone());
    Ok(Row {
        line,
        host: bare.to_owned(),
        name: name.to_owned(),
        site: or(2, &otherwise.site),
        role: or(3, &otherwise.role),
        kind: or(4, &otherwise.kind),
    })
}

/// Quoted as spreadsheets do it: `"a ""b"" c"`.
fn fields(words: &str) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    let mut rest = words;
    loop {
        if let Some(quoted) = rest.trim_start().strip_prefix('"') {
            let mut field = String::new();
            let mut after = quoted;
            loop {
                let end = after.find('"').ok_or("a quotation does not end")?;
                field.push_str(&after[..end]);
                after = &after[end + 1..];
                match after.strip_prefix('"') {
                    Some(more) => {
                        field.push('"');
                        after = more;
                    }
                    None => break,
                }
            }
            all.push(field);
            match after.trim_start().strip_prefix(',') {
                Some(next) => rest = next,
                None if after.trim().is_empty() => return Ok(all),
                None => return Err("something follows a quotation before the comma".to_owned()),
            }
        } else if let Some((field, next)) = rest.split_once(',') {
            all.push(field.to_owned());
            rest = next;
        } else {
            all.push(rest.to_owned());
            return Ok(all);
        }
    }
}

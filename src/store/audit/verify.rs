//! Checking the chain from its first seal to its head, a page at a time, in one moment of the database.

use super::{
    Row, content,
    seal::{Head, Key, head, is_sealed},
};
use crate::{Result, Store, Tx, row::row};

/// Seals read at once.
const PAGE: i64 = 500;
/// Problems told one by one; more are only counted.
const TOLD: usize = 1000;

/// What is wrong with a row or a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// The row, its hash or its seal is not what was sealed.
    Changed,
    /// The row, or its seal, is not there any more.
    Removed,
    /// The row was sealed, but at another place.
    Reordered,
    /// A row or seal that we never wrote.
    Inserted,
    /// Seals at the end are not there any more.
    CutOff,
    /// Count and last MAC do not fit the key.
    Head,
}

impl Wrong {
    /// Stable: programs may rely on it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Reordered => "reordered",
            Self::Inserted => "inserted",
            Self::CutOff => "cut off",
            Self::Head => "head changed",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The seal's number, where there is or was one.
    pub number: Option<i64>,
    /// The audit row's number, where it is known.
    pub row: Option<i64>,
    pub what: Wrong,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Seals that are there.
    pub sealed: u64,
    /// Rows that still wait for their seal; anything can have happened to these.
    pub unsealed: u64,
    pub problems: Vec<Problem>,
    /// Problems beyond those in `problems`.
    pub more: u64,
}

impl Report {
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    fn tell(&mut self, what: Wrong, number: impl Into<Option<i64>>, row: impl Into<Option<i64>>) {
        if self.problems.len() < TOLD {
            self.problems.push(Problem { number: number.into(), row: row.into(), what });
        } else {
            self.more += 1;
        }
    }
}

row! {
    struct Sealed {
        number: i64, row_id: i64, mac: Vec<u8>, id: Option<i64>, at: Option<i64>, who: Option<String>,
        account_id: Option<i64>, identity: Option<String>, channel: Option<String>, what: Option<String>,
        line: Option<String>, target: Option<String>, outcome: Option<String>, detail: Option<String>,
        reference: Option<String>, hash: Option<Vec<u8>>,
    }
}

impl Sealed {
    /// The hash that the row has, if it is there and has that content.
    fn hash(&self) -> Option<Vec<u8>> {
        let text = |t: &Option<String>| t.clone().unwrap_or_default();
        let row = Row {
            id: self.id?,
            at: self.at?,
            who: text(&self.who),
            account_id: self.account_id,
            identity: text(&self.identity),
            channel: text(&self.channel),
            what: text(&self.what),
            line: text(&self.line),
            target: text(&self.target),
            outcome: text(&self.outcome),
            detail: text(&self.detail),
            reference: self.reference.clone(),
            hash: self.hash.clone()?,
        };
        (content::hash(&row).as_slice() == row.hash).then_some(row.hash)
    }
}

/// Looks at everything. Memory does not grow with the log.
///
/// What it cannot see: a database put back whole to an earlier state. Compare the number of seals over time for that.
///
/// # Errors
/// [`crate::StoreError::Unavailable`]; tampering is in the report, not an error.
pub async fn verify(store: &Store, key: &Key) -> Result<Report> {
    let mut tx = store.read().await?;
    let mut report = Report::default();
    let head = head(&mut tx).await?;
    let head = match head {
        Some(head) if key.head(head.sealed, &head.last).as_slice() == head.mac => Ok(head),
        // Before the first seal there is none.
        None if !is_sealed(&mut tx).await? => Ok(Head::start(key)),
        _ => Err(Wrong::Head),
    };
    match &head {
        Ok(head) => {
            let last = follow(&mut tx, key, head.sealed, &mut report).await?;
            check_end(head, &last, &mut report);
        }
        Err(wrong) => {
            report.tell(*wrong, None, None);
            follow(&mut tx, key, i64::MAX, &mut report).await?;
        }
    }
    check_unsealed(&mut tx, &mut report).await?;
    check_inserted(&mut tx, &mut report).await?;
    Ok(report)
}

/// The last seal that is there.
struct Last {
    number: i64,
    mac: Vec<u8>,
}

async fn follow(tx: &mut Tx, key: &Key, ends_at: i64, report: &mut Report) -> Result<Last> {
    let mut last = Last { number: 0, mac: Head::start(key).last };
    loop {
        let page: Vec<Sealed> = on!(tx, db => sqlx::query_as(
                "select s.number, s.row_id, s.mac, a.id, a.at, a.who, a.account_id, a.identity, a.channel, a.what,
                    a.line, a.target, a.outcome, a.detail, a.reference, a.hash
                from audit_seal s left join audit a on a.id = s.row_id
                where s.number > $1 order by s.number limit $2")
            .bind(last.number).bind(PAGE).fetch_all(db).await)?;
        if page.is_empty() {
            return Ok(last);
        }
        report.sealed += page.len() as u64;
        check_page(key, page, ends_at, &mut last, report);
    }
}

/// A seal whose MAC does not fit, with what it was compared to.
struct Misfit {
    before: Vec<u8>,
    seal: Sealed,
    hash: Vec<u8>,
}

fn check_page(key: &Key, page: Vec<Sealed>, ends_at: i64, last: &mut Last, report: &mut Report) {
    let mut misfits: Vec<Misfit> = Vec::new();
    for seal in page {
        let gap = seal.number - last.number - 1;
        if gap > 0 {
            report.tell(Wrong::Removed, last.number + 1, None);
            report.more += gap.unsigned_abs() - 1;
        }
        // After a wrong MAC the chain goes on from it, so that one change is one problem.
        let before = std::mem::replace(&mut last.mac, seal.mac.clone());
        last.number = seal.number;
        match seal.hash() {
            _ if seal.number > ends_at => report.tell(Wrong::Inserted, seal.number, seal.row_id),
            None if seal.id.is_none() => report.tell(Wrong::Removed, seal.number, seal.row_id),
            None => report.tell(Wrong::Changed, seal.number, seal.row_id),
            // What stood before the first seal after a gap is not known.
            Some(_) if gap > 0 => {}
            Some(hash) if key.seal(&before, seal.number, seal.row_id, &hash).as_slice() == seal.mac => {}
            Some(hash) => misfits.push(Misfit { before, seal, hash }),
        }
    }
    // Who fits where is looked for only among few: with a wrong key nothing fits anywhere.
    let is_few = misfits.len() <= 32;
    for misfit in &misfits {
        let Misfit { before, seal, hash } = misfit;
        let sealed =
            |before: &[u8], number, row, hash: &[u8]| key.seal(before, number, row, hash).as_slice() == seal.mac;
        let others = || misfits.iter().filter(|other| is_few && other.seal.number != seal.number);
        // Itself right, but what stands before it was moved there.
        if others().any(|other| sealed(&other.seal.mac, seal.number, seal.row_id, hash)) {
            continue;
        }
        let is_moved = others().any(|other| {
            let there = other.seal.number;
            sealed(before, seal.number, seal.row_id, &other.hash)
                || sealed(before, seal.number, other.seal.row_id, &other.hash)
                || sealed(&other.before, there, seal.row_id, hash)
                || sealed(&other.seal.mac, there, seal.row_id, hash)
        });
        report.tell(if is_moved { Wrong::Reordered } else { Wrong::Changed }, seal.number, seal.row_id);
    }
}

fn check_end(head: &Head, last: &Last, report: &mut Report) {
    if last.number < head.sealed {
        report.tell(Wrong::CutOff, last.number + 1, None);
        report.more += (head.sealed - last.number).unsigned_abs() - 1;
    } else if last.number == head.sealed && last.mac != head.last && report.holds() {
        report.tell(Wrong::Head, last.number, None);
    }
}

/// Rows that wait for their seal, and those of them that are gone.
async fn check_unsealed(tx: &mut Tx, report: &mut Report) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let page: Vec<(i64, Option<i64>)> = on!(tx, db => sqlx::query_as(
                "select u.row_id, a.id from audit_unsealed u left join audit a on a.id = u.row_id
                where u.row_id > $1 order by u.row_id limit $2")
            .bind(after).bind(PAGE).fetch_all(db).await)?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = *last;
        for (row, there) in page {
            match there {
                Some(_) => report.unsealed += 1,
                None => report.tell(Wrong::Removed, None, row),
            }
        }
    }
}

/// Rows that neither have a seal nor wait for one: none of our transactions wrote them.
async fn check_inserted(tx: &mut Tx, report: &mut Report) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let page: Vec<(i64,)> = on!(tx, db => sqlx::query_as(
                "select a.id from audit a where a.id > $1
                    and not exists (select 1 from audit_seal s where s.row_id = a.id)
                    and not exists (select 1 from audit_unsealed u where u.row_id = a.id)
                order by a.id limit $2")
            .bind(after).bind(PAGE).fetch_all(db).await)?;
        let Some((last,)) = page.last() else { return Ok(()) };
        after = *last;
        for (row,) in page {
            report.tell(Wrong::Inserted, None, row);
        }
    }
}

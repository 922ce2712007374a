//! What the last backup found wrong with devices. A row goes when a backup finds it well again.

use crate::{Result, StoreError, Tx, dialect::text, row::row};
use direttore_domain::Instant;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its configuration was changed otherwise than by a push.
    Drift,
    /// Its configuration could not be fetched.
    Backup,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::Backup => "backup",
        }
    }

    fn read(text: &str) -> Result<Self> {
        let known = [Self::Drift, Self::Backup].into_iter().find(|kind| kind.as_str() == text);
        known.ok_or_else(|| StoreError::Corrupt(format!("{text:?} is no finding")))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// In NetBox.
    pub device: i64,
    pub kind: Kind,
    pub name: String,
    pub summary: String,
    pub detail: String,
    /// Since when it is so.
    pub found: Instant,
}

row! {
    struct Row { device: i64, kind: String, name: String, summary: String, detail: String, found_at: i64 }
}

/// It is so. What was found before is found since then; only the words are new.
pub async fn set(tx: &mut Tx, new: &Finding) -> Result<()> {
    let query = "insert into device_finding (device, kind, name, summary, detail, found_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (device, kind) do update set name = excluded.name, summary = excluded.summary,
            detail = excluded.detail";
    let kind = new.kind.as_str();
    let (name, summary, detail) = (text(&new.name), text(&new.summary), text(&new.detail));
    let (device, found) = (new.device, new.found.0);
    change!(tx, sqlx::query(query).bind(device).bind(kind).bind(name).bind(summary).bind(detail).bind(found))?;
    Ok(())
}

/// It is not so, or no more.
pub async fn clear(tx: &mut Tx, device: i64, kind: Kind) -> Result<()> {
    let query = "delete from device_finding where device = $1 and kind = $2";
    change!(tx, sqlx::query(query).bind(device).bind(kind.as_str()))?;
    Ok(())
}

/// All there is, by device.
pub async fn all(tx: &mut Tx, limit: i64) -> Result<Vec<Finding>> {
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as("select device, kind, name, summary, detail, found_at
            from device_finding order by device, kind limit $1").bind(limit).fetch_all(db).await)?;
    let read = |row: Row| {
        let Row { device, kind, name, summary, detail, found_at } = row;
        Ok(Finding { device, kind: Kind::read(&kind)?, name, summary, detail, found: Instant(found_at) })
    };
    rows.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests;

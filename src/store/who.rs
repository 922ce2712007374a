//! Somebody with all that their rights hang on, in one statement: it is asked with nearly everything that is heard.

use crate::{
    Result, StoreError, Tx,
    dialect::text,
    row::{list as read_list, parse, parse_some, row},
};
use direttore_domain::{Account, Grant, GrantTo, GroupName, Identity, Role};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    pub account: Account,
    /// By name.
    pub groups: Vec<GroupName>,
    /// The account's, those of its groups and those of any role, in the order in which they were added. What role it has
    /// may hang on more than is kept here.
    grants: Vec<Grant>,
}

impl Who {
    /// Those that narrow the role.
    pub fn grants(&self, role: Option<Role>) -> Vec<Grant> {
        let narrows = |grant: &&Grant| match &grant.to {
            GrantTo::Role(of) => role == Some(*of),
            GrantTo::Account(_) | GrantTo::Group(_) => true,
        };
        self.grants.iter().filter(narrows).cloned().collect()
    }
}

row! {
    // What it is a row of, with that one's columns.
    struct Row {
        part: String, id: i64, is_disabled: bool, first: String, second: Option<String>, third: Option<String>,
        fourth: Option<String>, fifth: Option<String>, sixth: Option<String>, seventh: Option<String>,
        eighth: Option<String>,
    }
}

/// A query for who `$whose` finds.
macro_rules! query {
    ($whose:literal) => {
        concat!(
            "with who as (",
            $whose,
            ")
            select 'account' as part, id, is_disabled, name as first, role as second, zone as third,
                cast(null as text) as fourth, cast(null as text) as fifth, cast(null as text) as sixth,
                cast(null as text) as seventh, cast(null as text) as eighth from who
            union all
            select 'group', who.id, who.is_disabled, m.group_name, null, null, null, null, null, null, null
                from who join group_member m on m.account_id = who.id
            union all
            select 'grant', g.id, who.is_disabled, g.receiver, g.pools, g.nodes, g.commands, g.channels,
                    g.sites, g.tenants, g.tags
                from who cross join access_grant g
                where g.receiver = who.name or substr(g.receiver, 1, 5) = 'role:' or g.receiver in
                    (select 'group:' || m.group_name from group_member m where m.account_id = who.id)"
        )
    };
}

/// Whose identity it is.
pub async fn of_identity(tx: &mut Tx, identity: &Identity) -> Result<Option<Who>> {
    const QUERY: &str = query!(
        "select a.id, a.name, a.role, a.is_disabled, a.zone from account a
            join identity i on i.account_id = a.id where i.surface = $1 and i.subject = $2"
    );
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(QUERY)
        .bind(identity.surface.as_str()).bind(text(&identity.subject)).fetch_all(db).await)?;
    read(rows)
}

/// The account of that number.
pub async fn of_account(tx: &mut Tx, id: i64) -> Result<Option<Who>> {
    const QUERY: &str = query!("select id, name, role, is_disabled, zone from account where id = $1");
    let rows: Vec<Row> = on!(tx, db => sqlx::query_as(QUERY).bind(id).fetch_all(db).await)?;
    read(rows)
}

fn read(rows: Vec<Row>) -> Result<Option<Who>> {
    let (mut account, mut groups, mut grants) = (None, Vec::new(), Vec::new());
    for row in rows {
        let Row { part, id, is_disabled, first, second, third, fourth, fifth, sixth, seventh, eighth } = row;
        let names = |list: &Option<String>| list.as_deref().unwrap_or("[]").to_owned();
        match part.as_str() {
            "account" => {
                let (role, zone) = (parse_some(second.as_deref())?, third.unwrap_or_default());
                account = Some(Account { id, name: parse(&first)?, role, is_disabled, zone });
            }
            "group" => groups.push(parse(&first)?),
            "grant" => grants.push(Grant {
                id,
                to: parse(&first)?,
                pools: read_list(&names(&second))?,
                nodes: read_list(&names(&third))?,
                commands: read_list(&names(&fourth))?,
                channels: read_list(&names(&fifth))?,
                sites: read_list(&names(&sixth))?,
                tenants: read_list(&names(&seventh))?,
                tags: read_list(&names(&eighth))?,
            }),
            other => return Err(StoreError::Corrupt(format!("{other:?} is no part of somebody"))),
        }
    }
    groups.sort_unstable();
    grants.sort_unstable_by_key(|grant: &Grant| grant.id);
    Ok(account.map(|account| Who { account, groups, grants }))
}

#[cfg(test)]
mod tests;

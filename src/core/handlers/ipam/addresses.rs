//! `/ipam addresses`: as NetBox has them now, with what they are assigned to.

use crate::{
    handlers::Cx,
    ipam::{failure, mark::unmarked},
    plan::{Outcome, Say, page_of},
};
use direttore_clients::netbox::{Address, AddressFilter, Error, VrfIs};
use direttore_domain::{Pond, PondOf, Refusal, Trouble, nearest::nearest};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    prefix: Option<Pond>,
    find: Option<String>,
    status: Option<String>,
    page: Option<usize>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let ipam = cx.lab.need_ipam()?;
    let part = ask.find.unwrap_or_default().trim().to_lowercase();
    let vrf_id = match ask.prefix.as_ref().and_then(|p| p.vrf.as_deref()) {
        Some(name) => Some(VrfIs::Id(ipam.view().await?.vrf(name)?.id)),
        None => None,
    };
    let parent = ask.prefix.as_ref().and_then(|p| match p.what {
        PondOf::Prefix(prefix) => Some(prefix),
        PondOf::Range(..) => None,
    });
    let filter = AddressFilter {
        vrf_id,
        parent,
        q: (!part.is_empty() && !may_be_part_of_address(&part)).then(|| part.clone()),
        status: ask.status.as_ref().map(|s| s.trim().to_lowercase()),
        ..AddressFilter::default()
    };
    let mut found = ipam.client.addresses(&filter).await.map_err(|e| refused(&e, ask.status.as_deref()))?;
    found.retain(|row| fits(row, &part));
    found.sort_by(|a, b| {
        (a.address, a.vrf.as_ref().map(|v| &v.name)).cmp(&(b.address, b.vrf.as_ref().map(|v| &v.name)))
    });
    let (rows, pages) = page_of(&found, ask.page.unwrap_or(1));
    let rows: Vec<Value> = rows.iter().map(row).collect();
    let data = json!({ "prefix": ask.prefix, "rows": rows, "total": found.len(), "pages": pages });
    Ok(Say { pages: Some(pages), ..Say::new("ipam_addresses", data) }.into())
}

/// Of an address NetBox' own search finds the beginning alone, so such a part is looked for here.
fn may_be_part_of_address(part: &str) -> bool {
    part.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | '/'))
}

fn fits(row: &Address, part: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(part);
    part.is_empty() || holds(&super::told(row)) || holds(&row.dns_name) || holds(&row.description)
}

/// NetBox refuses a status that it does not have; which it has is its own configuration.
fn refused(error: &Error, status: Option<&str>) -> Trouble {
    const USUAL: [&str; 5] = ["active", "reserved", "deprecated", "dhcp", "slaac"];
    match (error, status) {
        (Error::Refused { status: 400, errors, .. }, Some(given)) if errors.contains_key("status") => {
            Refusal::UnknownValue {
                option: "status".to_owned(),
                given: given.to_owned(),
                nearest: nearest(given, USUAL).map(str::to_owned),
                possible: USUAL.map(str::to_owned).to_vec(),
            }
            .into()
        }
        _ => failure(error).into(),
    }
}

fn row(row: &Address) -> Value {
    let name = if row.dns_name.is_empty() { unmarked(&row.description) } else { row.dns_name.clone() };
    json!({
        "address": super::told(row),
        "status": row.status,
        "name": name,
        "assigned": row.assigned.as_ref().map(super::holder),
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::address, *};

    #[test]
    fn any_part_of_it_finds_an_address() {
        let mut row = address("10.0.10.57/24", "Printer of the lab");
        row.dns_name = "printer1.lab".to_owned();
        for (part, finds) in
            [("", true), (".57", true), ("10.0.10.5", true), ("printer", true), ("of the", true), ("58", false)]
        {
            assert_eq!(fits(&row, part), finds, "{part:?}");
        }
        assert!(
            may_be_part_of_address(".57") && may_be_part_of_address("2001:db8::") && !may_be_part_of_address("web1")
        );
    }

    #[test]
    fn a_name_is_the_dns_name_or_what_stands_beside_it() {
        let mut some = address("10.0.10.57/24", "for alice: toner direttore:J-3/address1");
        assert_eq!(row(&some)["name"], "for alice: toner");
        some.dns_name = "printer1".to_owned();
        assert_eq!(row(&some)["name"], "printer1");
    }

    #[test]
    fn a_status_that_netbox_does_not_have() {
        let errors = [("status".to_owned(), "no such choice".to_owned())].into();
        let wrong = Error::Refused { status: 400, why: "values are not accepted".into(), errors };
        let Trouble::Refusal(refusal) = refused(&wrong, Some("activ")) else { panic!("the asker can mend it") };
        assert_eq!((refusal.code(), refusal.hint().as_deref()), ("unknown-value", Some("did you mean active?")));
        assert!(matches!(refused(&wrong, None), Trouble::Failure(_)));
    }
}

//! From what a person names (a prefix or a range) to what NetBox knows of it: whether addresses may be taken there, the
//! gateway, and what in it belongs to others.

use super::{Ipam, Settings, failure};
use direttore_clients::netbox::{
    Address, AddressFilter, Error, Prefix, PrefixFilter, Range, RangeFilter, Ref, Source, VrfIs,
};
use direttore_domain::{
    Failure, Pond, PondOf, Prefix as Cidr, Refusal, Trouble, VlanId, allocation::Ground, nearest::nearest,
};
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, sync::PoisonError, time::Duration};
use tokio::time::Instant;

/// Why nothing may be taken from a prefix whatever is free in it. NetBox itself would hand out from all of these.
pub(super) fn closed(row: &Prefix) -> Option<&'static str> {
    match row.status.as_str() {
        "container" => Some("it is a container for other prefixes"),
        "reserved" => Some("it is reserved"),
        "deprecated" => Some("it is deprecated"),
        _ if row.mark_utilized => Some("it is marked as fully used"),
        _ => None,
    }
}

/// The gateway that the prefix itself names: an address as text, or an address object.
pub(super) fn recorded_gateway(row: &Prefix, settings: &Settings) -> Option<IpAddr> {
    let value = row.custom.get(&settings.gateway_field)?;
    let text = value.as_str().or_else(|| value["address"].as_str()).or_else(|| value["display"].as_str())?;
    text.split('/').next()?.trim().parse().ok().filter(|g| row.prefix.contains(*g))
}

/// Whether an address is a gateway by its tag, or by a description that says so and nothing else.
pub(super) fn is_gateway(address: &Address, settings: &Settings) -> bool {
    address.tags.iter().any(|t| t == &settings.gateway_tag)
        || address.role.as_deref() == Some(settings.gateway_tag.as_str())
        || address.description.trim().eq_ignore_ascii_case(&settings.gateway_tag)
}

/// The way out of a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateway {
    pub address: IpAddr,
    /// Nobody wrote it down: the first host address is what people use.
    pub is_assumed: bool,
}

/// A prefix or a range of one, from which addresses may be taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// As it is said.
    pub pond: Pond,
    pub prefix: Cidr,
    pub prefix_id: u64,
    /// Set when a range was asked for.
    pub range_id: Option<u64>,
    pub vrf: Option<u64>,
    /// Whether NetBox itself keeps addresses of this table apart.
    pub is_unique: bool,
    pub vlan: Option<VlanId>,
    pub vlan_id: Option<u64>,
    pub gateway: Option<Gateway>,
}

impl Pool {
    pub fn source(&self) -> Source {
        self.range_id.map_or(Source::Prefix(self.prefix_id), Source::Range)
    }

    pub fn vrf_is(&self) -> VrfIs {
        self.vrf.map_or(VrfIs::Global, VrfIs::Id)
    }
}

/// What of a pool is not for guests, as NetBox knows it now.
#[derive(Debug, Clone)]
pub struct Room {
    pub ground: Ground,
    /// The first addresses that NetBox offers.
    pub offered: Vec<IpAddr>,
    /// Why nothing may be taken any more, whatever is free.
    pub closed: Option<&'static str>,
}

/// How long what was shown of a pool holds for the yes to it.
const SHOWN: Duration = Duration::from_secs(120);

impl Ipam {
    /// The pool that a person means. For a yes it is as it was shown, without asking again: what is taken from it is
    /// checked when it is taken.
    ///
    /// # Errors
    /// `no-such-prefix`, or that nothing may be taken there; NetBox' failure.
    pub async fn pool(&self, pond: &Pond, is_confirmed: bool) -> Result<Pool, Trouble> {
        let key = pond.to_string();
        if is_confirmed {
            let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, pool)) = shown.get(&key).filter(|(at, _)| at.elapsed() < SHOWN) {
                return Ok(pool.clone());
            }
        }
        let pool = self.find_pool(pond).await?;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.retain(|_, (at, _)| at.elapsed() < SHOWN);
        shown.insert(key, (Instant::now(), pool.clone()));
        Ok(pool)
    }

    async fn find_pool(&self, pond: &Pond) -> Result<Pool, Trouble> {
        let view = self.view().await?;
        let vrf = pond.vrf.as_deref().map(|name| view.vrf(name)).transpose()?;
        let vrf_id = vrf.map_or(VrfIs::Global, |v| VrfIs::Id(v.id));
        let (row, range) = match pond.what {
            PondOf::Prefix(prefix) => {
                let filter = PrefixFilter { prefix: Some(prefix), vrf_id: Some(vrf_id), ..PrefixFilter::default() };
                let rows = self.client.prefixes(&filter).await.map_err(|e| failure(&e))?;
                let row = rows.into_iter().find(|r| r.prefix == prefix);
                (row.ok_or_else(|| self.no_such_prefix(pond, &view))?, None)
            }
            PondOf::Range(start, end) => {
                let (ranges, prefixes) = (
                    RangeFilter { vrf_id: Some(vrf_id), ..RangeFilter::default() },
                    PrefixFilter { contains: Some(start), vrf_id: Some(vrf_id), ..PrefixFilter::default() },
                );
                let (ranges, prefixes) =
                    futures::try_join!(self.client.ranges(&ranges), self.client.prefixes(&prefixes))
                        .map_err(|e| failure(&e))?;
                let range = ranges.into_iter().find(|r| r.start.address() == start && r.end.address() == end);
                let range = range.ok_or_else(|| Refusal::NoSuch {
                    what: "IP range",
                    given: pond.to_string(),
                    nearest: None,
                    has: vec![],
                })?;
                range_is_open(&range)?;
                let row = prefixes.into_iter().filter(|p| p.prefix.contains(end)).max_by_key(|p| p.prefix.length());
                let row = row.ok_or_else(|| Refusal::WrongState {
                    subject: pond.to_string(),
                    verb: "give an address".to_owned(),
                    why: "no prefix holds all of it".to_owned(),
                })?;
                (row, Some(range.id))
            }
        };
        if let Some(why) = closed(&row) {
            return Err(Refusal::WrongState {
                subject: pond.to_string(),
                verb: "give an address".to_owned(),
                why: why.to_owned(),
            }
            .into());
        }
        let gateway = self.gateway(&row).await?;
        Ok(Pool {
            pond: pond.clone(),
            prefix: row.prefix,
            prefix_id: row.id,
            range_id: range,
            vrf: vrf.map(|v| v.id),
            is_unique: vrf.is_none_or(|v| v.enforce_unique),
            vlan: row.vlan.as_ref().map(|v| v.vid),
            vlan_id: row.vlan.as_ref().map(|v| v.id),
            gateway,
        })
    }

    fn no_such_prefix(&self, pond: &Pond, view: &super::View) -> Refusal {
        let same = |e: &&super::PrefixEntry| e.row.prefix.family() == pond.family() && e.can_give();
        let has: Vec<String> = view.prefixes.iter().filter(same).map(super::PrefixEntry::name).collect();
        let given = pond.to_string();
        let nearest = nearest(&given, has.iter().map(String::as_str)).map(str::to_owned);
        Refusal::NoSuch { what: "prefix", given, nearest, has }
    }

    /// What the prefix names, else an address in it that is one, else the first host address as a guess. A prefix of one
    /// or two addresses has none.
    async fn gateway(&self, row: &Prefix) -> Result<Option<Gateway>, Failure> {
        if let Some(address) = recorded_gateway(row, &self.settings) {
            return Ok(Some(Gateway { address, is_assumed: false }));
        }
        if row.prefix.length() + 1 >= row.prefix.family().bits() {
            return Ok(None);
        }
        let vrf_id = Some(row.vrf.as_ref().map_or(VrfIs::Global, |v| VrfIs::Id(v.id)));
        let tagged = AddressFilter {
            vrf_id,
            parent: Some(row.prefix),
            tag: Some(self.settings.gateway_tag.clone()),
            ..AddressFilter::default()
        };
        let first = AddressFilter { vrf_id, address: Some(row.prefix.first_host()), ..AddressFilter::default() };
        let (tagged, first) = futures::join!(self.client.addresses(&tagged), self.client.addresses(&first));
        let tagged = match tagged {
            // NetBox refuses a filter by a tag that it does not have.
            Err(Error::Refused { status: 400, .. }) => vec![],
            other => other.map_err(|e| failure(&e))?,
        };
        let first = first.map_err(|e| failure(&e))?;
        // One of another length is the gateway of a prefix within.
        let own = |a: &&Address| a.address.length() == row.prefix.length();
        let known = tagged.iter().filter(own).chain(first.iter().filter(|a| is_gateway(a, &self.settings))).next();
        Ok(Some(match known {
            Some(address) => Gateway { address: address.address.address(), is_assumed: false },
            None => Gateway { address: row.prefix.first_host(), is_assumed: true },
        }))
    }

    /// The gateway that NetBox has on record for a network of the global table, as the view knows it.
    pub fn recorded_gateway(&self, view: &super::View, prefix: Cidr) -> Option<IpAddr> {
        recorded_gateway(&view.of_network(prefix)?.row, &self.settings)
    }

    /// Whether an address is the way out of a network: by its own words, or because a prefix of its table names it.
    pub fn is_gateway(&self, address: &Address) -> bool {
        let vrf = |of: Option<&Ref>| of.map(|v| v.id);
        let names_it = |e: &super::PrefixEntry| {
            vrf(e.row.vrf.as_ref()) == vrf(address.vrf.as_ref())
                && recorded_gateway(&e.row, &self.settings) == Some(address.address.address())
        };
        is_gateway(address, &self.settings) || self.view_now().is_some_and(|v| v.prefixes.iter().any(names_it))
    }

    /// What of the pool can be given out, asked now. `limit` is how many addresses NetBox is to offer.
    ///
    /// # Errors
    /// NetBox' own.
    pub async fn room(&self, pool: &Pool, limit: u32) -> Result<Room, Error> {
        let vrf_id = Some(pool.vrf_is());
        let children = PrefixFilter { vrf_id, within: Some(pool.prefix), ..PrefixFilter::default() };
        // Not by their parent: a range may cross the border of the prefix.
        let ranges = RangeFilter { vrf_id, ..RangeFilter::default() };
        let offered = async {
            match pool.source() {
                Source::Prefix(id) => self.client.available_ips(id, limit).await,
                Source::Range(id) => self.client.range_available_ips(id, limit).await,
            }
        };
        let (row, children, ranges, offered) = futures::try_join!(
            self.client.prefix(pool.prefix_id),
            self.client.prefixes(&children),
            self.client.ranges(&ranges),
            offered
        )?;
        let (first, last) = (pool.prefix.network(), pool.prefix.last());
        let asked = match pool.pond.what {
            PondOf::Range(start, end) => Some((start, end)),
            PondOf::Prefix(_) => None,
        };
        let ground = Ground {
            prefix: pool.prefix,
            gateway: pool.gateway.map(|g| g.address),
            children: children.into_iter().map(|p| p.prefix).collect(),
            ranges: ranges
                .into_iter()
                .map(|r| (r.start.address(), r.end.address()))
                .filter(|(from, to)| *from <= last && first <= *to)
                .collect(),
            asked,
        };
        Ok(Room { ground, closed: closed(&row), offered: offered.into_iter().map(|a| a.address()).collect() })
    }

    /// All addresses of the pool's table in its prefix, sorted.
    ///
    /// # Errors
    /// NetBox' own.
    pub async fn used(&self, pool: &Pool) -> Result<Vec<IpAddr>, Error> {
        let filter =
            AddressFilter { vrf_id: Some(pool.vrf_is()), parent: Some(pool.prefix), ..AddressFilter::default() };
        let mut used: Vec<IpAddr> =
            self.client.addresses(&filter).await?.into_iter().map(|a| a.address.address()).collect();
        used.sort_unstable();
        Ok(used)
    }

    /// The refusal for a pool that has nothing left, with others of its family that have.
    pub async fn full(&self, pool: &Pool) -> Refusal {
        let others = match self.view().await {
            Ok(view) => {
                let fits = |e: &&super::PrefixEntry| {
                    e.can_give() && e.row.prefix.family() == pool.prefix.family() && e.row.prefix != pool.prefix
                };
                view.prefixes.iter().filter(fits).take(5).map(super::PrefixEntry::name).collect()
            }
            Err(_) => vec![],
        };
        Refusal::PrefixFull { prefix: pool.pond.to_string(), others }
    }
}

fn range_is_open(range: &Range) -> Result<(), Refusal> {
    let why = match range.status.as_str() {
        "reserved" => "it is reserved",
        "deprecated" => "it is deprecated",
        _ if range.mark_populated => "it is marked as populated, and NetBox gives nothing from it",
        _ if range.mark_utilized => "it is marked as fully used",
        _ => return Ok(()),
    };
    let subject = format!("{}-{}", range.start.address(), range.end.address());
    Err(Refusal::WrongState { subject, verb: "give an address".to_owned(), why: why.to_owned() })
}

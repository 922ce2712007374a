//! What somebody calls the thing to be reserved, looked up: a pool or a named thing of ours, a node, a guest, a device.

use crate::{
    devices::name,
    handlers::{Cx, device::reached},
    reserve::Want,
};
use direttore_domain::{
    Guest, GuestRef, Refusal, ResourceKey, ResourceRef, Trouble, grant::Touches, nearest::nearest, policy,
};
use direttore_store::{reservation::Wanted, resource};

/// Found by name, with the words that tell it from others of that name.
struct Found {
    want: Want,
    exact: String,
}

/// All that is meant, each once. `guests`: nodes are wanted with the guests on them.
///
/// # Errors
/// `no-such-resource`, `which-resource`, `not-granted`.
pub async fn wants(cx: &Cx, given: &[ResourceRef], count: usize, guests: bool) -> Result<Vec<Want>, Trouble> {
    let mut wants: Vec<Want> = Vec::new();
    for one in given {
        let mut want = want(cx, one.as_str()).await?;
        if guests && let ResourceKey::Node(cluster, node) = &want.key {
            let sight = cx.sight(Some(cluster)).await?;
            let on = sight.guests().filter(|g| g.node == *node && !g.is_template);
            want.covered = on.map(|g| (key_of(g), g.offer())).collect();
        }
        want.count = count;
        if !wants.iter().any(|other| other.key == want.key) {
            wants.push(want);
        }
    }
    Ok(wants)
}

/// Said alone, it is a note in the calendar that keeps nobody from anything.
const NOTHING: &str = "nothing";

/// As [`wants`], or none for a note.
///
/// # Errors
/// As there.
pub async fn wants_or_nothing(
    cx: &Cx,
    given: &[ResourceRef],
    count: usize,
    guests: bool,
) -> Result<Vec<Want>, Trouble> {
    match given {
        [one] if one.as_str().eq_ignore_ascii_case(NOTHING) => Ok(vec![]),
        given => wants(cx, given, count, guests).await,
    }
}

/// As [`wants`], of what a reservation was made for: by its keys, whatever it is called now.
///
/// # Errors
/// As there.
pub async fn again(cx: &Cx, wanted: &[Wanted], guests: bool) -> Result<Vec<Want>, Trouble> {
    let mut wants = Vec::new();
    for one in wanted {
        let given: ResourceRef = one.key.to_string().parse().map_err(Trouble::bug)?;
        let count = usize::try_from(one.count).unwrap_or(1);
        wants.extend(self::wants(cx, &[given], count, guests).await?);
    }
    Ok(wants)
}

async fn want(cx: &Cx, given: &str) -> Result<Want, Trouble> {
    let mut found = Vec::new();
    let (kind, name) = match given.split_once([':', '/']) {
        Some((kind @ ("node" | "guest" | "device" | "pool" | "named"), name)) => (Some(kind), name),
        _ => (None, given),
    };
    let is = |wanted: &str| kind.is_none_or(|kind| kind == wanted);
    if is("pool") || is("named") {
        found.extend(ours(cx, kind, name).await?);
    }
    if is("node") {
        found.extend(nodes(cx, name).await?);
    }
    if is("guest") {
        found.extend(guest(cx, name).await?);
    }
    // NetBox has the nodes as devices too: their own name means the node.
    if kind == Some("device") || (found.is_empty() && is("device")) {
        found.extend(devices(cx, name).await?);
    }
    match found.len() {
        1 => Ok(found.remove(0).want),
        0 if kind == Some("node") => Err(unknown_node(cx, name).await?.into()),
        0 => Err(unknown(cx, given, name).await?),
        _ => {
            let several = found.iter().map(|f| f.exact.clone()).collect();
            Err(Refusal::WhichResource { given: shown(given), several }.into())
        }
    }
}

fn shown(given: &str) -> String {
    direttore_domain::text::shorten(&direttore_domain::text::visible(given), 60)
}

fn plain(key: ResourceKey, name: String) -> Want {
    Want { key, name, count: 1, under: None, covered: vec![] }
}

async fn ours(cx: &Cx, kind: Option<&str>, name: &str) -> Result<Vec<Found>, Trouble> {
    let mut tx = cx.store.read().await?;
    let mut found = Vec::new();
    for of in ["pool", "named"].into_iter().filter(|of| kind.is_none_or(|kind| kind == *of)) {
        let Ok(key) = format!("{of}/{}", name.to_lowercase()).parse::<ResourceKey>() else { continue };
        if let Some(row) = resource::by_key(&mut tx, &key).await? {
            found.push(Found { exact: format!("{of}:{name}"), want: plain(key, row.name) });
        }
    }
    Ok(found)
}

/// `pve1`, `lab/pve1`.
async fn nodes(cx: &Cx, given: &str) -> Result<Vec<Found>, Trouble> {
    let (cluster, name) = match given.split_once('/') {
        Some((cluster, name)) => (Some(cluster), name),
        None => (None, given),
    };
    let sight = cx.sight(None).await?;
    let fits = |n: &&direttore_domain::Node| {
        n.name.as_str() == name && cluster.is_none_or(|cluster| n.cluster.as_str() == cluster)
    };
    let mut found = Vec::new();
    for node in sight.nodes().filter(fits) {
        check(cx, &format!("node {}", node.name), Touches::of_node(&node.name))?;
        let key = ResourceKey::Node(node.cluster.clone(), node.name.clone());
        found.push(Found {
            exact: format!("node:{}/{}", node.cluster, node.name),
            want: plain(key, node.name.to_string()),
        });
    }
    Ok(found)
}

async fn guest(cx: &Cx, given: &str) -> Result<Option<Found>, Trouble> {
    let Ok(meant) = given.parse::<GuestRef>() else { return Ok(None) };
    let sight = cx.sight(None).await?;
    let guest = match sight.find(&meant) {
        Ok(guest) => guest,
        Err(Refusal::NoSuchGuest { .. }) => return Ok(None),
        Err(which) => return Err(which.into()),
    };
    check(cx, &format!("{} ({})", guest.label(), guest.vmid), policy::touches(guest))?;
    let under = Some((ResourceKey::Node(guest.cluster.clone(), guest.node.clone()), guest.node.to_string()));
    let want = Want { under, ..plain(key_of(guest), guest.offer()) };
    Ok(Some(Found { exact: format!("guest:{}/{}", guest.cluster, guest.vmid), want }))
}

fn key_of(guest: &Guest) -> ResourceKey {
    ResourceKey::Guest(guest.cluster.clone(), guest.vmid)
}

/// Of NetBox, as far as its view can be had: what is reserved must not hang on it.
async fn devices(cx: &Cx, given: &str) -> Result<Vec<Found>, Refusal> {
    let Some(ipam) = cx.lab.ipam() else { return Ok(vec![]) };
    let Ok(view) = ipam.view().await else { return Ok(vec![]) };
    let fits = |d: &&direttore_clients::netbox::Device| {
        d.id.to_string() == given || d.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(given))
    };
    let mut found = Vec::new();
    for device in view.devices.iter().filter(fits) {
        let Ok(id) = i64::try_from(device.id) else { continue };
        reached(cx, device)?;
        let want = plain(ResourceKey::Device(id), name(device).to_owned());
        found.push(Found { exact: format!("device:{id}"), want });
    }
    Ok(found)
}

fn check(cx: &Cx, what: &str, touched: Touches<'_>) -> Result<(), Refusal> {
    let Cx { actor, command, channel, .. } = cx;
    policy::check_touch(actor, command.permission, &command.path, channel, what, touched)
}

async fn unknown_node(cx: &Cx, name: &str) -> Result<Refusal, Trouble> {
    let has: Vec<String> = cx.sight(None).await?.nodes().map(|n| n.name.to_string()).collect();
    let nearest = nearest(name, has.iter().map(String::as_str)).map(str::to_owned);
    Ok(Refusal::NoSuch { what: "node", given: shown(name), nearest, has })
}

async fn unknown(cx: &Cx, given: &str, name: &str) -> Result<Trouble, Trouble> {
    let sight = cx.sight(None).await?;
    let mut tx = cx.store.read().await?;
    let ours = resource::all(&mut tx).await?;
    let ours = ours.iter().filter(|r| matches!(r.key, ResourceKey::Pool(_) | ResourceKey::Named(_)));
    let names = ours.map(|r| r.name.clone()).chain(sight.nodes().map(|n| n.name.to_string()));
    let has: Vec<String> = names.collect();
    let guests = sight.guests().filter_map(|g| g.name.as_deref());
    let nearest = nearest(name, has.iter().map(String::as_str).chain(guests)).map(str::to_owned);
    Ok(Refusal::NoSuch { what: "resource", given: shown(given), nearest, has }.into())
}

/// What is meant by one when it is looked for: of a pool its members too.
///
/// # Errors
/// The database's.
pub async fn with_members(cx: &Cx, key: &ResourceKey) -> Result<Vec<ResourceKey>, Trouble> {
    let mut keys = vec![key.clone()];
    if let ResourceKey::Pool(_) = key {
        let mut tx = cx.store.read().await?;
        if let Some(pool) = resource::by_key(&mut tx, key).await? {
            keys.extend(resource::members(&mut tx, pool.id).await?.into_iter().map(|member| member.key));
        }
    }
    Ok(keys)
}

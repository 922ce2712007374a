//! Agents, asked by the client of the same library.

use super::many;
use crate::switch::{Credential, Kind, Settings, start};
use async_snmp::{Auth, AuthProtocol, Client, Oid, PrivProtocol, UsmConfig, Value, VarBind};
use direttore_domain::Instant;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn credential() -> Credential {
    Credential { community: "labro".into(), passphrase: "watchwatch".into(), ..Credential::made("admin") }
}

async fn walk(addr: SocketAddr, auth: impl Into<Auth>, root: &[u32]) -> Result<Vec<VarBind>, Box<async_snmp::Error>> {
    let client = Client::builder((addr.ip().to_string(), addr.port()), auth)
        .request_timeout(Duration::from_secs(2))
        .connect()
        .await?;
    client.bulk_walk(Oid::from_slice(root), 25)?.collect().await
}

fn texts(found: &[VarBind]) -> Vec<String> {
    let text = |v: &VarBind| match &v.value {
        Value::OctetString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    };
    found.iter().map(text).collect()
}

#[tokio::test]
async fn an_agent_tells_what_the_switch_is_configured_to() {
    let now = Arc::new(|| Instant(1_790_000_000_000));
    let settings = Settings { credential: Some(credential()), snmp: Some(ANY), ..Settings::new("sw1", Kind::Eos, now) };
    let switch = start(settings).await.expect("ports are free");
    let addr = switch.access().snmp.expect("it has an agent");
    let v2c = || Auth::v2c("labro");
    let names = walk(addr, v2c(), &[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1]).await.expect("it answers");
    assert!(texts(&names).contains(&"Ethernet4".to_owned()), "{names:?}");
    let vlans = walk(addr, v2c(), &[1, 3, 6, 1, 2, 1, 17, 7, 1, 4, 3, 1, 1]).await.expect("it answers");
    assert_eq!(texts(&vlans), ["servers", "lab", "parking"]);
    let prefixes = walk(addr, v2c(), &[1, 3, 6, 1, 2, 1, 4, 34, 1, 5]).await.expect("it answers");
    let transit = prefixes.iter().find(|p| p.oid.arcs().ends_with(&[1, 4, 192, 0, 2, 1]));
    let Some(Value::ObjectIdentifier(pointer)) = transit.map(|p| &p.value) else { panic!("{prefixes:?}") };
    assert_eq!(pointer.arcs().last(), Some(&31), "the length is the last part of the row's name");
    let far = walk(addr, v2c(), &[1, 0, 8802, 1, 1, 2, 1, 4, 1, 1, 9]).await.expect("it answers");
    assert!(texts(&far).contains(&"sw2.lab.example.org".to_owned()), "{far:?}");
    // What somebody changes is told at once.
    switch.tell("'vlan 300; name dmz'").expect("it is right");
    let vlans = walk(addr, v2c(), &[1, 3, 6, 1, 2, 1, 17, 7, 1, 4, 3, 1, 1]).await.expect("it answers");
    assert!(texts(&vlans).contains(&"dmz".to_owned()));
}

#[tokio::test]
async fn version_3_needs_the_right_passphrase() {
    let (_agent, access) = many(ANY, 3, &credential()).await.expect("a port is free");
    let user = |phrase: &str| {
        UsmConfig::new("watch")
            .auth_priv(AuthProtocol::Sha256, phrase, PrivProtocol::Aes128, phrase)
            .expect("it is long")
    };
    let name = [1, 3, 6, 1, 2, 1, 1, 5];
    let found = walk(access.addr, user("watchwatch"), &name).await.expect("it answers");
    assert_eq!(texts(&found), ["many.lab.example.org"]);
    assert!(walk(access.addr, user("otherother"), &name).await.is_err());
}

#[tokio::test]
async fn an_agent_may_have_many_interfaces() {
    let (agent, access) = many(ANY, 500, &credential()).await.expect("a port is free");
    let aliases = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 18];
    let found = walk(access.addr, Auth::v2c("labro"), &aliases).await.expect("it answers");
    assert_eq!((found.len(), texts(&found)[499].as_str()), (500, "customer 499"));
    agent.stop().await;
}

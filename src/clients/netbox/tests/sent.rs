//! What leaves: every call that the client can make, against the schema of NetBox, and some of them letter by letter.

use super::{contracts::Schema, *};
use crate::netbox::{
    AddressChange, AddressFilter, DeviceFilter, Error, Etag, MacFilter, NewAddress, NewCustomField, NewPrefix, NewVm,
    NewVmInterface, Object, PrefixFilter, RangeFilter, Source, VlanFilter, VmChange, VmFilter, VrfIs,
};
use crate::server_for_tests::Seen;
use serde_json::Map;
use std::collections::BTreeSet;

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Answers every request with an object that fits all kinds, as often as it was asked for.
fn echo(seen: &Seen) -> Reply {
    let mut object = json!({
        "id": 1, "name": "a", "slug": "a", "address": "10.0.0.5/24", "prefix": "10.0.0.0/24", "vid": 5,
        "start_address": "10.0.0.1/24", "end_address": "10.0.0.9/24", "mac_address": "BC:24:11:00:00:01",
        "virtual_machine": {"id": 1, "name": "a"}, "netbox-version": "4.6.8", "username": "a",
    });
    let is_page = seen.query.contains("limit=1000");
    match serde_json::from_str(&seen.body) {
        _ if seen.method == "DELETE" => Reply::Headed("204 No Content", vec![], Vec::new()),
        _ if is_page => page(&[object], None, 1),
        _ if seen.method == "GET" && seen.path.contains("/available-") => ok(&json!([object])),
        Ok(Value::Array(entries)) => {
            let named = |(n, entry): (usize, &Value)| {
                object["id"] = entry.get("id").cloned().unwrap_or_else(|| (n + 1).into());
                object.clone()
            };
            ok(&entries.iter().enumerate().map(named).collect())
        }
        _ => ok(&object),
    }
}

fn full_address() -> NewAddress {
    NewAddress {
        status: "reserved".into(),
        dns_name: "web1.lab".into(),
        description: "direttore:J-12/nic1/ipv4".into(),
        tags: vec!["direttore".into()],
        custom: Map::from_iter([("direttore_job".to_owned(), "J-12".into())]),
        assigned: Some(("virtualization.vminterface".into(), 7)),
        changelog_message: text("J-12"),
    }
}

fn full_vm() -> NewVm {
    NewVm {
        name: "web1".into(),
        status: "planned".into(),
        cluster: 1,
        vcpus: 2.0,
        memory: 2048,
        disk: Some(32000),
        site: Some(1),
        tenant: text("netlab"),
        role: text("lab-vm"),
        platform: text("linux"),
        description: "d".into(),
        comments: "c".into(),
        tags: vec!["direttore".into()],
        custom: Map::from_iter([("direttore_job".to_owned(), "J-12".into())]),
        changelog_message: text("J-12"),
    }
}

/// Every read, with every filter.
async fn read_all(netbox: &NetBox) -> Result<(), Error> {
    let (prefix, address) = ("10.0.0.0/8".parse().ok(), "10.0.0.5".parse().ok());
    netbox.status().await?;
    netbox.whoami().await?;
    netbox
        .prefixes(&PrefixFilter {
            vrf_id: Some(VrfIs::Global),
            prefix,
            contains: address,
            within: prefix,
            within_include: prefix,
            status: text("active"),
            site_id: Some(1),
            vlan_vid: 100.try_into().ok(),
            q: text("x"),
        })
        .await?;
    netbox.prefix(1).await?;
    netbox
        .addresses(&AddressFilter {
            vrf_id: Some(VrfIs::Id(3)),
            address,
            parent: prefix,
            q: text("x"),
            description: text("direttore:J-12/nic1/ipv4"),
            description_ic: text("direttore:J-12/"),
            cf: Some(("direttore_job".into(), "J-12".into())),
            tag: text("direttore"),
            status: text("active"),
            virtual_machine_id: Some(1),
            vminterface_id: Some(1),
            role: text("vip"),
            assigned: Some(false),
        })
        .await?;
    netbox.address(1).await?;
    netbox
        .ranges(&RangeFilter {
            vrf_id: Some(VrfIs::Global),
            parent: prefix,
            contains: address,
            status: text("active"),
            q: text("x"),
        })
        .await?;
    netbox.range(1).await?;
    netbox
        .vlans(&VlanFilter {
            vid: 100.try_into().ok(),
            name: text("x"),
            site_id: Some(1),
            group_id: Some(1),
            status: text("active"),
            q: text("x"),
        })
        .await?;
    netbox.vrfs().await?;
    netbox.sites().await?;
    netbox.clusters(Some("lab")).await?;
    netbox
        .devices(&DeviceFilter {
            q: text("x"),
            name: text("sw1"),
            site: text("lab"),
            role: text("switch"),
            tag: text("lab"),
            platform: text("junos"),
            status: text("active"),
        })
        .await?;
    netbox.device(1).await?;
    netbox.interfaces(1).await?;
    netbox
        .vms(&VmFilter {
            name: text("web1"),
            cluster_id: Some(1),
            description_ic: text("direttore"),
            cf: Some(("proxmox_vmid".into(), "142".into())),
            tag: text("direttore"),
            q: text("x"),
        })
        .await?;
    netbox.vm(1).await?;
    netbox.vm_interfaces(1).await?;
    netbox.macs(&MacFilter { mac: "BC:24:11:00:00:01".parse().ok(), vminterface_id: Some(1) }).await?;
    netbox.tag("a").await?;
    netbox.custom_field("a").await?;
    netbox.journal("virtualization.virtualmachine", 1).await?;
    netbox.config_contexts().await?;
    netbox.available_ips(1, 10).await?;
    netbox.range_available_ips(1, 10).await?;
    netbox.available_prefixes(1).await.map(drop)
}

/// Every write, with all that it can say.
async fn write_all(netbox: &NetBox) -> Result<(), Error> {
    let etag = Etag("W/\"2026-11-22T02:29:09+00:00\"".into());
    let new = full_address();
    netbox.take_next(Source::Prefix(1), &new).await?;
    netbox.take_next(Source::Range(1), &new).await?;
    let prefix = NewPrefix {
        status: "active".into(),
        description: "d".into(),
        is_pool: true,
        vlan: Some(1),
        role: Some(2),
        tenant: Some(3),
        tags: vec!["direttore".into()],
        custom: Map::from_iter([("direttore_job".to_owned(), "J-12".into())]),
        changelog_message: text("J-12"),
    };
    netbox.take_prefix(1, 28, &prefix).await?;
    netbox.create_address("10.0.0.5/24".parse().expect("one"), Some(3), &new).await?;
    let change = AddressChange {
        status: text("active"),
        dns_name: text(""),
        description: text("d"),
        assigned: Some(None),
        tags: Some(vec![]),
        custom: new.custom.clone(),
        changelog_message: text("J-12"),
    };
    netbox.change_address(1, &change, Some(&etag)).await?;
    netbox.assign_addresses(&[(5, 7), (6, 8)]).await?;
    netbox.delete_address(1, Some(&etag)).await?;
    netbox.create_vm(&full_vm()).await?;
    let change = VmChange {
        name: text("web2"),
        status: text("active"),
        primary_ip4: Some(Some(5)),
        primary_ip6: Some(None),
        vcpus: Some(4.0),
        memory: Some(4096),
        disk: Some(64000),
        description: text("d"),
        custom: new.custom.clone(),
        changelog_message: text("J-12"),
    };
    netbox.change_vm(1, &change, Some(&etag)).await?;
    netbox.delete_vm(1).await?;
    let interface = |name: &str| NewVmInterface {
        vm: 1,
        name: name.into(),
        description: "vmbr0".into(),
        mode: text("access"),
        untagged_vlan: Some(1),
    };
    netbox.create_vm_interfaces(&[interface("net0"), interface("net1")]).await?;
    let mac = "BC:24:11:00:00:01".parse().expect("one");
    netbox.create_macs(&[(mac, 7, "net0".into())]).await?;
    netbox.set_primary_macs(&[(7, 2)]).await?;
    netbox.delete_macs(&[2, 3]).await?;
    netbox.create_journal("virtualization.virtualmachine", 1, "success", "made by J-12").await?;
    netbox.create_tag("direttore", "direttore", "00bcd4", "d").await?;
    let field = NewCustomField {
        name: "direttore_job".into(),
        label: "Job".into(),
        kind: "text".into(),
        object_types: vec!["ipam.ipaddress".into()],
        description: "d".into(),
    };
    netbox.create_custom_field(&field).await?;
    netbox.rendered_config(1).await.map(drop)
}

#[tokio::test]
async fn every_request_is_one_that_netbox_knows() {
    let Some(schema) = Schema::load() else { return };
    let server = Server::start(echo).await;
    let file = std::env::temp_dir().join(format!("direttore-netbox-{}", server.name().replace(':', "-")));
    let _ = std::fs::remove_file(&file);
    let netbox = NetBox::new(Settings { record: Some(file.clone()), ..settings(&server) }).expect("valid");
    read_all(&netbox).await.expect("all is answered");
    write_all(&netbox).await.expect("all is answered");
    let record = std::fs::read_to_string(&file).expect("written");
    let _ = std::fs::remove_file(&file);
    assert!(!record.contains("S3cret"));
    let mut operations = BTreeSet::new();
    for line in record.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["system"], "netbox");
        match schema.check(&line) {
            Ok(operation) => drop(operations.insert(operation)),
            Err(why) => panic!("{why}: {line}"),
        }
    }
    assert_eq!(operations.len(), 44, "{operations:#?}");
    assert_eq!(record.lines().count(), server.seen().len());
    for seen in server.seen() {
        assert_eq!(seen.headers["authorization"], format!("Bearer {TOKEN}"));
        assert_eq!(seen.headers.contains_key("content-type"), !seen.body.is_empty(), "{seen:?}");
    }
}

#[test]
fn a_wrong_word_would_be_seen() {
    let Some(schema) = Schema::load() else { return };
    let line = |method: &str, path: &str, query: Value, body: Value| json!({"method": method, "path": path, "query": query, "body": body});
    let none = || json!([]);
    for (line, why) in [
        (line("GET", "/api/ipam/prefixes/", json!([["vrf", "1"], ["vrfid", "1"]]), Value::Null), "no parameter vrfid"),
        (line("GET", "/api/ipam/prefix/", none(), Value::Null), "there is no GET"),
        (line("PUT", "/api/status/", none(), Value::Null), "there is no PUT"),
        (line("POST", "/api/ipam/ip-addresses/", none(), json!({"address": "x", "descr": "x"})), "no field descr"),
        (line("POST", "/api/ipam/ip-addresses/", none(), json!({"status": "active"})), "needs address"),
        (line("POST", "/api/ipam/ip-addresses/", none(), json!({"address": "x", "status": "free"})), "is not"),
        (line("POST", "/api/ipam/prefixes/1/available-ips/", none(), json!({"dns": "x"})), "no field dns"),
        (line("PATCH", "/api/ipam/ip-addresses/", none(), json!([{"id": 1, "vrf": "x"}])), "nothing of what"),
    ] {
        let said = schema.check(&line).expect_err("it is wrong");
        assert!(said.contains(why), "{said}: {line}");
    }
}

#[tokio::test]
async fn writes_say_what_was_said_and_no_more() {
    let server = Server::start(echo).await;
    let netbox = client(&server);
    let address = "10.0.0.5/24".parse().expect("one");
    netbox.take_next(Source::Prefix(2), &NewAddress::default()).await.expect("an address");
    netbox.take_next(Source::Range(3), &full_address()).await.expect("an address");
    netbox.create_address(address, None, &NewAddress::default()).await.expect("an address");
    netbox.take_prefix(4, 28, &NewPrefix::default()).await.expect("a prefix");
    let give =
        AddressChange { assigned: Some(Some(("virtualization.vminterface".into(), 7))), ..AddressChange::default() };
    netbox.change_address(5, &give, None).await.expect("an address");
    let take = AddressChange { assigned: Some(None), dns_name: text(""), ..AddressChange::default() };
    netbox.change_address(5, &take, None).await.expect("an address");
    netbox.change_vm(6, &VmChange { primary_ip4: Some(None), ..VmChange::default() }, None).await.expect("a VM");
    netbox.delete_macs(&[7, 8]).await.expect("gone");
    assert_eq!(
        server.lines(),
        [
            r#"POST /api/ipam/prefixes/2/available-ips/ {}"#,
            concat!(
                r#"POST /api/ipam/ip-ranges/3/available-ips/ {"status":"reserved","dns_name":"web1.lab","#,
                r#""description":"direttore:J-12/nic1/ipv4","tags":[{"slug":"direttore"}],"#,
                r#""custom_fields":{"direttore_job":"J-12"},"assigned_object_type":"virtualization.vminterface","#,
                r#""assigned_object_id":7,"changelog_message":"J-12"}"#
            ),
            r#"POST /api/ipam/ip-addresses/ {"address":"10.0.0.5/24"}"#,
            r#"POST /api/ipam/prefixes/4/available-prefixes/ {"prefix_length":28}"#,
            r#"PATCH /api/ipam/ip-addresses/5/ {"assigned_object_type":"virtualization.vminterface","assigned_object_id":7}"#,
            r#"PATCH /api/ipam/ip-addresses/5/ {"dns_name":"","assigned_object_type":null,"assigned_object_id":null}"#,
            r#"PATCH /api/virtualization/virtual-machines/6/ {"primary_ip4":null}"#,
            r#"DELETE /api/dcim/mac-addresses/ [{"id":7},{"id":8}]"#,
        ]
    );
}

#[tokio::test]
async fn a_condition_is_sent_and_the_mark_of_a_compressor_is_not() {
    let tag = "W/\"2026-11-22T02:29:09.057246+00:00\"";
    let server = Server::start(move |seen| {
        let tag = match seen.path.ends_with("/2/") {
            true => tag.replace("00\"", "00-gzip\""),
            false => tag.to_owned(),
        };
        let body = json!({"id": 1, "address": "10.0.0.5/24"}).to_string().into_bytes();
        Reply::Headed("200 OK", vec![("etag", tag)], body)
    })
    .await;
    let netbox = client(&server);
    for id in [1, 2] {
        let (_, etag) = netbox.address(id).await.expect("an address");
        assert_eq!(etag, Some(Etag(tag.to_owned())));
        netbox.change_address(id, &AddressChange::default(), etag.as_ref()).await.expect("an address");
    }
    netbox.change_address(1, &AddressChange::default(), None).await.expect("an address");
    let sent: Vec<Option<String>> =
        server.seen().iter().filter(|s| s.method == "PATCH").map(|s| s.headers.get("if-match").cloned()).collect();
    assert_eq!(sent, [Some(tag.to_owned()), Some(tag.to_owned()), None]);
}

#[tokio::test]
async fn nothing_is_sent_for_nothing_and_what_was_passed_over_is_named() {
    let server = Server::scripted(&[ok(&json!([{"id": 5, "address": "10.0.0.5/24"}]))]).await;
    let netbox = client(&server);
    assert_eq!(netbox.assign_addresses(&[]).await, Ok(vec![]));
    assert_eq!(netbox.create_macs(&[]).await, Ok(vec![]));
    assert_eq!(netbox.create_vm_interfaces(&[]).await, Ok(vec![]));
    assert_eq!(netbox.set_primary_macs(&[]).await, Ok(vec![]));
    assert_eq!(netbox.delete_macs(&[]).await, Ok(()));
    assert_eq!(netbox.create_all(Object::Vlan, vec![]).await, Ok(vec![]));
    assert_eq!(netbox.change_all(Object::Vlan, vec![]).await, Ok(()));
    assert_eq!(server.seen().len(), 0);
    let error = netbox.assign_addresses(&[(5, 1), (6, 1), (7, 1)]).await.expect_err("two are gone");
    assert_eq!(error, Error::NotFound { why: "IP addresses with the ids 6 and 7".to_owned() });
    let server = Server::scripted(&[answer("201 Created", &json!([]))]).await;
    let new = [NewVmInterface { vm: 1, name: "net0".into(), ..NewVmInterface::default() }];
    let error = client(&server).create_vm_interfaces(&new).await.expect_err("none came back");
    assert_eq!(error, Error::Garbage { why: "of 1 VM interfaces sent, 0 came back".to_owned() });
}

#[tokio::test]
async fn objects_of_a_kind_are_written_in_one_list() {
    let server = Server::scripted(&[
        answer("201 Created", &json!([{"id": 8}, {"id": 9}])),
        ok(&json!([{"id": 8}])),
        answer("201 Created", &json!([{"id": 10}])),
    ])
    .await;
    let netbox = client(&server);
    let bodies = || vec![json!({"name": "a"}), json!({"name": "b"})];
    assert_eq!(netbox.create_all(Object::Interface, bodies()).await, Ok(vec![8, 9]));
    let error = netbox.change_all(Object::Interface, [8, 9].into_iter().zip(bodies()).collect()).await;
    assert_eq!(error, Err(Error::NotFound { why: "objects with the ids 9".to_owned() }));
    let error = netbox.create_all(Object::Interface, bodies()).await.expect_err("one came back");
    assert_eq!(error, Error::Garbage { why: "of 2 objects sent, 1 came back".to_owned() });
    assert_eq!(
        server.lines(),
        [
            r#"POST /api/dcim/interfaces/ [{"name":"a"},{"name":"b"}]"#,
            r#"PATCH /api/dcim/interfaces/ [{"name":"a","id":8},{"name":"b","id":9}]"#,
            r#"POST /api/dcim/interfaces/ [{"name":"a"},{"name":"b"}]"#,
        ]
    );
}

#[tokio::test]
async fn a_token_of_the_first_version_has_its_word() {
    let server = Server::start(echo).await;
    let old = Settings { token: " 0123456789abcdef ".into(), ..settings(&server) };
    NetBox::new(old).expect("valid").status().await.expect("a status");
    assert_eq!(server.seen()[0].headers["authorization"], "Token 0123456789abcdef");
}

//! A VM that NetBox has as planned is made, and becomes that very VM there; taken back it is planned again.

use super::{
    super::{
        calendars::program::Sidecar,
        story::{Story, netbox_client, on_a_new_database},
    },
    act, client, jobs, on_both_upon, post, posted, rule, with,
};
use direttore_clients::netbox::{NewVm, NewVmInterface, Vm, VmFilter};
use direttore_core::hooks::{Action, Rule, What};
use direttore_domain::GuestKind;
use direttore_reply::Filled;
use serde_json::{Value, json};

const KIND: &str = "virtualization.virtualmachine";

fn rules() -> Vec<Rule> {
    let with = [("nic1", "ip=netbox:10.0.10.0/24"), ("node", "pve1")];
    let with = with.map(|(key, value)| (key.to_owned(), Filled::new(value).expect("a template")));
    let action =
        Action::Provision { account: "operator".parse().expect("a name"), kind: GuestKind::Vm, with: with.into() };
    vec![rule("make", KIND, &[What::Created, What::Updated], &["status = planned"], action)]
}

async fn named(s: &Story, name: &str) -> Vec<Vm> {
    let filter = VmFilter { name: Some(name.to_owned()), ..VmFilter::default() };
    netbox_client(s.netbox()).vms(&filter).await.expect("it answers")
}

/// Somebody plans a VM, with an interface of their own; gives what NetBox posts of it.
async fn planned(s: &Story, name: &str) -> (Vm, String) {
    let netbox = netbox_client(s.netbox());
    let cluster = netbox.clusters(Some("lab")).await.expect("it answers")[0].id;
    let new = NewVm {
        name: name.to_owned(),
        status: "planned".to_owned(),
        cluster,
        vcpus: 2.0,
        memory: 1024,
        description: "for alice".to_owned(),
        ..NewVm::default()
    };
    let vm = netbox.create_vm(&new).await.expect("it is made");
    let own = NewVmInterface { vm: vm.id, name: "mgmt".to_owned(), ..NewVmInterface::default() };
    netbox.create_vm_interfaces(&[own]).await.expect("it is made");
    let data = json!({
        "id": vm.id, "name": name, "status": { "value": "planned", "label": "Planned" }, "vcpus": 2.0, "memory": 1024,
        "disk": null, "cluster": { "id": cluster, "name": "lab" }, "custom_fields": {},
    });
    (vm, posted("created", KIND, &format!("r-{name}"), &data))
}

/// What NetBox has, but for its journals, which nobody deletes from.
fn netbox_of(s: &Story) -> Value {
    let mut world = s.worlds().1;
    world.as_object_mut().expect("an object").remove("journal");
    world
}

/// What the journal says of it, oldest first.
async fn journal(s: &Story, vm: u64) -> Vec<String> {
    let mut all = netbox_client(s.netbox()).journal(KIND, vm).await.expect("it answers");
    all.sort_by_key(|entry| entry.id);
    all.into_iter().map(|entry| entry.comments).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_vm_is_made_and_stays_the_one_it_is() {
    on_both_upon(rules, async |s| {
        let (sidecar, http) = (Sidecar::of(s).await, client());
        let (vm, body) = planned(s, "web9").await;
        assert_eq!(post(&sidecar, &http, &body).await, 202);
        act(s).await;
        let all = jobs(s).await;
        assert_eq!(all, ["make the VM web9 (operator) is done"], "{all:#?}");
        let found = named(s, "web9").await;
        assert_eq!(found.len(), 1, "none is made beside it");
        let now = &found[0];
        assert_eq!((now.id, now.status.as_str(), now.vcpus, now.memory), (vm.id, "active", Some(2.0), Some(1024)));
        assert!(now.description.starts_with("for alice direttore") && now.primary_ip4.is_some(), "{now:?}");
        let interfaces = netbox_client(s.netbox()).vm_interfaces(vm.id).await.expect("it answers");
        let names: Vec<&str> = interfaces.iter().map(|interface| interface.name.as_str()).collect();
        assert_eq!(names, ["mgmt", "net0"]);
        let view = s.cluster.refresh().await.expect("the lab answers");
        let guest = view.guests.iter().find(|g| g.guest.name.as_deref() == Some("web9")).expect("it is made");
        assert_eq!(guest.guest.node.as_str(), "pve1");

        // Somebody saves it once more, from an old page: it is not planned any more.
        let again = body.replace("r-web9", "r-again");
        assert_eq!(post(&sidecar, &http, &again).await, 202);
        act(s).await;
        let all = jobs(s).await;
        assert_eq!(all[1], format!("rule make for {KIND}/{} (rule make) is done", vm.id), "{all:#?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_leaves_it_planned_as_it_was() {
    on_both_upon(rules, async |s| {
        let (sidecar, http) = (Sidecar::of(s).await, client());
        for (nth, (fault, mend)) in [
            ("all fail=qmstart times=always", "clear"),
            ("netbox deny=virtualization.add_vminterface", "netbox allow=virtualization.add_vminterface"),
            ("netbox deny=dcim.add_macaddress", "netbox allow=dcim.add_macaddress"),
            ("netbox deny=extras.add_journalentry", "netbox allow=extras.add_journalentry"),
            ("netbox deny=virtualization.change_virtualmachine", "netbox allow=virtualization.change_virtualmachine"),
        ]
        .into_iter()
        .enumerate()
        {
            let (vm, body) = planned(s, &format!("web8{nth}")).await;
            let before = netbox_of(s);
            s.lab(fault);
            assert_eq!(post(&sidecar, &http, &body).await, 202);
            act(s).await;
            s.lab(mend);
            let all = jobs(s).await;
            assert!(all.last().is_some_and(|job| job.contains("is failed")), "{fault}: {all:#?}");
            let now = &named(s, &vm.name).await[0];
            assert_eq!((now.status.as_str(), now.description.as_str()), ("planned", "for alice"), "{fault}");
            assert_eq!((now.vcpus, now.memory, &now.primary_ip4), (vm.vcpus, vm.memory, &None), "{fault}");
            assert_eq!(netbox_of(s), before, "{fault}: NetBox is as before");
            let journal = journal(s, vm.id).await;
            let is_told = journal.is_empty() || journal.last().is_some_and(|last| last.starts_with("Taken back by"));
            assert!(is_told, "{fault}: {journal:?}");
            assert_eq!(journal.is_empty(), nth > 0, "{fault}: it was made before it failed");
        }
    })
    .await;
}

/// NetBox stores and its answer is lost, at each call that the adoption makes.
#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_make_nothing_twice() {
    on_a_new_database(async |store| {
        let s = Story::with_netbox(store, with(rules())).await;
        let (sidecar, http) = (Sidecar::of(&s).await, client());
        for (nth, fault) in [
            "netbox drop on=\"PATCH virtual-machines\" after",
            "netbox status=500 on=\"PATCH virtual-machines\" after",
            "netbox drop on=\"POST virtualization/interfaces\" after",
            "netbox html on=\"POST mac-addresses\" after",
            "netbox status=502 on=\"PATCH ip-addresses\" after",
        ]
        .into_iter()
        .enumerate()
        {
            let (vm, body) = planned(&s, &format!("web7{nth}")).await;
            s.lab(fault);
            assert_eq!(post(&sidecar, &http, &body).await, 202);
            act(&s).await;
            let all = jobs(&s).await;
            assert!(all.last().is_some_and(|job| job.ends_with("is done")), "{fault}: {all:#?}");
            let found = named(&s, &vm.name).await;
            assert_eq!((found.len(), found[0].id, found[0].status.as_str()), (1, vm.id, "active"), "{fault}");
            assert_eq!(found[0].description.matches("direttore").count(), 1, "{fault}");
            let interfaces = netbox_client(s.netbox()).vm_interfaces(vm.id).await.expect("it answers");
            assert_eq!(interfaces.len(), 2, "{fault}");
        }
        drop(sidecar);
        s.end().await;
    })
    .await;
}

//! SSH keys: kept, put into new guests; and secrets, which stand nowhere but where they are shown once.

use super::story::{Story, on_both, on_sqlite, on_sqlite_with_netbox};
use direttore_core::Rules;
use insta::assert_snapshot;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
/// The body of a private key begins so, whoever made it.
const BODY: &str = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQ";

pub async fn keys_are_kept_and_forgotten_told(s: &Story) {
    s.say("operator", "/key list").await;
    s.say("operator", &format!("/key add laptop {KEY} operator@laptop")).await;
    s.note("the same key, the same name, what is no key");
    s.say("operator", &format!("/key add desk {KEY} operator@desk")).await;
    s.say(
        "operator",
        "/key add laptop ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA",
    )
    .await;
    s.say("operator", "/key add other ssh-ed25519 AAAA").await;
    s.say("operator", "/key add other ssh-dss AAAAB3NzaC1kc3MAAACBAP").await;
    s.say("operator", "/key add 1st ssh-ed25519 AAAA").await;
    s.note("whose they are");
    s.say("viewer", &format!("/key add laptop {KEY}")).await;
    s.say("operator", "/key list").await;
    s.say("viewer", "/key remove laptop").await;
    s.say("viewer", "/key remove laptop").await;
    s.say("operator", "/key list").await;
    s.say("operator", "/key remove laptp").await;
    s.say("stranger", "/key list").await;
}

#[tokio::test]
async fn keys_are_kept_and_forgotten() {
    let story = on_both(keys_are_kept_and_forgotten_told).await;
    assert_snapshot!(story, @r#"
    operator  /key list
       you have no key here
       /key add laptop and the line of your public key keep one.
    operator  /key add laptop ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f operator@laptop
       key laptop is kept
       /provision puts it into the guests that you have made from now on.
         type     ssh-ed25519
         comment  operator@laptop
    -- the same key, the same name, what is no key
    operator  /key add desk ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f operator@desk
       refused: this key cannot be kept twice: you have it as laptop (wrong-state)
    operator  /key add laptop ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA
       refused: key laptop exists already (exists-already)
    operator  /key add other ssh-ed25519 AAAA
       refused: key: "ssh-ed25519 AAAA" is no public SSH key (bad-value)
       right would be a public key on one line, as in ~/.ssh/id_ed25519.pub: ssh-ed25519 AAAA… you@computer
    operator  /key add other ssh-dss AAAAB3NzaC1kc3MAAACBAP
       refused: key: "ssh-dss AAAAB3NzaC1kc3MAAACBAP" is no public SSH key (bad-value)
       right would be a public key on one line, as in ~/.ssh/id_ed25519.pub: ssh-ed25519 AAAA… you@computer
    operator  /key add 1st ssh-ed25519 AAAA
       refused: name: "1st" is no key name (bad-value)
       right would be a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all
    -- whose they are
    viewer  /key add laptop ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
       key laptop is kept
       /provision puts it into the guests that you have made from now on.
         type  ssh-ed25519
    operator  /key list
       1 key
       name    type         comment          since
       laptop  ssh-ed25519  operator@laptop  <time>
    viewer  /key remove laptop
       key laptop is forgotten
       Guests that have it already keep it.
         type  ssh-ed25519
    viewer  /key remove laptop
       refused: there is no key "laptop" (no-such-key)
    operator  /key list
       1 key
       name    type         comment          since
       laptop  ssh-ed25519  operator@laptop  <time>
    operator  /key remove laptp
       refused: there is no key "laptp" (no-such-key)
       did you mean laptop?
    stranger  /key list
       refused: this needs the permission own, which the role viewer has; you have no role (not-allowed)
       account stranger has no role; an administrator can change that (/user role)
    "#);
}

/// All that anybody can read of what was said and done.
async fn readable(s: &Story, jobs: &[&str]) -> String {
    let mut text = String::new();
    let mut lines = vec!["/audit".to_owned(), "/audit page=2".to_owned(), "/job list".to_owned()];
    lines.extend(jobs.iter().map(|job| format!("/job show {job}")));
    for line in lines {
        for reply in s.ask("admin", &line).await {
            text += reply.to_json().to_string().as_str();
        }
    }
    let mut tx = s.dispatch.store.read().await.expect("the database answers");
    let filter = direttore_store::audit::Filter { who: None, what: None, since: None, limit: 100, offset: 0 };
    let (entries, _) = direttore_store::audit::list(&mut tx, filter).await.expect("it can be read");
    text + format!("{entries:?}").as_str()
}

/// A private key that is pasted by mistake is repeated nowhere; without its first line it still stands in no log.
pub async fn a_private_key_is_written_down_nowhere_told(s: &Story) {
    let part = &BODY[..24];
    let mut told = String::new();
    for line in [
        format!("/key add laptop -----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}\n-----END OPENSSH PRIVATE KEY-----"),
        format!("/key add laptop \"-----BEGIN OPENSSH PRIVATE KEY----- {BODY}\""),
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}"),
    ] {
        for reply in s.ask("operator", &line).await {
            told += reply.to_json().to_string().as_str();
        }
    }
    s.say("operator", "/key add").await;
    let form = s.newest(|r| r.form.is_some());
    let values = [("name", "laptop".to_owned()), ("key", format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}"))];
    for reply in s.fill_quietly("operator", &form, &values).await {
        told += reply.to_json().to_string().as_str();
    }
    assert!(!told.contains(part), "a reply has it: {told}");
    s.note("line by line, as from a terminal");
    s.ask("operator", BODY).await;
    s.ask("operator", &format!("/key add laptop {BODY}")).await;
    let form = s.newest(|r| r.form.is_some());
    s.fill_quietly("operator", &form, &[("name", "laptop".to_owned()), ("key", BODY.to_owned())]).await;
    let readable = readable(s, &[]).await.to_lowercase();
    assert!(!readable.contains(&part.to_lowercase()), "the audit log has it: {readable}");
    s.say("operator", "/key list").await;
    s.say("admin", "/audit").await;
}

#[tokio::test]
async fn a_private_key_is_written_down_nowhere() {
    let story = on_sqlite(a_private_key_is_written_down_nowhere_told).await;
    assert_snapshot!(story, @r#"
    operator  /key add
       /key add: more is needed
       The new key
         name (required): A new name: a lower-case letter, then letters and digits
         key (required): The public key on one line, as in ~/.ssh/id_ed25519.pub
       answer: name=… and so on, several on one line
       [Cancel]
       refused: key: "a private key" is no public SSH key (bad-value)
       right would be a public key on one line, as in ~/.ssh/id_ed25519.pub: ssh-ed25519 AAAA… you@computer
       The new key
         name (required): A new name: a lower-case letter, then letters and digits
         key (required): The public key on one line, as in ~/.ssh/id_ed25519.pub
             wrong: key: "a private key" is no public SSH key
       answer: name=… and so on, several on one line
       [Cancel]
    -- line by line, as from a terminal
       refused: key: "a private key" is no public SSH key (bad-value)
       right would be a public key on one line, as in ~/.ssh/id_ed25519.pub: ssh-ed25519 AAAA… you@computer
       The new key
         name (required): A new name: a lower-case letter, then letters and digits
         key (required): The public key on one line, as in ~/.ssh/id_ed25519.pub
             wrong: key: "a private key" is no public SSH key
       answer: name=… and so on, several on one line
       [Cancel]
    operator  /key list
       you have no key here
       /key add laptop and the line of your public key keep one.
    admin  /audit
       page 1 of 2, 11 entries
       time                  who       what                            target  outcome
       <time>  operator  /key list                               answered
       <time>  admin     /job list                               answered
       <time>  admin     /audit page=2                           answered
       <time>  admin     /audit                                  answered
       <time>  operator  name= key= on q2                        refused
       <time>  operator  /key add laptop (left out)              refused
       <time>  operator  (left out)                              refused
       <time>  operator  name= key= on q1                        refused
       <time>  operator  -----BEGIN OPENSSH (a private…          refused
       <time>  operator  /key add (a private key, left…          refused
       [Next]
    "#);
}

/// The keys and the password that a guest gets. Only the reply to the yes has the password.
pub async fn a_guest_gets_keys_and_a_password_told(s: &Story) {
    s.say("operator", &format!("/key add laptop {KEY} operator@laptop")).await;
    s.say("operator", "/provision container box1 node=pve2 keys=lptop").await;
    s.say("operator", "/provision container box1 node=pve2 password").await;
    let replies = s.press("operator", "Create").await;
    s.settle().await;
    let shown = replies[0].text.plain("UTC");
    let (_, rest) = shown.split_once("password is ").expect("the password is shown");
    let password = rest.split([';', ' ']).next().expect("a word");
    assert!(password.len() > 12, "{password}");
    let config = &s.sim.world()["guests"]["137"]["config"];
    assert!(!config.to_string().contains(password), "Proxmox does not show it: {config}");
    let readable = readable(s, &["J-1"]).await;
    assert!(!readable.contains(password), "it stands somewhere: {readable}");
    assert!(!s.netbox().world().to_string().contains(password), "NetBox has it");
    let mut tx = s.dispatch.store.read().await.expect("the database answers");
    let steps = direttore_store::job::steps(&mut tx, "J-1".parse().expect("a job")).await.expect("it can be read");
    assert!(!format!("{steps:?}").contains(password), "a step has it");
    assert!(format!("{steps:?}").contains(KEY), "the job has the key");
    drop(tx);
    s.note("without a word all keys are used, and a VM shows them");
    s.say("operator", "/provision vm web9 node=pve1 user=alice").await;
    s.press("operator", "Create").await;
    s.settle().await;
    let config = s.sim.world()["guests"]["138"]["config"].clone();
    let keys = config["sshkeys"].as_str().unwrap_or_default().to_owned();
    assert!(keys.contains("operator%40laptop") || keys.contains("operator@laptop"), "{config}");
    assert_eq!(config["ciuser"], "alice");
}

#[tokio::test]
async fn a_guest_gets_keys_and_a_password() {
    let story = on_sqlite_with_netbox(Rules::default, a_guest_gets_keys_and_a_password_told).await;
    assert_snapshot!(story, @r#"
    operator  /key add laptop ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f operator@laptop
       key laptop is kept
       /provision puts it into the guests that you have made from now on.
         type     ssh-ed25519
         comment  operator@laptop
    operator  /provision container box1 node=pve2 keys=lptop
       refused: there is no key "lptop" (no-such-key)
       did you mean laptop?
    operator  /provision container box1 node=pve2 password
       Step 5 of 6: make the container box1 on pve2?
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container box1 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none ip=dhcp ip6=none" password
         name             box1
         vmid             the next free one (chosen)
         node             pve2
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, untagged; IPv4 by DHCP (chosen)
         login            root, with 1 key (laptop), with a password that is shown once
         owner            operator
         free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    operator  [Create]
       warning: J-1 is queued: make the container box1
       The guest's password is <password>; it is shown only now.
       Its end is told here; /job cancel J-1 stops it.
       J-1: box1 (137) is running
       The container box1 is on pve2, and written down in NetBox.
       It runs.
         started by  operator
         vmid        137
         node        pve2
         reported    <dhcp>
         task        <upid>
    -- without a word all keys are used, and a VM shows them
    operator  /provision vm web9 node=pve1 user=alice
       Step 5 of 6: make the VM web9 on pve1?
       It is made and started.
       NetBox gets the VM, its interfaces and its addresses.
       In one line: /provision vm web9 node=pve1 template=9000 cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none model=virtio ip=dhcp ip6=none" user=alice
         name             web9
         vmid             the next free one (chosen)
         node             pve1
         template         template VM debian-13-cloud, linked clone (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         disk             8G on local-lvm (chosen)
         nic1             net0 on vmbr0, untagged, virtio; IPv4 by DHCP (chosen)
         login            alice, with 1 key (laptop)
         owner            operator
         free afterwards  <n> GiB of memory on pve1, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    operator  [Create]
       warning: J-2 is queued: make the VM web9
       Its end is told here; /job cancel J-2 stops it.
       J-2: web9 (138) is running
       The VM web9 is on pve1, and written down in NetBox.
       It runs.
         started by  operator
         vmid        138
         node        pve1
         reported    <dhcp>
         login       alice
         task        <upid>
    "#);
}

//! Copying, resizing, moving, backing up and restoring guests, when all goes well.

use super::story::{Story, on_both_with_netbox};
use insta::assert_snapshot;

async fn yes(s: &Story, who: &str, line: &str) {
    s.say(who, line).await;
    s.press(who, "Yes").await;
    s.settle().await;
}

pub async fn guests_are_copied_told(s: &Story) {
    yes(s, "operator", "/guest clone web2 web3 vmid=300 pool=lab").await;
    s.say("operator", "/guest owner web3").await;
    s.note("a template can be linked to");
    yes(s, "operator", "/guest clone debian-13-cloud fresh1").await;
    s.note("a container as it was in a snapshot, onto another storage");
    yes(s, "operator", "/guest clone ci-runner-2 ci-runner-4 snapshot=clean storage=local reason=\"one more\"").await;
}

#[tokio::test]
async fn guests_are_copied() {
    let story = on_both_with_netbox(guests_are_copied_told).await;
    assert_snapshot!(story, @r#"
    operator  /guest clone web2 web3 vmid=300 pool=lab
       copy VM web2 (102) as web3?
       Every disk is copied.
       The copy has hardware addresses of its own and stays stopped; other addresses in its configuration are the original's.
         source                web2 (102) on pve3, running
         owner                 none
         running since         <time>
         name                  web3
         vmid                  300
         node                  pve3
         pool                  lab
         size                  2 cores, 2 GiB of memory
         scsi0                 8G on local-lvm, copied
         becomes the guest of  operator
         free afterwards       <n> GiB on local-lvm
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: copy web2 (102) as web3
       Its end is told here; /job cancel J-1 stops it.
       J-1: web3 (300) is a copy of web2 (102) and is stopped
       web3 (300) is a copy of web2 (102) and is stopped on pve3.
         started by  operator
         task        <upid>
    operator  /guest owner web3
       web3 (300) belongs to operator
    -- a template can be linked to
    operator  /guest clone debian-13-cloud fresh1
       copy VM debian-13-cloud (9000) as fresh1?
       The copy stands on the template's disks: as long as it is there, the template cannot be removed.
       The copy has hardware addresses of its own and stays stopped; other addresses in its configuration are the original's.
         source                debian-13-cloud (9000) on pve1, stopped
         owner                 none
         name                  fresh1
         vmid                  the next free one
         node                  pve1
         size                  2 cores, 2 GiB of memory
         scsi0                 8G on local-lvm, linked to the template's
         becomes the guest of  operator
       [Yes] [No]
    operator  [Yes]
       warning: J-2 is queued: copy debian-13-cloud (9000) as fresh1
       Its end is told here; /job cancel J-2 stops it.
       J-2: fresh1 (137) is a copy of debian-13-cloud (9000) and is stopped
       fresh1 (137) is a copy of debian-13-cloud (9000) and is stopped on pve1.
         started by  operator
         task        <upid>
    -- a container as it was in a snapshot, onto another storage
    operator  /guest clone ci-runner-2 ci-runner-4 snapshot=clean storage=local reason="one more"
       copy container ci-runner-2 (106) as ci-runner-4?
       Every disk is copied as it was in the snapshot.
       The copy has hardware addresses of its own and stays stopped; other addresses in its configuration are the original's.
         source                ci-runner-2 (106) on pve1, stopped
         owner                 none
         snapshot              clean, <time>
         name                  ci-runner-4
         vmid                  the next free one
         node                  pve1
         size                  4 cores, 1 GiB of memory
         rootfs                32G on local, copied from local-lvm
         becomes the guest of  operator
         free afterwards       <n> GiB on local
         reason                one more
       [Yes] [No]
    operator  [Yes]
       warning: J-3 is queued: copy ci-runner-2 (106) as ci-runner-4
       Its end is told here; /job cancel J-3 stops it.
       J-3: ci-runner-4 (138) is a copy of ci-runner-2 (106) and is stopped
       ci-runner-4 (138) is a copy of ci-runner-2 (106) and is stopped on pve1.
         started by  operator
         task        <upid>
    "#);
}

pub async fn guests_are_resized_told(s: &Story) {
    yes(s, "operator", "/guest resize web2 cores=8 memory=8G disk=+10G").await;
    s.note("a container takes it at once");
    yes(s, "operator", "/guest resize dns2 cores=2").await;
    s.say("operator", "/guest resize dns2 cores=2").await;
    s.note("it is changed between question and yes");
    s.say("operator", "/guest resize db2 disk=100G").await;
    let other = s.ask("admin", "/guest resize db2 disk=+1G").await.remove(0).id;
    s.answer("admin", &other, "Yes").await;
    s.settle().await;
    s.press("operator", "Yes").await;
    s.press("operator", "Yes").await;
    s.settle().await;
}

#[tokio::test]
async fn guests_are_resized() {
    let story = on_both_with_netbox(guests_are_resized_told).await;
    assert_snapshot!(story, @r#"
    operator  /guest resize web2 cores=8 memory=8G disk=+10G
       resize VM web2 (102)?
       It runs, and takes cores and memory with its next start only.
       A disk cannot be made smaller again. The file system in it is for the guest to enlarge.
         node             pve3
         status           running
         owner            none
         running since    <time>
         cores            2 → 8
         memory           2G → 8G
         scsi0            8G → 18G on local-lvm
         free afterwards  <n> GiB on local-lvm
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: resize web2 (102)
       Its end is told here; /job cancel J-1 stops it.
       warning: J-1: scsi0 of web2 (102) has 18G
       web2 (102) is set to 8 cores and 8G of memory; it takes cores and memory with its next start only.
       scsi0 of web2 (102) has 18G.
         started by  operator
         task        <upid>
    -- a container takes it at once
    operator  /guest resize dns2 cores=2
       resize container dns2 (115)?
         node           pve1
         status         running
         owner          none
         running since  <time>
         cores          4 → 2
       [Yes] [No]
    operator  [Yes]
       warning: J-2 is queued: resize dns2 (115)
       Its end is told here; /job cancel J-2 stops it.
       J-2: dns2 (115) has 2 cores
       dns2 (115) has 2 cores.
         started by  operator
    operator  /guest resize dns2 cores=2
       dns2 (115) is that large already
       Nothing had to be done.
    -- it is changed between question and yes
    operator  /guest resize db2 disk=100G
       resize VM db2 (104)?
       A disk cannot be made smaller again. The file system in it is for the guest to enlarge.
         node             pve2
         status           stopped
         owner            none
         scsi0            8G → 100G on local-lvm
         free afterwards  <n> GiB on local-lvm
       [Yes] [No]
       J-3: scsi0 of db2 (104) has 9G
       scsi0 of db2 (104) has 9G.
         started by  admin
         task        <upid>
    operator  [Yes]
       resize VM db2 (104)?
       It has changed since you asked.
       A disk cannot be made smaller again. The file system in it is for the guest to enlarge.
         node             pve2
         status           stopped
         owner            none
         scsi0            9G → 100G on local-lvm
         free afterwards  <n> GiB on local-lvm
       [Yes] [No]
    operator  [Yes]
       warning: J-4 is queued: resize db2 (104)
       Its end is told here; /job cancel J-4 stops it.
       J-4: scsi0 of db2 (104) has 100G
       scsi0 of db2 (104) has 100G.
         started by  operator
         task        <upid>
    "#);
}

pub async fn guests_are_moved_told(s: &Story) {
    yes(s, "operator", "/guest migrate db2 pve1").await;
    s.say("operator", "/guest migrate db2 pve1").await;
    s.note("a running VM goes on, a running container is started again");
    yes(s, "operator", "/guest migrate web2 pve2").await;
    yes(s, "operator", "/guest migrate dns2 pve3 storage=local").await;
}

#[tokio::test]
async fn guests_are_moved() {
    let story = on_both_with_netbox(guests_are_moved_told).await;
    assert_snapshot!(story, @r#"
    operator  /guest migrate db2 pve1
       move VM db2 (104) from pve2 to pve1?
       It is stopped, and stays so.
       Its disks are copied, which takes a while.
         node             pve2 → pve1
         status           stopped
         owner            none
         scsi0            8G from local-lvm of pve2 to local-lvm of pve1
         free afterwards  <n> GiB on local-lvm of pve1
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: move db2 (104) to pve1
       Its end is told here; /job cancel J-1 stops it.
       J-1: db2 (104) moved from pve2 to pve1 and is stopped
       db2 (104) moved from pve2 to pve1 and is stopped.
         started by  operator
         task        <upid>
    operator  /guest migrate db2 pve1
       db2 (104) is on pve1 already
       Nothing had to be done.
    -- a running VM goes on, a running container is started again
    operator  /guest migrate web2 pve2
       move VM web2 (102) from pve3 to pve2?
       It runs, and goes on while it moves.
       Its disks are copied, which takes a while.
         node             pve3 → pve2
         status           running
         owner            none
         running since    <time>
         scsi0            8G from local-lvm of pve3 to local-lvm of pve2
         free afterwards  <n> GiB on local-lvm of pve2
       [Yes] [No]
    operator  [Yes]
       warning: J-2 is queued: move web2 (102) to pve2
       Its end is told here; /job cancel J-2 stops it.
       J-2: web2 (102) moved from pve3 to pve2 and is running
       web2 (102) moved from pve3 to pve2 and is running.
         started by  operator
         task        <upid>
    operator  /guest migrate dns2 pve3 storage=local
       move container dns2 (115) from pve1 to pve3?
       It runs: it is shut down, moved, and started again there.
       Its disks are copied, which takes a while.
         node             pve1 → pve3
         status           running
         owner            none
         running since    <time>
         rootfs           32G from local-lvm of pve1 to local of pve3
         free afterwards  <n> GiB on local of pve3
       [Yes] [No]
    operator  [Yes]
       warning: J-3 is queued: move dns2 (115) to pve3
       Its end is told here; /job cancel J-3 stops it.
       J-3: dns2 (115) moved from pve1 to pve3 and is running
       dns2 (115) moved from pve1 to pve3 and is running.
         started by  operator
         task        <upid>
    "#);
}

/// The volid of the backup that a job has just made.
pub async fn backup(s: &Story, line: &str) -> String {
    s.say("operator", line).await;
    s.press("operator", "Yes").await;
    let ends = s.settle().await;
    let field = ends.iter().flat_map(|r| &r.fields).find(|f| f.name == "backup");
    field.expect("the job tells where it is").value.plain("UTC")
}

pub async fn guests_are_backed_up_and_restored_told(s: &Story) {
    let volid = backup(s, "/guest backup db2 notes=\"before the upgrade\" protect").await;
    s.note("beside the one that is there");
    yes(s, "operator", &format!("/guest restore {volid}")).await;
    s.say("operator", "/guest owner db2-restored").await;
    s.note("in its place: what came after the backup is lost");
    s.say("operator", "/snapshot create db2 later").await;
    s.settle().await;
    yes(s, "operator", "/guest resize db2 cores=4").await;
    let was = s.sim.world()["guests"]["104"]["config"]["net0"].clone();
    yes(s, "operator", &format!("/guest restore {volid} overwrite reason=\"it went wrong\"")).await;
    let now = s.sim.world()["guests"]["104"].clone();
    assert_eq!((&now["config"]["net0"], &now["config"]["cores"]), (&was, &"1".into()), "{now}");
    assert_eq!(now["snapshots"], serde_json::json!({}));
    s.note("a container that runs");
    let volid = backup(s, "/guest backup dns2 mode=stop").await;
    yes(s, "operator", &format!("/guest restore {volid} vmid=400 node=pve1 pool=lab")).await;
}

#[tokio::test]
async fn guests_are_backed_up_and_restored() {
    let story = on_both_with_netbox(guests_are_backed_up_and_restored_told).await;
    assert_snapshot!(story, @r#"
    operator  /guest backup db2 notes="before the upgrade" protect
       back up VM db2 (104)?
       It is stopped, and stays so.
         node       pve2
         status     stopped
         owner      none
         storage    local (chosen), <n> GiB free
         size       at most 8 GiB, before it is compressed
         mode       snapshot
         notes      before the upgrade
         protected  yes
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: back up db2 (104) to local
       Its end is told here; /job cancel J-1 stops it.
       J-1: db2 (104) is backed up
       db2 (104) is backed up in local:backup/vzdump-qemu-104-<moment>.vma.zst (2.7 GiB, protected).
         started by  operator
         backup      local:backup/vzdump-qemu-104-<moment>.vma.zst
         task        <upid>
    -- beside the one that is there
    operator  /guest restore local:backup/vzdump-qemu-104-<moment>.vma.zst
       make VM db2-restored from a backup?
       In the backup it is called db2, and that name is taken.
       It has hardware addresses of its own and stays stopped; other addresses in its configuration are those of the backup.
         backup                local:backup/vzdump-qemu-104-<moment>.vma.zst
         taken                 <time>
         notes                 before the upgrade
         vmid                  the next free one
         node                  pve2
         becomes the guest of  operator
         size                  1 core, 8 GiB of memory
         disks                 8G on local-lvm
         free afterwards       <n> GiB on local-lvm
       [Yes] [No]
    operator  [Yes]
       warning: J-2 is queued: make db2-restored from the backup local:backup/vzdump-qemu-104-<moment>.vma.zst
       Its end is told here; /job cancel J-2 stops it.
       J-2: db2-restored (137) is restored and is stopped
       db2-restored (137) is restored and is stopped on pve2, from local:backup/vzdump-qemu-104-<moment>.vma.zst.
         started by  operator
         task        <upid>
    operator  /guest owner db2-restored
       db2-restored (137) belongs to operator
    -- in its place: what came after the backup is lost
    operator  /snapshot create db2 later
       warning: J-3 is queued: snapshot later of db2 (104)
       Its end is told here; /job cancel J-3 stops it.
       J-3: snapshot later of db2 (104) is taken
       snapshot later of db2 (104) is taken; the guest is stopped on pve2.
         started by  operator
         task        <upid>
    operator  /guest resize db2 cores=4
       resize VM db2 (104)?
         node    pve2
         status  stopped
         owner   none
         cores   1 → 4
       [Yes] [No]
    operator  [Yes]
       warning: J-4 is queued: resize db2 (104)
       Its end is told here; /job cancel J-4 stops it.
       J-4: db2 (104) has 4 cores
       db2 (104) has 4 cores.
         started by  operator
    operator  /guest restore local:backup/vzdump-qemu-104-<moment>.vma.zst overwrite reason="it went wrong"
       put a backup in the place of VM db2 (104)?
       Everything on the disks of db2 is lost, with its snapshots (later). This cannot be undone.
       It stays stopped, and its owner stays the same.
         backup  local:backup/vzdump-qemu-104-<moment>.vma.zst
         taken   <time>
         notes   before the upgrade
         vmid    104
         node    pve2
         status  stopped
         owner   none
         size    1 core, 8 GiB of memory
         disks   8G on local-lvm
         reason  it went wrong
       [Yes] [No]
    operator  [Yes]
       warning: J-5 is queued: restore db2 (104) from local:backup/vzdump-qemu-104-<moment>.vma.zst
       Its end is told here; /job cancel J-5 stops it.
       J-5: db2 (104) is restored and is stopped
       db2 (104) is restored and is stopped on pve2, from local:backup/vzdump-qemu-104-<moment>.vma.zst.
         started by  operator
         task        <upid>
    -- a container that runs
    operator  /guest backup dns2 mode=stop
       back up container dns2 (115)?
       It runs: it is shut down, backed up, and started again.
         node           pve1
         status         running
         owner          none
         running since  <time>
         storage        local (chosen), <n> GiB free
         size           at most 32 GiB, before it is compressed
         mode           stop
         protected      no
       [Yes] [No]
    operator  [Yes]
       warning: J-6 is queued: back up dns2 (115) to local
       Its end is told here; /job cancel J-6 stops it.
       J-6: dns2 (115) is backed up
       dns2 (115) is backed up in local:backup/vzdump-lxc-115-<moment>.tar.zst (10.7 GiB).
         started by  operator
         backup      local:backup/vzdump-lxc-115-<moment>.tar.zst
         task        <upid>
    operator  /guest restore local:backup/vzdump-lxc-115-<moment>.tar.zst vmid=400 node=pve1 pool=lab
       make container dns2-restored from a backup?
       In the backup it is called dns2, and that name is taken.
       It has hardware addresses of its own and stays stopped; other addresses in its configuration are those of the backup.
         backup                local:backup/vzdump-lxc-115-<moment>.tar.zst
         taken                 <time>
         vmid                  400
         node                  pve1
         pool                  lab
         becomes the guest of  operator
         size                  4 cores, 2 GiB of memory
         disks                 32G on local-lvm
         free afterwards       <n> GiB on local-lvm
       [Yes] [No]
    operator  [Yes]
       warning: J-7 is queued: make dns2-restored from the backup local:backup/vzdump-lxc-115-<moment>.tar.zst
       Its end is told here; /job cancel J-7 stops it.
       J-7: dns2-restored (400) is restored and is stopped
       dns2-restored (400) is restored and is stopped on pve1, from local:backup/vzdump-lxc-115-<moment>.tar.zst.
         started by  operator
         task        <upid>
    "#);
}

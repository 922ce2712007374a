//! Questions about work on a guest, and its end.

use super::{data::*, job_done, said, shown};
use serde_json::{Value, json};

#[test]
fn the_end_of_work_on_a_guest() {
    let one = |done: Value| {
        let reply = job_done(json!([done]));
        format!("{}: {}\n    {}\n", reply.tone, reply.title_plain(), reply.text_plain().replace('\n', "\n    "))
    };
    let of = |what: &str, status: &str, extra: Value| one(with(&done(what, Some(status)), extra));
    let volid = "local:backup/vzdump-qemu-101-2026_02_28-14_00_00.vma.zst";
    let all = [
        of("cloned", "stopped", json!({ "from": "web9 (109)" })),
        of("sized", "stopped", json!({ "cores": 1, "memory": "8G", "waits": [] })),
        of("sized", "running", json!({ "cores": 4, "memory": "8G", "waits": ["cores", "memory"] })),
        of("sized", "running", json!({ "memory": "8G", "waits": ["memory"] })),
        of("resized", "running", json!({ "name": "scsi0", "size": "40G" })),
        of("migrated", "running", json!({ "from": "pve2" })),
        of("backup", "running", json!({ "volid": volid, "size": 5_368_709_120_u64, "protected": true })),
        of("restored", "stopped", json!({ "from": volid })),
    ];
    insta::assert_snapshot!(all.concat(), @"
    success: J-3: web1 (101) is a copy of web9 (109) and is stopped
        web1 (101) is a copy of web9 (109) and is stopped on pve1.
    success: J-3: web1 (101) has 1 core and 8G of memory
        web1 (101) has 1 core and 8G of memory.
    warning: J-3: web1 (101) is set to 4 cores and 8G of memory
        web1 (101) is set to 4 cores and 8G of memory; it takes cores and memory with its next start only.
    warning: J-3: web1 (101) is set to 8G of memory
        web1 (101) is set to 8G of memory; it takes memory with its next start only.
    success: J-3: scsi0 of web1 (101) has 40G
        scsi0 of web1 (101) has 40G.
    success: J-3: web1 (101) moved from pve2 to pve1 and is running
        web1 (101) moved from pve2 to pve1 and is running.
    success: J-3: web1 (101) is backed up
        web1 (101) is backed up in local:backup/vzdump-qemu-101-2026_02_28-14_00_00.vma.zst (5 GiB, protected).
    success: J-3: web1 (101) is restored and is stopped
        web1 (101) is restored and is stopped on pve1, from local:backup/vzdump-qemu-101-2026_02_28-14_00_00.vma.zst.
    ");
}

#[test]
fn questions_about_work_on_a_guest() {
    let first = |template: &str, data: &Value| shown(&said(template, &asked(data)[0]));
    let all = [
        first("guest_clone", &guest_clone()),
        first("guest_resize", &guest_resize()),
        first("guest_migrate", &guest_migrate()),
        first("guest_backup", &guest_backup()),
        first("guest_restore", &guest_restore()),
        first("guest_restore", &guest_restore_anew()),
    ];
    insta::assert_snapshot!(all.concat(), @"
    info: copy VM web1 (101) as web2?
    Every disk is copied.
    The copy has hardware addresses of its own and stays stopped; other addresses in its configuration are the original's.
      source = web1 (101) on pve1, running
      owner = alice
      running since = 2026-02-28 14:05 CET
      name = web2
      vmid = the next free one
      node = pve1
      pool = lab
      size = 2 cores, 4 GiB of memory
      scsi0 = 32G on local, copied from local-lvm
      becomes the guest of = bob
      free afterwards = 1 GiB on local
    info: resize VM web1 (101)?
    It runs, and takes cores and memory with its next start only.
    A disk cannot be made smaller again. The file system in it is for the guest to enlarge.
      node = pve1
      status = running
      owner = alice
      running since = 2026-02-28 14:05 CET
      cores = 2 → 4
      memory = 4G → 8G
      scsi0 = 32G → 40G on local-lvm
      free afterwards = 1 GiB on local-lvm
    info: move VM web1 (101) from pve1 to pve2?
    It runs, and goes on while it moves.
    Its disks are copied, which takes a while.
      node = pve1 → pve2
      status = running
      owner = alice
      running since = 2026-02-28 14:05 CET
      scsi0 = 32G from local-lvm of pve1 to local-lvm of pve2
      free afterwards = 1 GiB on local-lvm of pve2
    info: back up VM web1 (101)?
    It runs, and goes on.
      node = pve1
      status = running
      owner = alice
      running since = 2026-02-28 14:05 CET
      storage = local (chosen), 50 GiB free
      size = at most 32 GiB, before it is compressed
      mode = snapshot
      notes = before the upgrade
      protected = yes
    info: put a backup in the place of VM web1 (101)?
    Everything on the disks of web1 is lost, with its snapshots (before-upgrade). This cannot be undone.
    It stays stopped, and its owner stays the same.
      backup = local:backup/vzdump-qemu-101-2026_02_28-14_00_00.vma.zst
      taken = 2026-02-28 14:05 CET
      notes = nightly
      vmid = 101
      node = pve1
      status = stopped
      owner = alice
      size = 2 cores, 4 GiB of memory
      disks = 32G on local-lvm
    info: make VM web1-restored from a backup?
    In the backup it is called web1, and that name is taken.
    It has hardware addresses of its own and stays stopped; other addresses in its configuration are those of the backup.
      backup = local:backup/vzdump-qemu-101-2026_02_28-14_00_00.vma.zst
      taken = 2026-02-28 14:05 CET
      notes = nightly
      vmid = the next free one
      node = pve1
      pool = lab
      becomes the guest of = alice
      size = 2 cores, 4 GiB of memory
      disks = 32G on local-lvm
      free afterwards = 1 GiB on local-lvm
    ");
}

//! Copying, resizing, moving, backing up and restoring guests, when something is in the way: a clear answer, and no harm.

use super::{
    guest_work::backup,
    story::{Story, on_sqlite_with_netbox},
};
use direttore_core::Rules;
use insta::assert_snapshot;

#[tokio::test]
async fn what_is_refused_at_once() {
    let story = on_sqlite_with_netbox(Rules::default, async |s| {
        let volid = backup(s, "/guest backup db2").await;
        let before = s.worlds();
        s.note("copies");
        for line in [
            "/guest clone dns1 dns3",
            "/guest clone web2 web1",
            "/guest clone web2 web3 vmid=101",
            "/guest clone web2 web3 node=pve1",
            "/guest clone web2 web3 storage=local-zfs",
            "/guest clone web1 web3 snapshot=upgrade",
            "/guest clone debian-13-cloud web3 storage=local",
            "/guest clone nobody web3",
        ] {
            s.say("operator", line).await;
        }
        s.note("sizes");
        for line in [
            "/guest resize web2",
            "/guest resize web2 disk=1G",
            "/guest resize web2 disk=+1G which=scsi7",
            "/guest resize web2 which=scsi0",
            "/guest resize web2 cores=64",
            "/guest resize web2 memory=512G",
            "/guest resize web2 disk=+100T",
            "/guest resize debian-13-cloud disk=+1G",
        ] {
            s.say("operator", line).await;
        }
        s.note("moves");
        for line in ["/guest migrate web1 pve1", "/guest migrate ci-runner-2 pve2", "/guest migrate db2 pve9"] {
            s.say("operator", line).await;
        }
        s.note("backups");
        for line in [
            "/guest backup web2 storage=local-lvm",
            "/guest backup web2 mode=frozen",
            "/guest restore local:backup/vzdump-qemu-104-2020_01_01-00_00_00.vma.zst",
            "/guest restore web2",
        ] {
            s.say("operator", line).await;
        }
        s.say("operator", &format!("/guest restore {volid} overwrite vmid=101")).await;
        s.say("operator", &format!("/guest restore {volid} overwrite vmid=106")).await;
        s.say("operator", &format!("/guest restore {volid} overwrite vmid=118")).await;
        s.say("operator", &format!("/guest restore {volid} vmid=101")).await;
        s.say("operator", &format!("/guest restore {volid} node=pve3")).await;
        s.note("locked, and not allowed");
        s.lab("guest 102 lock=backup");
        s.say("operator", "/guest clone web2 web3").await;
        s.say("operator", "/guest resize web2 cores=1").await;
        s.say("operator", "/guest migrate web2 pve1").await;
        s.lab("guest 102 unlock");
        for line in
            ["/guest clone web2 web3", "/guest resize web2 cores=1", "/guest migrate web2 pve1", "/guest backup web2"]
        {
            s.say("viewer", line).await;
        }
        assert!(s.worlds() == before, "nothing was done");
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /guest backup db2
       back up VM db2 (104)?
       It is stopped, and stays so.
         node       pve2
         status     stopped
         owner      none
         storage    local (chosen), <n> GiB free
         size       at most 8 GiB, before it is compressed
         mode       snapshot
         protected  no
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: back up db2 (104) to local
       Its end is told here; /job cancel J-1 stops it.
       J-1: db2 (104) is backed up
       db2 (104) is backed up in local:backup/vzdump-qemu-104-<moment>.vma.zst (2.7 GiB).
         started by  operator
         backup      local:backup/vzdump-qemu-104-<moment>.vma.zst
         task        <upid>
    -- copies
    operator  /guest clone dns1 dns3
       refused: dns1 (100) cannot be copied: it runs, and a running container can be copied from a snapshot only; it has none (/snapshot create takes one) (wrong-state)
    operator  /guest clone web2 web1
       refused: the guest web1 (101, on pve2) exists already (exists-already)
    operator  /guest clone web2 web3 vmid=101
       refused: the VMID 101 (web1) exists already (exists-already)
    operator  /guest clone web2 web3 node=pve1
       refused: node pve1 cannot take the copy: scsi0 of web2 (102) lies on local-lvm, which pve3 alone has (wrong-state)
    operator  /guest clone web2 web3 storage=local-zfs
       refused: there is no storage "local-zfs on pve3" (no-such-storage)
       did you mean local?
    operator  /guest clone web1 web3 snapshot=upgrade
       refused: there is no snapshot "upgrade" (no-such-snapshot)
       there are before-upgrade and after-upgrade
    operator  /guest clone debian-13-cloud web3 storage=local
       refused: debian-13-cloud (9000) cannot be copied to local: a linked copy stands on its disk scsi0 on local-lvm; full copies it (wrong-state)
    operator  /guest clone nobody web3
       refused: no guest is called nobody (no-such-guest)
       /guest list shows the guests
    -- sizes
    operator  /guest resize web2
       refused: cores, memory or disk is missing (missing-option)
       right would be at least one of them, like cores=4
    operator  /guest resize web2 disk=1G
       refused: disk: "1G" is no size that a disk can grow to (bad-value)
       right would be more than 8G, which scsi0 has: disks never shrink
    operator  /guest resize web2 disk=+1G which=scsi7
       refused: there is no disk "scsi7" (no-such-disk)
       did you mean scsi0?
    operator  /guest resize web2 which=scsi0
       refused: cores, memory or disk is missing (missing-option)
       right would be at least one of them, like cores=4
    operator  /guest resize web2 cores=64
       refused: web2 (102) cannot have so many cores: 64 were asked for, and pve3 has 32 (wrong-state)
    operator  /guest resize web2 memory=512G
       refused: web2 (102) cannot have so much memory: 512G were asked for, and pve3 has 256G (wrong-state)
    operator  /guest resize web2 disk=+100T
       refused: storage local-lvm of pve3 cannot take it: 102400G more are needed, and 1688G are free (wrong-state)
    operator  /guest resize debian-13-cloud disk=+1G
       refused: debian-13-cloud (9000) cannot get a larger disk: it is a template, and copies stand on its disks (wrong-state)
    -- moves
    operator  /guest migrate web1 pve1
       refused: web1 (101) cannot be moved: it runs, and scsi0 on local-lvm would be copied with snapshots (before-upgrade and after-upgrade); /snapshot delete takes them away (wrong-state)
    operator  /guest migrate ci-runner-2 pve2
       refused: ci-runner-2 (106) cannot be moved: rootfs on local-lvm cannot be copied with its snapshots (clean); /snapshot delete takes them away (wrong-state)
    operator  /guest migrate db2 pve9
       refused: there is no node "pve9" (no-such-node)
       did you mean pve1?
    -- backups
    operator  /guest backup web2 storage=local-lvm
       refused: storage local-lvm of pve3 cannot take it: it takes images and rootdir, and this needs backup (wrong-state)
    operator  /guest backup web2 mode=frozen
       refused: mode: "frozen" is none of the values possible (unknown-value)
       there are snapshot, suspend and stop
    operator  /guest restore local:backup/vzdump-qemu-104-<moment>.vma.zst
       refused: there is no backup "local:backup/vzdump-qemu-104-<moment>.vma.zst" (no-such-backup)
       did you mean local:backup/vzdump-qemu-104-<moment>.vma.zst?
    operator  /guest restore web2
       refused: backup: "web2" is no backup (bad-value)
       right would be a backup's volid, like local:backup/vzdump-qemu-101-<moment>.vma.zst
    operator  /guest restore local:backup/vzdump-qemu-104-<moment>.vma.zst overwrite vmid=101
       refused: web1 (101) cannot be overwritten: it is running; /power shutdown 101 stops it (wrong-state)
    operator  /guest restore local:backup/vzdump-qemu-104-<moment>.vma.zst overwrite vmid=106
       refused: ci-runner-2 (106) cannot be overwritten: it is a container, and the backup is of a VM (wrong-state)
    operator  /guest restore local:backup/vzdump-qemu-104-<moment>.vma.zst overwrite vmid=118
       refused: build-arm (118) cannot be overwritten: it is on pve1, and the backup on pve2 (wrong-state)
    operator  /guest restore local:backup/vzdump-qemu-104-<moment>.vma.zst vmid=101
       refused: the VMID 101 (web1) exists already (exists-already)
    operator  /guest restore local:backup/vzdump-qemu-104-<moment>.vma.zst node=pve3
       refused: there is no backup "local:backup/vzdump-qemu-104-<moment>.vma.zst" (no-such-backup)
    -- locked, and not allowed
    %  guest 102 lock=backup
    operator  /guest clone web2 web3
       refused: web2 (102) cannot be copied: it is locked (backup) (wrong-state)
    operator  /guest resize web2 cores=1
       refused: web2 (102) cannot be resized: it is locked (backup) (wrong-state)
    operator  /guest migrate web2 pve1
       refused: web2 (102) cannot be moved: it is locked (backup) (wrong-state)
    %  guest 102 unlock
    viewer  /guest clone web2 web3
       refused: this needs the permission provision, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    viewer  /guest resize web2 cores=1
       refused: this needs the permission provision, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    viewer  /guest migrate web2 pve1
       refused: this needs the permission provision, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    viewer  /guest backup web2
       refused: this needs the permission provision, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    "#);
}

/// Says it and yes; it fails, and both worlds are as before.
async fn fails(s: &Story, line: &str, fault: &str) {
    let before = s.worlds();
    s.say("operator", line).await;
    s.lab(fault);
    s.press("operator", "Yes").await;
    let ends = s.settle().await;
    assert!(ends.iter().any(|r| r.title_plain().contains("failed")), "{line}, {fault}: it has failed");
    s.lab("clear");
    assert!(s.worlds() == before, "{line}, {fault}: the worlds are as before");
    let mut tx = s.dispatch.store.read().await.expect("the database answers");
    assert_eq!(direttore_store::hold::all(&mut tx, None).await.expect("it can be read"), [], "{line}: nothing is held");
    assert_eq!(direttore_store::owner::all(&mut tx).await.expect("it can be read"), [], "{line}: nobody owns it");
}

#[tokio::test]
async fn what_fails_leaves_everything_as_it_was() {
    let story = on_sqlite_with_netbox(Rules::default, async |s| {
        fails(s, "/guest clone web2 web3", "all fail=qmclone times=always").await;
        fails(s, "/guest resize db2 cores=4 disk=+10G", "all fail=resize times=always").await;
        fails(s, "/guest migrate db2 pve1", "all fail=qmigrate times=always").await;
        fails(s, "/guest backup db2", "all fail=vzdump times=always").await;
        let volid = backup(s, "/guest backup db2").await;
        fails(s, &format!("/guest restore {volid}"), "all fail=qmrestore times=always").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /guest clone web2 web3
       copy VM web2 (102) as web3?
       Every disk is copied.
       The copy has hardware addresses of its own and stays stopped; other addresses in its configuration are the original's.
         source                web2 (102) on pve3, running
         owner                 none
         running since         <time>
         name                  web3
         vmid                  the next free one
         node                  pve3
         size                  2 cores, 2 GiB of memory
         scsi0                 8G on local-lvm, copied
         becomes the guest of  operator
         free afterwards       <n> GiB on local-lvm
       [Yes] [No]
    %  all fail=qmclone times=always
    operator  [Yes]
       warning: J-1 is queued: copy web2 (102) as web3
       Its end is told here; /job cancel J-1 stops it.
       failed: J-1 failed: copy web2 (102) as web3
       qmclone failed: exit code 1.
       What was done was taken back (hold-guest and clone-guest): nothing of it is left. /job retry J-1 tries it again.
         started by  operator
    %  clear
    operator  /guest resize db2 cores=4 disk=+10G
       resize VM db2 (104)?
       A disk cannot be made smaller again. The file system in it is for the guest to enlarge.
         node             pve2
         status           stopped
         owner            none
         cores            1 → 4
         scsi0            8G → 18G on local-lvm
         free afterwards  <n> GiB on local-lvm
       [Yes] [No]
    %  all fail=resize times=always
    operator  [Yes]
       warning: J-2 is queued: resize db2 (104)
       Its end is told here; /job cancel J-2 stops it.
       failed: J-2 failed: resize db2 (104)
       resize failed: exit code 1.
       What was done was taken back (resize-guest): nothing of it is left. /job retry J-2 tries it again.
         started by  operator
    %  clear
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
    %  all fail=qmigrate times=always
    operator  [Yes]
       warning: J-3 is queued: move db2 (104) to pve1
       Its end is told here; /job cancel J-3 stops it.
       failed: J-3 failed: move db2 (104) to pve1
       qmigrate failed: exit code 1.
       It had been begun: /guest show tells how things are now. /job retry J-3 tries it again.
         started by  operator
    %  clear
    operator  /guest backup db2
       back up VM db2 (104)?
       It is stopped, and stays so.
         node       pve2
         status     stopped
         owner      none
         storage    local (chosen), <n> GiB free
         size       at most 8 GiB, before it is compressed
         mode       snapshot
         protected  no
       [Yes] [No]
    %  all fail=vzdump times=always
    operator  [Yes]
       warning: J-4 is queued: back up db2 (104) to local
       Its end is told here; /job cancel J-4 stops it.
       failed: J-4 failed: back up db2 (104) to local
       vzdump failed: exit code 1.
       It had been begun: /guest show tells how things are now. /job retry J-4 tries it again.
         started by  operator
    %  clear
    operator  /guest backup db2
       back up VM db2 (104)?
       It is stopped, and stays so.
         node       pve2
         status     stopped
         owner      none
         storage    local (chosen), <n> GiB free
         size       at most 8 GiB, before it is compressed
         mode       snapshot
         protected  no
       [Yes] [No]
    operator  [Yes]
       warning: J-5 is queued: back up db2 (104) to local
       Its end is told here; /job cancel J-5 stops it.
       J-5: db2 (104) is backed up
       db2 (104) is backed up in local:backup/vzdump-qemu-104-<moment>.vma.zst (2.7 GiB).
         started by  operator
         backup      local:backup/vzdump-qemu-104-<moment>.vma.zst
         task        <upid>
    operator  /guest restore local:backup/vzdump-qemu-104-<moment>.vma.zst
       make VM db2-restored from a backup?
       In the backup it is called db2, and that name is taken.
       It has hardware addresses of its own and stays stopped; other addresses in its configuration are those of the backup.
         backup                local:backup/vzdump-qemu-104-<moment>.vma.zst
         taken                 <time>
         vmid                  the next free one
         node                  pve2
         becomes the guest of  operator
         size                  1 core, 8 GiB of memory
         disks                 8G on local-lvm
         free afterwards       <n> GiB on local-lvm
       [Yes] [No]
    %  all fail=qmrestore times=always
    operator  [Yes]
       warning: J-6 is queued: make db2-restored from the backup local:backup/vzdump-qemu-104-<moment>.vma.zst
       Its end is told here; /job cancel J-6 stops it.
       failed: J-6 failed: make db2-restored from the backup local:backup/vzdump-qemu-104-<moment>.vma.zst
       qmrestore failed: exit code 1.
       What was done was taken back (hold-guest and restore-guest): nothing of it is left. /job retry J-6 tries it again.
         started by  operator
    %  clear
    "#);
}

/// The guest goes, moves, starts or is another one between question and work.
#[tokio::test]
async fn the_guest_changes_meanwhile() {
    let story = on_sqlite_with_netbox(Rules::default, async |s| {
        let volid = backup(s, "/guest backup db2").await;
        let line = format!("/guest restore {volid} overwrite");
        s.note("it runs by now");
        s.say("operator", &line).await;
        s.lab("guest 104 status=running");
        s.press("operator", "Yes").await;
        s.lab("guest 104 status=stopped");
        s.note("the number that was asked for is taken at that moment");
        s.say("operator", "/guest clone web2 web3 vmid=500").await;
        s.lab("vmid next taken");
        s.press("operator", "Yes").await;
        s.settle().await;
        s.note("where none was asked for the next one will do");
        s.say("operator", "/guest clone web2 web3").await;
        s.lab("vmid next taken");
        s.press("operator", "Yes").await;
        s.settle().await;
        s.note("it is gone by now");
        s.say("operator", "/guest resize bob-dev cores=1").await;
        s.goes(126).await;
        s.press("operator", "Yes").await;
        s.note("overwriting fails half-way, which cannot be taken back");
        s.say("operator", &line).await;
        s.lab("all fail=qmrestore times=always");
        s.press("operator", "Yes").await;
        s.settle().await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /guest backup db2
       back up VM db2 (104)?
       It is stopped, and stays so.
         node       pve2
         status     stopped
         owner      none
         storage    local (chosen), <n> GiB free
         size       at most 8 GiB, before it is compressed
         mode       snapshot
         protected  no
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: back up db2 (104) to local
       Its end is told here; /job cancel J-1 stops it.
       J-1: db2 (104) is backed up
       db2 (104) is backed up in local:backup/vzdump-qemu-104-<moment>.vma.zst (2.7 GiB).
         started by  operator
         backup      local:backup/vzdump-qemu-104-<moment>.vma.zst
         task        <upid>
    -- it runs by now
    operator  /guest restore local:backup/vzdump-qemu-104-<moment>.vma.zst overwrite
       put a backup in the place of VM db2 (104)?
       Everything on the disks of db2 is lost. This cannot be undone.
       It stays stopped, and its owner stays the same.
         backup  local:backup/vzdump-qemu-104-<moment>.vma.zst
         taken   <time>
         vmid    104
         node    pve2
         status  stopped
         owner   none
         size    1 core, 8 GiB of memory
         disks   8G on local-lvm
       [Yes] [No]
    %  guest 104 status=running
    operator  [Yes]
       refused: db2 (104) cannot be overwritten: it is running; /power shutdown 104 stops it (wrong-state)
    %  guest 104 status=stopped
    -- the number that was asked for is taken at that moment
    operator  /guest clone web2 web3 vmid=500
       copy VM web2 (102) as web3?
       Every disk is copied.
       The copy has hardware addresses of its own and stays stopped; other addresses in its configuration are the original's.
         source                web2 (102) on pve3, running
         owner                 none
         running since         <time>
         name                  web3
         vmid                  500
         node                  pve3
         size                  2 cores, 2 GiB of memory
         scsi0                 8G on local-lvm, copied
         becomes the guest of  operator
         free afterwards       <n> GiB on local-lvm
       [Yes] [No]
    %  vmid next taken
    operator  [Yes]
       warning: J-2 is queued: copy web2 (102) as web3
       Its end is told here; /job cancel J-2 stops it.
       failed: J-2 failed: copy web2 (102) as web3
       the VMID 500 was taken by somebody else.
       What was done was taken back (hold-guest and clone-guest): nothing of it is left. /job retry J-2 tries it again.
         started by  operator
    -- where none was asked for the next one will do
    operator  /guest clone web2 web3
       copy VM web2 (102) as web3?
       Every disk is copied.
       The copy has hardware addresses of its own and stays stopped; other addresses in its configuration are the original's.
         source                web2 (102) on pve3, running
         owner                 none
         running since         <time>
         name                  web3
         vmid                  the next free one
         node                  pve3
         size                  2 cores, 2 GiB of memory
         scsi0                 8G on local-lvm, copied
         becomes the guest of  operator
         free afterwards       <n> GiB on local-lvm
       [Yes] [No]
    %  vmid next taken
    operator  [Yes]
       warning: J-3 is queued: copy web2 (102) as web3
       Its end is told here; /job cancel J-3 stops it.
       J-3: web3 (138) is a copy of web2 (102) and is stopped
       web3 (138) is a copy of web2 (102) and is stopped on pve3.
         started by  operator
         task        <upid>
    -- it is gone by now
    operator  /guest resize bob-dev cores=1
       resize VM bob-dev (126)?
         node    pve3
         status  stopped
         owner   none
         cores   4 → 1
       [Yes] [No]
    %  guest 126 gone
    operator  [Yes]
       refused: no guest is called bob-dev (no-such-guest)
       /guest list shows the guests
    -- overwriting fails half-way, which cannot be taken back
    operator  /guest restore local:backup/vzdump-qemu-104-<moment>.vma.zst overwrite
       put a backup in the place of VM db2 (104)?
       Everything on the disks of db2 is lost. This cannot be undone.
       It stays stopped, and its owner stays the same.
         backup  local:backup/vzdump-qemu-104-<moment>.vma.zst
         taken   <time>
         vmid    104
         node    pve2
         status  stopped
         owner   none
         size    1 core, 8 GiB of memory
         disks   8G on local-lvm
       [Yes] [No]
    %  all fail=qmrestore times=always
    operator  [Yes]
       warning: J-4 is queued: restore db2 (104) from local:backup/vzdump-qemu-104-<moment>.vma.zst
       Its end is told here; /job cancel J-4 stops it.
       failed: J-4 failed: restore db2 (104) from local:backup/vzdump-qemu-104-<moment>.vma.zst
       qmrestore failed: exit code 1.
       It had been begun: /guest show tells how things are now. /job retry J-4 tries it again.
         started by  operator
    "#);
}

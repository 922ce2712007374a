use super::*;

fn of(text: &str) -> Error {
    Error::of_business_text(500, text, BTreeMap::new())
}

#[test]
fn each_text_has_its_meaning() {
    let name = |error: &Error| match error {
        Error::NotFound { what: Missing::Guest, .. } => "no guest",
        Error::NotFound { what: Missing::Snapshot, .. } => "no snapshot",
        Error::Locked { .. } => "locked",
        Error::AlreadySo { .. } => "already so",
        Error::Unavailable { in_doubt: false, .. } => "unavailable",
        Error::Exists { .. } => "exists",
        Error::Stale { .. } => "stale",
        Error::Refused { .. } => "refused",
        _ => "another",
    };
    for (text, meaning) in [
        ("Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist\n", "no guest"),
        ("unable to find configuration file for CT 100 on node 'pve1'", "no guest"),
        ("snapshot 'before' does not exist", "no snapshot"),
        ("VM is locked (clone)", "locked"),
        ("CT is locked (backup)", "locked"),
        ("can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout", "locked"),
        ("can't lock file '/var/lock/pve-manager/pve-storage-local' - got timeout", "locked"),
        ("VM 100 already running", "already so"),
        ("CT 100 not running\n", "already so"),
        ("VM 100 is running - destroy failed", "refused"),
        ("VM 100 not running, cannot do that", "refused"),
        ("unable to create VM 100 - VM 100 already exists on node 'pve1'", "exists"),
        ("unable to create CT 100 - CT 100 already exists on node 'pve1'", "exists"),
        ("CT 100 already exists on node 'pve1'", "exists"),
        ("VM 218 already exists", "exists"),
        ("unable to create VM 100: config file already exists", "exists"),
        ("clone failed: unable to create CT 100: config file already exists", "exists"),
        ("disk image '/images/100/vm-100-disk-0.raw' already exists", "refused"),
        ("unable to create VM 100 - pool 'lab' already exists", "refused"),
        ("detected modified configuration - file changed by other user? Try again.", "stale"),
        ("cfs-lock 'storage-ceph' error: got lock request timeout", "locked"),
        ("unable to create VM 100 - lvcreate 'pve/vm-100-disk-0' error: insufficient free space", "refused"),
        ("not enough space on the storage", "refused"),
        ("cluster not ready - no quorum?", "unavailable"),
        ("got no worker upid - start worker failed", "unavailable"),
        ("VM quit/powerdown failed - got timeout", "refused"),
        ("you can't start a vm if it's a template", "refused"),
        ("", "refused"),
    ] {
        assert_eq!(name(&of(text)), meaning, "{text}");
    }
}

#[test]
fn failures_say_who_and_why() {
    let code = |error: Error| {
        let failure = error.to_failure("lab");
        format!("{}: {failure}", failure.code())
    };
    assert_eq!(code(of("VM is locked (backup)")), "locked: lab is locked (backup)");
    assert_eq!(
        code(Error::Denied {
            privilege: Some("VM.Snapshot|VM.Snapshot.Rollback".into()),
            path: Some("/vms/1".into()),
            why: String::new()
        }),
        "privilege-missing: lab denies it: the privilege VM.Snapshot or VM.Snapshot.Rollback on /vms/1 is missing"
    );
    assert_eq!(
        code(Error::Certificate { host: "pve1:8006".into(), seen: "AA".into() }),
        "certificate-changed: pve1:8006 of lab shows another certificate than the one pinned: AA"
    );
    assert_eq!(
        code(Error::TimedOut { host: "pve1:8006".into(), after: Duration::from_secs(15) }),
        "no-answer: lab did not answer within 15 s"
    );
    let errors = BTreeMap::from([("snapname".to_owned(), "too short".to_owned())]);
    assert_eq!(
        code(Error::Refused { status: 400, why: "Parameter verification failed.".into(), errors }),
        "upstream-error: lab refused: Parameter verification failed (snapname: too short)"
    );
}

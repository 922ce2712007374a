use super::*;

fn now(data: &str) -> GuestNow {
    wire::data::<StatusRow>(format!(r#"{{"data":{data}}}"#).as_bytes()).expect("a row").into()
}

#[test]
fn paused_is_told_from_running() {
    for (data, status) in [
        (r#"{"status":"running","qmpstatus":"running"}"#, GuestStatus::Running),
        (r#"{"status":"running","qmpstatus":"paused"}"#, GuestStatus::Paused),
        (r#"{"status":"running","qmpstatus":"prelaunch"}"#, GuestStatus::Running),
        (r#"{"status":"stopped","qmpstatus":"stopped","lock":"suspended"}"#, GuestStatus::Stopped),
        (r#"{"status":"running"}"#, GuestStatus::Running),
        (r#"{"ha":null}"#, GuestStatus::Unknown),
    ] {
        assert_eq!(now(data).status, status, "{data}");
    }
}

#[test]
fn numbers_flags_and_ha() {
    let guest = now(
        r#"{"status":"running","vmid":"100","name":"a\u0007","ha":{"managed":"1","state":"started","group":"x"},"pid":"4711",
            "cpu":"0.5","cpus":4,"mem":"10","maxmem":20.0,"disk":0,"maxdisk":7,"uptime":3,"template":"","agent":1,
            "balloon":null,"proxmox-support":{"pbs-dirty-bitmap":true},"blockstat":{"scsi0":{}}}"#,
    );
    assert!(guest.is_ha_managed && !guest.is_template);
    assert_eq!(
        (guest.ha_state.as_deref(), guest.pid, guest.name.as_deref()),
        (Some("started"), Some(4711), Some("a\\u{7}"))
    );
    assert_eq!((guest.cpu, guest.cores, guest.memory, guest.memory_used, guest.uptime), (0.5, 4.0, 20, 10, 3));
    assert_eq!(now(r#"{"status":"stopped","pid":0,"ha":{"managed":0}}"#).pid, None);
}

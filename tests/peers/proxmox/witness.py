"""An independent witness for the simulated Proxmox: proxmoxer, which nobody here wrote, drives it.

It needs PVE_URL, PVE_USER, PVE_PASSWORD, PVE_TOKEN_ID and PVE_TOKEN_SECRET in the environment, and the demo's world.
Prints how many checks passed; any that fails ends it with a traceback.
"""

import os
import time
import warnings
from urllib.parse import urlsplit

from proxmoxer import AuthenticationError, ProxmoxAPI, ResourceException
from proxmoxer.tools import Tasks

warnings.filterwarnings("ignore", message="Unverified HTTPS request")

passed = 0


def check(what, holds):
    global passed
    assert holds, what
    passed += 1


def refused(call, status, words, **params):
    """The call must be refused with this status and these words in its reason phrase."""
    try:
        call(**params)
    except ResourceException as error:
        check(f"{error.status_code} is {status}", error.status_code == status)
        check(f"{error.content!r} has {words!r}", words in error.content)
        return error
    raise AssertionError(f"not refused: {words}")


def finished(lab, upid):
    """Waits for a task as proxmoxer does, and gives its exit."""
    status = Tasks.blocking_status(lab, upid, timeout=60, polling_interval=0.1)
    check(f"{upid} ended", status is not None and status["status"] == "stopped")
    return status["exitstatus"]


def reads(lab):
    check("version", lab.version.get()["release"] in ("8.4", "9.2"))
    nodes = {node["node"] for node in lab.nodes.get()}
    check("nodes", {"pve1", "pve2", "pve3"} <= nodes)
    rows = lab.cluster.resources.get(type="vm")
    check("guests of both kinds", {row["type"] for row in rows} == {"qemu", "lxc"})
    listed = sum(len(lab.nodes(node).qemu.get()) + len(lab.nodes(node).lxc.get()) for node in nodes)
    check("lists agree", listed == len(rows))
    check("storages", {s["storage"] for s in lab.nodes("pve1").storage.get()} == {"local", "local-lvm"})
    check("pools", {pool["poolid"] for pool in lab.pools.get()} == {"lab", "prod"})
    check("next VMID", int(lab.cluster.nextid.get()) not in {row["vmid"] for row in rows})
    check("permissions", lab.access.permissions.get()["/"]["VM.PowerMgmt"] == 1)
    return rows


def works(lab, rows):
    row = next(r for r in rows if r.get("name") == "web1")
    guest = lab.nodes(row["node"]).qemu(row["vmid"])
    name = f"witness-{int(time.time())}"
    check("snapshot", finished(lab, guest.snapshot.post(snapname=name, description="seen")) == "OK")
    snapshots = {s["name"]: s for s in guest.snapshot.get()}
    check("it is listed", snapshots[name]["description"] == "seen" and snapshots["current"]["parent"] == name)
    check("rollback", finished(lab, guest.snapshot(name).rollback.post(start=1)) == "OK")
    check("snapshot deleted", finished(lab, guest.snapshot(name).delete()) == "OK")
    check("it is gone", name not in {s["name"] for s in guest.snapshot.get()})

    check("runs", guest.status.current.get()["status"] == "running")
    upid = guest.status.stop.post()
    check("the UPID is read", Tasks.decode_upid(upid)["type"] == "qmstop")
    check("stop", finished(lab, upid) == "OK")
    check("is stopped", guest.status.current.get()["status"] == "stopped")
    log = Tasks.decode_log(lab.nodes(row["node"]).tasks(upid).log.get())
    check("the log ends well", log.endswith("TASK OK"))
    check("start", finished(lab, guest.status.start.post()) == "OK")
    check("runs again", guest.status.current.get()["status"] == "running")
    check("a second start fails in its task", "already running" in finished(lab, guest.status.start.post()))


def lives(lab):
    """One container from its template to its end."""
    vmid = int(lab.cluster.nextid.get())
    node = lab.nodes("pve1")
    template = node.storage("local").content.get(content="vztmpl")[0]["volid"]
    made = node.lxc.post(
        vmid=vmid, ostemplate=template, hostname="witness", rootfs="local-lvm:4",
        net0="name=eth0,bridge=vmbr0,ip=dhcp", pool="lab",
    )
    check("create", finished(lab, made) == "OK")
    guest = node.lxc(vmid)
    digest = guest.config.get()["digest"]
    guest.config.put(memory=1024, digest=digest)
    check("configure", int(guest.config.get()["memory"]) == 1024)
    check("destroy", finished(lab, guest.delete(purge=1)) == "OK")
    refused(guest.status.current.get, 500, "does not exist")


def refusals(lab):
    node = lab.nodes("pve1")
    refused(node.qemu(999999).status.start.post, 500, "Configuration file 'nodes/pve1/qemu-server/999999.conf' does not exist")
    error = refused(lab.cluster.nextid.get, 400, "Parameter verification failed.", vmid=7)
    check("the parameter is named", "vmid" in error.errors)
    refused(lab.access.acl.put, 403, "Permission check failed (/, Permissions.Modify)", path="/", roles="Direttore", users="root@pam")
    refused(lab.cluster("no-such-thing").get, 501, "Method 'GET /cluster/no-such-thing' not implemented")


def main():
    url = urlsplit(os.environ["PVE_URL"])
    user, token = os.environ["PVE_TOKEN_ID"].split("!")
    by_token = ProxmoxAPI(
        url.hostname, port=url.port, user=user, token_name=token, token_value=os.environ["PVE_TOKEN_SECRET"], verify_ssl=False
    )
    by_password = ProxmoxAPI(
        url.hostname, port=url.port, user=os.environ["PVE_USER"], password=os.environ["PVE_PASSWORD"], verify_ssl=False
    )
    for lab in (by_token, by_password):
        works(lab, reads(lab))
        refusals(lab)
    lives(by_token)
    try:
        ProxmoxAPI(url.hostname, port=url.port, user=os.environ["PVE_USER"], password="wrong", verify_ssl=False)
    except AuthenticationError:
        check("a wrong password is refused", True)
    else:
        raise AssertionError("a wrong password let in")
    print(f"{passed} checks passed")


if __name__ == "__main__":
    main()

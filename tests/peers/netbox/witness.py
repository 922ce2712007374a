"""An independent witness for the simulated NetBox: pynetbox, which nobody here wrote, drives it.

It needs NETBOX_URL and NETBOX_TOKEN in the environment, NETBOX_TOKEN_V1 for a token of the first kind too, and the demo's
world. It leaves the world as it found it. Prints how many checks passed; any that fails ends it with a traceback.
"""

import os

import pynetbox
from pynetbox import AllocationError, RequestError

passed = 0


def check(what, holds):
    global passed
    assert holds, what
    passed += 1


def refused(call, status, words, /, **params):
    """The call must be refused with this status and these words in its body."""
    try:
        call(**params)
    except RequestError as error:
        check(f"{error.req.status_code} is {status}", error.req.status_code == status)
        check(f"{error.error!r} has {words!r}", words in error.error)
        return
    raise AssertionError(f"not refused: {words}")


def reads(lab):
    check("version", lab.version in ("4.2", "4.5", "4.6", "4.7"))
    check("status", lab.status()["netbox-version"].startswith(lab.version))
    site = lab.dcim.sites.get(slug="lab")
    check("a site by its slug", site is not None and str(site) == "lab")
    prefixes = list(lab.ipam.prefixes.all(limit=3))
    check("every page", len(prefixes) == lab.ipam.prefixes.count() > 3)
    check("no prefix twice", len({p.id for p in prefixes}) == len(prefixes))
    one = lab.ipam.prefixes.get(prefix="10.0.10.0/24", vrf_id="null")
    check("its VLAN", one.vlan.vid == 100)
    check("its custom field", one.custom_fields["gateway"] == "10.0.10.1")
    check("its status", one.status.value == "active" and str(one.status) == "Active")
    in_lab = lab.ipam.prefixes.filter(within_include="10.0.20.0/24")
    check("a filter", {str(p) for p in in_lab} == {"10.0.20.0/24", "10.0.20.128/25"})
    check("two of a kind", lab.ipam.prefixes.count(prefix="10.0.10.0/24") == 2)
    try:
        lab.ipam.prefixes.get(prefix="10.0.10.0/24")
    except ValueError:
        check("get wants one", True)
    else:
        raise AssertionError("get took one of two")
    check("get finds none", lab.ipam.prefixes.get(prefix="10.99.0.0/24") is None)
    check("get by id", lab.ipam.prefixes.get(one.id).prefix == "10.0.10.0/24")
    refused(lab.ipam.prefixes.count, 400, "not one of the available choices", status="sleeping")

    devices = {d.name: d for d in lab.dcim.devices.filter(role=["switch", "hypervisor"])}
    check("repeated values mean or", {"sw1", "sw2", "sw3", "pve1", "pve2", "pve3"} <= set(devices))
    sw1 = devices["sw1"]
    check("a related object is fetched", sw1.device_type.manufacturer.name == "Arista")
    check("its primary address", sw1.primary_ip4.address == "10.0.10.2/24")
    check("its interfaces", lab.dcim.interfaces.count(device="sw1") == 5)
    check("its configuration", "hostname sw1" in sw1.render_config.create()["content"])
    web = lab.virtualization.virtual_machines.get(name="WEB1")
    check("a VM whatever the letters' case", web.name == "web1" and web.cluster.name == "lab")
    check("addresses of a VM", lab.ipam.ip_addresses.count(virtual_machine="web1") == 2)


def allocates(lab):
    prefix = lab.ipam.prefixes.get(prefix="10.0.30.0/24")
    offered = [str(a) for a in prefix.available_ips.list()]
    check("the lowest first", offered[:2] == ["10.0.30.1/24", "10.0.30.2/24"] and len(offered) == 50)
    first = prefix.available_ips.create({"description": "witness", "dns_name": "Witness.Lab.example.org"})
    check("one address", first.address == offered[0] and first.dns_name == "witness.lab.example.org")
    more = prefix.available_ips.create([{}, {"status": "dhcp"}])
    check("two addresses", [str(a) for a in more] == ["10.0.30.2/24", "10.0.30.3/24"])
    check("they are listed", lab.ipam.ip_addresses.count(parent="10.0.30.0/24") == 3)
    refused(lab.ipam.ip_addresses.create, 400, "Duplicate IP address found in global table", address="10.0.30.1/32")
    check("deleted together", lab.ipam.ip_addresses.delete([first, *more]))
    check("they are gone", lab.ipam.ip_addresses.count(parent="10.0.30.0/24") == 0)
    full = lab.ipam.prefixes.get(prefix="10.0.99.0/29")
    check("nothing is offered", list(full.available_ips.list()) == [])
    try:
        full.available_ips.create()
    except AllocationError:
        check("a full prefix gives none", True)
    else:
        raise AssertionError("a full prefix gave one")
    container = lab.ipam.prefixes.get(prefix="10.0.0.0/16")
    child = container.available_prefixes.create({"prefix_length": 24, "description": "witness"})
    check("a network", child.prefix == "10.0.0.0/24" and child.delete())
    pool = lab.ipam.ip_ranges.get(start_address="10.0.10.100")
    check("a range", str(pool.available_ips.list()[0]) == "10.0.10.100/24")
    group = lab.ipam.vlan_groups.get(slug="lab-vlans")
    vlan = group.available_vlans.create({"name": "witness"})
    check("a VLAN", vlan.vid == 101 and vlan.delete())


def lives(lab):
    """One virtual machine from its first record to its last."""
    vms = lab.virtualization.virtual_machines
    cluster = lab.virtualization.clusters.get(name="lab")
    vm = vms.create(name="witness", cluster=cluster.id, status="planned", vcpus=2, memory=2048)
    check("created", vm.id > 0 and vm.status.value == "planned" and vm.vcpus == 2.0)
    refused(vms.create, 400, "must be unique per cluster", name="WITNESS", cluster=cluster.id)
    port = lab.virtualization.interfaces.create(virtual_machine=vm.id, name="net0", description="vmbr0")
    on_port = {"assigned_object_type": "virtualization.vminterface", "assigned_object_id": port.id}
    mac = lab.dcim.mac_addresses.create(mac_address="bc:24:11:aa:bb:cc", **on_port)
    check("a MAC in capitals", mac.mac_address == "BC:24:11:AA:BB:CC")
    port.primary_mac_address = mac.id
    check("a primary MAC", port.save())
    check("it is on the interface", lab.virtualization.interfaces.get(port.id).mac_address == "BC:24:11:AA:BB:CC")
    prefix = lab.ipam.prefixes.get(prefix="2001:db8:30::/64")
    address = prefix.available_ips.create({**on_port, "status": "active"})
    check("an address of the interface", address.address == "2001:db8:30::1/64" and address.assigned_object.name == "net0")
    check("primary", vm.update({"primary_ip6": address.id, "status": "active", "tags": [{"slug": "web"}]}))
    seen = vms.get(vm.id)
    check("it is seen", seen.primary_ip.address == "2001:db8:30::1/64" and [t.slug for t in seen.tags] == ["web"])
    refused(vm.update, 400, "not assigned to this VM", data={"primary_ip4": lab.ipam.ip_addresses.get(address="10.0.20.1/24").id})
    note = lab.extras.journal_entries.create(
        assigned_object_type="virtualization.virtualmachine", assigned_object_id=vm.id, kind="success", comments="seen"
    )
    check("a journal entry", note.kind.value == "success")
    changed = vms.update([{"id": vm.id, "comments": "bulk"}])
    check("changed in bulk", changed[0].comments == "bulk")
    check("deleted", vm.delete())
    check("nothing is left", vms.get(name="witness") is None)
    check("its address went along", lab.ipam.ip_addresses.get(address.id) is None)
    check("its MAC went along", lab.dcim.mac_addresses.count(mac_address="bc:24:11:aa:bb:cc") == 0)


def sets_up(lab):
    kinds = ["ipam.ipaddress", "virtualization.virtualmachine"]
    field = lab.extras.custom_fields.create(name="witness_job", type="text", object_types=kinds, filter_logic="exact")
    tag = lab.extras.tags.create(name="Witness", slug="witness", object_types=kinds)
    address = lab.ipam.ip_addresses.create(
        address="10.0.30.77/24", custom_fields={"witness_job": "J-1"}, tags=[{"slug": "witness"}]
    )
    check("found by its mark", [a.id for a in lab.ipam.ip_addresses.filter(cf_witness_job="J-1", tag="witness")] == [address.id])
    refused(lab.ipam.prefixes.create, 400, "cannot be assigned to prefix", prefix="10.77.0.0/24", tags=[{"slug": "witness"}])
    refused(lab.dcim.sites.get(slug="lab").delete, 409, "Unable to delete object")
    check("taken down", address.delete() and tag.delete() and field.delete())


def refusals(url):
    nobody = pynetbox.api(url, token="nbt_unknownkey00." + "x" * 40)
    refused(nobody.dcim.sites.count, 403, "Invalid v2 token")
    refused(pynetbox.api(url).dcim.sites.count, 403, "Authentication credentials were not provided.")


def main():
    url = os.environ["NETBOX_URL"]
    tokens = [os.environ["NETBOX_TOKEN"], os.environ.get("NETBOX_TOKEN_V1")]
    for token in filter(None, tokens):
        lab = pynetbox.api(url, token=token)
        reads(lab)
        allocates(lab)
        lives(lab)
        sets_up(lab)
    # Pages are fetched at the same time.
    together = pynetbox.api(url, token=tokens[0], threading=True)
    check("pages in any order", len(list(together.ipam.ip_addresses.all(limit=5))) == together.ipam.ip_addresses.count())
    refusals(url)
    print(f"{passed} checks passed")


if __name__ == "__main__":
    main()

"""Drives the simulated switches by netmiko: a client that knows nothing of ours.

  witness.py READY     READY is the line that `direttore sim --switch …` prints; exit 0 if all is as it should be
"""
import json, sys

from netmiko import ConnectHandler
from netmiko.exceptions import NetmikoAuthenticationException

KINDS = {"junos": "juniper_junos", "eos": "arista_eos", "ios": "cisco_ios"}
bad = 0


def check(what, is_so, seen=""):
    global bad
    print(f"{'ok  ' if is_so else 'FAIL'} {what}" + ("" if is_so else f": {seen!r}"))
    bad += not is_so


def connect(switch, password=None):
    host, port = switch["ssh"].rsplit(":", 1)
    return ConnectHandler(
        device_type=KINDS[switch["kind"]], host=host, port=int(port), username=switch["user"],
        password=password or switch["password"], secret=switch["enable"], conn_timeout=20, fast_cli=False,
    )


for switch in json.loads(sys.argv[1])["switches"]:
    kind = switch["kind"]
    try:
        connect(switch, "wrong")
        check(f"{kind}: a wrong password", False)
    except NetmikoAuthenticationException:
        check(f"{kind}: a wrong password", True)
    with connect(switch) as device:
        if kind != "junos":
            device.enable()
        show = "show configuration | display set" if kind == "junos" else "show running-config"
        before = device.send_command(show)
        check(f"{kind}: the whole configuration", len(before.splitlines()) > 60, before)
        wrong = device.send_command("show nonsense")
        check(f"{kind}: what is not known", "% Invalid input" in wrong or "unknown command" in wrong, wrong)
        lines = {
            "junos": ["set vlans witness vlan-id 321"],
            "eos": ["vlan 321", "name witness"],
            "ios": ["vlan 321", "name witness"],
        }[kind]
        device.send_config_set(lines, exit_config_mode=kind != "junos")
        if kind == "junos":
            said = device.commit(and_quit=True)
            check("junos: a commit", "commit complete" in said, said)
        else:
            device.save_config()
        after = device.send_command(show)
        check(f"{kind}: a change", "witness" in after and "witness" not in before, after)
        if kind == "eos":
            device.send_command("configure session witness", expect_string=r"config-s-.*#")
            device.send_command("no vlan 321", expect_string=r"config-s-.*#")
            diff = device.send_command("show session-config diffs", expect_string=r"config-s-.*#")
            check("eos: a difference", "-vlan 321" in diff, diff)
            device.send_command("commit timer 00:01:00", expect_string=r"#")
            check("eos: a timer", "pendingCommitTimer" in device.send_command("show configuration sessions"))
            device.send_command("configure session witness abort")
            check("eos: an abort", "witness" in device.send_command(show))

sys.exit(bad > 0)

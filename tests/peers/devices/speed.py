"""One command with many hosts by nornir and netmiko, in a terminal: what the figures of logins are measured against.

  speed.py --port N --user NAME --key FILE --command TEXT --hosts N --workers N

All hosts are one server. It says `ready`, runs once for each line that it reads, and prints seconds of wall and of processor time and
how many bytes came.
"""

import argparse
import json
import resource
import sys
import time

from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.plugins.runners import ThreadedRunner
from nornir_netmiko.tasks import netmiko_send_command


def inventory(asked):
    options = ConnectionOptions(extras={"use_keys": True, "key_file": asked.key, "allow_agent": False})
    hosts = Hosts()
    for number in range(asked.hosts):
        name = f"host{number}"
        hosts[name] = Host(
            name=name, hostname="127.0.0.1", port=asked.port, username=asked.user, platform="linux",
            connection_options={"netmiko": options}, defaults=Defaults(),
        )
    return Inventory(hosts=hosts, groups=Groups(), defaults=Defaults())


def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def once(asked):
    nornir = Nornir(inventory=inventory(asked), runner=ThreadedRunner(num_workers=asked.workers))
    begin, cpu = time.monotonic(), used()

    def ask(task):
        said = task.run(task=netmiko_send_command, command_string=asked.command)[0].result
        task.host.close_connections()
        return len(said)

    results = nornir.run(task=ask)
    wall, cpu = time.monotonic() - begin, used() - cpu
    failed = {name: repr(result[-1].exception) for name, result in results.items() if result.failed}
    if failed:
        sys.exit(f"{len(failed)} of {asked.hosts} failed, such as {next(iter(failed.items()))}")
    return {"wall": wall, "cpu": cpu, "bytes": sum(result[0].result for result in results.values())}


parser = argparse.ArgumentParser()
for name, kind in [("port", int), ("user", str), ("key", str), ("command", str), ("hosts", int), ("workers", int)]:
    parser.add_argument(f"--{name}", type=kind, required=True)
asked = parser.parse_args()
ConnectionPluginRegister.auto_register()
print("ready", flush=True)
for _ in sys.stdin:
    print(json.dumps(once(asked)), flush=True)

"""Whether netmiko, which knows nothing of ours, finds the simulated switches to be a Junos, an EOS and an IOS.

    witness.py --binary PROGRAM

The switches are those of `direttore sim`, on loopback. Their clocks are moved on where something is to go back by itself.
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import threading
import traceback

from netmiko import ConnectHandler
from netmiko.exceptions import ConfigInvalidException, NetmikoAuthenticationException

DRIVERS = {"junos": "juniper_junos", "eos": "arista_eos", "ios": "cisco_ios"}


class Lab:
    """The simulation, and its control line."""

    def __init__(self, binary):
        variables = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
        switches = [word for kind in DRIVERS for word in ("--switch", f"{kind}1={kind}@127.0.0.1:0")]
        self.process = subprocess.Popen(
            [binary, "sim", "--plain", "--control", *switches],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables,
        )
        self.turn = threading.Lock()
        self.switches = json.loads(self.process.stdout.readline())["switches"]

    def tell(self, line):
        with self.turn:
            print(line, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline().strip()
        if answer != "ok":
            raise RuntimeError(f"{line}: {answer}")

    def end(self):
        self.process.stdin.close()
        self.process.wait(20)


class Witness:
    """One switch, and what is thought of it."""

    def __init__(self, lab, switch):
        self.lab, self.switch, self.kind, self.name = lab, switch, switch["kind"], switch["name"]
        self.told, self.bad = [], 0

    def check(self, what, is_so, seen=""):
        self.told.append(f"{'ok ' if is_so else 'NOT'} {self.kind}: {what}" + ("" if is_so else f": {seen!r}"))
        self.bad += not is_so

    def connect(self, **other):
        host, port = self.switch["ssh"].rsplit(":", 1)
        given = {"password": self.switch["password"], "secret": self.switch["enable"], **other}
        return ConnectHandler(
            device_type=DRIVERS[self.kind], host=host, port=int(port), username=self.switch["user"],
            conn_timeout=20, **given,
        )

    def later(self, time):
        self.lab.tell(f"switch {self.name} later={time}")

    def everything(self):
        try:
            self.a_wrong_password()
            with self.connect() as device:
                {"junos": self.junos, "eos": self.eos, "ios": self.ios}[self.kind](device)
            if self.kind != "junos":
                self.saving()
        except Exception:  # netmiko's own errors say what it missed.
            self.check("to the end", False, traceback.format_exc())
        return self

    # What all of them have

    def a_wrong_password(self):
        try:
            self.connect(password="wrong")
            self.check("a wrong password", False, "it let in")
        except NetmikoAuthenticationException:
            self.check("a wrong password", True)

    def pages(self, device, small, whole, show, more, moves=r"(?!)"):
        """A small terminal pages, and a blank goes on until all of it was there, but for lines that move on."""
        at_once = device.send_command(show)
        device.send_command(small)
        device.write_channel(f"{show}\n")
        end = rf"{re.escape(device.base_prompt)}[>#]\s*$"
        seen, pages = "", 0
        while True:
            part = device.read_until_pattern(pattern=rf"{more}|{end}")
            seen += part
            if not re.search(more, part):
                break
            pages += 1
            device.write_channel(" ")
        device.send_command(whole)
        lines = {line.strip() for line in re.split(r"[\r\n]+", seen)}
        stay = [line for line in map(str.strip, at_once.splitlines()) if line and not re.match(moves, line)]
        missing = [line for line in stay if line not in lines]
        self.check("a pager that a blank turns", pages > 2 and not missing, (pages, missing))

    def prompts(self, device, steps):
        for say, prompt in steps:
            device.write_channel(f"{say}\n")
            seen = device.read_until_pattern(pattern=re.escape(prompt))
            self.check(f"{say!r} is answered {prompt!r}", True, seen)

    def errors(self, device, wrong):
        for say, words in wrong:
            said = device.send_command(say)
            self.check(f"{say!r} is answered {words!r}", words in said, said)

    def refuses(self, device, lines, words, **how):
        try:
            device.send_config_set(lines, error_pattern=words, **how)
            self.check(f"{lines[-1]!r} is refused", False, "it was taken")
        except ConfigInvalidException as refused:
            self.check(f"{lines[-1]!r} is refused", True, str(refused))

    def has(self, device, show, mark, is_there, what):
        said = device.send_command(show)
        self.check(what, (mark in said) == is_there, said)

    # Junos

    def junos(self, device):
        show = "show configuration | display set"
        mark = "set vlans witness vlan-id 321"
        self.check("the prompt", device.find_prompt() == f"{self.switch['user']}@{self.name}>", device.find_prompt())
        braces = device.send_command("show configuration")
        self.check("braces", braces.count("{") == braces.count("}") > 20 and "## Last commit: " in braces, braces)
        self.check("one line for each statement", "set system host-name" in device.send_command(show))
        self.pages(device, "set cli screen-length 24", "set cli screen-length 0", show, r"---\(more(?: \d+%)?\)---")
        self.errors(device, [("show nonsense", "syntax error"), ("nonsense", "unknown command.")])

        device.config_mode()
        self.check("configuration mode", device.check_config_mode())
        prompt = f"\n{self.switch['user']}@{self.name}# "
        levels = [("edit interfaces ge-0/0/0", "[edit interfaces ge-0/0/0]"), ("top", "[edit]")]
        self.prompts(device, [(say, level + prompt) for say, level in levels])
        device.exit_config_mode()
        self.check("out of it", not device.check_config_mode())
        self.refuses(device, ["set vlans witness nonsense 1"], r"syntax error", exit_config_mode=False)
        device.send_command("rollback 0", expect_string="#")

        device.send_config_set([mark], exit_config_mode=False)
        diff = device.send_command("show | compare", expect_string=r"#\s*$")
        self.check("what would change", "[edit vlans]" in diff and "+   witness {" in diff, diff)
        self.check("a check", "configuration check succeeds" in device.commit(check=True))
        with self.connect() as other:
            other.write_channel("configure exclusive\n")
            said = other.read_until_pattern(pattern=r"> $")
            self.check("no one alone where somebody changed something", "configuration database modified" in said, said)
        said = device.commit(confirm=True, confirm_delay=1, comment="by a witness", and_quit=True)
        self.check("a commit with a timer", "automatically rolled back in 1 minutes unless confirmed" in said, said)
        waits = device.send_command("show system commit")
        first = re.split(r"\n1 ", waits)[0]
        is_told = "commit confirmed, rollback in 1mins" in first and "by a witness" in first
        self.check("the commit that waits, and its comment", is_told, waits)
        self.has(device, show, mark, True, "it is live meanwhile")
        self.later("2m")
        self.has(device, show, mark, False, "it goes back by itself")

        device.send_config_set([mark], exit_config_mode=False)
        device.commit(confirm=True, confirm_delay=1)
        device.commit(and_quit=True)
        self.later("2m")
        self.has(device, show, mark, True, "it stays when it is confirmed")
        device.config_mode()
        # The confirmation is a commit too, so what was before stands two back.
        said = device.send_command("rollback 2", expect_string=r"#\s*$")
        self.check("a rollback is loaded", "load complete" in said, said)
        device.commit(and_quit=True)
        self.has(device, show, mark, False, "a rollback that is committed")

    # EOS

    def eos(self, device):
        show = "show running-config"
        self.check("no privilege yet", device.find_prompt() == f"{self.name}>", device.find_prompt())
        self.errors(device, [(show, "% Invalid input")])
        device.enable()
        self.check("privilege", device.find_prompt() == f"{self.name}#", device.find_prompt())
        self.pages(device, "terminal length 24", "terminal length 0", show, "--More--")
        self.errors(device, [("show nonsense", "% Invalid input"), ("show", "% Incomplete command")])
        device.config_mode()
        self.check("configuration mode", device.check_config_mode())
        self.prompts(device, [("interface Et1", f"{self.name}(config-if-Et1)#"), ("vlan 321", "(config-vlan-321)#")])
        device.exit_config_mode()
        self.refuses(device, ["nonsense"], "% Invalid input")
        device.send_config_set(["no vlan 321"])

        self.session(device, ["vlan 322", "name timed"])
        diff = device.send_command("show session-config diffs", expect_string=r"config-s-.*#")
        self.check("what would change", "+vlan 322" in diff and "+   name timed" in diff, diff)
        device.send_command("commit timer 00:01:00", expect_string=rf"{self.name}#")
        waits = device.send_command("show configuration sessions")
        self.check("the session that waits", bool(re.search(r"witness\s+pendingCommitTimer", waits)), waits)
        self.has(device, show, "vlan 322", True, "it is live meanwhile")
        self.later("2m")
        self.has(device, show, "vlan 322", False, "it goes back by itself")

        self.session(device, ["vlan 322"])
        device.send_command("commit timer 00:01:00", expect_string=rf"{self.name}#")
        device.send_command("configure session witness commit")
        self.later("2m")
        self.has(device, show, "vlan 322", True, "it stays when it is committed again")
        self.session(device, ["no vlan 322"])
        device.send_command("abort", expect_string=rf"{self.name}#")
        self.has(device, show, "vlan 322", True, "an abort")

    def session(self, device, lines):
        device.send_config_set(
            lines, config_mode_command="configure session witness", exit_config_mode=False, enter_config_mode=True
        )

    # IOS

    def ios(self, device):
        show = "show running-config"
        self.check("no privilege yet", device.find_prompt() == f"{self.name}>", device.find_prompt())
        self.errors(device, [(show, "% Invalid input detected at '^' marker.")])
        asked = [("enable", "Password: "), ("wrong", "Password: "), ("wrong", "Password: ")]
        self.prompts(device, [*asked, ("wrong", f"% Bad secrets\n\n{self.name}>")])
        device.enable()
        self.check("privilege", device.find_prompt() == f"{self.name}#", device.find_prompt())
        self.pages(device, "terminal length 24", "terminal length 0", show, "--More--")
        self.errors(device, [
            ("show nonsense", "% Invalid input detected at '^' marker."), ("show", "% Incomplete command."),
            ("co", '% Ambiguous command:  "co"'),
        ])
        device.config_mode()
        self.check("configuration mode", device.check_config_mode())
        self.prompts(device, [("interface Gi1/0/1", f"{self.name}(config-if)#"), ("vlan 321", "(config-vlan)#")])
        device.exit_config_mode()
        self.refuses(device, ["nonsense"], "% Invalid input")
        device.send_config_set(["no vlan 321"])

        for end, stays in [(None, False), ("configure confirm", True), ("configure revert now", False)]:
            said = device.send_config_set(
                ["vlan 322", "name timed"], config_mode_command="configure terminal revert timer 1"
            )
            self.check("a timer", "Rollback will begin in 1 minute" in said, said)
            waits = device.send_command("show archive config rollback timer")
            self.check("who waits", f"User: {self.switch['user']}" in waits and "Timer value: " in waits, waits)
            self.has(device, show, "name timed", True, "it is live meanwhile")
            if end:
                device.send_command(end)
            self.later("2m")
            self.has(device, show, "name timed", stays, f"after {end or 'nothing'} it is {'there' if stays else 'gone'}")
            device.send_config_set(["no vlan 322"])
        said = device.send_command("configure confirm")
        self.check("nothing waits any more", "%No Rollback Confirmed Change pending" in said, said)

    # Where what runs and what is saved are two

    def saving(self):
        """What is saved is there after a restart, and what is not is gone."""
        show, mark, away = "show running-config", "name saved", ["no vlan 323"]
        with self.connect() as device:
            device.enable()
            device.send_config_set(["vlan 323", mark])
            said = device.save_config()
            words = {"eos": "Copy completed successfully.", "ios": "[OK]"}[self.kind]
            self.check("it is saved", words in said, said)
            device.send_config_set(away)
            self.has(device, show, mark, False, "a line is live at once")
            self.lab.tell(f"switch {self.name} reboot")
        with self.connect() as device:
            device.enable()
            self.has(device, show, mark, True, "after a restart there is what was saved")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    lab = Lab(parser.parse_args().binary)
    try:
        with concurrent.futures.ThreadPoolExecutor() as at_once:
            all_of_them = list(at_once.map(lambda switch: Witness(lab, switch).everything(), lab.switches))
    finally:
        lab.end()
    for one in all_of_them:
        print("\n".join(one.told))
    bad = sum(one.bad for one in all_of_them)
    print(f"{sum(len(one.told) for one in all_of_them) - bad} checks are right, {bad} are not")
    sys.exit(bad > 0)


main()

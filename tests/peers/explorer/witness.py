"""The explorer in a real browser: all of it is shown, a request is executed, and nothing is asked of anybody else."""

import argparse
import json
import subprocess
import sys
import urllib.parse
import urllib.request

from browser import Browser

passed = 0


def check(what, holds):
    global passed
    if not holds:
        sys.exit(f"tests/peers/explorer: {what}")
    passed += 1


def token(base, name, password):
    form = urllib.parse.urlencode({"username": name, "password": password}).encode()
    with urllib.request.urlopen(f"{base}/api/auth/token", form) as told:
        return json.load(told)["access_token"]


def wrongs(events):
    """What a person would see in red, and what the page's policy kept back."""
    for event in events:
        method, about = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            yield about["exceptionDetails"]
        elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "assert"):
            yield about["args"]
        elif method == "Log.entryAdded" and about["entry"]["level"] == "error":
            yield about["entry"]
        elif method == "Audits.issueAdded" and about["issue"]["code"] == "ContentSecurityPolicyIssue":
            yield about["issue"]


def asked(events):
    return [event["params"]["request"]["url"] for event in events if event.get("method") == "Network.requestWillBeSent"]


def look(browser, base, key, picture):
    with urllib.request.urlopen(f"{base}/api/openapi.json") as told:
        paths = json.load(told)["paths"]
    there = sum(method in item for item in paths.values() for method in ("get", "post", "patch", "delete"))
    browser.open(f"{base}/api/docs")
    shown = browser.until("its operations", "document.querySelectorAll('.opblock').length")
    check(f"{shown} operations are shown of {there}", shown == there)
    check("the title", "direttore" in browser.evaluate("document.querySelector('.info .title').textContent"))
    browser.click("Authorize", "button.btn.authorize")
    browser.type(".auth-container input", key)
    browser.click("Authorize, in its window", ".auth-btn-wrapper button.authorize")
    browser.click("Close", ".auth-btn-wrapper button.btn-done")
    path = "/api/proxmox/nodes"
    block = browser.until(
        "the list of nodes",
        f"document.querySelector('.opblock-get [data-path=\"{path}\"]')?.closest('.opblock')?.id",
    )
    browser.click("its line", f"#{block} .opblock-summary-control")
    browser.click("Try it out", f"#{block} .try-out__btn")
    browser.click("Execute", f"#{block} .execute")
    status = browser.until("an answer", f"document.querySelector('#{block} .live-responses-table .response .response-col_status')?.textContent")
    check(f"its status: {status}", status.strip().startswith("200"))
    body = browser.until("its body", f"document.querySelector('#{block} .live-responses-table .response .microlight, #{block} .live-responses-table .response pre')?.textContent")
    check(f"its body: {body}", "pve1" in body)
    if picture:
        browser.picture(picture)
    # What is under way is heard of before this is answered.
    browser.evaluate("new Promise(done => requestIdleCallback(done))")
    urls = asked(browser.events)
    check("its own request was seen", f"{base}{path}" in urls)
    # An icon in the style sheet is no request.
    elsewhere = [url for url in urls if not url.startswith((f"{base}/", "data:", "about:"))]
    check(f"asked of others: {elsewhere}", not elsewhere)
    found = list(wrongs(browser.events))
    check(f"errors: {json.dumps(found, indent=1)}", not found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--browser", required=True)
    parser.add_argument("--picture")
    given = parser.parse_args()
    demo = subprocess.Popen(
        [given.binary, "demo", "--json", "--http", "127.0.0.1:0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        ready = json.loads(demo.stdout.readline())
        key = token(ready["http"], "viewer", ready["accounts"]["viewer"])
        with Browser(given.browser) as browser:
            look(browser, ready["http"], key, given.picture)
    finally:
        demo.stdin.close()
        demo.wait(30)
    print(f"tests/peers/explorer: {passed} checks passed")


main()

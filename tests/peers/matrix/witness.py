"""Makes guests in Matrix, as somebody with a client of another house would: by words, in the thread, by a reaction.

    witness.py --binary PROGRAM --homeserver URL
"""

import argparse
import json
import pathlib
import re
import subprocess
import tempfile

from person import Person, register, run

CONFIG = """\
[[proxmox]]
name = "lab"
url = "{pve[url]}"
token_id = "{pve[token_id]}"
token_secret = "{pve[token_secret]}"
[netbox]
url = "{netbox[url]}"
token = "{netbox[token]}"
[matrix]
homeserver = "{homeserver}"
user_id = "{bot}"
password = "{password}"
passphrase = "of the witness"
rooms = [{rooms}]
edit_ms = 500
look_ms = 200
[matrix.users]
"{person}" = "operator"
"""

# What the pages of the wizard are answered with, by what they ask.
ANSWERS = [
    (r"\bnode\b.*\bbest one when empty\b", "node=pve2"),
    (r"\btemplate\b.*\bA container template\b", "template=alpine"),
    (r"\bname\b.*\bDNS name\b", "name={name} memory=1G"),
    (r"\bip\b.*\bIPv4\b", "ip=netbox:10.0.30.0/24"),
]

passed = 0


def check(what, holds):
    global passed
    if not holds:
        raise SystemExit(f"witness: not so: {what}")
    passed += 1


def in_thread(event, root):
    return (event["content"].get("m.relates_to") or {}).get("event_id") == root


def is_called(event, person):
    return event["content"]["m.mentions"].get("user_ids") == [person.client.user_id]


def ended(person, bot, room, root, done):
    """The message that told how far it is, once it tells of the end."""
    title = done["content"]["body"].splitlines()[0]
    found = [
        event
        for event in person.said(room, bot, lambda text: title in text, after=root)
        if in_thread(event, root) and event["id"] != done["id"]
    ]
    return found[0] if found else None


async def provision(person, bot, room, is_encrypted, name):
    """Page by page, then a sign under the last."""
    root = last = await person.say(room, "!provision container")
    answered = set()
    for _ in range(20):
        page = await person.hears(room, bot, "the next page", lambda text: True, after=last)
        body = page["content"]["body"]
        check(f"the page came {'encrypted' if is_encrypted else 'in the clear'}", page["was_encrypted"] == is_encrypted)
        check("the page is in the thread of the question", in_thread(page, root))
        check("it is a notice, which no bot answers", page["content"]["msgtype"] == "m.notice")
        check("nobody is pinged by what it shows", set(page["content"]["m.mentions"].get("user_ids", [])) <= {person.client.user_id})
        if re.search(r"make the container", body):
            break
        fits = [
            (asks, answer) for asks, answer in ANSWERS if asks not in answered and re.search(asks, body, re.DOTALL)
        ]
        answer = fits[0][1].format(name=name) if fits else "next"
        answered.update(asks for asks, _ in fits[:1])
        last = await person.say(room, answer, thread=root)
    else:
        raise SystemExit(f"witness: the wizard does not end: {body}")
    check("what was answered is in the review", name in body and "10.0.30" in body)
    offered = lambda: [key for by, key in page["reactions"] if by == bot]
    await person.until("the signs are offered", lambda: "✅" in offered())
    await person.react(room, page["id"], "✅")
    runs = lambda: [
        event
        for event in person.said(room, bot, lambda text: name in text and "is running" in text, after=page["id"])
        if event["content"]["msgtype"] == "m.text"
    ]
    done = (await person.until(f"{bot} says that it runs", runs))[0]
    check("its end is told where it was asked for", in_thread(done, root))
    check("its end is as secret as the question", done["was_encrypted"] == is_encrypted)
    rings = lambda event: event["content"]["msgtype"] == "m.text"
    check("its end is told to whoever asked, whose client rings", rings(done) and is_called(done, person))
    job = await person.until("the message of the job shows its end", lambda: ended(person, bot, room, root, done))
    texts = [*job["before"], job["content"]["body"]]
    check("its progress was told by edits of one message", len(job["before"]) >= 2)
    check("each of them says something else", all(one != next for one, next in zip(texts, texts[1:])))
    check("the last of them is the end", done["content"]["body"].splitlines()[0] in texts[-1])
    check("none before is", all("is running" not in text.splitlines()[0] for text in texts[:-1]))
    edited = [event["id"] for event in person.said(room, bot, after=root) if event["before"]]
    check("no other message was edited", edited == [job["id"]])
    check("an edit rings for nobody", not rings(job) and not is_called(job, person))
    return done


async def session(binary, homeserver, folder):
    bot, password = register(homeserver, "bot")
    name, secret = register(homeserver, "alice")
    (folder / "person").mkdir()
    person = Person(homeserver, name, folder / "person")
    await person.sign_in(secret)
    clear, encrypted = await person.room(bot, False), await person.room(bot, True)
    sim = subprocess.Popen(
        [binary, "sim", "--plain", "--lag-ms", "50", "--task-ms", "600,1200", "--netbox", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    log = open(folder / "log", "w")
    serve = None
    try:
        ready = json.loads(sim.stdout.readline())
        rooms = ", ".join(f'"{room}"' for room in (clear, encrypted))
        pve, netbox = ready["proxmox"], ready["netbox"]
        config = CONFIG.format(
            pve=pve, netbox=netbox, homeserver=homeserver, bot=bot, password=password, rooms=rooms, person=name
        )
        (folder / "direttore.toml").write_text(config)
        serve = subprocess.Popen([binary, "serve", "--config", "direttore.toml"], cwd=folder, stdout=log, stderr=log)
        for number, (room, is_encrypted) in enumerate(((clear, False), (encrypted, True)), 1):
            await person.until_there(bot, room)
            asked = await person.say(room, "!guest list")
            listed = await person.hears(room, bot, "the guests", lambda text: "guests" in text, after=asked)
            check("the list has a table for those who can draw one", "<table" in listed["content"].get("formatted_body", ""))
            check("the list is as secret as the question", listed["was_encrypted"] == is_encrypted)
            await provision(person, bot, room, is_encrypted, f"box{number}")
            asked = await person.say(room, "!dt whoami")
            told = await person.hears(room, bot, "who it is", lambda text: "operator" in text, after=asked)
            check("the answer is to the question", in_thread(told, asked))
        check("it says what it is", serve.poll() is None)
    except BaseException:
        log.flush()
        print((folder / "log").read_text()[-8000:])
        raise
    finally:
        if serve:
            serve.terminate()
            serve.wait(60)
        sim.terminate()
        sim.wait(60)
        await person.leave()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--binary", required=True)
    options.add_argument("--homeserver", required=True)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(session(str(pathlib.Path(options.binary).resolve()), options.homeserver, pathlib.Path(folder)))
    print(f"{passed} checks passed")


main()

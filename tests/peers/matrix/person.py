"""Somebody on Matrix, by matrix-nio: in clear rooms and in encrypted ones."""

import asyncio
import json
import secrets
import time
import urllib.request

import nio

# Far more than anything here takes, also on a busy machine.
PATIENCE = 120


def register(homeserver, name):
    """A new account; gives its user id and password."""
    name, password = f"{name}-{secrets.token_hex(4)}", secrets.token_hex(8)
    body = {"username": name, "password": password, "auth": {"type": "m.login.dummy"}, "inhibit_login": True}
    request = urllib.request.Request(
        f"{homeserver}/_matrix/client/v3/register", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=PATIENCE) as answer:
        return json.load(answer)["user_id"], password


class Person:
    def __init__(self, homeserver, user, folder):
        config = nio.AsyncClientConfig(encryption_enabled=True, store_sync_tokens=False)
        self.client = nio.AsyncClient(homeserver, user, store_path=str(folder), config=config)
        # What others said, oldest first, as events with what they say now: edits are in their places.
        self.heard = {}
        self.client.add_event_callback(self._hear, nio.Event)

    async def sign_in(self, password):
        answer = await self.client.login(password, device_name="witness")
        assert isinstance(answer, nio.LoginResponse), answer
        # Without its keys nobody could answer it in an encrypted room.
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        await self._sync()

    async def _sync(self):
        await self.client.sync(timeout=500, full_state=not self.client.next_batch)
        await self.client.send_to_device_messages()

    async def _hear(self, room, event):
        content = event.source.get("content", {})
        relation = content.get("m.relates_to") or {}
        known = {
            "id": event.event_id,
            "by": event.sender,
            "room": room.room_id,
            "kind": event.source["type"],
            "content": content,
            "was_encrypted": bool(getattr(event, "decrypted", False)),
            # What it said before each of its edits, the oldest first.
            "before": [],
            "reactions": [],
        }
        about = self.heard.get(relation.get("event_id"))
        if relation.get("rel_type") == "m.replace" and about:
            about["before"].append(about["content"].get("body"))
            about["content"] = {**content["m.new_content"], "m.relates_to": about["content"].get("m.relates_to")}
        elif relation.get("rel_type") == "m.annotation" and about:
            about["reactions"].append((event.sender, relation["key"]))
        else:
            self.heard[event.event_id] = known

    async def room(self, bot, is_encrypted):
        """A room with the bot, who is invited and comes."""
        cipher = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        made = await self.client.room_create(invite=[bot], initial_state=[cipher] if is_encrypted else [])
        assert isinstance(made, nio.RoomCreateResponse), made
        return made.room_id

    async def until_there(self, bot, room):
        await self.until(f"{bot} comes into the room", lambda: bot in self._joined(room))

    def _joined(self, room):
        known = self.client.rooms.get(room)
        return [user for user in known.users if user not in known.invited_users] if known else []

    async def send(self, room, content, kind="m.room.message"):
        answer = await self.client.room_send(room, kind, content, ignore_unverified_devices=True)
        assert isinstance(answer, nio.RoomSendResponse), answer
        return answer.event_id

    async def say(self, room, text, thread=None):
        content = {"msgtype": "m.text", "body": text, "m.mentions": {}}
        if thread:
            relation = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": True}
            content["m.relates_to"] = {**relation, "m.in_reply_to": {"event_id": thread}}
        return await self.send(room, content)

    async def react(self, room, event, key):
        relation = {"rel_type": "m.annotation", "event_id": event, "key": key}
        return await self.send(room, {"m.relates_to": relation}, kind="m.reaction")

    async def until(self, what, look):
        end = time.monotonic() + PATIENCE
        while True:
            found = look()
            if found:
                return found
            if time.monotonic() > end:
                said = "\n".join(f"  {e['by']} {e['kind']}: {e['content'].get('body')}" for e in self.heard.values())
                raise AssertionError(f"waited in vain until {what}; heard:\n{said}")
            await self._sync()

    def said(self, room, by, fits=lambda text: True, after=None):
        """What somebody said in a room, the newest first, after an event of ours."""
        ids = list(self.heard)
        if after and after not in ids:
            return []
        begin = ids.index(after) + 1 if after else 0
        events = [self.heard[id] for id in ids[begin:]]
        return [
            event
            for event in reversed(events)
            if event["room"] == room
            and event["by"] == by
            and event["kind"] == "m.room.message"
            and fits(event["content"].get("body") or "")
        ]

    async def hears(self, room, by, what, fits, after=None):
        return (await self.until(f"{by} says {what}", lambda: self.said(room, by, fits, after)))[0]

    async def leave(self):
        await self.client.close()


def run(main):
    asyncio.run(main)

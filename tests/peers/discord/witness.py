"""An independent witness for the pretend Discord: discord.py, which nobody here wrote, logs in and is a bot.

Its argument is the program that serves the fake, which then also plays the people. Prints how many checks passed; any that
fails ends it with a traceback.
"""

import asyncio
import io
import json
import sys

import discord
import discord.gateway
import discord.http
import yarl
from discord import app_commands

passed = 0


def check(what, holds):
    global passed
    assert holds, what
    passed += 1


class Fake:
    """The fake and its people: one line asked, one line answered."""

    async def start(self, program):
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(program, stdin=pipe, stdout=pipe, limit=1 << 22)
        self.about = await self.line()

    async def line(self):
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        assert line, "the fake has ended"
        return json.loads(line)

    async def do(self, order, **fields):
        fields.setdefault("user", "alice")
        self.process.stdin.write(json.dumps({"do": order, **fields}).encode() + b"\n")
        await self.process.stdin.drain()
        answer = await self.line()
        assert "error" not in answer, answer
        return answer

    async def stop(self):
        self.process.stdin.close()
        await asyncio.wait_for(self.process.wait(), 10)


class Choose(discord.ui.View):
    @discord.ui.button(label="Update", style=discord.ButtonStyle.primary, custom_id="update")
    async def update(self, interaction, button):
        await interaction.response.edit_message(content="updated", view=self)

    @discord.ui.button(label="Later", style=discord.ButtonStyle.secondary, custom_id="later")
    async def later(self, interaction, button):
        await interaction.response.defer()
        await interaction.edit_original_response(content="edited later", view=self)

    @discord.ui.button(label="Ask", style=discord.ButtonStyle.success, custom_id="ask")
    async def ask(self, interaction, button):
        await interaction.response.send_modal(Name())
        interaction.client.asked.set()

    @discord.ui.select(placeholder="Node", custom_id="node", max_values=2,
                       options=[discord.SelectOption(label=n, value=n) for n in ("pve1", "pve2", "pve3")])
    async def node(self, interaction, select):
        await interaction.response.send_message("chosen " + " ".join(select.values), ephemeral=True)


class Name(discord.ui.Modal, title="Name it"):
    name = discord.ui.TextInput(label="Name", min_length=2, max_length=10, custom_id="name")
    why = discord.ui.TextInput(label="Why", required=False, custom_id="why", style=discord.TextStyle.paragraph)

    async def on_submit(self, interaction):
        await interaction.response.edit_message(content=f"named {self.name.value} {self.why.value!r}", view=None)


class Bot(discord.Client):
    def __init__(self):
        super().__init__(intents=discord.Intents.none(), allowed_mentions=discord.AllowedMentions.none())
        self.tree = app_commands.CommandTree(self)
        self.resumed = asyncio.Event()
        # discord.py knows a modal only after its own call has come back, and nobody fills one in within a millisecond.
        self.asked = asyncio.Event()
        self.sent = None
        self.failed = []

        @self.tree.command(name="hello", description="Greets")
        async def hello(interaction, who: str):
            await interaction.response.send_message(f"hello {who} @everyone", view=Choose(timeout=None))

        @self.tree.command(name="slow", description="Thinks first")
        async def slow(interaction, lines: app_commands.Range[int, 1, 3] = 1):
            await interaction.response.defer(ephemeral=True)
            await interaction.edit_original_response(content="thought", embed=discord.Embed(title="T", description="D"))
            await interaction.followup.send("and more", ephemeral=True)

        @self.tree.command(name="file", description="Sends one")
        async def file(interaction):
            picture = discord.File(io.BytesIO(b"bytes of it"), filename="it.txt", description="it")
            embed = discord.Embed(title="With a file").set_image(url="attachment://it.txt")
            await interaction.response.send_message(embed=embed, file=picture)
            self.sent = await interaction.original_response()

        @self.tree.command(name="find", description="Completes")
        async def find(interaction, guest: str, member: discord.Member | None = None):
            await interaction.response.send_message(f"found {guest} {member.name if member else 'nobody'}")

        @find.autocomplete("guest")
        async def guests(interaction, typed):
            return [app_commands.Choice(name=f"{n} (running)", value=n) for n in ("web1", "web2", "db1") if typed in n]

        @self.tree.error
        async def failed(interaction, error):
            self.failed.append(error)

    async def setup_hook(self):
        # For the same reason its views are known from the start.
        self.add_view(Choose(timeout=None))

    async def on_resumed(self):
        self.resumed.set()


async def scenario(fake, bot):
    guild = discord.Object(int(fake.about["guild"]))
    channel = bot.get_partial_messageable(int(fake.about["channel"]))
    bot.tree.copy_global_to(guild=guild)
    registered = await bot.tree.sync(guild=guild)
    check("all commands registered", sorted(c.name for c in registered) == ["file", "find", "hello", "slow"])
    check("and listed", len(await bot.tree.fetch_commands(guild=guild)) == 4)
    await fake.do("ready")

    said = await fake.do("slash", command="hello", options={"who": "alice"})
    check("answered at once", said["kind"] == "message" and said["message"]["content"] == "hello alice @everyone")
    check("nobody is pinged", said["message"]["pings"] is False)
    check("buttons", said["message"]["buttons"] == ["Update", "Later", "Ask"])
    said = await fake.do("click", what="Update")
    check("updated", said["kind"] == "update" and said["message"]["content"] == "updated")
    said = await fake.do("click", what="Later")
    check("update deferred", said["kind"] == "deferred update")
    said = await fake.do("settled", handle=said["handle"], text="edited later")
    check("then edited", said["messages"][0]["edited"] == 2)
    said = await fake.do("select", what="Node", values=["pve1", "pve3"])
    check("selected", said["message"]["content"] == "chosen pve1 pve3" and said["message"]["ephemeral"])
    said = await fake.do("click", what="Ask")
    check("a modal opens", said["kind"] == "modal" and said["data"]["title"] == "Name it")
    await asyncio.wait_for(bot.asked.wait(), 30)
    said = await fake.do("submit", values={"Name": "web1"})
    check("a modal is read", said["kind"] == "update" and said["message"]["content"] == "named web1 ''")
    check("buttons are gone", said["message"]["buttons"] == [])

    said = await fake.do("slash", command="slow", options={"lines": 2})
    check("deferred, ephemeral", said["kind"] == "deferred" and said["message"]["ephemeral"])
    said = await fake.do("settled", handle=said["handle"], text="and more")
    first, more = said["messages"]
    check("edit and followup", first["content"] == "thought" and more["content"] == "and more" and more["ephemeral"])
    check("bob sees none of it", len((await fake.do("sees", user="bob"))["messages"]) == 1)

    said = await fake.do("slash", command="file")
    attached = said["message"]["attachments"]
    check("a file arrives", [(a["name"], a["text"]) for a in attached] == [("it.txt", "bytes of it")])
    said = await fake.do("autocomplete", command="find", focused="guest", options={"guest": "web"})
    check("completed", [c["value"] for c in said["data"]["choices"]] == ["web1", "web2"])
    said = await fake.do("slash", command="find", options={"guest": "db1", "member": "bob"})
    check("a member is resolved", said["message"]["content"] == "found db1 bob")

    await fake.do("reconnect")
    said = await fake.do("slash", command="hello", options={"who": "bob"})
    check("answered after op 7", said["message"]["content"].startswith("hello bob"))
    await asyncio.wait_for(bot.resumed.wait(), 30)
    check("resumed, not started again", (await fake.do("report"))["identified"] == 1)

    await fake.do("too_many", method="POST", route="/channels/{channel_id}/messages", retry_after=0.4)
    sent = await channel.send("after waiting", nonce="n1")
    check("a 429 is waited for", sent.content == "after waiting")
    edited = await sent.edit(content="edited", embed=discord.Embed(title="E"))
    check("edited by the channel", edited.content == "edited" and edited.edited_at is not None)
    check("read again", (await channel.fetch_message(sent.id)).embeds[0].title == "E")
    check("in the history", [m.id async for m in channel.history(limit=1)] == [sent.id])
    await sent.delete()
    try:
        await channel.fetch_message(sent.id)
        check("deleted", False)
    except discord.NotFound as error:
        check("deleted", error.code == 10008)
    try:
        await channel.send(embed=discord.Embed(title="x" * 257))
        check("refused", False)
    except discord.HTTPException as error:
        check("a refusal names the field", error.code == 50035 and "In embeds.0.title" in str(error))

    check("the bot had no error of its own", bot.failed == [])
    report = await fake.do("report")
    # The refusal above was meant; nothing else may have been wrong on either side.
    check("no violations but the meant one", len(report["violations"]) == 1 and "embeds" in report["violations"][0])


async def main():
    fake = Fake()
    await fake.start(sys.argv[1])
    discord.http.Route.BASE = fake.about["api"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(fake.about["gateway"])
    async with Bot() as bot:
        await bot.login(fake.about["token"])
        check("who it is", str(bot.user.id) == fake.about["application"])
        connected = asyncio.create_task(bot.connect())
        await asyncio.wait_for(bot.wait_until_ready(), 30)
        await asyncio.wait_for(scenario(fake, bot), 120)
        await bot.close()
        await connected
    await fake.stop()
    print(f"discord.py {discord.__version__}: {passed} checks passed")


asyncio.run(main())

// Signs people in by an identity provider that nobody here wrote, as their browsers would, against a running direttore.
//
//     NODE_MODULES=FOLDER node witness.mjs DIRETTORE
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [binary] = process.argv.slice(2);
const here = new URL(".", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "direttore-oidc-"));
const SECRET = "the secret & of: direttore";
const PASSWORD = "a password of the witness";
let passed = 0;
let failed = 0;
let log = "";
// What must stand in no log and no record.
const secrets = new Set([SECRET, encodeURIComponent(SECRET)]);

function check(what, ok, seen) {
  if (ok) passed += 1;
  else {
    failed += 1;
    console.log(`FAILED ${what}: ${typeof seen === "string" ? seen : JSON.stringify(seen)}`);
  }
}

const equal = (what, seen, right) => check(what, seen === right, `${seen}, and right would be ${right}`);

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function until(what, holds) {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    if (await holds().catch(() => false)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${what}: not within a minute`);
}

const [idp, port] = [await freePort(), await freePort()];
const issuer = `http://127.0.0.1:${idp}`;
const base = `http://127.0.0.1:${port}`;
const running = new Set();

function start(command, args) {
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env } });
  child.said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      child.said += data;
      if (command === binary) log += data;
    });
  }
  child.ended = new Promise((done) => child.on("exit", done));
  running.add(child);
  return child;
}

async function stop(child) {
  child.kill("SIGTERM");
  await child.ended;
  running.delete(child);
}

async function startProvider(where) {
  const child = start(process.execPath, [join(here, "provider.mjs"), String(idp), `${base}/api/auth/oidc/callback`, where]);
  await until("the provider starts", async () => child.said.includes("ready"));
  return child;
}

function configure({ client = "direttore", lab = "operator" } = {}) {
  const secret = client === "direttore" ? `client_secret = "${SECRET}"\n` : "";
  writeFileSync(
    join(folder, "direttore.toml"),
    `data_dir = "data"
[[proxmox]]
url = "https://127.0.0.1:9"
token_id = "d@pve!bot"
token_secret = "x"
[http]
listen = "127.0.0.1:${port}"
public_url = "${base}"
[log]
level = "debug"
[admin]
password = "${PASSWORD}"
[oidc]
issuer = "${issuer}"
client_id = "${client}"
${secret}scopes = ["openid", "profile", "groups"]
[oidc.roles]
"lab-admins" = "admin"
"lab" = "${lab}"
"guests" = "viewer"
`,
  );
}

async function startDirettore() {
  const child = start(binary, ["serve", "--config", "direttore.toml"]);
  await until("direttore starts", async () => (await fetch(`${base}/healthz`)).ok);
  return child;
}

// A browser: it keeps cookies, for each of the two servers its own, and follows redirects one by one.
class Browser {
  cookies = { [issuer]: new Map(), [base]: new Map() };

  async ask(url, { form, bearer, json, method } = {}) {
    const { origin } = new URL(url);
    const jar = this.cookies[origin];
    const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") };
    let body;
    if (form) body = new URLSearchParams(form);
    if (json) {
      body = JSON.stringify(json);
      headers["content-type"] = "application/json";
    }
    if (bearer) headers.authorization = `Bearer ${bearer}`;
    const response = await fetch(url, { method: method ?? (body ? "POST" : "GET"), headers, body, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...rest] = line.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(rest.join(";"))) jar.delete(name);
      else jar.set(name, value);
      if (origin === base && value) secrets.add(value);
    }
    return response;
  }

  // To where direttore is to hear from it again: the address to come back to, and all addresses on the way.
  async goesToProvider(login, query = "") {
    let response = await this.ask(`${base}/api/auth/oidc/login${query}`);
    if (response.status !== 302) return { response };
    const asked = new URL(response.headers.get("location"));
    for (let step = 0; step < 20; step += 1) {
      const location = response.headers.get("location");
      if (location) {
        const next = new URL(location, response.url || issuer);
        if (next.href.startsWith(`${base}/`)) {
          if (next.searchParams.get("code")) secrets.add(next.searchParams.get("code"));
          return { back: next.href, asked };
        }
        response = await this.ask(next.href);
        continue;
      }
      const page = await response.text();
      const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
      const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1];
      if (!action || !prompt) throw new Error(`no form: ${response.status} ${page.slice(0, 2000)}`);
      const form = prompt === "login" ? { prompt, login, password: "any" } : { prompt };
      response = await this.ask(new URL(action, issuer).href, { form });
    }
    throw new Error("no way back");
  }

  async signsIn(login, query) {
    const { back, response, asked } = await this.goesToProvider(login, query);
    const answer = response ?? (await this.ask(back));
    const told = await answer.json();
    if (answer.status === 200) {
      [this.access, this.refresh] = [told.access_token, told.refresh_token];
      secrets.add(this.access).add(this.refresh);
    }
    return { status: answer.status, told, back, asked };
  }

  async me() {
    const response = await this.ask(`${base}/api/auth/me`, { bearer: this.access });
    const me = await response.json();
    return response.status === 200 ? `${me.username} is ${me.role}` : String(response.status);
  }

  async renews() {
    const response = await this.ask(`${base}/api/auth/refresh`, { json: { refresh_token: this.refresh } });
    if (response.status === 200) {
      const told = await response.json();
      [this.access, this.refresh] = [told.access_token, told.refresh_token];
      secrets.add(this.access).add(this.refresh);
    }
    return response.status;
  }

  async byPassword(name, password) {
    const response = await this.ask(`${base}/api/auth/token`, { form: { username: name, password } });
    [this.access, this.refresh] = [(await response.json()).access_token];
    return this;
  }

  async says(command, answers = {}) {
    const response = await this.ask(`${base}/api/v1/commands/${command}`, { json: answers, bearer: this.access });
    return response.json();
  }
}

const checked = () => spawnSync(binary, ["check", "--config", "direttore.toml"], { cwd: folder, encoding: "utf8" }).stdout;

async function witness() {
  configure();
  let direttore = await startDirettore();
  const early = new Browser();
  const away = await early.signsIn("alice");
  equal("a provider that is away", away.status, 502);
  equal("and its code", away.told.code, "unreachable");
  check("check says so", checked().includes("cannot be reached"), checked());

  let provider = await startProvider("in-userinfo");
  await until("it is found once it is there", async () => (await early.ask(`${base}/api/auth/oidc/login`)).status === 302);
  const said = checked();
  check("check tells what it is", said.includes(issuer) && said.includes("RS256"), said);
  check("check tells what to register", said.includes(`${base}/api/auth/oidc/callback`), said);

  const [alice, bob, carol, dave] = [new Browser(), new Browser(), new Browser(), new Browser()];
  const first = await alice.signsIn("alice", "?return_to=/api/docs");
  equal("alice signs in", first.status, 200);
  equal("her page", first.told.return_to, "/api/docs");
  equal("PKCE", first.asked.searchParams.get("code_challenge_method"), "S256");
  equal("alice", await alice.me(), "alice is admin");
  equal("bob signs in", (await bob.signsIn("bob")).status, 200);
  equal("bob", await bob.me(), "bob is operator");
  equal("carol signs in", (await carol.signsIn("carol")).status, 200);
  equal("carol", await carol.me(), "carol is viewer");
  equal("what a viewer may not", (await carol.ask(`${base}/api/users`, { bearer: carol.access })).status, 403);
  equal("what an administrator may", (await alice.ask(`${base}/api/users`, { bearer: alice.access })).status, 200);

  const refused = await dave.signsIn("dave");
  equal("nobody without a mapped group", `${refused.status} ${refused.told.code}`, "403 no-role");
  check("is told by name", refused.told.detail.startsWith("dave has no role here"), refused.told);
  const taken = await new Browser().signsIn("admin");
  equal("nobody takes an account by its name", `${taken.status} ${taken.told.code}`, "409 not-linked");

  const replayed = await alice.ask(first.back);
  equal("what was used", `${replayed.status} ${(await replayed.json()).code}`, "400 wrong-sign-in");
  const other = await new Browser().goesToProvider("bob");
  const stolen = await new Browser().ask(other.back);
  equal("another browser", stolen.status, 400);

  equal("bob renews", await bob.renews(), 200);
  equal("bob still", await bob.me(), "bob is operator");
  const out = await bob.ask(`${base}/api/auth/logout`, { bearer: bob.access, json: {} });
  equal("bob signs out", out.status, 204);
  equal("bob is out", await bob.me(), "401");
  equal("bob renews no more", await bob.renews(), 401);
  equal("bob comes again", (await bob.signsIn("bob")).status, 200);

  const admin = await new Browser().byPassword("admin", PASSWORD);
  const users = await (await admin.ask(`${base}/api/users/`, { bearer: admin.access })).json();
  const { id } = users.find((user) => user.username === "carol");
  const patch = { method: "PATCH", bearer: admin.access, json: { is_active: false } };
  equal("carol is disabled", (await admin.ask(`${base}/api/users/${id}`, patch)).status, 200);
  equal("at once", await carol.me(), "401");
  equal("and for new tokens", await carol.renews(), 401);
  const disabled = await carol.signsIn("carol");
  equal("and for the provider's word", `${disabled.status} ${disabled.told.code}`, "403 account-disabled");

  const shown = JSON.stringify(await admin.says("link"));
  const code = /[a-z0-9]{5}-[a-z0-9]{5}/.exec(shown)?.[0];
  const linked = new Browser();
  equal("the one with the code", (await linked.signsIn("admin", `?link=${code}`)).status, 200);
  equal("is the account", await linked.me(), "admin is admin");

  // Another role map counts at once, for those who are in already.
  await stop(direttore);
  configure({ lab: "viewer" });
  direttore = await startDirettore();
  equal("bob with another map", await bob.me(), "bob is viewer");
  equal("alice with another map", await alice.me(), "alice is admin");

  // The keys that direttore knows sign no more.
  equal("before", (await alice.signsIn("alice")).status, 200);
  await stop(provider);
  provider = await startProvider("in-token");
  const after = new Browser();
  equal("new keys", (await after.signsIn("alice")).status, 200);
  equal("alice is who she was", await after.me(), "alice is admin");

  await stop(direttore);
  configure({ client: "public" });
  direttore = await startDirettore();
  const open = new Browser();
  equal("a public client", (await open.signsIn("bob")).status, 200);
  equal("bob by it", await open.me(), "bob is operator");
  // The whole log of what was done, and the program's own.
  const root = await new Browser().byPassword("admin", PASSWORD);
  const audit = JSON.stringify(await root.says("audit", { what: "sign-in" }));
  check("the audit log has sign-ins", audit.includes("alice") && audit.includes("sign-in"), audit);
  await stop(direttore);
  await stop(provider);
  check("the log is one", log.includes("direttore serves"), log.slice(0, 500));
  const leaked = [...secrets].filter((secret) => secret.length > 8 && (log.includes(secret) || audit.includes(secret)));
  equal("secrets in the logs", leaked.length, 0);
}

try {
  await witness();
} catch (error) {
  check("to its end", false, `${error.stack}\n${log.slice(-3000)}`);
} finally {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
console.log(`oidc-provider: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

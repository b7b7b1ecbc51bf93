/** Actions of a fail2ban directory while the daemon runs on it: right values, hostile ones, slow ones, stops and crashes. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStage, type Stage, untilTrue } from "../stage.ts";

let stage: Stage;
let directory: string;

const FILTER = `[Definition]
failregex = ^\\s*app: FAIL user="<F-USER>.*</F-USER>" place=<F-PLACE>\\S+</F-PLACE> from <ADDR>$
`;

/** One line for each command, with its arguments in base64, so that they contain no separator. */
const WRITE = `[Definition]
actionstart = echo "start <name>" >> <out>
actionstop = echo "stop <name>" >> <out>
actionban = say() { for word; do printf ' %%s' "$(printf '%%s' "$word" | base64 -w0)"; done; }
            printf 'ban%%s\\n' "$(say '<ip>' <F-USER> "<F-USER>" "<matches>" <failures> <restored> <bantime> <family> "<F-PLACE>" <ip-rev>)" >> <out>
actionunban = printf 'unban %%s %%s\\n' "<ip>" '<restored>' >> <out>
actionprolong = printf 'prolong %%s %%s\\n' "<ip>" '<bantime>' >> <out>
`;

/** Unique to this test, because others that run at the same time may sleep too. */
const SLEEP = `sleep 300.${process.pid}`;

const HANG = `[Definition]
actionban = ${SLEEP}
[Init]
timeout = 1h
`;

const FRAGILE = `[Definition]
actionstart = touch <dir>/there && echo start >> <out>
actionstop = echo stop >> <out>
actioncheck = test -e <dir>/there
actionban = test -e <dir>/there && echo "ban <ip>" >> <out>
actionunban = echo "unban <ip>" >> <out>
actionflush = echo flush >> <out>
`;

const BROKEN = `[Definition]
actionban = echo "no <ip> here" >&2; exit 3
`;

const PYTHON = `import json
from fail2ban.server.actions import ActionBase


class TellAction(ActionBase):
    def __init__(self, jail, name, out):
        super().__init__(jail, name)
        self.out = out

    def tell(self, **what):
        print("printing is allowed")
        with open(self.out, "a") as file:
            file.write(json.dumps({"jail": self._jail.name, **what}) + "\\n")

    def start(self):
        self.tell(what="start", bantime=self._jail.actions.getBanTime())

    def stop(self):
        self.tell(what="stop")

    def ban(self, aInfo):
        if aInfo["F-*"]["user"] == "raise":
            raise ValueError("as instructed")
        self.tell(what="ban", ip=aInfo["ip"], matches=aInfo["matches"], failures=aInfo["failures"])

    def unban(self, aInfo):
        self.tell(what="unban", ip=aInfo.get("ip"))


Action = TellAction
`;

function out(name: string): string {
  return join(stage.lab.folder, `${name}.out`);
}

function log(jail: string): string {
  return join(stage.lab.folder, `${jail}.log`);
}

function written(name: string): readonly string[] {
  return existsSync(out(name)) ? readFileSync(out(name), "utf8").split("\n").slice(0, -1) : [];
}

async function untilWritten(name: string, pattern: RegExp, limit?: number): Promise<string> {
  await untilTrue(
    () => written(name).some((line) => pattern.test(line)),
    `${name} says ${pattern}`,
    limit,
  );
  return written(name).findLast((line) => pattern.test(line)) ?? "";
}

function jail(name: string, actions: readonly string[], more = ""): string {
  return `[${name}]
enabled = true
filter = app
logpath = ${log(name)}
action = ${actions.join("\n         ")}
${more}
`;
}

before(async () => {
  stage = await openStage({ sshd: "none", config: "" });
  directory = join(stage.lab.folder, "fail2ban");
  for (const folder of ["filter.d", "action.d"])
    mkdirSync(join(directory, folder), { recursive: true });
  const files = { write: WRITE, hang: HANG, fragile: FRAGILE, broken: BROKEN };
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(directory, "action.d", `${name}.conf`), text);
  copyFileSync(
    "/etc/fail2ban/action.d/nftables.conf",
    join(directory, "action.d", "nftables.conf"),
  );
  writeFileSync(join(directory, "action.d", "tell.py"), PYTHON);
  writeFileSync(join(directory, "filter.d", "app.conf"), FILTER);
  writeFileSync(
    join(directory, "jail.conf"),
    [
      "[DEFAULT]\nbackend = polling\nmaxretry = 2\nfindtime = 10m\nbantime = 1h\nusedns = no\n",
      jail("web", ["nftables[port=80]", `write[name=web, out="${out("web")}"]`]),
      jail("short", [`write[name=short, out="${out("short")}"]`], "bantime = 3s"),
      jail("hang", ["nftables[port=81]", "hang"]),
      jail("broken", ["broken", `write[name=broken, out="${out("broken")}"]`]),
      jail("once", [`write[name=once, norestored=true, out="${out("once")}"]`]),
      jail("fragile", [`fragile[dir="${stage.lab.folder}", out="${out("fragile")}"]`]),
      jail("python", [`tell.py[out="${out("python")}"]`]),
    ].join("\n"),
  );
  for (const name of ["web", "short", "hang", "broken", "once", "fragile", "python"])
    writeFileSync(log(name), "");
  await start();
});

after(() => stage[Symbol.asyncDispose]());

async function start(): Promise<void> {
  await stage.start({ args: ["--fail2ban", directory] });
}

/** Failing lines that lead to a ban. */
function fail(name: string, ip: string, user = "bob"): readonly string[] {
  const at = new Date().toISOString().slice(0, 19).replace("T", " ");
  const lines = ["here", "there"].map(
    (place) => `${at} app: FAIL user="${user}" place=${place} from ${ip}`,
  );
  stage.write(lines, log(name));
  return lines;
}

async function hanging(): Promise<readonly number[]> {
  const found = await stage.lab.run("host", [
    "/usr/bin/pgrep",
    "-f",
    `^${SLEEP.replace(".", "\\.")}$`,
  ]);
  return found.output.split("\n").filter(Boolean).map(Number);
}

function words(line: string): readonly string[] {
  return line
    .split(" ")
    .slice(1)
    .map((word) => Buffer.from(word, "base64").toString());
}

/** Addresses in the order in which an action was called to ban them. */
function bannedBy(name: string): readonly (string | undefined)[] {
  return written(name)
    .filter((line) => line.startsWith("ban "))
    .map((line) => words(line)[0]);
}

test("a ban runs the action with the ban's facts, in addition to the firewall", async () => {
  const lines = fail("web", "192.0.2.7");
  await stage.untilBlocked("192.0.2.7");
  const said = words(await untilWritten("web", /^ban /));
  assert.deepEqual(said, [
    ...["192.0.2.7", "bob", "bob", lines.join("\n"), "2", "0", "3600", "inet4", "there"],
    "7.2.0.192.",
  ]);
  assert.equal(written("web")[0], "start web");
  fail("web", "2001:db8::5");
  await untilTrue(() => written("web").length === 3, "IPv6 as well");
  assert.equal(words(written("web")[2] ?? "")[0], "2001:db8::5");
  assert.equal(words(written("web")[2] ?? "")[7], "inet6");
});

test("the end of a ban, by time or by hand, runs the unban command; an extension runs prolong", async () => {
  fail("short", "192.0.2.8");
  await untilWritten("short", /^unban 192\.0\.2\.8 0$/);
  await stage.ask("ban", { subject: "192.0.2.7", jail: "web", for: 7_200_000 });
  const [, , length = ""] = (await untilWritten("web", /^prolong 192\.0\.2\.7/)).split(" ");
  assert.ok(Math.abs(Number(length) - 7200) < 60, length);
  await stage.ask("unban", { subjects: ["192.0.2.7"], all: false });
  await untilWritten("web", /^unban 192\.0\.2\.7/);
});

test("hostile names and lines are only values, never shell syntax", async () => {
  const pwned = join(stage.lab.folder, "pwned");
  const hostile = [
    `$(touch ${pwned})`,
    `\`touch ${pwned}\``,
    `'; touch ${pwned}; '`,
    `\\"; touch ${pwned}; "`,
    `' <ip> | touch ${pwned} #`,
    `*; \${IFS} $0 && touch ${pwned}`,
    "it's\tme \u202e \u0001 -n",
  ];
  for (const [i, user] of hostile.entries()) {
    const ip = `198.51.100.${i + 1}`;
    const before = written("web").length;
    const lines = fail("web", ip, user);
    await untilTrue(() => written("web").length > before, `the action runs for ${user}`);
    const said = words(written("web")[before] ?? "");
    assert.deepEqual(said.slice(0, 4), [ip, user, user, lines.join("\n")]);
  }
  assert.ok(!existsSync(pwned));
});

test("an action that hangs delays neither its own jail's bans nor other actions", async () => {
  for (let i = 1; i <= 8; i++) fail("hang", `198.51.100.${100 + i}`);
  for (let i = 1; i <= 8; i++) await stage.untilBlocked(`198.51.100.${100 + i}`);
  fail("web", "198.51.100.120");
  await stage.untilBlocked("198.51.100.120");
  const encoded = Buffer.from("198.51.100.120").toString("base64");
  await untilWritten("web", new RegExp(`^ban ${encoded} `));
  assert.notDeepEqual(await hanging(), [], "it still hangs");
});

test("a failing action is reported, retried once, and affects nothing else", async () => {
  fail("broken", "192.0.2.30");
  const failed = await stage.untilEvent("action-failed", { jail: "broken" });
  assert.equal(failed["action"], "broken");
  assert.equal(failed["command"], "ban");
  assert.equal(failed["ip"], "192.0.2.30");
  assert.equal(failed["reason"], "exit code 3: no 192.0.2.30 here");
  await untilWritten("broken", /^ban /);
  assert.ok((await stage.bans()).some(({ subject }) => subject === "192.0.2.30"));
});

test("a jail that bans only by actions is shown as such, and is degraded when they fail", async () => {
  fail("once", "192.0.2.61");
  await untilWritten("once", /^ban /);
  const { jails } = await stage.ask("status", {});
  const stateOf = (name: string): string | undefined =>
    jails.find((one) => one.name === name)?.state;
  assert.deepEqual([stateOf("once"), stateOf("web")], ["actions-only", "protecting"]);
  const once = await stage.bailiff("status", "once");
  assert.match(once.output, /by its actions only; bailiff's\s+firewall blocks nothing for it/);
  assert.match(once.output, /^ {2}banned {4}/m);
  assert.equal(once.code, 0);
  const why = await stage.bailiff("why", "192.0.2.61");
  assert.match(why.output, /by its actions only/);
  assert.doesNotMatch(`${once.output}${why.output}`, /observ|would ban/);
  const ban = stage.events("ban").find(({ ip }) => ip === "192.0.2.61");
  assert.equal(ban?.["by_actions"], true);

  fail("broken", "192.0.2.62");
  await untilTrue(async () => {
    const { jails: now } = await stage.ask("status", { jail: "broken" });
    return now[0]?.cause === "actions-fail";
  }, "broken is degraded");
  const doctor = await stage.bailiff("doctor", "broken");
  assert.equal(doctor.code, 1);
  assert.match(doctor.output, /the ban command of action broken failed.*: exit code 3/);
});

test("an action whose setup was lost is started again, and gets all bans", async () => {
  fail("fragile", "192.0.2.41");
  await untilWritten("fragile", /^ban 192\.0\.2\.41$/);
  await stage.lab.run("host", ["/usr/bin/rm", join(stage.lab.folder, "there")]);
  fail("fragile", "192.0.2.42");
  await untilWritten("fragile", /^ban 192\.0\.2\.42$/);
  await untilTrue(
    () => written("fragile").filter((line) => line === "ban 192.0.2.41").length === 2,
    "the first is announced again",
  );
  assert.deepEqual(written("fragile").slice(0, 4), [
    ...["start", "ban 192.0.2.41", "stop", "start"],
  ]);
});

test("an action in Python gets the same facts, in a separate process", async () => {
  const lines = fail("python", "192.0.2.50");
  const said = JSON.parse(await untilWritten("python", /"ban"/));
  assert.deepEqual(said, {
    ...{ jail: "python", what: "ban", ip: "192.0.2.50" },
    ...{ matches: lines.join("\n"), failures: 2 },
  });
  assert.deepEqual(JSON.parse(written("python")[0] ?? ""), {
    ...{ jail: "python", what: "start", bantime: 3600 },
  });
  fail("python", "192.0.2.51", "raise");
  const failed = await stage.untilEvent("action-failed", { jail: "python" });
  assert.equal(failed["reason"], "ValueError: as instructed");
  await stage.ask("unban", { subjects: ["192.0.2.50"], all: false });
  await untilWritten("python", /"unban"/);
});

test("lifting all bans runs the flush command if there is one, else every unban command", async () => {
  await stage.ask("unban", { subjects: [], all: true, jail: "fragile" });
  await untilWritten("fragile", /^flush$/);
  assert.ok(!written("fragile").some((line) => line.startsWith("unban ")));
  await stage.ask("unban", { subjects: [], all: true, jail: "broken" });
  await untilWritten("broken", /^unban 192\.0\.2\.30/);
});

test("after a kill and restart, every ban is passed as restored, except with norestored", async () => {
  fail("once", "192.0.2.60");
  await untilTrue(() => bannedBy("once").includes("192.0.2.60"), "its first ban");
  const beforeOnce = written("once").length;
  await stage.stop("SIGKILL");
  // A killed daemon cannot end its child processes; under systemd they would end with it.
  for (const pid of await hanging()) process.kill(pid, "SIGKILL");
  const before = written("web").length;
  await start();
  await untilTrue(() => written("once").length > beforeOnce, "it starts again");
  const bans = (await stage.bans()).filter(({ jail: name }) => name === "web").length;
  await untilTrue(() => written("web").length > before + bans, "the bans of before");
  const [first, ...restored] = written("web").slice(before);
  assert.equal(first, "start web");
  assert.ok(restored.every((line) => line.startsWith("ban ") && words(line)[5] === "1"));
  const users = restored.map((line) => words(line)[1]);
  assert.ok(users.includes("it's\tme \u202e \u0001 -n"), "with what led to them");
  fail("once", "192.0.2.64");
  await untilTrue(() => bannedBy("once").includes("192.0.2.64"), "its next ban");
  assert.deepEqual(
    written("once")
      .slice(beforeOnce)
      .map((line) => line.split(" ")[0]),
    ["start", "ban"],
  );
});

test("a reload keeps unchanged actions running, and ends those of a removed jail", async () => {
  const before = written("web").length;
  const beforeOnce = written("once").length;
  const path = join(directory, "jail.local");
  writeFileSync(path, "[once]\nenabled = false\n");
  await stage.ask("reload", {});
  await untilWritten("once", /^stop once/);
  assert.deepEqual(written("once").slice(beforeOnce).sort(), [
    "stop once",
    ...["60", "61", "64"].map((last) => `unban 192.0.2.${last} 0`),
  ]);
  assert.equal(written("web").length, before);
});

test("at the end of the daemon actions unban and stop, and the firewall keeps the bans", async () => {
  const held = await stage.blocked();
  const bans = (await stage.bans()).filter(({ jail: name }) => name === "web").length;
  const before = written("web").length;
  await stage.stop("SIGTERM");
  const said = written("web").slice(before);
  assert.equal(said.filter((line) => line.startsWith("unban ")).length, bans);
  assert.equal(said.at(-1), "stop web");
  assert.deepEqual([...(await stage.blocked())].sort(), [...held].sort());
  assert.deepEqual(await hanging(), [], "what hung is gone");
});

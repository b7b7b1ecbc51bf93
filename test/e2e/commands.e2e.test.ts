/** The commands as people and scripts use them, each through the real program. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { failures, openStage, type Stage, THREE_STRIKES } from "./stage.ts";

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

async function good(...args: readonly string[]): Promise<string> {
  const { code, output } = await stage.bailiff(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${output}`);
  return output;
}

async function json(...args: readonly string[]): Promise<Record<string, unknown>[]> {
  const parsed: unknown = JSON.parse(await good(...args, "--json"));
  return [parsed].flat().map((value) => ({ ...Object(value) }));
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

test("ban, bans, why, unban, history: a manual ban with duration and reason", async () => {
  assert.match(
    await good("ban", "192.0.2.7", "--for", "2h", "--reason", "noisy"),
    /unban --exact[^]*--jail manual[^]*192\.0\.2\.7/,
  );
  assert.ok((await stage.blocked()).includes("192.0.2.7"));
  const [ban] = await json("bans");
  assert.equal(ban?.["subject"], "192.0.2.7");
  assert.equal(ban?.["origin"], "manual");
  assert.equal(ban?.["reason"], "noisy");
  assert.equal(ban?.["state"], "enforced");
  assert.equal(ban?.["packets"], 0);
  assert.match(String(ban?.["from"]), INSTANT);
  assert.match(String(ban?.["until"]), INSTANT);
  const length = Date.parse(String(ban?.["until"])) - Date.parse(String(ban?.["from"]));
  assert.equal(length, 7_200_000);
  assert.match(await good("why", "192.0.2.7"), /noisy[^]*bailiff unban 192\.0\.2\.7/);
  assert.match(await good("unban", "192.0.2.7"), /unbanned/);
  assert.ok(!(await stage.blocked()).includes("192.0.2.7"));
  assert.equal((await stage.bailiff("unban", "192.0.2.7")).code, 1, "nothing was banned");
  const [past] = await json("history", "192.0.2.7");
  assert.equal(past?.["why"], "unbanned");
  assert.match(await good("history"), /192\.0\.2\.7/);
  assert.match(await good("history", "--audit", "192.0.2.7"), /unban[^]*root/);
});

test("why shows lines, rule, counts and thresholds, decision, and where the ban is enforced", async () => {
  stage.write(failures("192.0.2.8", 3));
  await stage.untilBlocked("192.0.2.8");
  const text = await good("why", "192.0.2.8");
  assert.match(text, /threshold 3 in 10m/);
  assert.equal(text.match(/Failed password for root from 192\.0\.2\.8/g)?.length, 3);
  assert.match(text, /enforced by nftables, \d+ packets?/);
  const [why] = await json("why", "192.0.2.8");
  assert.equal(why?.["undo"], "bailiff unban 192.0.2.8");
  assert.match(String(why?.["verdict"]), /banned by sshd/);
  stage.write(failures("192.0.2.9", 2));
  await stage.untilEvent("failure", { ip: "192.0.2.9", count: 2 });
  assert.match(await good("why", "192.0.2.9"), /2 of 3 failures in sshd/);
  assert.match(
    await good("why", "192.0.2.250"),
    /no failures or bans of this address are recorded/,
  );
});

test("the contract of status --json", async () => {
  const [status] = await json("status");
  assert.equal(typeof status?.["version"], "string");
  const jails = status?.["jails"];
  assert.ok(Array.isArray(jails));
  const { name, state, reason, sources, failures: failed, tracked, banned } = jails[0];
  assert.deepEqual({ name, state, banned }, { name: "sshd", state: "protecting", banned: 1 });
  assert.deepEqual([typeof reason, failed, tracked], ["string", 5, 1]);
  const { kind, where, lines, unrecognized, last_line_at: at } = sources[0];
  assert.deepEqual(
    { kind, where, lines, unrecognized },
    { kind: "file", where: stage.log, lines: 5, unrecognized: 0 },
  );
  assert.match(at, INSTANT);
});

test("fail2ban's commands: set banip, get banip, set unbanip, status of a jail", async () => {
  await good("set", "sshd", "banip", "192.0.2.20", "2001:db8:a001::/64");
  assert.deepEqual(
    (await good("get", "sshd", "banip")).split(/\s+/).sort(),
    ["192.0.2.20", "192.0.2.8", "2001:db8:a001::/64"].sort(),
  );
  assert.match(await good("status", "sshd"), /protecting/);
  await good("set", "sshd", "unbanip", "192.0.2.20");
  assert.ok(!(await good("get", "sshd", "banip")).includes("192.0.2.20"));
  assert.equal((await stage.bailiff("status", "nonsense")).code, 64);
  assert.equal((await stage.bailiff("set", "sshd", "banip", "1.2.3.256")).code, 64);
});

test("a jail that does not exist is a usage error in every command", async () => {
  const commands = [
    "status nosuch",
    "verify nosuch",
    "doctor nosuch",
    "drift nosuch",
    "bans --jail nosuch",
    "history --jail nosuch",
    "history --audit --jail nosuch",
    "ban 192.0.2.99 --jail nosuch",
    "unban 192.0.2.99 --jail nosuch",
    "unban --all --jail nosuch",
    "breaker reset nosuch",
    "set nosuch banip 192.0.2.99",
    "set nosuch unbanip 192.0.2.99",
    "set nosuch addignoreip 192.0.2.99",
    "set nosuch delignoreip 192.0.2.99",
    "get nosuch banip",
    "get nosuch ignoreip",
  ];
  for (const command of commands) {
    const { code, output } = await stage.bailiff(...command.split(" "));
    assert.equal(code, 64, `${command}: ${output}`);
    assert.match(output, /unknown jail "nosuch"\n {2}jails: sshd/, command);
  }
  const { code, output } = await stage.bailiff("unban", "--all", "--jail", "nosuch", "--json");
  assert.deepEqual([code, JSON.parse(output).error.code], [64, "unknown-jail"]);
  assert.equal((await stage.bailiff("unban", "192.0.2.99", "--jail", "manual")).code, 1);
});

test("bans are listed with number and total, up to the requested count", async () => {
  const sorted = ["192.0.2.95", "192.0.2.100", "198.51.100.9", "2001:db8::9", "2001:db8::10"];
  await good("ban", ...sorted.toReversed());
  const listed = (await json("bans", "--jail", "manual")).map((ban) => String(ban["subject"]));
  assert.deepEqual(
    listed.filter((subject) => sorted.includes(subject)),
    sorted,
  );
  assert.equal((await json("bans", "--limit", "2")).length, 2);
  assert.match(await good("bans", "--limit", "2"), /\n\n\d+ bans, the first 2 shown$/);
  await good("unban", ...listed.slice(1));
  assert.match(await good("bans", "--jail", "manual"), /\n\n1 ban$/);
  await good("unban", "--all", "--jail", "manual");
});

test("allow lifts bans and prevents new ones, until it is removed", async () => {
  assert.match(await good("allow", "192.0.2.8", "--reason", "my own"), /1 bans? lifted/);
  assert.ok(!(await stage.blocked()).includes("192.0.2.8"));
  stage.write(failures("192.0.2.8", 3));
  await stage.untilEvent("ignored", { ip: "192.0.2.8" });
  assert.equal((await stage.bailiff("ban", "192.0.2.0/24")).code, 1);
  assert.match(await good("allow"), /192\.0\.2\.8[^]*my own/);
  await good("allow", "192.0.2.8", "--remove");
  stage.write(failures("192.0.2.8", 3));
  await stage.untilBlocked("192.0.2.8");
  assert.match(await good("history", "--audit"), /allow/);
});

test("unban of a network lifts bans inside it, and --all all bans", async () => {
  await good("ban", "198.51.100.5", "198.51.100.6", "203.0.113.128/25");
  assert.match(await good("unban", "198.51.100.0/24"), /198\.51\.100\.5[^]*198\.51\.100\.6/);
  await good("unban", "--all");
  assert.deepEqual(await stage.blocked(), []);
  assert.deepEqual(await json("bans"), []);
});

test("a second daemon is refused, and the first continues", async () => {
  const second = stage.lab.startDaemon({ config: stage.config });
  assert.equal(await second.ended, 69, second.lines.join("\n"));
  assert.match(second.lines.join("\n"), /another daemon/);
  stage.write(failures("192.0.2.60", 3));
  await stage.untilBlocked("192.0.2.60");
  await good("unban", "192.0.2.60");
});

test("follow writes events with their times to standard output", async () => {
  const bailiff = join(import.meta.dirname, "../../bailiff");
  const command = `sh ${bailiff} --config ${stage.config} follow --json 2>/dev/null`;
  await using following = stage.lab.start("host", ["/bin/sh", "-c", command]);
  let banned = 0;
  // Events flow from when the follower is connected.
  while (following.written === 0) await good("ban", `192.0.2.${150 + banned++}`, "--for", "1h");
  await following.until('"event":"ban"');
  const own = stage.events("ban").filter(({ ip }) => String(ip).startsWith("192.0.2.15"));
  const shown = following.lines
    .map((line): Record<string, unknown> => ({ ...Object(JSON.parse(line)) }))
    .filter(({ event }) => event === "ban");
  assert.ok(shown.length > 0);
  for (const event of shown) {
    const logged = own.find(({ ip }) => ip === event["ip"]);
    assert.ok(logged !== undefined);
    assert.match(String(event["time"]), INSTANT);
    assert.match(String(event["until"]), INSTANT);
    const { time: shownAt, ...fields } = event;
    const { time: loggedAt, ...others } = logged;
    assert.deepEqual(fields, others);
    assert.equal(shownAt, loggedAt);
  }
  const text = stage.lab.start("host", ["/bin/sh", "-c", command.replace(" --json", "")]);
  await using _ended = text;
  while (text.written === 0) await good("ban", `192.0.2.${150 + banned++}`, "--for", "1h");
  assert.ok(await text.until(/^\d\d:\d\d:\d\d BAN +192\.0\.2\./));
  await good("unban", "--all");
});

test("a command ends quietly when its reader closes the pipe", async () => {
  const bailiff = join(import.meta.dirname, "../../bailiff");
  const command = `(sh ${bailiff} --config ${stage.config} version; echo "code $?" >&2) 2>&1 >&3 3>&-`;
  const script = `{ ${command} | cat >&4; } 3>&1 4>&2 | true`;
  const { ok, error } = await stage.lab.run("host", ["/bin/sh", "-c", script]);
  assert.ok(ok, error);
  assert.equal(error.trim(), "code 0");
});

test("status counts every ban, including manual ones and those of a removed jail", async () => {
  await good("ban", "192.0.2.50");
  const jail = '[jails.door]\nfilter = "sshd"\n';
  stage.configure(`${THREE_STRIKES}\n${jail}source = { file = ["${stage.log}"] }\n`);
  await good("reload");
  await good("ban", "192.0.2.51", "--jail", "door");
  stage.configure(THREE_STRIKES);
  await good("reload");
  const [status] = await json("status");
  const bans = await json("bans");
  const count = (name: string) => bans.filter((ban) => ban["jail"] === name).length;
  assert.equal(status?.["banned_total"], bans.length);
  assert.deepEqual(status["other_bans"], [
    { name: "door", banned: 1 },
    { name: "manual", banned: count("manual") },
  ]);
  const total = `${bans.length} bans in total, 1 of jail door, which is not running, ${count("manual")} by hand (jail manual)`;
  assert.ok((await good("status")).includes(`\n${total}`), await good("status"));
  const manual = `manual: bans by hand\n  banned    ${count("manual")} now (bailiff bans --jail manual)`;
  assert.equal(await good("status", "manual"), manual);
  assert.match(await good("status", "door"), /^door: this jail is not running[^]* 1 now/);
  assert.doesNotMatch(await good("status", "sshd"), /manual|door/);
});

test("a permanent ban, version, check, and commands without a daemon", async () => {
  await good("ban", "192.0.2.40", "--for", "forever");
  assert.equal((await json("bans"))[0]?.["until"], null);
  const [element] = await stage.lab.elements();
  assert.equal(element?.expires, undefined);
  assert.match(await good("version"), /daemon +\d/);
  assert.match(await good("check"), /valid/);
  await good("stop");
  await stage.daemon.ended;
  assert.equal((await stage.bailiff("status")).code, 69);
  assert.match((await stage.bailiff("version")).output, /cannot reach the daemon/);
  assert.ok((await stage.blocked()).includes("192.0.2.40"), "bans stay");
  for (const command of ["bans", "unban 192.0.2.40", "why 192.0.2.40", "status"]) {
    const { code, output } = await stage.bailiff(...command.split(" "));
    const remove =
      /still in the firewall: .* if no daemon runs, remove all: (.*clear-firewall)$/.exec(
        output,
      )?.[1];
    assert.equal(code, 69, output);
    assert.match(remove ?? "", /clear-firewall$/, output);
  }
  assert.deepEqual(await stage.bailiff("clear-firewall"), {
    code: 0,
    output: "Nothing of bailiff is left in nftables.",
  });
  const { output } = await stage.bailiff("bans");
  assert.match(output, /cannot reach the daemon/);
  assert.doesNotMatch(output, /nft/, "nothing is left to remove");
});

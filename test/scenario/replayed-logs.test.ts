/**
 * A replay of a log decides what the daemon decided live, with every detector (invariant 9): the daemon in virtual time
 * reads each line when it is written, and `replay` reads the same log later.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { enabledJails } from "../../src/config/config.ts";
import { asEnforced } from "../../src/config/observes-only.ts";
import { literalSubject } from "../../src/domain/cidr.ts";
import { formatInstant, type Instant, instant } from "../../src/domain/instant.ts";
import { readPortNames } from "../../src/host/services/port-names.ts";
import { compileJails, type CompiledJail } from "../../src/jails/compile-jails.ts";
import { loadAll } from "../../src/jails/load-all.ts";
import { replay } from "../../src/pipeline/replay.ts";
import { openVirtualDaemon } from "./virtual-daemon.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-replayed-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

const ports = await readPortNames();
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DEFAULTS = `[defaults]
enforcer = "memory"

[jails.sshd]
source = { file = ["/story"] }
`;
const allAct = (siege: "act" | "report"): string => `[defaults]
enforcer = "memory"
detect = { siege = "${siege}", campaigns = "act", accounts = "act", subnets = "act", honeypot_users = ["trap"] }

[jails.sshd]
source = { file = ["/story"] }
`;

interface Line {
  /** Milliseconds since the daemon's start. */
  readonly after: number;
  /** Who would write it; a banned address writes none. */
  readonly ip: string;
  /** What sshd writes, with its process id: "[1]: Failed password …". */
  readonly text: string;
}

interface Decided {
  /** First ban of each subject, its reason, and the number of bans, in the order of the first ones. */
  readonly subjects: readonly (readonly [
    subject: string,
    jail: string,
    at: string,
    reason: string,
    bans: number,
  ])[];
  readonly attempts: number;
  readonly stopped: number;
  readonly campaigns: number;
  readonly suspected: number;
}

interface Lived {
  readonly decided: Decided;
  /** The lines with their times: those that all would have written, and those that were written. */
  readonly planned: readonly string[];
  readonly written: readonly string[];
}

async function live(config: string, lines: readonly Line[]): Promise<Lived> {
  await using daemon = await openVirtualDaemon(config);
  const planned: string[] = [];
  const written: string[] = [];
  let stopped = 0;
  for (const { after: elapsed, ip, text } of lines) {
    await daemon.passTo(elapsed);
    const line = `${formatInstant(daemon.now())} host sshd${text}`;
    planned.push(line);
    if (await daemon.holds(literalSubject(ip))) {
      if (isAttempt(text)) stopped++;
      continue;
    }
    written.push(line);
    await daemon.read([line], "live");
  }
  const audit = daemon.daemon.book.audit({ limit: 10_000 }).toReversed();
  // Without those of the daily self-tests, which are no events.
  const beginnings = audit.filter(
    ({ action, detail }) => action === "ban" && !detail.includes(": canary: "),
  );
  const bans = daemon.events.flatMap((event) => (event.event === "ban" ? [event] : []));
  assert.equal(beginnings.length, bans.length);
  const subjects = Map.groupBy(bans.keys(), (i) => bans[i]?.ip ?? "");
  const count = (name: string): number =>
    daemon.events.filter(({ event }) => event === name).length;
  return {
    ...{ planned, written },
    decided: {
      subjects: [...subjects].map(([subject, indexes]) => {
        const [first = 0] = indexes;
        const at = beginnings[first]?.at ?? instant(0);
        const { jail = "", reason = "" } = bans[first] ?? {};
        return [subject, jail, formatInstant(at), reason, indexes.length];
      }),
      attempts: count("failure") + stopped,
      ...{ stopped, campaigns: count("campaign-began"), suspected: count("offense-suspected") },
    },
  };
}

/** Each attempt has one such line. */
function isAttempt(text: string): boolean {
  return / (?:Failed|Invalid) /.test(text) && !text.includes("Failed password for invalid user");
}

async function replayed(config: string, lines: readonly string[]): Promise<Decided> {
  const path = join(folder, "auth.log");
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  const { tallies } = await replay({
    ...{ logs: [path], ports, localOffset: () => 0, owned: () => false },
    signal: new AbortController().signal,
    clock: { now: (): Instant => instant(Date.parse("2026-12-24T12:00:00Z")), monotonic: () => 0 },
    policies: [{ name: "same", jails: await compile(config), guards: "all" }],
  });
  const [tally] = tallies;
  assert.ok(tally !== undefined);
  const { attempts, stopped, campaigns, guards } = tally;
  const subjects = tally
    .subjects()
    .map(
      ({ subject, jail, at, reason, bans }) =>
        [subject, jail, formatInstant(at), reason, bans] as const,
    );
  return { subjects, attempts, stopped, campaigns, suspected: guards.suspected };
}

async function compile(config: string): Promise<readonly CompiledJail[]> {
  const path = join(folder, "bailiff.toml");
  writeFileSync(path, config);
  const loaded = await loadAll({ path, env: {}, uid: 0, findServices: async () => [] });
  assert.ok(loaded.ok);
  const jails = enabledJails(loaded.value.config).map(asEnforced);
  return compileJails(jails, loaded.value, []).jails;
}

/** Compares the live run with replays of what it would have read without bans, and of what it did read. */
async function compare(config: string, lines: readonly Line[]): Promise<Decided> {
  const { decided, planned, written } = await live(config, lines);
  assert.deepEqual(await replayed(config, planned), decided);
  const { attempts, stopped } = decided;
  const unhindered = { ...decided, attempts: attempts - stopped, stopped: 0 };
  assert.deepEqual(await replayed(config, written), unhindered);
  return decided;
}

/** The lines that sshd writes in `bailiff demo`, and those that it would write if the intruder were not banned. */
const DEMO: readonly Line[] = [
  ["root", 0],
  ["admin", 2100],
  ["test", 4300],
  ["ubuntu", 6400],
  ["root", 8600],
  ["root", 15_000],
].flatMap(([user, elapsed], i) => {
  const after = Number(elapsed);
  const [ip, id] = ["192.0.2.7", `[${900 + i}]: `];
  const from = `from ${ip} port ${40_000 + i}`;
  const failed = { after: after + 40, ip };
  const closed = { after: after + 60, ip };
  if (user === "root")
    return [
      { ...failed, text: `${id}Failed password for root ${from} ssh2` },
      {
        ...closed,
        text: `${id}Connection closed by authenticating user root ${ip} port 1 [preauth]`,
      },
    ];
  return [
    { after, ip, text: `${id}Invalid user ${user} ${from}` },
    { ...failed, text: `${id}Failed password for invalid user ${user} ${from} ssh2` },
    { ...closed, text: `${id}Connection closed by invalid user ${user} ${ip} port 1 [preauth]` },
  ];
});

test("a replay of the demonstration's log bans the intruder when the daemon did", async () => {
  const visit = {
    after: 12_000,
    ip: "192.0.2.20",
    text: "[950]: Accepted publickey for alice from 192.0.2.20 port 40100 ssh2: ED25519 SHA256:abc",
  };
  const lines = [...DEMO, visit].toSorted((a, b) => a.after - b.after);
  const { subjects, stopped } = await compare(DEFAULTS, lines);
  assert.deepEqual(
    subjects.map(([subject, , , reason]) => [subject, reason]),
    [["192.0.2.7", "evidence: 4 failures in 10m with several users that do not exist"]],
  );
  assert.equal(stopped, 2);
});

/** Five days of noise with logins, and one attack for each detector. */
function week(): readonly Line[] {
  const lines: Line[] = [];
  let id = 1000;
  const add = (elapsed: number, ip: string, message: string): void => {
    id++;
    const end = message.startsWith("Invalid") ? "" : " ssh2";
    lines.push({ after: elapsed, ip, text: `[${id}]: ${message} from ${ip} port 40022${end}` });
  };
  const fail = (elapsed: number, ip: string, user = "root"): void =>
    add(elapsed, ip, `Failed password for ${user}`);
  const attack = 120 * HOUR;
  for (let hour = 0; hour < 132; hour += 6) {
    fail(hour * HOUR, `203.0.113.${hour + 1}`);
    add(hour * HOUR + MINUTE, "192.0.2.1", "Accepted password for alice");
  }
  // An unknown user of the network is a member, a user at home is none.
  for (let i = 0; i < 30; i++)
    add(attack + i * 30 * SECOND, `2001:db8:${i}::1`, "Invalid user svc_backup");
  fail(attack + 16 * MINUTE, "198.51.100.7", "svc_backup");
  fail(attack + 16 * MINUTE, "192.0.2.1", "svc_backup");
  // A network, each address of which stays below maxretry.
  for (let host = 1; host <= 10; host++)
    for (const n of [0, 1])
      fail(attack - 20 * HOUR + host * MINUTE + n * SECOND, `198.51.100.${host + 20}`);
  // Who is slow, quick, or steps into a trap; the quick one returns when its bans end.
  for (let i = 0; i < 14; i++) fail(attack - 40 * HOUR + i * 2 * HOUR, "203.0.113.230");
  for (let i = 0; i < 40; i++) fail(attack - 18 * HOUR + i * 2 * MINUTE, "203.0.113.240");
  add(attack - 16 * HOUR, "203.0.113.250", "Invalid user trap");
  return lines.toSorted((a, b) => a.after - b.after);
}

/** Returns the detectors that decided bans; "maxretry" if none did. */
function decidersOf({ subjects }: Decided): readonly string[] {
  const names = subjects.map(([, , , reason]) => /^(\w+): /.exec(reason)?.[1] ?? "maxretry");
  return [...new Set(names)].toSorted();
}

test("a replay decides as the daemon did, with every detector", async () => {
  const decided = await compare(allAct("report"), week());
  assert.deepEqual(decidersOf(decided), ["campaign", "evidence", "maxretry", "slow", "subnets"]);
  assert.ok(decided.campaigns === 1 && decided.stopped > 10 && decided.suspected > 0);
});

test("a replay decides as the daemon did, under siege", async () => {
  const decided = await compare(allAct("act"), week());
  assert.ok(decidersOf(decided).includes("siege"));
});

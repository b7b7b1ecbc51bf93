import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { enabledJails } from "../config/config.ts";
import { parseConfig } from "../config/parse-config.ts";
import { createAllowList } from "../detect/allow-list.ts";
import { literalSubject } from "../domain/cidr.ts";
import { duration } from "../domain/duration.ts";
import type { TrafficFacts } from "../domain/host-facts.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { readPortNames } from "../host/services/port-names.ts";
import { systemClock } from "../host/system-clock.ts";
import { compileJails, type CompiledJail } from "../jails/compile-jails.ts";
import { openLibrary } from "../jails/load-filters.ts";
import { createFilterCompiler } from "../parse/filter/compile-filter.ts";
import { replay } from "../pipeline/replay.ts";
import { replayTraffic } from "./replay-traffic.ts";

enableLinearRegex();

const folder = mkdtempSync(join(tmpdir(), `bailiff-replay-traffic-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

const { filters } = await (await openLibrary([])).read(["sshd"]);
const ports = await readPortNames();
const LOG = join(folder, "auth.log");
const DAY = 86_400_000;
const START = systemClock.now() - DAY;

function stamped(at: number, message: string): string {
  return `${new Date(START + at).toISOString()} web1 sshd[${at + 1}]: ${message}\n`;
}

function failed(at: number, ip: string, user = "root"): string {
  return stamped(at, `Failed password for ${user} from ${ip} port 4711 ssh2`);
}

const FIVE = [0, 1, 2, 3, 4];
const LINES = [
  failed(-60 * DAY, "198.51.100.9"),
  ...FIVE.map((n) => failed(1000 * n, "198.51.100.7")),
  failed(9000, "198.51.100.7"),
  ...FIVE.map((n) => failed(10_000 + 1000 * n, "203.0.113.5")),
  ...FIVE.map((n) => failed(20_000 + 1000 * n, "127.0.0.1")),
  failed(30_000, "198.51.100.8", "bob"),
  stamped(40_000, "Accepted password for bob from 198.51.100.8 port 4711 ssh2"),
];
writeFileSync(LOG, LINES.join(""));

const SOURCE = `source = { file = ["${LOG}"] }\n`;
const SSHD = `[jails.sshd]\n${SOURCE}`;
const STRICT = `[jails.strict]\nfilter = "sshd"\nmaxretry = 1\n${SOURCE}`;

async function compile(text: string): Promise<readonly CompiledJail[]> {
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([{ path: "test.toml", text }], { paths, ports });
  assert.ok(config.ok, JSON.stringify(config));
  const from = { filters, compile: createFilterCompiler() };
  return compileJails(enabledJails(config.value), from, []).jails;
}

const common = { clock: systemClock, localOffset: () => 0, ports };

async function traffic(text: string, signal = new AbortController().signal): Promise<TrafficFacts> {
  return replayTraffic({
    ...{ ...common, jails: await compile(text), isAccount: (name) => name === "bob" },
    containers: { users: [], roots: [], discover: false },
    allowed: createAllowList([{ subject: literalSubject("203.0.113.5"), because: "allowed" }]),
    ...{ period: duration(28 * DAY), limit: duration(60_000), signal },
  });
}

test("traffic is counted under the policy of the jail, without lines of before the period", async () => {
  const { jails, cut, missing } = await traffic(SSHD);
  assert.deepEqual([cut, missing], [[], []]);
  const [sshd] = jails;
  assert.partialDeepStrictEqual(sshd, {
    ...{ jail: "sshd", where: LOG, lines: LINES.length, attempts: 12, addresses: 3 },
    ...{ bans: 1, refused: 1, exempt: ["203.0.113.5"], first: START, last: START + 40_000 },
    slow: { subjects: 2, attempts: 6 },
    successes: { count: 1, byPassword: 1 },
  });
});

test("a ban of one jail stops attempts that another one counts", async () => {
  const [sshd, strict] = (await traffic(SSHD + STRICT)).jails;
  assert.partialDeepStrictEqual(sshd, { jail: "sshd", attempts: 12, bans: 0, refused: 5 });
  assert.partialDeepStrictEqual(strict, { jail: "strict", attempts: 12, refused: 5 });
  assert.ok(strict !== undefined && strict.bans >= 1);
});

test("invariant 9: bans and stopped attempts are those of bailiff replay", async () => {
  const recent = join(folder, "recent.log");
  writeFileSync(
    recent,
    LINES.filter((line) => !line.includes("203.0.113.5"))
      .slice(1)
      .join(""),
  );
  const [sshd] = (await traffic(SSHD)).jails;
  const [first] = await compile(SSHD);
  assert.ok(first !== undefined);
  const { tallies } = await replay({
    ...{ ...common, logs: [recent], owned: () => false },
    policies: [{ name: "test", jails: [first], guards: "all" }],
    signal: new AbortController().signal,
  });
  const [tally] = tallies;
  assert.deepEqual([sshd?.bans, sshd?.refused], [tally?.bans, tally?.stopped]);
});

test("a reading that is stopped early is reported", async () => {
  const { cut } = await traffic(SSHD, AbortSignal.abort());
  assert.deepEqual(cut, [`${LOG}: stopped after 1m`]);
});

/** Starts a real fail2ban with each kind of value for which `check` reports that fail2ban does not start. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { loadFail2ban } from "../../../src/jails/load-fail2ban.ts";
import { formatProblem } from "../../../src/domain/problem.ts";

const GROWTH = "bantime.increment = true\n";

/** Values for which `check` makes that claim, which must be true. */
const STOPS: readonly string[] = [
  "bantime = 1x",
  "bantime =",
  "bantime = forever",
  "bantime = 10m x",
  "findtime = soon",
  "findtime = 1.5.5",
  "findtime = 5 fortnights",
  "maxretry = abc",
  "maxretry =",
  "maxretry = 3 # three",
  "maxretry = 1__0",
  "maxretry = 2.5",
  "logtimezone = Mars",
  "logtimezone = Europe/Berlin",
  "backend =",
  "backend = pollling",
  `${GROWTH}bantime.multipliers = 1 2 x`,
  `${GROWTH}bantime.multipliers = 1 2 4 # x`,
  `${GROWTH}bantime.factor = x`,
  `${GROWTH}bantime.factor = 2 2`,
  `${GROWTH}bantime.rndtime = x`,
  `${GROWTH}bantime.maxtime = 1x`,
];

/** Values with which fail2ban starts, so `check` must not claim otherwise. */
const STARTS: readonly string[] = [
  'bantime = "3600"',
  "bantime = 1_000",
  "bantime = 15min.",
  "bantime = 10 5",
  "bantime = len('x')",
  "findtime = .5h",
  "findtime = 10,5",
  "findtime = abs",
  "findtime = 100y",
  "maxretry = 1_0",
  `${GROWTH}bantime.multipliers = 1 0 2`,
  `${GROWTH}bantime.multipliers = 10 5 -1`,
  `${GROWTH}bantime.factor = 100 # x`,
  `${GROWTH}bantime.factor = 0x10`,
  `${GROWTH}bantime.formula = ban.Gone`,
  `${GROWTH}bantime.formula = ban.Time * 2 # x`,
  `${GROWTH}bantime.maxtime = -1`,
];

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bailiff-refused-"));
});
after(() => rmSync(folder, { recursive: true }));

function writeDirectory(name: string, options: string): { conf: string; place: string } {
  const place = join(folder, name);
  const conf = join(place, "conf");
  for (const part of ["filter.d", "action.d"]) mkdirSync(join(conf, part), { recursive: true });
  writeFileSync(join(place, "a.log"), "");
  writeFileSync(join(conf, "filter.d/app.conf"), "[Definition]\nfailregex = ^app <HOST>$\n");
  writeFileSync(join(conf, "action.d/idle.conf"), "[Definition]\nactionban = true\n");
  const settings = `loglevel = INFO
logtarget = ${place}/log
socket = ${place}/sock
pidfile = ${place}/pid
dbfile = ${place}/db
`;
  writeFileSync(join(conf, "fail2ban.conf"), `[Definition]\n${settings}`);
  const backend = options.startsWith("backend") ? "" : "backend = polling\n";
  writeFileSync(
    join(conf, "jail.conf"),
    `[app]\nenabled = true\nfilter = app\nlogpath = ${place}/a.log\naction = idle\n${backend}${options}\n`,
  );
  return { conf, place };
}

async function isClaimed(conf: string): Promise<boolean> {
  const { warnings, problems, jails } = await loadFail2ban(conf);
  assert.equal(jails.length, 1, problems.map(formatProblem).join("\n"));
  return warnings.some(({ hint }) => hint?.includes("fail2ban does not start with it") === true);
}

/** Starts fail2ban with the arguments of its service unit; 0: it runs. */
async function startReal(conf: string, place: string): Promise<number | string> {
  const at = ["-c", conf, "-s", join(place, "sock"), "-p", join(place, "pid")];
  const code = await run([...at, "start"]);
  // A server that refused its configuration may still be running.
  const stopped = await run([...at, "stop"]);
  if (code === 0) assert.equal(stopped, 0);
  return code;
}

function run(args: readonly string[]): Promise<number | string> {
  return new Promise((resolve) => {
    execFile("/usr/bin/fail2ban-client", [...args], { timeout: 180_000 }, (error) => {
      resolve(error === null ? 0 : (error.code ?? String(error.signal)));
    });
  });
}

for (const [values, claimed] of [
  [STOPS, true],
  [STARTS, false],
] as const)
  for (const [i, options] of values.entries())
    test(`${options.replaceAll("\n", "; ")}: ${claimed ? "fail2ban does not start" : "fail2ban starts"}`, async () => {
      const { conf, place } = writeDirectory(`${claimed}-${i}`, options);
      assert.equal(await isClaimed(conf), claimed);
      assert.equal(await startReal(conf, place), claimed ? 255 : 0);
    });

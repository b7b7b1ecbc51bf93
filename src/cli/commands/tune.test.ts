import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseToml } from "../../config/parse-toml.ts";
import { openControlServer } from "../../control/server.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { openTerminal } from "../terminal.ts";
import { runCommands } from "../run-commands.fixture.ts";
import { tune as tuneHere } from "./tune.ts";
import type { TunePolicyReply, TuneReply } from "./tune/tuned-jail.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-tune-command-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

const START = Date.parse("2026-11-20T00:00:00Z");
const HOUR = 3_600_000;

interface Line {
  readonly at: number;
  readonly message: string;
}

function failed(at: number, ip: string, user = "root"): Line {
  return { at, message: `Failed password for ${user} from ${ip} port 1 ssh2` };
}

function accepted(at: number, ip: string): Line {
  return { at, message: `Accepted password for alice from ${ip} port 1 ssh2` };
}

function write(name: string, lines: readonly Line[]): string {
  const text = lines
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, message }, i) => `${new Date(at).toISOString()} web1 sshd[${i + 1}]: ${message}\n`);
  const path = join(folder, name);
  writeFileSync(path, text.join(""));
  return path;
}

/** Five addresses that make three attempts every two hours for four days: below 5 in 10 minutes. */
const GUESSES = Array.from({ length: 5 }, (_, i) =>
  Array.from({ length: 48 }, (__, turn) =>
    [0, 1, 2].map((n) =>
      failed(START + turn * 2 * HOUR + i * 60_000 + n * 1000, `192.0.2.${i + 1}`),
    ),
  ).flat(),
).flat();
/** A user who logs in first after two typing errors. */
const CAREFUL = [
  ...[0, 1].map((n) => failed(START + 5 * HOUR + n * 9000, "198.51.100.7", "alice")),
  accepted(START + 5 * HOUR + 30_000, "198.51.100.7"),
];
/** A user who logs in after nine typing errors. */
const CLUMSY = [
  ...Array.from({ length: 9 }, (_, n) =>
    failed(START + 50 * HOUR + n * 5000, "198.51.100.8", "alice"),
  ),
  accepted(START + 50 * HOUR + 60_000, "198.51.100.8"),
];

const LOG = write("auth.log", [...GUESSES, ...CAREFUL]);
const CLUMSY_LOG = write("clumsy.log", [...GUESSES, ...CAREFUL, ...CLUMSY]);
/** A user who logs in after 30 attempts in a minute. */
const forgetfulAt = (ip: string): readonly Line[] => [
  ...Array.from({ length: 30 }, (_, n) => failed(START + 50 * HOUR + n * 2000, ip, "alice")),
  accepted(START + 51 * HOUR, ip),
];
const FORGETFUL = forgetfulAt("198.51.100.9");
const MANY_FORGETFUL = Array.from({ length: 22 }, (_, i) => forgetfulAt(`198.51.100.${i}`)).flat();
const FORGETFUL_LOG = write("forgetful.log", [...GUESSES, ...FORGETFUL]);
const MANY_FORGETFUL_LOG = write("many.log", [...GUESSES.slice(0, 3), ...MANY_FORGETFUL]);
const NO_LOGIN = write("no-login.log", GUESSES);
const SHORT = write("short.log", GUESSES.slice(0, 9));
const QUIET = write("quiet.log", [accepted(START, "198.51.100.7")]);
const EMPTY = write("empty.log", []);
const PAGE = join(folder, "page.html");
const CONFIG = join(folder, "bailiff.toml");
writeFileSync(
  CONFIG,
  `[filters]\nautomatic = "never"\n[jails.sshd]\nenforcer = "memory"\ndetect = { slow = "off" }\n[jails.other]\nfilter = "sshd"\nsource = "stdin"\n`,
);

const tune = (...argv: readonly string[]): readonly string[] => [
  "--config",
  CONFIG,
  "tune",
  ...argv,
];
const [
  json,
  text,
  clumsy,
  risky,
  noLogin,
  short,
  quiet,
  empty,
  unknown,
  stdin,
  missing,
  forgetful,
  manyForgetful,
  manyForgetfulJson,
  page,
] = runCommands([
  tune("sshd", LOG, "--json", "--html", PAGE),
  tune("sshd", LOG),
  tune("sshd", CLUMSY_LOG, "--json"),
  tune("sshd", CLUMSY_LOG, "--show-risky"),
  tune("sshd", NO_LOGIN, "--json"),
  tune("sshd", SHORT),
  tune("sshd", QUIET),
  tune("sshd", EMPTY),
  tune("ssh", LOG),
  tune("other"),
  tune("sshd", join(folder, "nowhere.log")),
  tune("sshd", FORGETFUL_LOG),
  tune("sshd", MANY_FORGETFUL_LOG),
  tune("sshd", MANY_FORGETFUL_LOG, "--json", "--show-risky"),
  tune("sshd", NO_LOGIN, "--html", join(folder, "nowhere", "page.html")),
]);

function replyOf(end: { readonly stdout: string } | undefined): TuneReply {
  const reply: TuneReply = JSON.parse(end?.stdout ?? "");
  return reply;
}

function lengthOf(text: string): number {
  const [, amount = "", unit = ""] = /^(\d+)([mhd])$/.exec(text) ?? [];
  return Number(amount) * { m: 60_000, h: HOUR, d: 24 * HOUR }[unit as "m" | "h" | "d"];
}

test("proposes a policy that lets fewer attempts through and bans nobody who logs in", () => {
  const { current, proposed, attempts, toml } = { ...replyOf(json), attempts: 722 };
  assert.partialDeepStrictEqual(current, {
    ...{ maxretry: 5, findtime: "10m", bantime: "1h", increment: true },
    ...{ attempts, through: attempts, stopped: 0, bans: 0 },
  });
  assert.ok(proposed !== null && proposed.through < attempts / 10, JSON.stringify(proposed));
  assert.deepEqual([proposed.innocents, proposed.stopped_logins], [[], 0]);
  const read = parseToml("proposed.toml", toml);
  assert.ok(read.ok, toml);
  assert.equal(json?.status, 0);
});

test("the lines to paste are the proposed policy", () => {
  const { proposed, toml } = replyOf(json);
  assert.ok(proposed !== null);
  assert.match(toml, /^\[jails\.sshd\]\n/);
  assert.match(toml, new RegExp(`^findtime = "${proposed.findtime}"$`, "m"));
  const config = join(folder, "pasted.toml");
  writeFileSync(config, toml);
  const [again] = runCommands([["--config", config, "tune", "sshd", LOG, "--json"]]);
  const { current } = replyOf(again);
  const of = ({ maxretry, findtime, bantime, increment }: TunePolicyReply) => [
    ...[maxretry, findtime, bantime, increment],
  ];
  assert.deepEqual(current && of(current), of(proposed));
});

test("of policies that let as few attempts through, the mildest is proposed", () => {
  const { proposed, policies } = replyOf(json);
  assert.ok(proposed !== null);
  const margin = proposed.attempts * 0.02;
  const least = Math.min(...policies.map(({ through }) => through));
  const milder = policies.filter(
    ({ maxretry, through }) => maxretry > proposed.maxretry && through <= least + margin,
  );
  assert.deepEqual(milder, []);
});

test("no policy is proposed that would have banned a user, or whose next lower maxretry would", () => {
  const { proposed, policies, risky: count } = replyOf(clumsy);
  assert.ok(count > 0);
  assert.ok(policies.every(({ innocents }) => innocents.length === 0));
  assert.equal(proposed, null);
  assert.equal(clumsy?.status, 1);
});

test("a user whom each policy would have banned is named", () => {
  const shown = forgetful?.stdout ?? "";
  assert.match(shown, /No policy is proposed: .* All would have banned 198\.51\.100\.9\. /);
});

test("of many users whom a policy would have banned, 20 are listed and the others counted", () => {
  const whom = /All would have banned (.*?)\. Where/.exec(manyForgetful?.stdout ?? "")?.[1] ?? "";
  assert.equal(whom.split(", ").length, 20);
  assert.match(whom, / and 2 more$/);
  for (const { innocents, innocents_not_listed: more } of replyOf(manyForgetfulJson).policies)
    assert.deepEqual([innocents.length, more], [20, 2]);
});

test("an address that the running daemon exempts is banned by no policy", async () => {
  const socket = join(folder, "bailiff.sock");
  const allowed = [{ subject: "198.51.100.9", since: null, until: null, because: "operator" }];
  await using server = await openControlServer({
    path: socket,
    group: undefined,
    answer: async (command, input) => {
      assert.deepEqual([command, input], ["allowed", { jail: "sshd" }]);
      return allowed as never;
    },
    emit: () => undefined,
  });
  assert.ok(server !== undefined);
  enableLinearRegex();
  const shown: string[] = [];
  const terminal = { ...openTerminal(), print: (line: string) => void shown.push(line) };
  const options = { json: true, showRisky: true };
  const code = await tuneHere(
    { terminal, config: CONFIG, socket },
    "sshd",
    [FORGETFUL_LOG],
    options,
  );
  const { proposed, risky: count } = replyOf({ stdout: shown.join("") });
  assert.deepEqual([code, count], [0, 0]);
  assert.ok(proposed !== null);
});

test("--show-risky shows these policies, and whom they would have banned", () => {
  assert.match(
    risky?.stdout ?? "",
    /policies would have banned an address from which a user logged in \(2 logins in all\):/,
  );
  assert.match(risky?.stdout ?? "", /^198\.51\.100\.8 +198\.51\.100\.8 +/m);
  assert.match(risky?.stdout ?? "", /x would have banned a user/);
  assert.match(risky?.stdout ?? "", /No policy is proposed/);
});

test("without a login in the history, no stricter threshold is proposed", () => {
  const { proposed, reasons } = replyOf(noLogin);
  assert.ok(proposed !== null);
  assert.ok(proposed.maxretry >= 5 && lengthOf(proposed.findtime) <= 600_000);
  assert.match(reasons.join(" "), /has no login/);
});

test("the text has a table, a chart, reasons and the lines to paste", () => {
  const shown = text?.stdout ?? "";
  assert.match(shown, /^Jail sshd: 723 lines of .*auth\.log from 2026-11-20 to 2026-11-23 /);
  assert.match(shown, /^5 +10m +1h +on +722 +0 +0 +0 +0 +current$/m);
  assert.match(shown, / proposed$/m);
  const rows = [...shown.matchAll(/^(\d+ +\w+ +\w+) +(on|off) +(\d+ +\d+) /gm)];
  assert.equal(new Set(rows.map(([, a, , b]) => `${a} ${b}`)).size, rows.length, "no row twice");
  assert.match(shown, /^722 \|C/m);
  assert.match(shown, /^Proposed:\n- It lets \d+ of 722 attempts through instead of 722, /m);
  assert.match(shown, /^\[jails\.sshd\]\nmaxretry = \d/m);
});

test("the page is complete, loads nothing, and has light and dark colors", () => {
  const html = readFileSync(PAGE, "utf8");
  const { policies } = replyOf(json);
  assert.match(html, /^<!doctype html>/);
  assert.match(html, /prefers-color-scheme: dark/);
  assert.doesNotMatch(html, /\b(?:src|href)=|url\(|@import/);
  assert.equal([...html.matchAll(/<circle class="(?:safe|proposed)"/g)].length, policies.length);
  assert.match(html, /<pre>\[jails\.sshd\]/);
  assert.match(page?.stderr ?? "", /cannot write .*page\.html/);
  assert.equal(page?.status, 73);
});

test("what is missing is said", () => {
  assert.match(short?.stderr ?? "", /the history is too short: .* expected at least 1d/);
  assert.match(quiet?.stderr ?? "", /no failed attempt in 1 line of/);
  assert.match(empty?.stderr ?? "", /no lines in .*empty\.log/);
  assert.match(unknown?.stderr ?? "", /unknown jail "ssh"\n.*jails: other, sshd/);
  assert.match(stdin?.stderr ?? "", /standard input keeps no past lines/);
  assert.match(missing?.stderr ?? "", /cannot read .*nowhere\.log: the file does not exist/);
  const statuses = [short, quiet, empty, unknown, stdin, missing].map((end) => end?.status);
  assert.deepEqual(statuses, [66, 66, 66, 64, 66, 66]);
});

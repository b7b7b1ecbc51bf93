/**
 * Stock actions run the same commands as in fail2ban: compared with the exact commands in its own tests, with the real
 * program's commands of every file in action.d for a ban with hostile values, and with the arguments that programs get
 * when a real shell runs both. Uses the installed fail2ban.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type ActionSetting, actionsKind } from "../../../src/config/kinds/shell-action-setting.ts";
import { parseSubject } from "../../../src/domain/cidr.ts";
import { parseToml } from "../../../src/config/parse-toml.ts";
import { ShellAction } from "../../../src/actions/shell-action.ts";
import type { Failure } from "../../../src/actions/running-action.ts";
import type { BanFacts } from "../../../src/actions/ban-tags.ts";
import { fillCommand } from "../../../src/fail2ban/config/fill-command.ts";
import { readDirectory } from "../../../src/fail2ban/config/read-directory.ts";
import { writeAction } from "../../../src/fail2ban/config/write-actions.ts";
import { readPortNames } from "../../../src/host/services/port-names.ts";
import type { ShellRun } from "../../../src/host/process/run-shell.ts";

const STEPS = [
  ...["start", "ban4", "unban4", "ban6", "unban6", "check4", "check6", "flush", "stop"],
] as const;

/** A command, optionally followed by the values of its variables: f2bV_x=$0 f2bV_y=$1. */
type TheirCommand = string | readonly [string, ...string[]];
type Steps<T> = Readonly<Record<string, readonly T[]>>;

interface Theirs {
  readonly jail: string;
  readonly text: string;
  readonly steps: Steps<TheirCommand>;
}

interface Golden extends Theirs {
  readonly tests: Readonly<Record<string, readonly string[]>>;
}

const FACTS = {
  time: 1_124_013_600.5,
  matches: ['Aug 14 12:00:00 it\'s "$(touch pwned)" `id` one; *', "two <ip> | \\ & 3"],
  failures: 5,
  bantime: 600,
  bancount: 1,
  user: "bo`b",
};

let folder: string;
let golden: readonly Golden[];
let stock: readonly Theirs[];
let host: { readonly full: string; readonly short: string };
const settings = new Map<string, ActionSetting>();

before(async () => {
  folder = mkdtempSync(join(tmpdir(), `bailiff-actions-${process.pid}-`));
  const program = join(import.meta.dirname, "stock-actions.py");
  const { stdout, stderr } = spawnSync("/usr/bin/python3", [program], {
    input: JSON.stringify({ facts: FACTS }),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.ok(stdout !== "", stderr);
  ({ golden, stock, host } = JSON.parse(stdout));
  await readSettings();
});

after(() => rmSync(folder, { recursive: true }));

/** As in `bailiff import`: a directory is converted to TOML, which is then parsed. */
async function readSettings(): Promise<void> {
  const directory = join(folder, "fail2ban");
  cpSync("/etc/fail2ban", directory, { recursive: true });
  rmSync(join(directory, "jail.d"), { recursive: true, force: true });
  const jails = [...golden, ...stock].map(
    ({ jail, text }) => `[${jail}]\nenabled = true\nfilter = sshd\naction = ${text}\n`,
  );
  writeFileSync(join(directory, "jail.local"), jails.join("\n"));
  const names = await readPortNames();
  for (const { name, enabled, actions } of readDirectory({ directory, version: "1.0.2" }).jails) {
    const [action] = actions;
    if (!enabled || action === undefined) continue;
    const written = writeAction(name, action, directory);
    if (written === undefined) continue;
    const table = parseToml(name, written.text);
    assert.ok(table.ok, JSON.stringify(table));
    const read = actionsKind.read(dig(table.value, ["jails", name, "actions"]), {}, names);
    assert.ok(read.ok, JSON.stringify(read));
    const [setting] = read.value.tables;
    if (setting !== undefined) settings.set(name, setting);
  }
}

function dig(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inside, key) =>
      typeof inside === "object" && inside !== null
        ? Object.entries(inside).find(([k]) => k === key)?.[1]
        : undefined,
    value,
  );
}

function factsFor(jail: string, ip: string | undefined): BanFacts {
  const none = ip === undefined;
  const history = { failures: FACTS.failures, lines: FACTS.matches };
  return {
    jail,
    subject: none ? undefined : parseSubject(ip),
    time: FACTS.time,
    bantime: FACTS.bantime,
    failures: none ? 0 : FACTS.failures,
    restored: false,
    bancount: () => (none ? 0 : FACTS.bancount),
    matches: () => (none ? [] : FACTS.matches),
    captured: () => new Map(none ? [] : [["user", FACTS.user]]),
    history: () => (none ? { failures: 0, lines: [] } : history),
    tally: () => ({ banned: 0, bannedTotal: 0, found: 0, foundTotal: 0 }),
    host: () => host,
  };
}

/** The commands that our runner would execute at each step. */
async function ours(jail: string): Promise<Steps<ShellRun>> {
  const setting = settings.get(jail);
  if (setting === undefined) return {};
  let runs: ShellRun[] = [];
  const action = new ShellAction({
    setting,
    runShell: (run) => {
      runs.push(run);
      return Promise.resolve({ ok: true, how: "", timedOut: false, output: "", error: "" });
    },
    signal: new AbortController().signal,
    factsWithoutBan: () => factsFor(jail, undefined),
    onRepaired: () => undefined,
  });
  const four = factsFor(jail, "192.0.2.1");
  const six = factsFor(jail, "2001:DB8::");
  const check = async (family: "inet4" | "inet6"): Promise<Failure> => {
    const filled = fillCommand(setting, "check", family);
    assert.ok(filled.ok);
    const script = filled.value;
    const { signal } = new AbortController();
    if (script !== "") runs.push({ script, variables: {}, timeoutMilliseconds: 1, signal });
    return undefined;
  };
  const work: Readonly<Record<string, () => Promise<Failure>>> = {
    start: () => action.start(),
    ban4: () => action.run("ban", four),
    unban4: () => action.run("unban", four),
    ban6: () => action.run("ban", six),
    unban6: () => action.run("unban", six),
    check4: () => check("inet4"),
    check6: () => check("inet6"),
    flush: () => action.flush(),
    stop: () => action.stop(),
  };
  const steps: Record<string, readonly ShellRun[]> = {};
  for (const step of STEPS) {
    runs = [];
    await work[step]?.();
    steps[step] = runs;
  }
  return steps;
}

/** Replaces variables by values and removes quotes, for comparison. Quoting is tested with a real shell. */
function plain({ script, variables }: Pick<ShellRun, "script" | "variables">): string {
  const names = Object.entries(variables);
  const text = names.reduce(
    (before, [name, value]) => before.replaceAll(`\${${name}}`, () => value),
    script,
  );
  return withoutQuotes(text);
}

function withoutQuotes(text: string): string {
  return text.replace(/['"]/g, "");
}

function plainTheirs(command: TheirCommand): string {
  if (typeof command === "string") return withoutQuotes(command.trim());
  const [script, ...values] = command;
  const [head = "", ...rest] = script.split("\n");
  const names = [...head.matchAll(/(f2bV_\w+)=\$(\d+)/g)];
  const text = names.reduce(
    (before, [, name = "", number]) =>
      before.replaceAll(`$${name}`, () => values[Number(number)] ?? ""),
    rest.join("\n"),
  );
  return withoutQuotes(text.trim());
}

test("commands equal those in fail2ban's own tests", async (context) => {
  let total = 0;
  const wrong: string[] = [];
  for (const { jail, tests } of golden) {
    const steps = await ours(jail);
    const lines = (step: string): string =>
      (steps[step] ?? [])
        .flatMap((run) => plain(run).split("\n"))
        .map((line) => ` \`${line}\``)
        .join("\n");
    const holds = (step: string, texts: readonly string[] | undefined): void => {
      for (const text of texts ?? []) {
        total++;
        if (!lines(step).includes(withoutQuotes(text)))
          wrong.push(`${jail} ${step}: ${text}\n${lines(step)}`);
      }
    };
    const lacks = (step: string, texts: readonly string[] | undefined): void => {
      for (const text of texts ?? []) {
        total++;
        if (lines(step).includes(withoutQuotes(text))) wrong.push(`${jail} ${step}: not ${text}`);
      }
    };
    const common = tests["*-start-stop-check"] ?? [];
    if (tests["start"] !== undefined) holds("start", tests["start"]);
    for (const [family, other] of [
      ["4", "6"],
      ["6", "4"],
    ] as const) {
      if (tests[`ip${family}-start`] !== undefined)
        holds(`ban${family}`, [
          ...(tests["*-start"] ?? common),
          ...(tests[`ip${family}-start`] ?? []),
        ]);
      holds(`ban${family}`, tests[`ip${family}-ban`]);
      holds(`unban${family}`, tests[`ip${family}-unban`]);
      lacks(`ban${family}`, tests[`ip${other}`]);
      lacks(`unban${family}`, tests[`ip${other}`]);
      holds(
        `check${family}`,
        tests[`ip${family}-check`] && [...common, ...(tests[`ip${family}-check`] ?? [])],
      );
    }
    holds("flush", tests["flush"]);
    holds("stop", tests["stop"] && [...common, ...tests["stop"]]);
  }
  context.diagnostic(`table of ${golden.length} configurations: ${total - wrong.length}/${total}`);
  assert.deepEqual(wrong, []);
});

test("every file of action.d beside the real program, with hostile values", async (context) => {
  let total = 0;
  const wrong: string[] = [];
  for (const { jail, steps } of [...golden, ...stock]) {
    const own = await ours(jail);
    for (const step of STEPS) {
      total++;
      const theirs = (steps[step] ?? []).map(plainTheirs).filter((text) => text !== "");
      const mine = (own[step] ?? []).map(plain);
      if (JSON.stringify(mine) !== JSON.stringify(theirs))
        wrong.push(
          `${jail} ${step}\n  ours   ${JSON.stringify(mine)}\n  theirs ${JSON.stringify(theirs)}`,
        );
    }
  }
  context.diagnostic(
    `${golden.length + stock.length} actions: ${total - wrong.length}/${total} steps`,
  );
  assert.deepEqual(wrong, []);
});

const PROGRAMS =
  "nft iptables ip6tables ipset firewall-cmd pfctl ufw ip ipfw npfctl shorewall apf csf route mail whois curl dig" +
  " sendmail nsupdate jq wget ss logger apprise afctl nginx";
const TOOLS =
  "grep sed awk tr cat cut date head tail wc sort printf echo test perl dirname basename fgrep";

/** A folder with programs that record their arguments, and links to real tools. */
function recordingPath(log: string): string {
  const path = join(folder, "bin");
  if (existsSync(path)) return path;
  mkdirSync(path);
  for (const name of PROGRAMS.split(" ")) {
    const file = join(path, name);
    writeFileSync(
      file,
      // One write, because programs of a pipeline run concurrently.
      `#!/bin/sh\nall=\${0##*/}\nfor word; do all="$all\x1f$word"; done\nprintf '%s\\036' "$all" >> ${log}\n`,
    );
    chmodSync(file, 0o755);
  }
  for (const name of TOOLS.split(" "))
    for (const real of [`/usr/bin/${name}`, `/bin/${name}`])
      if (existsSync(real) && !existsSync(join(path, name))) symlinkSync(real, join(path, name));
  return path;
}

type Words = readonly (readonly string[])[];
/** Caches results, because most configurations of an action share commands. */
const known = new Map<string, Words>();

function wordsOf(argv: readonly string[], variables: Readonly<Record<string, string>>): Words {
  const key = JSON.stringify([argv, variables]);
  const words = known.get(key) ?? run(argv, variables);
  known.set(key, words);
  return words;
}

function run(argv: readonly string[], variables: Readonly<Record<string, string>>): Words {
  const log = join(folder, "words");
  const env = { PATH: recordingPath(log), ...variables };
  writeFileSync(log, "");
  spawnSync("/bin/sh", ["-c", ...argv], { env, cwd: folder });
  const records = readFileSync(log, "utf8").split("\x1e").slice(0, -1);
  // Programs of a pipeline start in any order.
  return records.sort().map((record) => record.split("\x1f"));
}

test("in a real shell, programs get the same arguments as from fail2ban's commands", async (context) => {
  let total = 0;
  const wrong: string[] = [];
  // Only commands of the table: others would change files of this machine.
  for (const { jail, steps } of golden) {
    const own = await ours(jail);
    for (const step of STEPS) {
      const theirs = (steps[step] ?? []).map((command) => wordsOf([command].flat(), {}));
      const mine = (own[step] ?? []).map(({ script, variables }) => wordsOf([script], variables));
      total++;
      if (JSON.stringify(mine) !== JSON.stringify(theirs))
        wrong.push(`${jail} ${step}: ${JSON.stringify(mine)} for ${JSON.stringify(theirs)}`);
    }
  }
  context.diagnostic(`words in a real shell: ${total - wrong.length}/${total} steps`);
  assert.deepEqual(wrong, []);
  assert.ok(!existsSync(join(folder, "pwned")));
});

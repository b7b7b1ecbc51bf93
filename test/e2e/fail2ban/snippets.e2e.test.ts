/**
 * Published fail2ban configurations of applications, installed as by their users: each loads without a problem, and for
 * lines of the application the daemon bans the same addresses as fail2ban. Some can be misled by a client's text:
 * test/fail2ban-snippets contains the result for each such line, and fail2ban is misled in the same way.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { loadFail2ban } from "../../../src/jails/load-fail2ban.ts";
import { openStage, untilTrue } from "../stage.ts";

const SNIPPETS = join(import.meta.dirname, "../../fail2ban-snippets");
const INSTALLED = "/etc/fail2ban";
/** The last line of every log: its ban shows that the lines before were read. */
const LAST = 200;
const run = promisify(execFile);

/** evaded: a failure is not counted. forged: another address is banned. withstood: neither. */
type Hostile = "evaded" | "forged" | "withstood";

interface Line {
  readonly line: string;
  /** 192.0.2.10 and 2001:db8::10 are the offenders, 198.51.100.7 is another address. */
  readonly bans: string | null;
  /** The time of the line, as the daemon shows it. */
  readonly at?: string;
  readonly hostile?: Hostile;
}

interface Snippet {
  readonly app: string;
  readonly jails: readonly string[];
  readonly lines: readonly Line[];
}

const snippets: readonly Snippet[] = readdirSync(SNIPPETS).map(readSnippet);
let folder: string;
let directory: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), `bailiff-snippets-${process.pid}-`));
  directory = join(folder, "fail2ban");
  writeDirectory(directory);
});

after(() => rmSync(folder, { recursive: true }));

test("there are enough configurations, with matching, other and hostile lines", () => {
  assert.ok(snippets.length >= 20);
  for (const { app, lines } of snippets) {
    assert.ok(typeof lines[0]?.bans === "string", `${app}: its first line bans`);
    assert.ok(
      lines.some(({ bans, hostile }) => bans === null && hostile === undefined),
      `${app}: a line of no failure`,
    );
  }
  for (const hostile of ["evaded", "forged", "withstood"] as const)
    assert.ok(snippets.some(({ lines }) => lines.some((line) => line.hostile === hostile)));
});

test("each loads without a problem", async () => {
  const { jails, problems, warnings } = await loadFail2ban(directory);
  assert.deepEqual(problems, []);
  assert.deepEqual(warnings, []);
  const all = snippets.flatMap((snippet) => snippet.jails).toSorted();
  assert.deepEqual(jails.map(({ name }) => name).toSorted(), all);
});

test("the daemon bans the peer of each line", { timeout: 300_000 }, async (context) => {
  await using stage = await openStage({ sshd: "none", config: "" });
  const live = join(stage.lab.folder, "fail2ban");
  cpSync(directory, live, { recursive: true });
  const logOf = (app: string): string => join(stage.lab.folder, `${app}.log`);
  writeFileSync(join(live, "jail.d/zz-test.local"), overrides(logOf));
  for (const { app } of snippets) writeFileSync(logOf(app), "");
  const told = join(stage.lab.folder, "told");
  const path = recordingPath(stage.lab.folder, told);
  await stage.start({ args: ["--fail2ban", live], env: { PATH: path } });
  const wanted: string[] = [];
  for (const { app, jails, lines } of snippets) {
    const numbered = numberLines(lines);
    stage.write(
      numbered.map(({ line }) => line),
      logOf(app),
    );
    for (const { bans } of numbered)
      wanted.push(...(bans === null ? [] : jails.map((jail) => `${jail} ${bans}`)));
  }
  let banned: readonly string[] = [];
  await untilTrue(
    async () => {
      banned = (await stage.bans()).map(({ jail, subject }) => `${jail} ${subject}`);
      const last = wanted.filter((entry) => entry.endsWith(`.${LAST}`));
      return last.every((entry) => banned.includes(entry));
    },
    "the last line of every log bans",
    180_000,
  ).catch(() => undefined);
  assert.deepEqual(banned.toSorted(), wanted.toSorted());
  for (const { lines } of snippets)
    for (const { at, bans } of numberLines(lines))
      if (at !== undefined && bans !== null)
        await stage.untilEvent("failure", { ip: bans, at: at });
  await untilTrue(
    () =>
      existsSync(told) &&
      readFileSync(told, "utf8").includes("-I f2b-mailu 1 -s 192.0.2.10 -j DROP"),
    "a custom action is run",
  );
  assert.match(
    readFileSync(told, "utf8"),
    /^-w -I FORWARD .* --dports 25,465,587,993 -j f2b-mailu$/m,
  );
  for (const hostile of ["evaded", "forged", "withstood"] as const) {
    const apps = snippets.filter(({ lines }) => lines.some((line) => line.hostile === hostile));
    context.diagnostic(`${hostile}: ${apps.map(({ app }) => app).join(", ")}`);
  }
});

for (const { app, lines } of snippets) {
  test(`${app}: fail2ban finds the same`, async () => {
    const log = join(folder, `${app}.log`);
    const numbered = numberLines(lines);
    writeFileSync(log, numbered.map(({ line }) => `${line}\n`).join(""));
    const filter = join(directory, "filter.d", `${app}${extensionOf(app)}`);
    const found = await run("/usr/bin/fail2ban-regex", [
      ...["--config", directory, "--usedns", "no", "--out", "ip", log, filter],
    ]);
    const ips = found.stdout.split("\n").filter((ip) => ip !== "" && !isAllowed(ip));
    const wanted = numbered.flatMap(({ bans }) => (bans === null ? [] : [bans]));
    assert.deepEqual(ips, wanted, found.stderr);
  });
}

function readSnippet(app: string): Snippet {
  const jail = readFileSync(join(SNIPPETS, app, "jail.conf"), "utf8");
  const lines: readonly Line[] = JSON.parse(
    readFileSync(join(SNIPPETS, app, "lines.json"), "utf8"),
  );
  return { app, jails: jail.match(/(?<=^\[)[^\]]+/gm) ?? [], lines };
}

/** Some filters are .local files, as fail2ban allows. */
function extensionOf(app: string): ".conf" | ".local" {
  return existsSync(join(SNIPPETS, app, "filter.local")) ? ".local" : ".conf";
}

/** Writes the installed configuration without Debian's own jail, with every snippet installed as by its users. */
function writeDirectory(to: string): void {
  cpSync(INSTALLED, to, { recursive: true });
  for (const file of readdirSync(join(to, "jail.d"))) rmSync(join(to, "jail.d", file));
  for (const { app } of snippets) {
    const extension = extensionOf(app);
    const from = join(SNIPPETS, app);
    cpSync(join(from, `filter${extension}`), join(to, "filter.d", `${app}${extension}`));
    cpSync(join(from, "jail.conf"), join(to, "jail.d", `${app}.conf`));
    const action = join(from, "action.conf");
    if (existsSync(action)) cpSync(action, join(to, "action.d", `${app}.conf`));
  }
}

/** Options for the test: a separate log, and one failure of any age is enough. */
function overrides(logOf: (app: string) => string): string {
  return snippets
    .flatMap(({ app, jails }) =>
      jails.map(
        (jail) => `[${jail}]
backend = polling
logpath = ${logOf(app)}
maxretry = 1
findtime = 3650d
bantime = 1h
`,
      ),
    )
    .join("\n");
}

/** A fake iptables that records its arguments, for the action of one snippet. */
function recordingPath(place: string, told: string): string {
  const bin = join(place, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "iptables"), `#!/bin/sh\necho "$@" >> '${told}'\n`, { mode: 0o755 });
  return `${bin}:${process.env["PATH"] ?? ""}`;
}

/** Gives every line its own addresses, so that each ban belongs to one line. */
function numberLines(lines: readonly Line[]): readonly Line[] {
  const numbered = lines.map((line, i) => numberLine(line, 10 + i));
  const [first] = lines;
  assert.ok(first !== undefined);
  return [...numbered, numberLine(first, LAST)];
}

function numberLine({ line, bans, at }: Line, number: number): Line {
  const replace = (text: string): string =>
    text
      .replaceAll("192.0.2.10", `192.0.2.${number}`)
      .replaceAll("198.51.100.7", `198.51.100.${number}`)
      .replaceAll("2001:db8::10", `2001:db8::${number}`);
  const when = at === undefined ? {} : { at };
  return { line: replace(line), bans: bans === null ? null : replace(bans), ...when };
}

/** fail2ban-regex does not support ignoreip. */
function isAllowed(ip: string): boolean {
  return ip.startsWith("10.") || ip.startsWith("127.");
}

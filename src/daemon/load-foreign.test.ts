/** What an administrator may write wrong in a fail2ban directory: each is told of with its file and line, and costs its own jail only. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { loadAll } from "./load-all.ts";
import { type Foreign, loadForeign } from "./load-foreign.ts";
import { formatProblem } from "../domain/problem.ts";

const FILES: Readonly<Record<string, string>> = {
  "action.d/nftables.conf": "[Definition]\nactionban = nft <port> <blocktype>\n",
  "filter.d/app.conf": "[Definition]\nfailregex = ^app <HOST>$\n",
  "jail.d/good.conf": "[good]\nenabled = true\n",
};

const HEAD = `[DEFAULT]
backend = polling
usedns = no
filter = app
logpath = /dev/null
action = nftables[port=80]
`;

interface Slip {
  readonly name: string;
  /** Files beyond those every case has; jail.conf is put after a head of six lines. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Where it is told of: path and line, key, and a word of what was expected. */
  readonly told: RegExp;
  readonly costs: "the jail" | "nothing";
}

const JAIL = "[bad]\nenabled = true\n";

const SLIPS: readonly Slip[] = [
  {
    name: "an option with a slip",
    files: { "jail.conf": `${JAIL}ignore-ip = 192.0.2.1\n` },
    told: /jail\.conf:9: bad\.ignore-ip: found ignore-ip = 192\.0\.2\.1, expected ignoreip/,
    costs: "nothing",
  },
  {
    name: "a key that resembles nothing",
    files: { "jail.conf": `${JAIL}colour = green\n` },
    told: /jail\.conf:9: bad\.colour: found colour = green, expected an option/,
    costs: "nothing",
  },
  {
    name: "a slip in [DEFAULT]",
    files: { "jail.local": "[DEFAULT]\nfind-time = 1h\n", "jail.conf": JAIL },
    told: /jail\.local:2: DEFAULT\.find-time: found find-time = 1h, expected findtime/,
    costs: "nothing",
  },
  {
    name: "a slip in a filter",
    files: {
      "jail.conf": `${JAIL}filter = slip\n`,
      "filter.d/slip.conf": "[Definition]\nfailregex = ^x <HOST>$\nignore-regex = x\n",
    },
    told: /filter\.d\/slip\.conf:3: Definition\.ignore-regex: found .*, expected ignoreregex/,
    costs: "nothing",
  },
  {
    name: "a slip in an action",
    files: {
      "jail.conf": `${JAIL}action = slip\n`,
      "action.d/slip.conf": "[Definition]\nactionban = x\naction_unban = y\n",
    },
    told: /action\.d\/slip\.conf:3: Definition\.action_unban: found .*, expected actionunban/,
    costs: "nothing",
  },
  {
    name: "a slip in fail2ban.conf",
    files: { "jail.conf": JAIL, "fail2ban.local": "[Definition]\ndb_file = None\n" },
    told: /fail2ban\.local:2: Definition\.db_file: found .*, expected dbfile/,
    costs: "nothing",
  },
  {
    name: "a tag with a slip",
    files: { "jail.conf": `${JAIL}failregex = ^x <HOST> <HOSTS>$\n` },
    told: /jail\.conf:9: bad\.failregex: found <HOSTS>, expected <HOST>/,
    costs: "nothing",
  },
  {
    name: "an argument of an action that nothing uses",
    files: {
      "jail.conf": `${JAIL}action = nftables[port=80]\n         told[to=me, form=mail]\n`,
      "action.d/told.conf":
        "[Definition]\nactionban = <prog> <to>\n[Init]\nprog = mail -s <from>\n",
    },
    told: /jail\.conf:10: bad\.action: found told\[form=mail\], expected from \(nothing reads it/,
    costs: "nothing",
  },
  {
    name: "an argument that a shortcut hands on, and no action uses",
    files: {
      "jail.local": "[DEFAULT]\nban = nftables\naction_ = %(ban)s[port=80, blocktyp=drop]\n",
      "jail.conf": `${JAIL}action = %(action_)s\n`,
    },
    told: /jail\.local:3: DEFAULT\.action_: found nftables\[blocktyp=drop\], expected blocktype/,
    costs: "nothing",
  },
  {
    name: "an argument of a filter that nothing uses",
    files: {
      "jail.conf": `${JAIL}filter = modes[mod=all]\n`,
      "filter.d/modes.conf":
        "[Definition]\nfailregex = ^<re-<mode>> <HOST>$\nre-all = x\nmode = all\n",
    },
    told: /jail\.conf:9: bad\.filter: found modes\[mod=all\], expected mode/,
    costs: "nothing",
  },
  {
    name: "a section twice",
    files: { "jail.conf": `${JAIL}[bad]\nmaxretry = 4\n` },
    told: /jail\.conf:9: found a second section \[bad\]/,
    costs: "nothing",
  },
  {
    name: "a key twice",
    files: { "jail.conf": `${JAIL}maxretry = 3\nmaxretry = 4\n` },
    told: /jail\.conf:10: maxretry: found maxretry again, .*line 9/,
    costs: "nothing",
  },
  {
    name: "a line that is none",
    files: { "jail.conf": `[bad]\nenabled = true\nnonsense\n` },
    told: /jail\.conf:9: found nonsense, expected KEY = VALUE/,
    costs: "nothing",
  },
  {
    name: "an include in a circle",
    files: {
      "jail.conf": `${JAIL}filter = round\n`,
      "filter.d/round.conf":
        "[INCLUDES]\nbefore = about.conf\n[Definition]\nfailregex = ^x <HOST>$\n",
      "filter.d/about.conf": "[INCLUDES]\nafter = round.conf\n",
    },
    told: /filter\.d\/about\.conf:2: found an include of .*round\.conf, which includes it/,
    costs: "nothing",
  },
  {
    name: "an include that is missing",
    files: {
      "jail.conf": `${JAIL}filter = alone\n`,
      "filter.d/alone.conf":
        "[INCLUDES]\nbefore = gone.conf\n[Definition]\nfailregex = ^x <HOST>$\n",
    },
    told: /filter\.d\/alone\.conf:2: found an include of .*gone\.conf, expected a file that is there/,
    costs: "nothing",
  },
  ...(
    [
      ["bantime = 1x", /bad\.bantime: found 1x, expected a length/],
      ["findtime = soon", /bad\.findtime: found soon, expected a length/],
      ["maxretry = abc", /bad\.maxretry: found abc, expected a whole number/],
      ["maxretry = -2", /bad\.maxretry: found -2, expected a whole number/],
      ["failregex = ^x( <HOST>$", /bad\.failregex: found \^x\( <HOST>\$, .*missing \)/],
      ["failregex = ^x y$", /bad\.failregex: found \^x y\$, expected <HOST>/],
      ["ignoreregex = (x", /bad\.ignoreregex: found \(x, /],
      ["datepattern = %%Q((", /bad\.datepattern: found %Q\(\(, /],
      ["ignoreip = 300.1.1.1", /bad\.ignoreip: found "300\.1\.1\.1", expected an address/],
      ["logpath = %(gone)s/x", /bad\.logpath: found %\(gone\)s: there is no "gone"/],
      ["logpath = 100%", /bad\.logpath: found "%": "%" must be doubled/],
      ["filter = gone", /bad\.filter: found filter "gone", expected a file filter\.d\/gone\.conf/],
      ["filter = app[x", /bad\.filter: found app\[x, expected NAME\[key=value/],
      ["action = gone", /bad\.action: found action "gone", expected a file action\.d\/gone\.conf/],
      ["action = nftables[x", /bad\.action: found nftables\[x, expected NAME/],
      ["logpath =", /bad\.logpath: found none, expected at least one path/],
    ] as const
  ).map(
    ([line, told]): Slip => ({
      name: line,
      files: { "jail.conf": `${JAIL}${line}\n` },
      told: new RegExp(`jail\\.conf:9: ${told.source}`),
      costs: "the jail",
    }),
  ),
  {
    name: "the second of two expressions",
    files: { "jail.conf": `${JAIL}failregex = ^x <HOST>$\n# why\n            ^y( <HOST>$\n` },
    told: /jail\.conf:11: bad\.failregex: found \^y\( /,
    costs: "the jail",
  },
  {
    name: "references in a circle",
    files: { "jail.conf": `${JAIL}logpath = %(a)s\na = %(b)s\nb = %(a)s\n` },
    told: /jail\.conf:9: bad\.logpath: found references too deep, or in a circle/,
    costs: "the jail",
  },
  {
    name: "tags in a circle",
    files: {
      "jail.conf": `${JAIL}filter = endless\n`,
      "filter.d/endless.conf": "[Definition]\nfailregex = ^<x> <HOST>$\nx = 1<y>\ny = 2<x>\n",
    },
    told: /filter\.d\/endless\.conf:2: Definition\.failregex: found .* refers to itself/,
    costs: "the jail",
  },
  {
    name: "a formula that is a program",
    files: {
      "jail.conf": `${JAIL}bantime.increment = true\nbantime.formula = __import__("os").system("id")\n`,
    },
    told: /jail\.conf:10: bad\.bantime\.formula: .*expected a formula of numbers/,
    costs: "the jail",
  },
  {
    name: "a wrong length of escalation",
    files: { "jail.conf": `${JAIL}bantime.increment = true\nbantime.maxtime = 1x\n` },
    told: /jail\.conf:10: bad\.bantime\.maxtime: found 1x/,
    costs: "the jail",
  },
  {
    name: "a mechanism with a slip",
    files: { "jail.conf": `${JAIL}backend = pollling\n` },
    told: /jail\.conf:9: bad\.backend: found pollling, expected polling/,
    costs: "the jail",
  },
  {
    name: "an option of the journal with a slip",
    files: { "jail.conf": `${JAIL}backend = systemd[journalpth=/x]\njournalmatch = A=b\n` },
    told: /jail\.conf:9: bad\.backend: found journalpth, expected journalpath/,
    costs: "the jail",
  },
  {
    name: "a multiplier that is none",
    files: { "jail.conf": `${JAIL}bantime.multipliers = 1 2 x\n` },
    told: /jail\.conf:9: bad\.bantime\.multipliers: found 1 2 x, expected numbers/,
    costs: "the jail",
  },
  {
    name: "a date that is none",
    files: { "jail.conf": `${JAIL}datepattern = %%Q\n` },
    told: /jail\.conf:9: bad\.datepattern: found %Q, .*no part of a date/,
    costs: "the jail",
  },
  {
    name: "an action named elsewhere",
    files: { "jail.conf": `${JAIL}banaction = nftabels\naction = %(banaction)s[port=80]\n` },
    told: /jail\.conf:9: bad\.action: found action "nftabels", .*did you mean nftables\?/,
    costs: "the jail",
  },
  {
    name: "a filter with a slip",
    files: { "jail.conf": `${JAIL}filter = aap\n` },
    told: /jail\.conf:9: bad\.filter: found filter "aap", .*did you mean app\?/,
    costs: "the jail",
  },
  {
    name: "a reference with a slip",
    files: { "jail.conf": `${JAIL}applog = /dev/null\nlogpath = %(applgo)s\n` },
    told: /jail\.conf:10: bad\.logpath: .*did you mean %\(applog\)s\?/,
    costs: "the jail",
  },
  {
    name: "a switch that is none",
    files: { "jail.conf": `${JAIL}ignoreself = ture\n` },
    told: /jail\.conf:9: bad\.ignoreself: found ture, expected true or false/,
    costs: "nothing",
  },
  {
    name: "a way of looking up that is none",
    files: { "jail.conf": `${JAIL}usedns = nope\n` },
    told: /jail\.conf:9: bad\.usedns: found nope, expected yes, warn, no or raw/,
    costs: "nothing",
  },
  {
    name: "a number that is none",
    files: { "jail.conf": `${JAIL}maxlines = abc\n` },
    told: /jail\.conf:9: bad\.maxlines: found abc, expected a whole number/,
    costs: "nothing",
  },
  {
    name: "an encoding that is none",
    files: { "jail.conf": `${JAIL}logencoding = uft-8\n` },
    told: /jail\.conf:9: bad\.logencoding: found uft-8, expected an encoding/,
    costs: "nothing",
  },
  {
    name: "an encoding in which no filter could match",
    files: { "jail.conf": `${JAIL}logencoding = utf-16\n` },
    told: /jail\.conf:9: bad\.logencoding: found utf-16, expected an encoding that holds ASCII/,
    costs: "the jail",
  },
  {
    name: "an option of the cache with a slip",
    files: { "jail.conf": `${JAIL}ignorecache = max-cuont=7\n` },
    told: /jail\.conf:9: bad\.ignorecache: found max-cuont, expected max-count/,
    costs: "nothing",
  },
  {
    name: "a jail whose name is its filter's, with a slip",
    files: { "jail.conf": `${JAIL}filter = %(__name__)s\n`, "filter.d/bat.conf": "" },
    told: /jail\.conf:8: bad\.filter: found filter "bad", .*did you mean bat\?/,
    costs: "the jail",
  },
  {
    name: "bytes that are no UTF-8",
    files: {
      "jail.conf": `${JAIL}filter = bytes\n`,
      "filter.d/bytes.conf": Buffer.from("[Definition]\nfailregex = ^x\xff <HOST>$\n", "latin1"),
    },
    told: /filter\.d\/bytes\.conf:2: found bytes that are no UTF-8/,
    costs: "nothing",
  },
];

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bailiff-slips-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function read(number: number, files: Slip["files"]): Promise<Foreign> {
  return loadForeign(write(number, files).directory);
}

function write(number: number, files: Slip["files"]): { readonly directory: string } {
  const directory = join(folder, String(number));
  for (const [name, text] of Object.entries({ ...FILES, ...files })) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, name === "jail.conf" ? HEAD + text.toString() : text);
  }
  return { directory };
}

for (const [number, { name, files, told, costs }] of SLIPS.entries()) {
  test(name, async () => {
    const { jails, leftOut, problems, warnings } = await read(number, files);
    const all = (costs === "nothing" ? warnings : problems).map(formatProblem);
    assert.ok(
      all.some((text) => told.test(text)),
      `${all.join("\n")}\nnot ${told}`,
    );
    const running = costs === "nothing" ? ["bad", "good"] : ["good"];
    assert.deepEqual(jails.map((jail) => jail.name).sort(), running);
    assert.deepEqual(
      leftOut.map(({ jail }) => jail),
      costs === "nothing" ? [] : ["bad"],
    );
    for (const one of [...problems, ...warnings]) assert.ok(one.line !== undefined, one.got);
  });
}

test("what something refers to, or only its author, is no slip", async () => {
  const own = [
    "mine = /dev/null",
    "logpath = %(mine)s",
    "mode = normal",
    "_note = since May",
    "skip_if_nologs = true",
    "bantime.increment = false",
    'action = %(chosen)s[to=me, chain="INPUT", actname=x, timeout=5, actionban=none, pace?family=inet6=slow]',
  ];
  const { warnings, problems, jails } = await read(SLIPS.length, {
    "jail.local": "[DEFAULT]\nchosen = told\n",
    "action.d/told.conf": "[Definition]\nactionban = told <to> <pace>\n",
    // A shortcut may hand on what another action uses.
    "action.d/other.conf": "[Definition]\nactionban = other <chain>\n",
    "jail.conf": `${JAIL}filter = tagged[place=there]\n${own.join("\n")}\nplace = here\n`,
    "filter.d/tagged.conf":
      "[Definition]\nfailregex = ^<pre-<mode>> <place> <unknown> <HOST>$\npre-normal = x\npre-other = y\n",
  });
  assert.deepEqual([...warnings, ...problems].map(formatProblem), []);
  assert.equal(jails.length, 2);
});

test("a jail whose log is missing is not left out, whatever its options for that say", async () => {
  const missing = join(folder, "no-such.log");
  for (const [i, option] of ["", "skip_if_nologs = true", "skip_if_nologs = false"].entries()) {
    const { jails, leftOut, warnings } = await read(SLIPS.length + 1 + i, {
      "jail.conf": `${JAIL}logpath = ${missing}\n${option}\n`,
    });
    assert.deepEqual([leftOut, warnings], [[], []]);
    const bad = jails.find(({ name }) => name === "bad");
    assert.ok(bad !== undefined);
    assert.ok(bad.config.includes(`source = { file = ["${missing}"] }`));
    const told = bad.notes.filter(({ text }) => text.includes("waits for it"));
    assert.equal(told.length, option === "" ? 0 : 1);
  }
});

test("a disabled jail whose switch has a slip is told of", async () => {
  const { warnings } = await read(SLIPS.length + 1, { "jail.conf": "[off]\nenabled = ture\n" });
  const told = warnings.map(formatProblem).join("\n");
  assert.match(told, /jail\.conf:8: off\.enabled: found ture, expected true or false/);
});

test("what is no text file costs the jails that need it, and nobody waits for a pipe", async () => {
  const { directory } = write(SLIPS.length + 2, { "jail.conf": `${JAIL}filter = odd\n` });
  execFileSync("mkfifo", [
    join(directory, "jail.d/pipe.conf"),
    join(directory, "filter.d/odd.local"),
  ]);
  mkdirSync(join(directory, "filter.d/odd.conf"));
  writeFileSync(join(directory, "filter.d/odd.d"), "");
  writeFileSync(join(directory, "jail.d/large.conf"), `#${"x".repeat(5_000_000)}`);
  symlinkSync("loop.conf", join(directory, "jail.d/loop.conf"));
  const { jails, problems, warnings } = await loadForeign(directory);
  assert.deepEqual(
    jails.map(({ name }) => name),
    ["good"],
  );
  const told = [...problems, ...warnings].map(formatProblem).join("\n");
  assert.match(told, /odd\.conf: found a folder, expected a text file/);
  assert.match(told, /odd\.local: found a pipe/);
  assert.match(told, /odd\.d: found ENOTDIR/);
  assert.match(told, /pipe\.conf: found a pipe/);
  assert.match(told, /large\.conf: found 5000001 bytes, expected .* at most 4 MB/);
  assert.match(told, /loop\.conf: found ELOOP/);
});

test("hundreds of expressions, and long ones, are no mistake", async () => {
  const robots = Array.from({ length: 3000 }, (_, i) => `robot${i}`).join("|");
  const lines = Array.from({ length: 300 }, (_, i) => `            ^x${i} <HOST>$\n`).join("");
  const { problems, jails } = await read(SLIPS.length + 3, {
    "jail.conf": `${JAIL}failregex = ^<HOST> (?:${robots})$\n${lines}`,
  });
  assert.deepEqual(problems.map(formatProblem), []);
  assert.equal(jails.length, 2);
});

test("what has no effect here is said by name", async () => {
  const own = [
    "maxmatches = 2",
    "maxretry = 5",
    "ignoreip = file:/etc/mine",
    "ignoreself = false",
    "logencoding = latin1",
    "backend = systemd[journalpath=/var/log/journal/x, journalflags=1]",
    "journalmatch = _COMM=x",
  ];
  const { notes, jails, problems } = await read(SLIPS.length + 6, {
    "jail.conf": `${JAIL}${own.join("\n")}\n`,
  });
  assert.deepEqual(problems.map(formatProblem), []);
  const told = notes.filter(({ jail }) => jail === "bad").map(({ text }) => text);
  for (const one of ["maxmatches = 2", "ignoreip file:", "ignoreself", "logencoding = latin1"])
    assert.ok(
      told.some((text) => text.startsWith(one)),
      `${one}: ${told.join("; ")}`,
    );
  assert.ok(told.some((text) => text.includes("systemd[journalflags=1]")));
  const config = jails.find(({ name }) => name === "bad")?.config ?? "";
  assert.match(config, /journal = \["_COMM=x"\], directory = "\/var\/log\/journal\/x"/);
});

test("a jail may hold all there is to match, without a filter", async () => {
  const own = "filter =\nfailregex = ^x <HOST>$\n            ^y <HOST>$\nmaxlines = 3\n";
  const { problems, warnings, jails } = await read(SLIPS.length + 5, { "jail.conf": JAIL + own });
  assert.deepEqual([...problems, ...warnings].map(formatProblem), []);
  const text = jails.find(({ name }) => name === "bad")?.filter.text ?? "";
  assert.match(text, /"\^x <HOST>\$",\s+"\^y <HOST>\$",\s+\]\nmaxlines = 3/);
});

test("with none of its jails enabled none runs, not even one of our own", async () => {
  const { directory } = write(SLIPS.length + 4, { "jail.d/good.conf": "", "jail.conf": "" });
  const loaded = await loadAll({ path: undefined, env: {}, uid: 0, fail2ban: directory });
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.value.config.jails, []);
});

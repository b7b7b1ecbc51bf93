/**
 * Tests mistakes that administrators make in a fail2ban directory: each is reported with its file and line, and stops
 * only its jail.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { loadAll } from "./load-all.ts";
import { type Fail2banSetup, loadFail2ban } from "./load-fail2ban.ts";
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
logpath = /etc/hosts
action = nftables[port=80]
`;

interface Slip {
  readonly name: string;
  /** Files besides those of every case; jail.conf follows six lines of header. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Where it is reported: path and line, key, and a word of the expectation. */
  readonly told: RegExp;
  readonly costs: "the jail" | "another jail" | "nothing";
}

const JAIL = "[bad]\nenabled = true\n";

/** fail2ban starts with only some of these values; in bailiff all jails protect. */
const ODD_VALUES: readonly (readonly [options: string, told: RegExp])[] = [
  ["maxretry = 0", /maxretry: found 0, .* \(the first failure bans, as with fail2ban\)/],
  ["maxretry = -2", /maxretry: found -2, expected a number above zero/],
  [
    "findtime = 0",
    /findtime: found 0, .* \(only failures of the same second would count together; 10m is used\)/,
  ],
  ["findtime = -1", /findtime: found -1, expected a length above zero/],
  ["bantime = 0", /bantime: found 0, .* \(every ban would end immediately.*; 10m is used\)/],
  ["bantime = -5m", /bantime: found -5m, .* \(every ban would end immediately.*; 10m is used\)/],
  ["bantime = -1d", /bantime: found -1d, .*only -1 is permanent; 10m is used\)/],
  ["findtime = 100y", /findtime: found 100y, expected at most 3650d \(3650d is used\)/],
  ["ignoreip = 300.1.1.1", /ignoreip: found 300\.1\.1\.1, expected an address.*exempts no address/],
  ["ignoreip = 10.0.0.*", /ignoreip: found 10\.0\.0\.\*, .*write 10\.0\.0\.0\/24/],
  ["ignoreip = 192.0.2.0/33", /ignoreip: found 192\.0\.2\.0\/33, .*\(only 192\.0\.2\.0 is exempt/],
  [
    "ignoreip = 2001:db8::9/129",
    /ignoreip: found 2001:db8::9\/129, .*\(only 2001:db8::9 is exempt/,
  ],
  ["ignoreip = [2001:db8::9]", /ignoreip: found \[2001:db8::9\], .*\(only 2001:db8::9 is exempt/],
  ["ignoreip = 192.0.2.1/x", /ignoreip: found 192\.0\.2\.1\/x, .*\(it exempts no address/],
  [
    "ignoreip = 192.0.2.1 # my LAN",
    /ignoreip: found # my LAN, expected a comment on a separate line/,
  ],
  ["ignorecache = key", /ignorecache: found key, expected key=…/],
  ["maxlines = 0", /maxlines: found 0, expected a whole number/],
  ["bantime = 1x", /bantime: found 1x, expected a length .*does not start with it; 10m is used/],
  ["bantime =", /bantime: found nothing, expected a length/],
  ["bantime = forever", /bantime: found forever, expected a length/],
  ["findtime = soon", /findtime: found soon, expected a length/],
  ["findtime = 10,5", /findtime: found 10,5, expected a length .*\(bailiff cannot read it; 10m/],
  ["findtime = abs", /findtime: found abs, expected a length .*\(bailiff cannot read it; 10m/],
  ["bantime = len('x')", /bantime: found len\('x'\), .*\(bailiff cannot read it; 10m/],
  ["maxretry = abc", /maxretry: found abc, expected a whole number .*; 5 is used/],
  [
    "maxretry = 3  # three",
    /maxretry: found 3 {2}# three, expected .* a separate line .*; 3 is used/,
  ],
  ["logtimezone = Mars", /logtimezone: found Mars, .*the host's zone is used/],
  ["backend =", /backend: found nothing, expected one of/],
  ["backend = pollling", /backend: found pollling, expected polling .*; auto is used/],
  [
    "backend = systemd[journalpth=/x]\njournalmatch = A=b",
    /backend: found journalpth, expected journalpath/,
  ],
  ["backend = systemd\njournalmatch = sshd", /journalmatch: found sshd, expected FIELD=value/],
  [
    "bantime.increment = true\nbantime.multipliers = 1 2 x",
    /bantime\.multipliers: found 1 2 x, expected numbers.*does not start/,
  ],
  [
    "bantime.increment = true\nbantime.multipliers = 1 2 4 # x",
    /bantime\.multipliers: found 1 2 4 # x, expected numbers.*does not start/,
  ],
  [
    "bantime.increment = true\nbantime.multipliers = 1 0 2",
    /bantime\.multipliers: found 1 0 2, expected numbers above zero.*bailiff cannot read it/,
  ],
  [
    "bantime.increment = true\nbantime.factor = x",
    /bantime\.factor: found x, expected a number.*does not start/,
  ],
  [
    "bantime.increment = true\nbantime.factor = 0x10",
    /bantime\.factor: found 0x10, expected a number.*bailiff cannot read it/,
  ],
  [
    "bantime.increment = true\nbantime.maxtime = 100y",
    /bantime\.maxtime: found 100y, expected at most 36500d \(36500d is used\)/,
  ],
  [
    "bantime.increment = true\nbantime.maxtime = 0",
    /bantime\.maxtime: found 0, .*every ban but the first would end immediately; 36500d is used/,
  ],
  ["bantime.increment = true\nbantime.rndtime = x", /bantime\.rndtime: found x, expected a length/],
  [
    "bantime.increment = true\nbantime.maxtime = 1x",
    /bantime\.maxtime: found 1x, expected a length/,
  ],
  [
    'bantime.increment = true\nbantime.formula = __import__("os").system("id")',
    /bantime\.formula: .*expected a formula of numbers.*\(bailiff cannot read it; doubling with each ban is used/,
  ],
];

const SLIPS: readonly Slip[] = [
  {
    name: "an option with a slip",
    files: { "jail.conf": `${JAIL}ignore-ip = 192.0.2.1\n` },
    told: /jail\.conf:9: bad\.ignore-ip: found ignore-ip = 192\.0\.2\.1, expected ignoreip/,
    costs: "nothing",
  },
  {
    name: "a key that resembles nothing",
    files: { "jail.conf": `${JAIL}color = green\n` },
    told: /jail\.conf:9: bad\.color: found color = green, expected an option/,
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
    told: /jail\.conf:10: bad\.action: found told\[form=mail\], expected from \(fail2ban ignores this argument/,
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
    told: /filter\.d\/alone\.conf:2: found an include of .*gone\.conf, expected an existing file/,
    costs: "nothing",
  },
  ...(
    [
      ["failregex = ^x( <HOST>$", /bad\.failregex: found \^x\( <HOST>\$, .*missing \)/],
      ["failregex = ^x y$", /bad\.failregex: found \^x y\$, expected <HOST>/],
      ["ignoreregex = (x", /bad\.ignoreregex: found \(x, /],
      ["datepattern = %%Q((", /bad\.datepattern: found %Q\(\(, /],
      ["logpath = %(gone)s/x", /bad\.logpath: found %\(gone\)s: unknown name "gone"/],
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
  ...ODD_VALUES.map(
    ([line, told]): Slip => ({
      name: line.replace("\n", "; "),
      files: { "jail.conf": `${JAIL}${line}\n` },
      told: new RegExp(`jail\\.conf:(?:9|10): bad\\.${told.source}`),
      costs: "nothing",
    }),
  ),
  {
    name: "a name that is none here",
    files: {
      "jail.conf": "[bad]\n[my site]\nenabled = true\n",
      "jail.d/good.conf": "[good]\nenabled = true\n[bad]\nenabled = true\n",
    },
    told: /jail\.conf:9: found \[my site\], expected a name of letters/,
    costs: "another jail",
  },
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
    name: "a date that is none",
    files: { "jail.conf": `${JAIL}datepattern = %%Q\n` },
    told: /jail\.conf:9: bad\.datepattern: found %Q, .*not part of a date/,
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
    name: "a filter that became a mode",
    files: { "jail.conf": `${JAIL}filter = app-ddos\n` },
    told: /jail\.conf:9: bad\.filter: .*\(it became a mode: filter = app\[mode=ddos\]\)/,
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
    told: /jail\.conf:9: bad\.logencoding: found utf-16, expected an encoding that contains ASCII/,
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

async function read(number: number, files: Slip["files"]): Promise<Fail2banSetup> {
  return loadFail2ban(write(number, files).directory);
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
    const running = costs === "the jail" ? ["good"] : ["bad", "good"];
    assert.deepEqual(jails.map((jail) => jail.name).sort(), running);
    assert.deepEqual(
      leftOut.map(({ jail }) => jail),
      costs === "nothing" ? [] : costs === "the jail" ? ["bad"] : ["my site"],
    );
    for (const one of [...problems, ...warnings]) assert.ok(one.line !== undefined, one.got);
  });
}

test("an odd value in [DEFAULT] leaves every jail protecting, with a replacement value", async () => {
  const odd = [
    "maxretry = 3 # three",
    "findtime = -1",
    "bantime = 1x",
    "ignoreip = 10.* # LAN 192.0.2.7",
  ];
  const { jails, problems, warnings } = await read(SLIPS.length + 7, {
    "jail.local": `[DEFAULT]\n${odd.join("\n")}\n`,
    "jail.conf": JAIL,
  });
  assert.deepEqual(problems.map(formatProblem), []);
  assert.deepEqual(jails.map(({ name }) => name).sort(), ["bad", "good"]);
  for (const { config } of jails) {
    for (const line of ["maxretry = 3", 'findtime = "600s"', 'bantime = "600s"'])
      assert.ok(config.split("\n").includes(line), `${line}\nin\n${config}`);
    // An address in a comment is used, a name is not.
    assert.match(config, /^ignoreip = \["192\.0\.2\.7"\]$/m);
  }
  assert.equal(warnings.length, 2 * 5);
});

test("a running jail keeps its configuration when one of its values becomes invalid", async () => {
  const number = SLIPS.length + 8;
  const before = await read(number, { "jail.conf": `${JAIL}bantime = 1h\n` });
  const after = write(number, { "jail.conf": `${JAIL}bantime = 1y x\n` });
  const kept = await loadFail2ban(after.directory, before);
  assert.deepEqual(
    kept.leftOut.map(({ jail, kept: same }) => [jail, same]),
    [["bad", true]],
  );
  assert.match(kept.jails.find(({ name }) => name === "bad")?.config ?? "", /bantime = "3600s"/);
  assert.doesNotMatch(kept.problems.map(formatProblem).join("\n"), /is used/);
  const odd = write(number, { "jail.conf": `${JAIL}bantime = 0\n` });
  const { leftOut, warnings } = await loadFail2ban(odd.directory, before);
  assert.deepEqual(leftOut, []);
  assert.match(warnings.map(formatProblem).join("\n"), /bad\.bantime: found 0/);
});

test("text that others refer to, or only its author understands, is not a mistake", async () => {
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
    // A shortcut may pass an argument that only another action uses.
    "action.d/other.conf": "[Definition]\nactionban = other <chain>\n",
    "jail.conf": `${JAIL}filter = tagged[place=there]\n${own.join("\n")}\nplace = here\n`,
    "filter.d/tagged.conf":
      "[Definition]\nfailregex = ^<pre-<mode>> <place> <unknown> <HOST>$\npre-normal = x\npre-other = y\n",
  });
  assert.deepEqual([...warnings, ...problems].map(formatProblem), []);
  assert.equal(jails.length, 2);
});

test("a jail whose log is missing is not left out, whatever its options for that case", async () => {
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

test("a disabled jail with a mistake in `enabled` is reported", async () => {
  const { warnings } = await read(SLIPS.length + 1, { "jail.conf": "[off]\nenabled = ture\n" });
  const told = warnings.map(formatProblem).join("\n");
  assert.match(told, /jail\.conf:8: off\.enabled: found ture, expected true or false/);
});

test("a file that is not text stops the jails that need it, and a pipe blocks nothing", async () => {
  const { directory } = write(SLIPS.length + 2, { "jail.conf": `${JAIL}filter = odd\n` });
  execFileSync("mkfifo", [
    join(directory, "jail.d/pipe.conf"),
    join(directory, "filter.d/odd.local"),
  ]);
  mkdirSync(join(directory, "filter.d/odd.conf"));
  writeFileSync(join(directory, "filter.d/odd.d"), "");
  writeFileSync(join(directory, "jail.d/large.conf"), `#${"x".repeat(5_000_000)}`);
  symlinkSync("loop.conf", join(directory, "jail.d/loop.conf"));
  const { jails, problems, warnings } = await loadFail2ban(directory);
  assert.deepEqual(
    jails.map(({ name }) => name),
    ["good"],
  );
  const told = [...problems, ...warnings].map(formatProblem).join("\n");
  assert.match(told, /odd\.conf: found a folder, expected a text file/);
  assert.match(told, /odd\.local: found a pipe/);
  assert.match(told, /odd\.d: found not a directory/);
  assert.match(told, /pipe\.conf: found a pipe/);
  assert.match(told, /large\.conf: found 5000001 bytes, expected .* at most 4 MB/);
  assert.match(told, /loop\.conf: found too many symbolic links/);
});

test("hundreds of expressions, and long ones, are not a mistake", async () => {
  const robots = Array.from({ length: 3000 }, (_, i) => `robot${i}`).join("|");
  const lines = Array.from({ length: 300 }, (_, i) => `            ^x${i} <HOST>$\n`).join("");
  const { problems, jails } = await read(SLIPS.length + 3, {
    "jail.conf": `${JAIL}failregex = ^<HOST> (?:${robots})$\n${lines}`,
  });
  assert.deepEqual(problems.map(formatProblem), []);
  assert.equal(jails.length, 2);
});

test("options without effect are reported by name", async () => {
  const own = [
    "maxmatches = 2",
    "maxretry = 5",
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
  for (const one of ["maxmatches = 2", "ignoreself", "logencoding = latin1"])
    assert.ok(
      told.some((text) => text.startsWith(one)),
      `${one}: ${told.join("; ")}`,
    );
  assert.ok(told.some((text) => text.includes("systemd[journalflags=1]")));
  const config = jails.find(({ name }) => name === "bad")?.config ?? "";
  assert.match(config, /journal = \["_COMM=x"\], directory = "\/var\/log\/journal\/x"/);
});

test("a jail may contain all expressions, without a filter", async () => {
  const own = "filter =\nfailregex = ^x <HOST>$\n            ^y <HOST>$\nmaxlines = 3\n";
  const { problems, warnings, jails } = await read(SLIPS.length + 5, { "jail.conf": JAIL + own });
  assert.deepEqual([...problems, ...warnings].map(formatProblem), []);
  const text = jails.find(({ name }) => name === "bad")?.filter.text ?? "";
  assert.match(text, /"\^x <HOST>\$",\s+"\^y <HOST>\$",\s+\]\nmaxlines = 3/);
});

test("with none of its jails enabled none runs, not even a native one", async () => {
  const { directory } = write(SLIPS.length + 4, { "jail.d/good.conf": "", "jail.conf": "" });
  const loaded = await loadAll({ path: undefined, env: {}, uid: 0, fail2ban: directory });
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.value.config.jails, []);
});

/** Jails without a log, for manual bans as in fail2ban. */
const BY_HAND: readonly (readonly [options: string, said: RegExp])[] = [
  ["filter =\nlogpath =", /^note: no failregex: bans by hand only$/],
  ["filter = empty\nlogpath =", /^note: no failregex: bans by hand only$/],
  ["filter = none-at-all\nlogpath = /dev/null", /^note: no failregex: bans by hand only$/],
  ["filter = app\nlogpath = /dev/null", /^note: no log to read: bans by hand only$/],
  ["filter = app\nfailregex =\nlogpath =", /^note: no failregex: bans by hand only$/],
  ["filter =\nbackend = systemd", /^note: no failregex: bans by hand only$/],
  [
    "filter =\nbackend = systemd\njournalmatch = _COMM=x",
    /failregex: found no expression.*nothing in the journal can match/,
  ],
  ["filter =", /failregex: found no expression.*nothing in \/etc\/hosts can match/],
];

for (const [i, [options, said]] of BY_HAND.entries())
  test(`a jail for bans by hand alone runs: ${options.replaceAll("\n", "; ")}`, async () => {
    const { jails, leftOut, warnings } = await read(SLIPS.length + 20 + i, {
      "filter.d/empty.conf": "[Definition]\nfailregex =\n",
      "filter.d/none-at-all.conf": "[Definition]\n",
      "jail.conf": `${JAIL}${options}\n`,
    });
    assert.deepEqual(leftOut, []);
    const bad = jails.find(({ name }) => name === "bad");
    assert.match(bad?.config ?? "", /^source = "none"$/m);
    const notes = bad?.notes.filter(({ text }) => text.includes("by hand")) ?? [];
    const told = [...notes.map(({ text }) => `note: ${text}`), ...warnings.map(formatProblem)];
    assert.match(told.join("\n"), said);
  });

test("a jail with expressions that names no log is run, and its author asked for one", async () => {
  const { directory } = write(SLIPS.length + 40, { "jail.d/good.conf": "" });
  writeFileSync(join(directory, "jail.conf"), `${JAIL}filter = app\n`);
  const { jails, leftOut, warnings } = await loadFail2ban(directory);
  assert.deepEqual([jails.map(({ name }) => name), leftOut], [["bad"], []]);
  const said =
    /bad\.logpath: found none, expected at least one path \(no log is read: bans by hand only/;
  assert.match(warnings.map(formatProblem).join("\n"), said);
});

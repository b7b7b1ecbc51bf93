/** What an administrator may write wrong in a fail2ban directory: each is told of with its file and line, and costs its own jail only. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { type Foreign, loadForeign } from "./load-foreign.ts";
import { formatProblem } from "../domain/problem.ts";

const FILES: Readonly<Record<string, string>> = {
  "action.d/nftables.conf": "[Definition]\nactionban = nft\n",
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
  readonly files: Readonly<Record<string, string>>;
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
      ["logpath = %(gone)s/x", /logpath: found %\(gone\)s: there is no "gone"/],
      ["logpath = 100%", /logpath: found "%": "%" must be doubled/],
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
    told: /jail\.conf:9: logpath: found references too deep, or in a circle/,
    costs: "the jail",
  },
  {
    name: "tags in a circle",
    files: {
      "jail.conf": `${JAIL}filter = endless\n`,
      "filter.d/endless.conf": "[Definition]\nfailregex = ^<x> <HOST>$\nx = 1<y>\ny = 2<x>\n",
    },
    told: /filter\.d\/endless\.conf:2: failregex: found .* refers to itself/,
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
];

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bailiff-slips-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function read(number: number, files: Slip["files"]): Promise<Foreign> {
  const directory = join(folder, String(number));
  for (const [name, text] of Object.entries({ ...FILES, ...files })) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, name === "jail.conf" ? HEAD + text : text);
  }
  return loadForeign(directory);
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

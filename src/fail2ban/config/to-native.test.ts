/**
 * Conversion of fail2ban jails, option by option, from generated directories. Our own parsers must accept every result.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { parseConfig } from "../../config/parse-config.ts";
import { parseToml } from "../../config/parse-toml.ts";
import { formatProblem } from "../../domain/problem.ts";
import { readFilter } from "../../parse/filter/read-filter.ts";
import { createLayerReader } from "./layers.ts";
import { readDirectory } from "./read-directory.ts";
import { digestAction, type StockActions } from "./stock-actions.ts";
import { type NativeJail, toNative } from "./to-native.ts";

const FILES: Readonly<Record<string, string>> = {
  "action.d/iptables-multiport.conf": "[Definition]\nactionban = close <port> <protocol> <ip>\n",
  "action.d/ufw.conf": "[Definition]\nactionban = close <ip>\n",
  "action.d/tell.conf":
    "[Definition]\nactionban = tell <to> <ip>\nactionunban = tell <to> no <ip>\n[Init]\nto = me\n",
  "action.d/idle.conf": "[Definition]\nactionban =\n",
  "action.d/own.py": "",
  "filter.d/door.conf": `[Definition]
prefregex = ^door: <F-CONTENT>.+</F-CONTENT>$
failregex = ^closed for <HOST>$
            ^locked for <ADDR>$
ignoreregex = ^closed for 192\\.0\\.2\\.1$
datepattern = %%Y-%%m-%%d
maxlines = 3
journalmatch = _SYSTEMD_UNIT=door.service + _COMM=door
`,
  "filter.d/bare.conf": "[Definition]\nfailregex = ^bare <HOST>$\n",
};

let folder: string;
let count = 0;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bailiff-native-"));
});
after(() => rmSync(folder, { recursive: true }));

interface Host {
  readonly logs?: readonly string[];
  readonly python?: "there" | "missing";
}

function nativeOf(options: string, { logs = [LOG], python = "there" }: Host = {}): NativeJail {
  const read = readIn(options);
  const hasPython = python === "there";
  const [native, ...others] = toNative(read, {
    logExists: (path) => logs.includes(path),
    machineId: MACHINE,
    hasPython,
    isPort: (port) => /^(?:http|\d+)\//.test(port),
  });
  assert.ok(native !== undefined && others.length === 0);
  return native;
}

function readIn(options: string): ReturnType<typeof readDirectory> {
  const directory = join(folder, String(++count));
  const jail = `[door]\nenabled = true\nfilter = door\nlogpath = ${LOG}\n${options}\n[off]\n`;
  for (const [name, text] of Object.entries({ ...FILES, "jail.conf": jail })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return readDirectory({ directory, version: "1.0.2", stockActions: stockIn(directory) });
}

const LOG = "/var/log/door.log";
const MACHINE = "0123456789abcdef0123456789abcdef";

/** Treats actions of the fixtures as those that fail2ban ships. */
function stockIn(directory: string): StockActions {
  const digest = (name: string): string =>
    digestAction(createLayerReader().read(directory, `action.d/${name}`));
  return new Map([
    [digest("iptables-multiport"), { tool: "iptables" }],
    [digest("ufw"), { tool: "ufw", everything: true }],
  ]);
}

/** Parses the result as the administrator's own files are parsed. */
async function assertReadable({ config, filter }: NativeJail): Promise<void> {
  const paths = { state: "/state", socket: "/socket" };
  const path = "made";
  const ports = new Map([["http", [{ protocol: "tcp", number: 80 } as const]]]);
  const parsed = await parseConfig([{ path, text: config }], { paths, ports });
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.map(formatProblem).join("\n"));
  const table = parseToml(path, filter.text);
  assert.ok(table.ok);
  const read = readFilter(table.value, path);
  assert.ok(read.ok && read.value.python !== undefined && read.value.name === filter.name);
}

test("an empty jail has fail2ban's default limits, and nothing that fail2ban does not have", async () => {
  const native = nativeOf("action = ufw");
  assert.equal(
    native.config,
    `[jails.door]
filter = "fail2ban-door"
source = { file = ["${LOG}"] }
findtime = "600s"
bantime = "600s"
ipv6_prefix = 128
bans_per_minute = 0
canary = "0s"
lockout_guard = "0s"
detect = { slow = "off", evidence = "off", siege = "off", campaigns = "off", accounts = "off", subnets = "off" }
ignoreip = []
enforcer = "auto"
ports = "all"

[jails.door.increment]
enabled = false
`,
  );
  assert.deepEqual([native.problems, native.notes], [[], []]);
  await assertReadable(native);
});

test("a filter keeps its expressions, with the jail's options", async () => {
  const native = nativeOf("action = ufw\nlogtimezone = UTC+0100\nusedns = no");
  const { filter } = native;
  const table = parseToml("made", filter.text);
  assert.ok(table.ok);
  assert.deepEqual(JSON.parse(JSON.stringify(table.value)), {
    name: "fail2ban-door",
    description: "of jail door, from filter.d/door",
    python: {
      failregex: ["^closed for <HOST>$", "^locked for <ADDR>$"],
      ignoreregex: [String.raw`^closed for 192\.0\.2\.1$`],
      prefregex: "^door: <F-CONTENT>.+</F-CONTENT>$",
      datepattern: ["%Y-%m-%d"],
      maxlines: 3,
      logtimezone: "UTC+0100",
    },
  });
  await assertReadable(native);
});

test("a value that refers to its own name does not count as a use of it", () => {
  for (const action of ["ufw[chain=<known/chain>]", "ufw[a=<b>, b=<a>]"])
    assert.match(nativeOf(`action = ${action}`).config, /^enforcer = "auto"$/m, action);
  // A property that the action uses refers to it.
  const written = nativeOf(`action = ufw[actionban="close <chain>", chain=<known/chain>x]`);
  assert.match(written.config, /^enforcer = "memory"$/m);
});

test("several paths in one line of logpath are reported", () => {
  const told = (logpath: string): readonly string[] =>
    readIn(`logpath = ${logpath}\naction = ufw`).jails.flatMap(({ warnings }) =>
      warnings.map(formatProblem).filter((text) => text.includes("logpath")),
    );
  for (const line of ["/x/a.log /x/b.log", "/x/a.log, /x/b.log", "/x/a.log,/x/b.log"])
    assert.match(told(`/x/c.log\n  ${line}`).join("\n"), /expected one path per line/, line);
  for (const line of ["/x/a.log\n  /x/b.log", "/x/a.log tail", "/x/my app.log", "/x/a, b.log"])
    assert.deepEqual(told(line), [], line);
});

test("a line of logpath that is no absolute path is reported, and the others are read", () => {
  const { config, problems, warnings } = nativeOf(
    "logpath = /x/a.log\n  b.log tail\n ports = ssh\naction = ufw",
    { logs: ["/x/a.log"] },
  );
  assert.match(config, /^source = \{ file = \["\/x\/a\.log"\] \}$/m);
  assert.deepEqual(problems, []);
  const [path, option, ...others] = warnings.map(formatProblem);
  assert.match(path ?? "", /jail\.conf:5: door\.logpath: found b\.log, expected an absolute path/);
  assert.match(option ?? "", /jail\.conf:5: door\.logpath: found ports = ssh, expected an absolut/);
  assert.deepEqual(others, []);
  // Without another path, the reader of the configuration rejects the jail.
  const alone = nativeOf("logpath = b.log\naction = ufw", { logs: ["b.log"] });
  assert.match(alone.config, /^source = \{ file = \["b\.log"\] \}$/m);
});

test("a blank between a name and its brackets is reported with its position", () => {
  const slips = (options: string): readonly string[] =>
    readIn(options).jails.flatMap(({ warnings }) => warnings.map(formatProblem));
  const tells = (options: string, place: string, word: string): void => {
    const expected = `${place}: found ${word} […], expected ${word}[…], without a blank`;
    assert.ok(slips(options)[0]?.includes(expected), slips(options).join("\n"));
  };
  tells("banaction = ufw [port=22]\naction = %(banaction)s", "jail.conf:5: door.banaction", "ufw");
  tells("action = tell\n  ufw [port=22]", "jail.conf:5: door.action", "ufw");
  tells("filter = bare [mode=x]\naction = ufw", "jail.conf:5: door.filter", "bare");
  const spaced = slips("action = tell[to=x] [actname=y]\n  tell").filter((one) =>
    /blank/.test(one),
  );
  assert.deepEqual(spaced, []);
});

interface Row {
  readonly options: string;
  readonly host?: Host;
  /** Expected lines of the configuration. */
  readonly lines: readonly string[];
  readonly notes?: readonly RegExp[];
}

const JOURNAL = 'source = { journal = ["_SYSTEMD_UNIT=door.service", "_COMM=door"] }';
const FILE = `source = { file = ["${LOG}"] }`;
const NO_FILE = /^logpath: with backend = systemd the journal is read, and no file$/;
const NO_LOG: Host = { logs: [] };

const upTo = (most: number): string => Array.from({ length: most }, (_, i) => i + 1).join(", ");
/** Multiples of 60 for 1440 seconds. */
const falling = Array.from(
  { length: 20 },
  (_, i) => Math.round((Math.floor(1440 / (i + 1)) / 60) * 1000) / 1000,
).join(", ");

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  "how much is too much": [
    {
      options: "maxretry = 3\nfindtime = 1d 2h\nbantime = 1w",
      lines: ["maxretry = 3", 'findtime = "93600s"', 'bantime = "604800s"'],
    },
    { options: "bantime = -1", lines: ['bantime = "forever"'] },
    // Results as in Python.
    { options: 'bantime = "3600"', lines: ['bantime = "3600s"'] },
    { options: "bantime = '3_600'", lines: ['bantime = "3600s"'] },
    {
      options: "bantime = 1_000\nfindtime = .5h\nmaxretry = 1_0",
      lines: ['bantime = "1000s"', 'findtime = "1800s"', "maxretry = 10"],
    },
    {
      options: "bantime = 1h.\nfindtime = 15min.",
      lines: ['bantime = "3600s"', 'findtime = "900s"'],
    },
    {
      options: "bantime = 601.7\nfindtime = 10 5",
      lines: ['bantime = "601s"', 'findtime = "15s"'],
    },
  ],
  "where lines come from": [
    {
      options: `logpath = ${LOG}\n  /var/log/more/*.log tail`,
      lines: [`source = { file = ["${LOG}", "/var/log/more/*.log"] }`],
      notes: [/^logpath … tail: a log that was never read/],
    },
    { options: "backend = systemd", lines: [JOURNAL], notes: [NO_FILE] },
    { options: "backend = systemd\nlogpath =", lines: [JOURNAL] },
    {
      options: "backend = polling\njournalmatch = _COMM=x",
      lines: [FILE],
      notes: [/^journalmatch: the jail reads files, and not the journal$/],
    },
    {
      options: "backend = systemd\nfilter = bare",
      lines: ['source = { journal = "all" }'],
      notes: [
        NO_FILE,
        /^no journalmatch: the whole journal is matched, .* of other accounts' lines none counts$/,
      ],
    },
    {
      options: "backend = systemd[journalpath=/srv/journal]\nfilter = bare\njournalmatch =",
      lines: ['source = { journal = "all", directory = "/srv/journal" }'],
      notes: [NO_FILE, /^no journalmatch/],
    },
    {
      options: "backend = SYSTEMD\njournalmatch = _COMM=x",
      lines: ['source = { journal = ["_COMM=x"] }'],
      notes: [NO_FILE],
    },
    { options: "backend = polling", host: NO_LOG, lines: [FILE] },
    { options: "logencoding = latin-1", lines: [FILE], notes: [/^logencoding = latin-1: .*UTF-8/] },
  ],
  "matches of the journal are words of a shell": [
    ["SYSLOG_IDENTIFIER=\"my app\" _COMM='x'", '["SYSLOG_IDENTIFIER=my app _COMM=x"]'],
    ["_COMM=x + _COMM=y\n  _COMM=z", '["_COMM=x", "_COMM=y", "_COMM=z"]'],
  ].map(([matches, written]) => ({
    options: `backend = systemd\njournalmatch = ${matches}`,
    lines: [`source = { journal = ${written} }`],
    notes: [NO_FILE],
  })),
  "what becomes of a log that is missing": [
    { options: "", host: NO_LOG, lines: [JOURNAL], notes: [/^no log at .*read from the journal/] },
    { options: "systemd_if_nologs = true", host: NO_LOG, lines: [JOURNAL], notes: [/^no log at/] },
    { options: "systemd_if_nologs = true", lines: [FILE] },
    { options: "systemd_if_nologs = false", host: NO_LOG, lines: [FILE] },
    { options: "filter = bare", host: NO_LOG, lines: [FILE] },
    {
      options: "skip_if_nologs = true\nsystemd_if_nologs = false",
      host: NO_LOG,
      lines: [FILE],
      notes: [/^skip_if_nologs = true: a jail without a log waits for it, and stops no other/],
    },
    {
      options: "skip_if_nologs = false",
      lines: [FILE],
      notes: [/^skip_if_nologs = false: a jail without a log waits for it/],
    },
  ],
  "who is never banned": [
    {
      options: "ignoreip = 192.0.2.1, 198.51.100.0/255.255.255.0 2001:db8::/32 host.example",
      lines: ['ignoreip = ["192.0.2.1", "198.51.100.0/24", "2001:db8::/32", "host.example"]'],
    },
    {
      options: "ignoreip = 203.0.113.2/33 [2001:db8::9] 203.0.113.0/240",
      lines: ['ignoreip = ["203.0.113.2", "2001:db8::9", "203.0.113.0"]'],
    },
    {
      options: "ignoreip = file:/etc/friends",
      lines: ['ignoreip = ["file:/etc/friends"]'],
    },
    {
      options: 'ignorecommand = /bin/known <ip>\nignorecache = key="<ip>", max-time=2m',
      lines: [`ignorecommand = "/bin/known <ip>"`, 'ignorecommand_keep = "120s"'],
      notes: [/^ignorecommand runs before a ban/],
    },
    { options: "ignoreself = false", lines: [], notes: [/^ignoreself = false: this host's own/] },
    { options: "ignoreself = true", lines: [] },
  ],
  "what closes ports": [
    {
      options: 'action = iptables-multiport[port="http,8080:8081", protocol=tcp]',
      lines: ['enforcer = "auto"', 'ports = ["http/tcp", "8080/tcp", "8081/tcp"]'],
    },
    {
      options: "action = iptables-multiport[port=http]\n  ufw",
      lines: ['enforcer = "auto"', 'ports = "all"'],
    },
  ],
  "what else is done": [
    {
      options: "action = tell[to=you]",
      lines: [
        'enforcer = "memory"',
        "[[jails.door.actions]]",
        'name = "tell"',
        `ban = "tell you <ip>"`,
        `unban = "tell you no <ip>"`,
      ],
      notes: [/^no enforcer replaces an action of it/],
    },
    {
      options: "action =",
      lines: ['enforcer = "memory"'],
      notes: [/^it has no action, so nothing enforces its bans/],
    },
    {
      options: "action = ufw\n  tell[actname=one]\n  tell[actname=two]",
      lines: ['enforcer = "auto"', 'name = "one"', 'name = "two"'],
    },
    {
      options: "action = ufw\n  idle",
      lines: ['enforcer = "auto"'],
      notes: [/^action idle \(action\.d\/idle\): it has no command/],
    },
    {
      options: "action = ufw\n  own.py[depth=3]",
      host: { python: "missing" },
      lines: ['name = "own"', "[jails.door.actions.options]", `depth = "3"`],
      notes: [/^action own .*needs python3, which is not installed/],
    },
  ],
  "longer bans for who comes again": [
    {
      options: "bantime.increment = true\nbantime.multipliers = 1 2 4\nbantime.maxtime = 1d",
      lines: [
        "[jails.door.increment]",
        "enabled = true",
        "multipliers = [1, 2, 4]",
        'maxtime = "86400s"',
      ],
      notes: [/^a known address is banned for longer/],
    },
    {
      // As in fail2ban: only bantime.maxtime ends the growth.
      options: "bantime = 10d\nbantime.increment = true\nbantime.factor = 3",
      lines: ['bantime = "864000s"', 'maxtime = "3153600000s"'],
      notes: [/^a known address is banned for longer/],
    },
    {
      options:
        "bantime.increment = true\nbantime.formula = ban.Time * (1 + ban.Count)\nbantime.rndtime = 5m\nbantime.overalljails = true",
      lines: [
        `multipliers = [${Array.from({ length: 21 }, (_, i) => i + 1).join(", ")}]`,
        'jitter = "300s"',
        "overalljails = true",
      ],
      notes: [/^a known address is banned for longer/],
    },
  ],
  "the first ban is not multiplied, and multipliers may fall": [
    ["5 30 60", "", "1, 30, 60"],
    ["10 5 1", "", "1, 5, 1"],
    ["7", "", "1, 7"],
    ["5 30", "bantime.factor = 2", "1, 60"],
    ["1 2 4", "bantime.factor = 100 # x", "1, 200, 400"],
    ["", "bantime.formula = ban.Time * (1 + ban.Count) # grows", upTo(21)],
    ["", "bantime.formula = ban.Time * 24 // ban.Count", `1, ${falling}`],
    ["1 2 4", "bantime.maxtime = -1", '1, "forever"'],
    ["", "bantime.maxtime = -1 # forever", '1, "forever"'],
  ].map(([list, more, multipliers]) => ({
    options: `bantime = 60\nbantime.increment = true\nbantime.multipliers = ${list}\n${more}`,
    lines: [`multipliers = [${multipliers}]`],
    notes: [/^a known address is banned for longer/],
  })),
  "names in a log": [
    { options: "usedns = warn", lines: [], notes: [/^usedns = warn: .*are not looked up/] },
    { options: "usedns = raw", lines: [] },
    {
      options: "failregex = ^from <SUBNET>$",
      lines: [],
      notes: [/^<SUBNET>, <CIDR>: addresses .* count, networks do not/],
    },
    ...["user=<F-ID/>$", "user=<F-ID>[a-z]+</F-ID>$", "user=(?P<fid>[a-z]+)$"].map(
      (expression) => ({
        options: `usedns = raw\nfailregex = ^${expression}`,
        lines: [],
        notes: [/^<F-ID>: only addresses are banned/],
      }),
    ),
    { options: "usedns = raw\nfailregex = ^from <F-ID><ADDR></F-ID>$", lines: [] },
  ],
};

for (const [name, rows] of Object.entries(ROWS)) {
  test(name, async () => {
    for (const { options, host, lines, notes = [] } of rows) {
      const action = /^action =/m.test(options) ? "" : "\naction = ufw";
      const native = nativeOf(`${options}${action}`, host);
      assert.deepEqual(native.problems, [], options);
      const written = native.config.split("\n");
      for (const line of lines) assert.ok(written.includes(line), `${line}\nin\n${native.config}`);
      const told = native.notes.map(({ text }) => text);
      assert.equal(told.length, notes.length, `${options}\n${told.join("\n")}`);
      for (const [i, note] of notes.entries()) assert.match(told[i] ?? "", note);
      await assertReadable(native);
    }
  });
}

test("an option that cannot be converted is reported with its position and the expectation", () => {
  const { problems } = nativeOf("action = tell\n  tell");
  assert.match(
    problems.map(formatProblem).join("\n"),
    /^\S*jail\.conf:5: door\.action: found two actions named tell, expected different names: set actname.*$/,
  );
});

test("a backend that names another journal reads it, or its jail is left out", () => {
  const ofNamespace = (root: string): string => `${root}/${MACHINE}.ssh`;
  const [kept, volatile] = ["/var/log/journal", "/run/log/journal"].map(ofNamespace);
  for (const [backend, logs, directory] of [
    ["systemd[journalpath=/srv/journal]", [], "/srv/journal"],
    ["systemd[namespace=ssh]", [kept ?? ""], kept],
    ["systemd[namespace=ssh]", [volatile ?? "", "/var/log/journal"], volatile],
    // The folder does not exist yet.
    ["systemd[namespace=ssh]", ["/var/log/journal"], kept],
    ["systemd[namespace=ssh]", [], volatile],
    ["systemd[journalfiles=/srv/journal/*]", [], "/srv/journal"],
    ['systemd[journalfiles="/srv/journal/*.journal", journalflags=1]', [], "/srv/journal"],
  ] as const) {
    const { config, problems } = nativeOf(`action = ufw\nbackend = ${backend}`, { logs });
    assert.deepEqual(problems, [], backend);
    assert.ok(config.includes(`, directory = "${directory}" }`), `${backend}\n${config}`);
  }
  for (const [backend, got] of [
    ["systemd[journalfiles=/a/b.journal]", "journalfiles=/a/b.journal"],
    ["systemd[journalfiles=/a/*/*]", "journalfiles=/a/*/*"],
    ["systemd[namespace=*]", "namespace=*"],
    ["systemd[namespace=+ssh]", "namespace=+ssh"],
    ["systemd[journalpath=journal]", "journalpath=journal"],
    ["systemd[namespace=ssh, journalpath=/a]", "journalpath=/a, namespace=ssh"],
  ] as const) {
    const { problems } = nativeOf(`action = ufw\nbackend = ${backend}`);
    assert.deepEqual(
      problems.map((one) => [one.key, one.got]),
      [["door.backend", got]],
      backend,
    );
  }
  const { config, notes } = nativeOf("action = ufw\nbackend = systemd[journalflags=1]");
  assert.doesNotMatch(config, /directory/);
  assert.deepEqual(
    notes.map(({ text }) => text).filter((text) => !NO_FILE.test(text)),
    ["backend systemd[journalflags=1]: every file of that journal is read"],
  );
});

test("an invalid word of journalmatch is reported, with what is read instead", () => {
  for (const [match, journal, word, instead] of [
    ["_COMM=nginx # x", '["_COMM=nginx"]', "#", "what remains of it"],
    ["_COMM=a or _COMM=b", '["_COMM=a _COMM=b"]', "or", "what remains of it"],
    ["SYSLOG_IDENTIFIER=my app", '["SYSLOG_IDENTIFIER=my"]', "app", "what remains of it"],
    ["_SYSTEMD_UNIT = a.service", '"all"', "_SYSTEMD_UNIT", "the whole journal"],
    ["unit=a.service", '"all"', "unit=a.service", "the whole journal"],
    ["/usr/sbin/sshd", '"all"', "/usr/sbin/sshd", "the whole journal"],
    ['_COMM="x', '"all"', '_COMM="x', "the whole journal"],
  ] as const) {
    const { config, unusable } = nativeOf(
      `action = ufw\nbackend = systemd\njournalmatch = ${match}`,
    );
    assert.ok(config.includes(`source = { journal = ${journal} }`), `${match}\n${config}`);
    const [first] = unusable;
    assert.equal(first?.got, word);
    assert.equal(first.hint, `fail2ban does not start with it; ${instead} is used`);
  }
  const { unusable } = nativeOf("action = ufw\njournalmatch = sshd");
  assert.match(unusable[0]?.hint ?? "", /^bailiff cannot read it; /);
});

test("an unknown port is left out, and a ban always closes at least one port", () => {
  for (const [port, closes, told] of [
    [
      "http,80x",
      '["http/tcp"]',
      /jail\.conf:5: door\.port: found 80x, .*a ban closes the other ports/,
    ],
    ["80x", '"all"', /jail\.conf:5: door\.port: found 80x, .*a ban closes every port/],
    ["80x,81y", '"all"', /door\.port: found 81y, .*a ban closes every port/],
  ] as const) {
    const action = `port = ${port}\naction = iptables-multiport[port="%(port)s"]`;
    const { config, problems, warnings } = nativeOf(action);
    assert.deepEqual(problems, []);
    assert.ok(config.includes(`\nports = ${closes}\n`), config);
    assert.match(warnings.map(formatProblem).join("\n"), told);
  }
});

test("each jail's name is converted to a valid filter name that no other jail has", () => {
  const directory = join(folder, "names");
  mkdirSync(join(directory, "filter.d"), { recursive: true });
  const long = "n".repeat(80);
  const names = ["Web_Server", "web.server", "web-server", "--x", long, `${long}2`];
  const jails = names.map((name) => `[${name}]\nenabled = true\nfilter = bare\nlogpath = /x\n`);
  writeFileSync(join(directory, "jail.conf"), jails.join(""));
  writeFileSync(join(directory, "filter.d/bare.conf"), FILES["filter.d/bare.conf"] ?? "");
  const read = readDirectory({ directory, version: "1.0.2" });
  const made = toNative(read, {
    logExists: () => true,
    machineId: undefined,
    hasPython: false,
    isPort: () => true,
  });
  assert.deepEqual(
    made.map(({ filter }) => filter.name),
    [
      "fail2ban-web-server-2",
      "fail2ban-web-server-3",
      "fail2ban-web-server",
      "fail2ban-x",
      `fail2ban-${"n".repeat(55)}`,
      `fail2ban-${"n".repeat(53)}-2`,
    ],
  );
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { parseConfig } from "../config/parse-config.ts";
import type { FilterDefinition, PythonRules } from "../domain/filter-definition.ts";
import { type ListeningPort, policyDoubts } from "./policy-doubts.ts";
import { doubtFiles } from "./policy-doubts/doubt-entries.ts";

function filter(name: string, ...programs: readonly string[]): readonly [string, FilterDefinition] {
  const nothing = { description: "", journal: [], files: [], ports: [], rules: [], samples: [] };
  return [name, { name, path: `${name}.toml`, programs, ...nothing }];
}

/** A filter of fail2ban that has no expression. */
const [EMPTY, WITHOUT_RULES] = filter("empty");
const PYTHON: PythonRules = {
  ...{ failregex: [], ignoreregex: [], prefregex: undefined, datepattern: [] },
  ...{ maxlines: 1, usedns: "no", logtimezone: undefined },
};
const [WEB, WITHOUT_PLACE] = filter("web");
const [SHOP, WITHOUT_PATHS] = filter("shop");
const [WIKI, WITHOUT_HEADERS] = filter("wiki");
const [CHAT, WITHOUT_STATEMENT] = filter("chat");
const FILTERS = new Map([
  filter("sshd", "sshd"),
  [WEB, { ...WITHOUT_PLACE, forwarded_field: "xff" }],
  filter("dropbear", "dropbear", "sshd"),
  [WIKI, { ...WITHOUT_HEADERS, address_headers: ["X-Real-IP", "X-Forwarded-For"] }],
  [CHAT, { ...WITHOUT_STATEMENT, escapes_line_breaks: false }],
  [SHOP, { ...WITHOUT_PATHS, honeypot_line: ["{ip} {honeypot}"] }],
  [EMPTY, { ...WITHOUT_RULES, python: PYTHON }],
]);
const LISTENING: readonly ListeningPort[] = [
  { protocol: "tcp", port: 2222, programs: ["sshd"] },
  { protocol: "udp", port: 22, programs: [] },
];

async function doubts(
  text: string,
  listening: readonly ListeningPort[] = LISTENING,
): Promise<readonly string[]> {
  const config = await parseConfig([{ path: "b.toml", text }], {
    paths: { state: "/state", socket: "/socket" },
    ports: new Map(),
  });
  assert.ok(config.ok, JSON.stringify(config));
  const found = policyDoubts({ config: config.value, filters: FILTERS, listening });
  return found.map(({ jail, doubt }) => `${jail}: ${doubt}`);
}

const HARSH = '[jails.sshd]\nmaxretry = 3\nbantime = "7d"\n';

for (const [name, text, expected] of [
  ["the defaults", "[jails.sshd]\n", []],
  [
    "a service that prints line breaks of clients, which end entries of the journal",
    '[jails.chat]\nsource = { journal = ["_SYSTEMD_UNIT=chat.service"] }',
    [/^chat: chat writes line breaks of clients into its log, so a client can forge lines/],
  ],
  ["proxies of a web server", '[jails.web]\ntrusted_proxies = ["10.0.0.2"]', []],
  [
    "a service that logs the address of a header",
    "[jails.wiki]",
    [
      /^wiki: wiki logs the address that a client sends in X-Real-IP or X-Forwarded-For, so a client/,
    ],
  ],
  [
    "proxies of a service that logs no forwarded addresses",
    '[jails.sshd]\ntrusted_proxies = ["10.0.0.2"]',
    [/^sshd: trusted_proxies: filter sshd does not say where/],
  ],
  [
    "honeypot paths of a service without them",
    '[jails.sshd]\ndetect = { honeypot_paths = ["/old-admin"] }',
    [/^sshd: honeypot_paths has no effect: filter sshd does not say where/],
  ],
  [
    "honeypot paths of all jails, one of which reads them",
    '[defaults]\ndetect = { honeypot_paths = ["/old-admin"] }\n[jails.sshd]\n[jails.shop]',
    [],
  ],
  [
    "a client's field without proxies",
    '[jails.web]\nclient_field = "http_x_real_ip"',
    [/^web: client_field has no effect without trusted_proxies/],
  ],
  [
    "a client's field of a service without structured lines",
    '[jails.sshd]\ntrusted_proxies = ["10.0.0.2"]\nclient_field = "ip"',
    [/^sshd: client_field: filter sshd reads no structured lines/],
  ],
  ["days for three slips", HARSH, [/^sshd: 3 failures ban for 7d, .*lock you out$/]],
  ["for one", '[jails.sshd]\nmaxretry = 1\nbantime = "forever"', [/1 failure bans forever/]],
  ["days for four", HARSH.replace("= 3", "= 4"), []],
  ["a day for three", HARSH.replace("7d", "1d"), []],
  ["with somebody allowed", `${HARSH}ignoreip = ["192.0.2.0/24"]`, []],
  ["with a name allowed", `${HARSH}ignoreip = ["vpn.example.org"]`, []],
  ["with loopback allowed", `${HARSH}ignoreip = ["127.0.0.1", "::1"]`, [/lock you out/]],
  ["that bans nothing", `${HARSH}enforcer = "memory"`, []],
  ["that bans by hand only", `${HARSH}source = "none"`, []],
  [
    "maxtime below bantime",
    '[jails.sshd]\nbantime = "2d"\nincrement = { maxtime = "1d" }',
    [/^sshd: increment.maxtime \(1d\) is below bantime \(2d\): no ban ever gets longer$/],
  ],
  [
    "maxtime below bantime, and no increment",
    '[jails.sshd]\nbantime = "2d"\nincrement = { enabled = false, maxtime = "1d" }',
    [],
  ],
  [
    "jitter beyond maxtime",
    '[jails.sshd]\nincrement = { jitter = "60d" }',
    [/^sshd: increment.jitter \(60d\) is longer than any ban/],
  ],
  [
    "a prefix of providers, in every jail",
    '[defaults]\nipv6_prefix = 40\n[jails.sshd]\nsource = { file = ["/a"] }\n[jails.b]\nfilter = "sshd"\nsource = { file = ["/b"] }',
    [/^b: ipv6_prefix = 40 counts .* \(and of 1 more jail\)$/],
  ],
  ["a findtime of months", '[jails.sshd]\nfindtime = "90d"', [/^sshd: findtime \(90d\)/]],
  ["a canary each minute", '[jails.sshd]\ncanary = "1m"', [/^sshd: canary = "1m"/]],
  [
    "more ports than a ban can close",
    `[jails.sshd]\nports = [${Array.from({ length: 36 }, (_, i) => 2200 + i).join(", ")}]`,
    [/^sshd: its bans close 36 ports, and a ban can close 35 at most/],
  ],
  ["turned off", `${HARSH}enabled = false\n[jails.other]\nfilter = "sshd"`, []],
  [
    "one filter twice",
    '[jails.sshd]\n[jails.strict]\nfilter = "sshd"\nmode = "aggressive"',
    [/^sshd: jails sshd and strict both read the lines of filter sshd from the same place/],
  ],
  [
    "one filter for fast and for patient guessing",
    '[jails.sshd]\n[jails.slow]\nfilter = "sshd"\nmaxretry = 20\nfindtime = "1d"',
    [],
  ],
  [
    "everybody exempt",
    '[jails.sshd]\nignoreip = ["0.0.0.0/0", "::/0"]',
    [/0\.0\.0\.0\/0 exempts every IPv4 address/, /::\/0 exempts every IPv6 address/],
  ],
  ["one program twice", "[jails.sshd]\n[jails.dropbear]", [/jails dropbear and sshd both.* sshd /]],
  [
    "one filter on two files",
    '[jails.sshd]\nsource = { file = ["/a"] }\n[jails.b]\nfilter = "sshd"\nsource = { file = ["/b"] }',
    [],
  ],
  [
    "one file of several",
    '[jails.sshd]\nsource = { file = ["/a", "/b"] }\n[jails.b]\nfilter = "sshd"\nsource = { file = ["/b"] }',
    [/both read/],
  ],
  [
    "a journal match that names no sender",
    '[jails.sshd]\nsource = { journal = ["_COMM=sshd", "SYSLOG_IDENTIFIER=sshd"] }',
    [
      /^sshd: its source does not restrict the sender: any local process can write entries with _COMM=sshd/,
    ],
  ],
  [
    "a container's name",
    '[jails.sshd]\nsource = { journal = ["CONTAINER_NAME=web"] }',
    [/does not restrict the sender/],
  ],
  [
    "one of several matches that names no sender",
    '[jails.sshd]\nsource = { journal = ["_SYSTEMD_UNIT=ssh.service", "_COMM=sshd"] }',
    [
      /^sshd: a match of its source does not restrict the sender: .* with _COMM=sshd, so only those of root/,
    ],
  ],
  [
    "a log in which nothing is looked for",
    '[jails.empty]\nsource = { file = ["/a"] }',
    [/^empty: filter empty has no expression, so no line can ever match$/],
  ],
  ["nothing is looked for, and no log is read", '[jails.empty]\nsource = "none"', []],
  [
    "the whole journal",
    '[jails.sshd]\nsource = { journal = "all" }',
    [/does not restrict the sender/],
  ],
  ["an account", '[jails.sshd]\nsource = { journal = ["_COMM=sshd _UID=0"] }', []],
  ["a unit", '[jails.sshd]\nsource = { journal = ["_SYSTEMD_UNIT=ssh.service"] }', []],
  ["ports somebody listens on", "[jails.sshd]\nports = [22, 2222]", []],
  [
    "ports nobody listens on",
    "[jails.sshd]\nports = [22]",
    [
      /^sshd: no process is listening on the ports that its bans close: 22 \(listening: 2222 \(sshd\), 22\/udp\)$/,
    ],
  ],
] as const) {
  test(`policy: ${name}`, async () => {
    const found = await doubts(text);
    assert.equal(found.length, expected.length, found.join("\n"));
    for (const [i, pattern] of expected.entries()) assert.match(found[i] ?? "", pattern);
  });
}

test("policy: listening programs are unknown", async () => {
  assert.deepEqual(await doubts("[jails.sshd]\nports = [22]", []), []);
});

test("a network written as an address within it", async () => {
  const found = await doubts(
    '[jails.sshd]\nignoreip = ["192.0.2.5/24", "198.51.100.0/24", "192.0.2.9/32", "2001:db8::1/64", "2001:DB8::/32"]',
  );
  assert.equal(found.length, 2, found.join("\n"));
  assert.match(
    found[0] ?? "",
    /192\.0\.2\.5\/24 is an address within a network: the whole network 192\.0\.2\.0\/24/,
  );
  assert.match(found[1] ?? "", /2001:db8::1\/64/);
});

test("logs that are missing or not a regular file, named or matched by a pattern", () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-doubts-"));
  try {
    execFileSync("mkfifo", [join(folder, "pipe.log")]);
    writeFileSync(join(folder, "good.txt"), "");
    const doubt = (name: string): string =>
      doubtFiles({
        name: "sshd",
        source: { kind: "file", files: [join(folder, name)] },
      } as never)
        .map((one) => one.doubt)
        .join();
    assert.match(doubt("none.log"), /none\.log does not exist/);
    assert.match(doubt("pipe.log"), /pipe\.log is a FIFO/);
    assert.match(doubt("*.log"), /pipe\.log is a FIFO/);
    symlinkSync("loop.link", join(folder, "loop.link"));
    assert.match(doubt("loop.link"), /loop\.link cannot be opened: too many symbolic links/);
    assert.match(doubt("*.none"), /no file matches/);
    assert.match(doubt("."), /is a directory/);
    assert.equal(doubt("good.txt"), "");
    assert.equal(doubt("*.txt"), "");
    assert.match(doubt("*.link"), /loop\.link cannot be opened: too many symbolic links/);
    symlinkSync("gone.txt", join(folder, "dangling.txt"));
    assert.match(doubt("*.txt"), /dangling\.txt is a link to gone\.txt, which does not exist: /);
    assert.match(doubt("loop.link/*.log"), /loop\.link cannot be listed: too many symbolic links/);
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, "closed"), { mode: 0 });
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.("nobody");
    try {
      assert.match(doubt("clos*/*.log"), /closed cannot be listed: permission denied$/);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

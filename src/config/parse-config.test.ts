import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { FILTER_MODES } from "../domain/filter-definition.ts";
import { formatProblem } from "../domain/problem.ts";
import { parsePortNames } from "../host/services/port-names.ts";
import type { Config } from "./config.ts";
import { parseConfig } from "./parse-config.ts";
import { JAIL } from "./jail-settings.ts";

const CONTEXT = {
  paths: { state: "/home/x/state", socket: "/run/user/7/bailiff.sock" },
  ports: parsePortNames("ssh 22/tcp\ndomain 53/tcp\ndomain 53/udp\n"),
};

async function configOf(...texts: readonly string[]): Promise<Config> {
  const parsed = await parseConfig(
    texts.map((text, i) => ({ path: `/etc/${i}.toml`, text })),
    CONTEXT,
  );
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.map(formatProblem).join("\n"));
  return parsed.value;
}

async function problemsOf(text: string): Promise<string> {
  const parsed = await parseConfig([{ path: "/etc/0.toml", text }], CONTEXT);
  return parsed.ok ? "" : parsed.error.map(formatProblem).join("\n");
}

test("an empty configuration has the built-in defaults and automatic jails", async () => {
  const { enforcers, ...config } = await configOf();
  // Those that need no setting.
  const names = ["firewalld", "iptables", "nftables", "route"];
  assert.deepEqual(
    enforcers.map(({ name, kind, place }) => [name, kind, place]),
    names.map((name) => [name, name, `["${name}"]`]),
  );
  assert.deepEqual(config, {
    daemon: {
      state: "/home/x/state",
      socket: "/run/user/7/bailiff.sock",
      socket_group: undefined,
      socket_operator: undefined,
      audit_keep: 365 * 86_400_000,
      log_format: "auto",
    },
    defaults: {
      maxretry: 5,
      findtime: 600_000,
      bantime: 3_600_000,
      ignoreip: [
        { kind: "subject", subject: "127.0.0.0/8", isDefault: true },
        { kind: "subject", subject: "::1", isDefault: true },
      ],
      ipv6_prefix: 64,
      nat64_prefixes: [],
      trusted_proxies: undefined,
      client_field: undefined,
      enforcer: ["auto"],
      lockout_guard: 3_600_000,
      key_login: 86_400_000,
      shared: "threshold",
      bans_per_minute: 1000,
      canary: 86_400_000,
      actions: { names: [], tables: [] },
      detect: {
        slow: "act",
        evidence: "act",
        honeypot_users: [],
        honeypot_paths: [],
        siege: "report",
        campaigns: "report",
        accounts: "report",
        subnets: "report",
        open_registration: false,
      },
      increment: {
        enabled: true,
        multipliers: [1, 4, 24, 168],
        maxtime: 30 * 86_400_000,
        jitter: 300_000,
        overalljails: true,
      },
    },
    filters: { directories: ["/etc/bailiff/filters"], automatic: "alone" },
    addresses: { files: [] },
    containers: {
      discover: false,
      roots: ["/var/lib/docker", "/var/lib/containers/storage"],
      users: [],
    },
    fail2ban: { directory: undefined, socket: undefined, log: undefined },
    notify: [],
    actions: [],
    jails: [],
    lists: [],
    autojails: true,
    builtIn: [],
    unread: [],
    files: [],
  });
});

test("each setting of a jail comes from the jail, else from [defaults], else is built in", async () => {
  const config = await configOf(`
    [defaults]
    maxretry = 3
    findtime = 120
    increment.jitter = 0
    [jails.ssh-strict]
    filter = "sshd"
    mode = "aggressive"
    bantime = "forever"
    ipv6_prefix = 48
    ports = ["ssh", 2222, "53/udp", "domain"]
    increment = { enabled = false, multipliers = [1, 2.5, 1, "forever"] }
  `);
  const [jail] = config.jails;
  assert.deepEqual(jail, {
    ...config.defaults,
    name: "ssh-strict",
    filter: "sshd",
    mode: "aggressive",
    unverified: false,
    enabled: true,
    source: { kind: "auto" },
    container_prefix: undefined,
    time_zone: undefined,
    time_format: undefined,
    ignorecommand: "",
    ignorecommand_keep: 300_000,
    canary_path: "/",
    ports: "tcp/22,tcp/53,tcp/2222,udp/53",
    maxretry: 3,
    findtime: 120_000,
    bantime: "forever",
    ipv6_prefix: 48,
    nat64_prefixes: [],
    increment: {
      ...config.defaults.increment,
      enabled: false,
      multipliers: [1, 2.5, 1, Infinity],
      jitter: 0,
    },
  });
  assert.equal(config.autojails, false);
});

test("a webhook has a URL or a file with it, and an invalid URL is not quoted", async () => {
  const { notify } = await configOf('[notify.webhook]\nurl = "https://hooks.example.org/T/SECRET"');
  assert.deepEqual(notify, [
    {
      ...{ name: "webhook", kind: "webhook" },
      settings: {
        ...{ url: "https://hooks.example.org/T/SECRET", url_file: undefined },
        ...{ min_interval: 60_000, least: "info", jails: undefined, events: ["usual"] },
        ...{ digest: undefined, quiet: undefined },
      },
    },
  ]);
  const wrong = await problemsOf('[notify.webhook]\nurl = "hooks.example.org/SECRET"\n');
  assert.match(wrong, /a text that is not such an address/);
  assert.doesNotMatch(wrong, /SECRET/);
  const both = '[notify.webhook]\nurl = "https://example.org/"\nurl_file = "/etc/bailiff/hook"\n';
  assert.match(await problemsOf(both), /url_file beside url/);
  assert.match(await problemsOf('[notify.slack]\nleast = "warn"'), /\[notify\.slack\] without url/);
});

test("a channel has a kind, which may be its name, and what the kind needs", async () => {
  const { notify } = await configOf(
    '[notify.ops]\nkind = "ntfy"\ntopic = "alerts"\n[notify.ntfy]\ntopic = "all"',
    '[notify.ops]\nkind = "ntfy"\nleast = "error"',
  );
  assert.deepEqual(
    notify.map(({ name, kind, settings }) => [name, kind, settings.least]),
    [
      ["ntfy", "ntfy", "info"],
      ["ops", "ntfy", "error"],
    ],
  );
  assert.match(await problemsOf("[notify.ops]\n"), /\[notify\.ops\] without kind/);
  assert.match(await problemsOf('[notify.ops]\nkind = "slak"\n'), /did you mean "slack"\?/);
  const gotify = await problemsOf('[notify.gotify]\nserver = "https://gotify.example.org"');
  assert.match(gotify, /\[notify\.gotify\] without token_file/);
  assert.match(await problemsOf('[notify.ntfy]\ntopic = "a"\nroom = "b"'), /unknown key "room"/);
  const rules = '[notify.ntfy]\ntopic = "a"\n';
  const quiet = await configOf(`${rules}quiet = "22:00-07:30"`);
  assert.deepEqual(quiet.notify[0]?.settings.quiet, { from: 1320, to: 450 });
  for (const wrong of ["22-7", "24:00-07:00", "7:00-22:00", "07:00-07:00"])
    assert.match(await problemsOf(`${rules}quiet = "${wrong}"`), /hours of the day such as/, wrong);
  assert.match(await problemsOf(`${rules}events = ["bans"]`), /did you mean "ban"\?/);
});

test("later files override single keys", async () => {
  const config = await configOf(
    '[defaults]\nmaxretry = 3\nfindtime = "1h"\nignoreip = ["10.0.0.0/8"]\n[jails.sshd]\nmaxretry = 2',
    '[defaults]\nmaxretry = 9\nignoreip = ["vpn.Example.org."]\n[jails.sshd.increment]\nmaxtime = "2d"',
    '[daemon]\nstate = "/srv/bailiff"\n[jails.sshd]\nfindtime = "2h"\n[jails.postfix]\nenabled = false',
  );
  assert.equal(config.daemon.state, "/srv/bailiff");
  assert.equal(config.defaults.maxretry, 9);
  assert.equal(config.defaults.findtime, 3_600_000);
  assert.deepEqual(config.defaults.ignoreip, [{ kind: "name", name: "vpn.example.org" }]);
  assert.deepEqual(
    config.jails.map((jail) => [
      jail.name,
      jail.filter,
      jail.maxretry,
      jail.findtime,
      jail.enabled,
    ]),
    [
      ["postfix", "postfix", 9, 3_600_000, false],
      ["sshd", "sshd", 2, 7_200_000, true],
    ],
  );
  assert.equal(config.jails[1]?.increment.maxtime, 2 * 86_400_000);
  assert.deepEqual(config.files, ["/etc/0.toml", "/etc/1.toml", "/etc/2.toml"]);
});

test("every form of a source is parsed", async () => {
  const config = await configOf(`
    [jails.a]
    source = { file = ["/var/log/auth.log", "/var/log/*.auth"] }
    [jails.b]
    source = { journal = ["_SYSTEMD_UNIT=ssh.service _COMM=sshd", "MESSAGE=two words PRIORITY=4"], directory = "/var/log/journal/x" }
    [jails.c.source]
    command = ["/usr/bin/podman", "logs", "-f", ""]
    [jails.d]
    source = { container = "owner/nextcloud" }
  `);
  assert.deepEqual(
    config.jails.map((jail) => jail.source),
    [
      { kind: "file", files: ["/var/log/auth.log", "/var/log/*.auth"] },
      {
        kind: "journal",
        matches: [
          ["_SYSTEMD_UNIT=ssh.service", "_COMM=sshd"],
          ["MESSAGE=two words", "PRIORITY=4"],
        ],
        directory: "/var/log/journal/x",
      },
      { kind: "command", argv: ["/usr/bin/podman", "logs", "-f", ""] },
      { kind: "container", container: "owner/nextcloud", by: "name" },
    ],
  );
});

test("disabling jails keeps automatic jails; enabling one turns them off", async () => {
  assert.equal((await configOf("[jails.postfix]\nenabled = false")).autojails, true);
  assert.equal((await configOf("[jails.sshd]")).autojails, false);
});

test("a configuration cannot be changed", async () => {
  const config = await configOf("[jails.sshd]");
  assert.ok(Object.isFrozen(config.jails[0]?.ignoreip));
  assert.ok(Object.isFrozen(config.jails[0]?.source));
  assert.ok(Object.isFrozen(config.daemon));
});

test("a jail's mode must exist in its filter", () => {
  assert.deepEqual(JAIL.mode.of, FILTER_MODES);
});

test("the page of defaults is a valid configuration", async () => {
  const root = join(import.meta.dirname, "../..");
  const defaults = await readFile(join(root, "config/defaults.toml"), "utf8");
  const written = defaults
    .replaceAll(/^# (?=\[|\w+ = )/gm, "")
    .replace("jails.NAME", "jails.sshd")
    // One of their optional keys is required.
    .replace('kind = "command"', '$&\nban = ["/bin/true"]')
    .replace('kind = "nftables-set"', '$&\nset_ipv4 = "blocked"')
    .replace('kind = "xarf"', '$&\ndirectory = "/reports"')
    .replaceAll(/kind = "(?:webhook|slack|discord|teams)"/g, '$&\nurl_file = "/url"')
    .replace("[lists.NAME]", '$&\nfile = "/list"')
    .replaceAll(/^\w+ = "…"$/gm, "")
    .replaceAll(/^(?:state|socket) = .*$/gm, "");
  const config = await configOf(written);
  const { daemon, defaults: unset, filters } = await configOf();
  // Only the origin of an entry differs.
  const ignoreip = unset.ignoreip.map((entry) =>
    entry.kind === "subject" ? { kind: entry.kind, subject: entry.subject } : entry,
  );
  const policy = { ...unset, ignoreip };
  assert.deepEqual([config.daemon, config.defaults, config.filters], [daemon, policy, filters]);
});

test("a honeypot path is one that nobody requests by mistake", async () => {
  for (const path of [
    "/",
    "//",
    "old-admin",
    "/a?b",
    "/a b",
    "/robots.txt",
    "/.well-known/",
    "/a|b",
    "/.",
    "/a/../",
    "/%2E%2e/b",
    "/%2F",
  ]) {
    const text = `[jails.sshd]\ndetect = { honeypot_paths = [${JSON.stringify(path)}] }\n`;
    const parsed = await parseConfig([{ path: "b.toml", text }], {
      paths: { state: "/state", socket: "/socket" },
      ports: new Map(),
    });
    const [problem] = parsed.ok ? [] : parsed.error;
    assert.match(problem?.expected ?? "", /a path /, path);
  }
});

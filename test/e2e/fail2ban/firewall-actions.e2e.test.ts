/**
 * Which enforcer replaces which firewall action: stock files with arguments that it honors. Whatever
 * asks for anything else, or was edited, runs as written, and none of it is lost or turned into its opposite. The
 * stock files are those of Debian's package.
 */
import assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { nativeCounterpart } from "../../../src/fail2ban/config/native-counterpart.ts";
import { readDirectory } from "../../../src/fail2ban/config/read-directory.ts";
import { toNative } from "../../../src/fail2ban/config/to-native.ts";

let folder: string;
let count = 0;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bailiff-firewall-actions-"));
});
after(() => rmSync(folder, { recursive: true }));

/** A copy of the stock directory, so that a test may edit it. */
function stockDirectory(): string {
  const directory = join(folder, String(++count));
  cpSync("/etc/fail2ban", directory, { recursive: true });
  rmSync(join(directory, "jail.d"), { recursive: true, force: true });
  return directory;
}

function configOf(directory: string, options: string): string {
  const head = "[DEFAULT]\nbackend = polling\n[door]\nenabled = true\nfilter = sshd";
  writeFileSync(join(directory, "jail.local"), `${head}\nlogpath = /dev/null\n${options}\n`);
  const read = readDirectory({ directory, version: "1.0.2" });
  const [native] = toNative(read, {
    logExists: () => true,
    machineId: undefined,
    hasPython: true,
    isPort: () => true,
  });
  assert.ok(native !== undefined);
  assert.deepEqual(native.problems, []);
  return native.config;
}

/**
 * The ports that an enforcer closes, with its name unless that is "auto"; undefined: the action runs as written.
 */
function closedBy(config: string): string | undefined {
  const enforcer = /^enforcer = "?(.*?)"?$/m.exec(config)?.[1];
  if (enforcer !== "memory") {
    assert.doesNotMatch(config, /\.actions\]\]/);
    const ports = /^ports = (.*)$/m.exec(config)?.[1];
    return enforcer === "auto" ? ports : `${enforcer} ${ports}`;
  }
  assert.match(config, /^enforcer = "memory"$/m);
  assert.match(config, /^\[\[jails\.door\.actions\]\]$/m);
  assert.match(config, /^(?:ban|start) = /m);
  return undefined;
}

const SSH = '["ssh/tcp"]';

const HONORED: readonly (readonly [action: string, closes: string])[] = [
  ["iptables[port=ssh]", SSH],
  ["iptables-multiport[port=ssh, chain=INPUT, name=x]", SSH],
  [
    'iptables-multiport[port="ssh,2222", protocol="tcp,udp"]',
    '["ssh/tcp", "ssh/udp", "2222/tcp", "2222/udp"]',
  ],
  ["iptables-multiport[port=ssh, blocktype=DROP]", SSH],
  ['iptables-multiport[port=ssh, lockingopt="-w 5", returntype=RETURN]', SSH],
  ["iptables-multiport[port=ssh, type=allports]", '"all"'],
  ["iptables-allports[port=ssh]", '"all"'],
  ["iptables-new[port=ssh]", SSH],
  ["iptables-ipset[port=ssh, ipsettime=<timeout-bantime>]", SSH],
  ["iptables-ipset-proto6-allports", '"all"'],
  ["nftables[port=ssh, chain=f2b]", SSH],
  ["nftables[type=allports, blocktype=drop]", '"all"'],
  ["nftables-multiport[port=8000-8002]", '["8000/tcp", "8001/tcp", "8002/tcp"]'],
  ["firewallcmd-multiport[port=ssh]", SSH],
  ["firewallcmd-ipset[port=ssh]", SSH],
  ["firewallcmd-ipset[actiontype=<allports>]", '"all"'],
  // As in packages for Red Hat systems.
  ["firewallcmd-ipset[actiontype=]", '"all"'],
  ["firewallcmd-rich-rules[actiontype=, port=ssh]", SSH],
  ["firewallcmd-rich-rules[port=ssh, rich-blocktype=drop]", SSH],
  ['ufw[blocktype=deny, add="insert 1"]', '"all"'],
  ["shorewall[blocktype=drop]", '"all"'],
  ["iptables-multiport[port=ssh, chain=DOCKER-USER]", `iptables ${SSH}`],
  ["iptables-multiport[port=ssh, chain=FORWARD]", `iptables ${SSH}`],
  ["iptables-allports[chain=DOCKER-USER]", '"all"'],
  [
    "iptables-multiport[port=ssh]\n  iptables[port=80, chain=DOCKER-USER]",
    `iptables ["ssh/tcp", "80/tcp"]`,
  ],
  ["nftables[port=ssh, table=mine, chain_priority=-10]", SSH],
  ["route[blocktype=blackhole]", 'route "all"'],
  ["route", 'route "all"'],
  ["iptables-multiport[port=ssh]\n  route", '["auto", "route"] "all"'],
  // Their programs do not exist on Linux.
  ["pf[port=ssh]", SSH],
  ["pf[actiontype=<allports>]", '"all"'],
  ["ipfw[port=ssh, localhost=192.0.2.1]", SSH],
  ["bsd-ipfw", '"all"'],
  ["npf", '"all"'],
  ["osx-afctl", '"all"'],
];

test("an enforcer replaces a stock action if it supports its arguments", () => {
  const directory = stockDirectory();
  for (const [action, closes] of HONORED)
    assert.equal(closedBy(configOf(directory, `action = ${action}`)), closes, action);
});

test("an enforcer replaces a stock action chosen with banaction, even with general arguments of jail.conf", () => {
  const directory = stockDirectory();
  const stock = HONORED.filter(([action]) => !/ipfw|\n/.test(action));
  const names = [...stock.map(([action]) => action.split("[")[0] ?? ""), "firewallcmd-allports"];
  for (const name of new Set(names)) {
    const config = configOf(directory, `banaction = ${name}\nport = ssh`);
    const closed = closedBy(config)?.replace(/^route /, "");
    assert.ok([SSH, '"all"'].includes(closed ?? "as written"), name);
  }
  // An action that uses the chain gets it.
  const chained = configOf(directory, "banaction = iptables-multiport\nchain = OTHER");
  assert.equal(closedBy(chained), undefined);
});

/** Actions, each with a text that its commands must still contain. */
const AS_WRITTEN: readonly (readonly [action: string, holds: string])[] = [
  ["iptables-multiport[port=ssh, blocktype=RETURN, returntype=DROP]", 'blocktype = "RETURN"'],
  ["iptables-multiport[port=ssh, returntype=DROP]", "-j DROP"],
  ["iptables-multiport[port=ssh, blocktype=ACCEPT]", 'blocktype = "ACCEPT"'],
  ["iptables-multiport[port=ssh, blocktype=accept]", 'blocktype = "accept"'],
  ["iptables-multiport[port=ssh, blocktype=TARPIT]", 'blocktype = "TARPIT"'],
  ["iptables-allports[chain=OUTPUT]", "OUTPUT"],
  ["iptables-multiport[port=http, chain=OTHER]", "OTHER"],
  ["pf[port=ssh, block=pass]", "pass"],
  ["iptables-multiport[port=ssh, protocol=sctp]", "sctp"],
  ['iptables-multiport[port=ssh, pre-rule="-m geoip "]', "geoip"],
  ['iptables-multiport[port=ssh, actionban="other <ip>"]', "other <ip>"],
  ['iptables-multiport[port=ssh, iptables="/opt/remote-iptables"]', "/opt/remote-iptables"],
  ["iptables-ipset[port=ssh, ipsettime=60]", "timeout 60"],
  ["iptables-multiport-log[port=ssh]", "LOG"],
  ["iptables-xt_recent-echo[port=ssh]", "xt_recent"],
  ["nftables[port=ssh, blocktype=accept]", "accept"],
  ["nftables[port=ssh, chain_hook=output]", "hook output"],
  ["nftables[port=ssh, chain_hook=forward]", "hook forward"],
  ["nftables[port=ssh, table_family=ip]", "table ip "],
  ['nftables[type=custom, rule_match-custom="tcp dport 22"]', "tcp dport 22"],
  ["ufw[application=OpenSSH]", "OpenSSH"],
  ["ufw[destination=192.0.2.9]", "192.0.2.9"],
  ["ufw[blocktype=allow]", "allow"],
  ["ufw[kill-mode=ss]", "ss -K"],
  ["route[blocktype=throw]", "throw"],
  ["shorewall[blocktype=allow]", "allow"],
  ["firewallcmd-ipset[port=ssh, blocktype=ACCEPT]", "ACCEPT"],
  ['firewallcmd-rich-rules[port=ssh, rich-blocktype="accept"]', "accept"],
  ["firewallcmd-rich-logging[port=ssh]", "log prefix"],
];

/** Stock actions that run as written, and of which nothing has to be said: they ban nobody, and need no mail. */
const PLAIN = ["apprise", "dummy", "ipthreat"];

test("every stock action is replaced, or it is said what bailiff has instead", () => {
  const directory = stockDirectory();
  const names = readdirSync(join(directory, "action.d"))
    .filter((file) => file.endsWith(".conf") && !/-common\.|helpers/.test(file))
    .map((file) => file.slice(0, -".conf".length));
  const jails = names.map((name) => `[${name}]\nenabled = true\nfilter = sshd\naction = ${name}\n`);
  writeFileSync(join(directory, "jail.local"), jails.join(""));
  const { jails: read } = readDirectory({ directory, version: "1.0.2" });
  const silent = read
    .filter(({ enabled }) => enabled)
    .flatMap(({ name, actions }) =>
      actions.flatMap(({ file, firewall }) =>
        firewall.kind === "replaced" || firewall.reason !== undefined || nativeCounterpart(file)
          ? []
          : [name],
      ),
    );
  assert.ok(names.length > 50);
  assert.deepEqual(silent.sort(), PLAIN);
});

test("a stock action with an unsupported argument runs as written", () => {
  const directory = stockDirectory();
  for (const [action, holds] of AS_WRITTEN) {
    const config = configOf(directory, `action = ${action}`);
    assert.equal(closedBy(config), undefined, action);
    assert.ok(config.includes(holds), `${action}: ${holds}\nin\n${config}`);
  }
});

test("fail2ban's jails that accept packets are never converted to bans", () => {
  const directory = stockDirectory();
  const head = "[pass2allow-ftp]\nenabled = true\nlogpath = /dev/null\n";
  for (const banaction of ["iptables-multiport", "iptables-allports", "iptables-ipset"]) {
    writeFileSync(join(directory, "jail.local"), `${head}banaction = ${banaction}\n`);
    const read = readDirectory({ directory, version: "1.0.2" });
    const [native] = toNative(read, {
      logExists: () => true,
      machineId: undefined,
      hasPython: true,
      isPort: () => true,
    });
    assert.match(native?.config ?? "", /^enforcer = "memory"$/m);
    assert.match(native?.config ?? "", /^blocktype = "RETURN"$/m);
  }
});

test("an edited stock action runs as written, under any name", () => {
  const more =
    "[Definition]\nactionban = <iptables> -I f2b-<name> 1 -s <ip> -j <blocktype>\n  tell-router <ip>\n";
  const edits: Readonly<Record<string, (directory: string) => void>> = {
    "a command more": (directory) =>
      appendFileSync(join(directory, "action.d/iptables-multiport.conf"), `\n${more.slice(13)}`),
    "a .local beside it": (directory) =>
      writeFileSync(join(directory, "action.d/iptables-multiport.local"), more),
    "a .local of what it includes": (directory) =>
      writeFileSync(join(directory, "action.d/iptables.local"), more),
    "an unban more": (directory) =>
      writeFileSync(
        join(directory, "action.d/iptables-multiport.local"),
        "[Definition]\nactionunban = <known/actionunban>\n  tell-router <ip>\n",
      ),
  };
  for (const [name, edit] of Object.entries(edits)) {
    const directory = stockDirectory();
    edit(directory);
    const config = configOf(directory, "action = iptables-multiport[port=ssh]");
    assert.equal(closedBy(config), undefined, name);
    assert.match(config, /tell-router <ip>/, name);
  }
});

test("an edit that changes no command does not matter", () => {
  const edits: Readonly<Record<string, (directory: string) => void>> = {
    "a comment": (directory) => {
      const path = join(directory, "action.d/iptables-multiport.conf");
      writeFileSync(path, `# edited\n${readFileSync(path, "utf8")}\n\n`);
    },
    "a block type in a .local": (directory) =>
      writeFileSync(join(directory, "action.d/iptables.local"), "[Init]\nblocktype = DROP\n"),
    "a copy": (directory) =>
      copyFileSync(
        join(directory, "action.d/nftables-multiport.conf"),
        join(directory, "action.d/iptables-multiport.conf"),
      ),
  };
  for (const [name, edit] of Object.entries(edits)) {
    const directory = stockDirectory();
    edit(directory);
    assert.equal(closedBy(configOf(directory, "action = iptables-multiport[port=ssh]")), SSH, name);
  }
});

test("a parameter in a .local file that reverses the action makes it run as written", () => {
  const directory = stockDirectory();
  writeFileSync(join(directory, "action.d/iptables.local"), "[Init]\nblocktype = ACCEPT\n");
  const config = configOf(directory, "action = iptables-multiport[port=ssh]");
  assert.equal(closedBy(config), undefined);
  assert.match(config, /^blocktype = "ACCEPT"$/m);
});

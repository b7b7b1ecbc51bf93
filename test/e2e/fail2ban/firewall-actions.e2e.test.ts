/**
 * Which firewall actions the daemon's firewall replaces: stock files with arguments that it honors. Whatever
 * asks for anything else, or was edited, runs as written, and none of it is lost or turned into its opposite. The
 * stock files are those of Debian's package.
 */
import assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
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

/** The ports that our firewall closes; undefined: the action runs as written. */
function closedBy(config: string): string | undefined {
  if (config.includes('enforcer = "nftables"')) {
    assert.doesNotMatch(config, /\.actions\]\]/);
    return /^ports = (.*)$/m.exec(config)?.[1];
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
  ["route[blocktype=blackhole]", '"all"'],
];

test("our firewall replaces a stock action if it supports its arguments", () => {
  const directory = stockDirectory();
  for (const [action, closes] of HONORED)
    assert.equal(closedBy(configOf(directory, `action = ${action}`)), closes, action);
});

test("our firewall replaces a stock action chosen with banaction, even with general arguments of jail.conf", () => {
  const directory = stockDirectory();
  const names = [...HONORED.map(([action]) => action.split("[")[0] ?? ""), "firewallcmd-allports"];
  for (const name of new Set(names)) {
    const config = configOf(directory, `banaction = ${name}\nport = ssh`);
    assert.ok([SSH, '"all"'].includes(closedBy(config) ?? "as written"), name);
  }
  // An action that uses the chain gets it.
  const chained = configOf(directory, "banaction = iptables-multiport\nchain = DOCKER-USER");
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
  ["iptables-multiport[port=http, chain=DOCKER-USER]", "DOCKER-USER"],
  ["iptables-multiport[port=ssh, protocol=sctp]", "sctp"],
  ['iptables-multiport[port=ssh, pre-rule="-m geoip "]', "geoip"],
  ['iptables-multiport[port=ssh, actionban="other <ip>"]', "other <ip>"],
  ['iptables-multiport[port=ssh, iptables="/opt/remote-iptables"]', "/opt/remote-iptables"],
  ["iptables-ipset[port=ssh, ipsettime=60]", "timeout 60"],
  ["iptables-multiport-log[port=ssh]", "LOG"],
  ["iptables-xt_recent-echo[port=ssh]", "xt_recent"],
  ["nftables[port=ssh, blocktype=accept]", "accept"],
  ["nftables[port=ssh, chain_hook=output]", "hook output"],
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

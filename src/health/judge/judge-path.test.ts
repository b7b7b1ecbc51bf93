import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { ALL_PORTS, portScope } from "../../domain/port-scope.ts";
import type { Proof } from "../../domain/proof.ts";
import { type Elsewhere, judgePath, type OpenPort, type PathFacts } from "./judge-path.ts";

const AT = instant(1_800_000_000_000);

function sshOn(number: number, more: Partial<OpenPort> = {}): OpenPort {
  const by = "sshd (pid 7)";
  return { protocol: "tcp", number, families: ["ipv4", "ipv6"], owner: "program", by, ...more };
}

const AWAY: Elsewhere = {
  program: "sshd (pid 90)",
  wrote: true,
  gateways: ["172.17.0.1"],
  gatewayHere: undefined,
  partlyHere: undefined,
};

function judge(facts: Partial<PathFacts>): readonly Proof[] {
  return judgePath({
    at: AT,
    programs: ["sshd"],
    scope: ALL_PORTS,
    usual: [{ protocol: "tcp", number: 22 }],
    open: [],
    published: [],
    runsHere: false,
    elsewhere: undefined,
    failures: 0,
    container: undefined,
    closes: ["ipv4", "ipv6"],
    hooks: [],
    flowtables: [],
    reservations: [],
    ...facts,
  });
}

const only22 = portScope([{ protocol: "tcp", number: 22 }]);

interface Case {
  readonly name: string;
  readonly facts: Partial<PathFacts>;
  /** A cause, or the kind of proof. */
  readonly gives: string;
  readonly says: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: "listens here, every port closed",
    facts: { open: [sshOn(22)] },
    gives: "proven",
    says: /listens here on port 22 \(IPv4 and IPv6\); bans close every port$/,
  },
  {
    name: "listens here, its port closed",
    facts: { open: [sshOn(22)], scope: only22 },
    gives: "proven",
    says: /bans close that$/,
  },
  {
    name: "listens here, and the enforcer does not stop everything",
    facts: { open: [sshOn(22)], reservations: ["routes drop answers"] },
    gives: "proven",
    says: /bans close every port; routes drop answers$/,
  },
  {
    name: "a container publishes another port than is closed",
    facts: { published: [sshOn(2222, { by: "container web" })], elsewhere: AWAY, scope: only22 },
    gives: "ports-differ",
    says: /^container web listens on port 2222, but a ban closes only port 22$/,
  },
  {
    name: "a container publishes ports, and every port is closed",
    facts: {
      published: [sshOn(2222)],
      elsewhere: { ...AWAY, gatewayHere: "172.17.0.1" },
    },
    gives: "proven",
    says: /behind this host/,
  },
  {
    name: "listens on another port than is closed",
    facts: { open: [sshOn(2222)], scope: only22 },
    gives: "ports-differ",
    says: /listens on port 2222, but a ban closes only port 22$/,
  },
  {
    name: "listens on a port more than is closed",
    facts: { open: [sshOn(22), sshOn(2222)], scope: only22 },
    gives: "port-open",
    says: /listens on ports 22, 2222, but a ban closes only port 22$/,
  },
  {
    name: "a port opened for one transfer is not a port of the service",
    facts: { open: [sshOn(22), sshOn(51_000)], scope: only22 },
    gives: "proven",
    says: /bans close that/,
  },
  {
    name: "a socket of UDP that asks is no listener",
    facts: { open: [sshOn(22), sshOn(5000, { protocol: "udp" })], scope: only22 },
    gives: "proven",
    says: /bans close that/,
  },
  {
    name: "systemd listens for it",
    facts: { open: [sshOn(22, { owner: "unknown", by: "systemd (pid 1)" })], scope: only22 },
    gives: "proven",
    says: /^systemd \(pid 1\) listens here/,
  },
  {
    name: "runs here, and nobody listens on the closed port",
    facts: { runsHere: true, scope: only22 },
    gives: "ports-differ",
    says: /is running, but no process is listening on port 22 for other hosts/,
  },
  {
    name: "runs here, listens on loopback only",
    facts: { runsHere: true },
    gives: "unproven",
    says: /no process is listening/,
  },
  {
    name: "IPv6 is open",
    facts: { open: [sshOn(22)], closes: ["ipv4"] },
    gives: "ipv6-open",
    says: /takes IPv6 on port 22, but the firewall drops only IPv4/,
  },
  {
    name: "only IPv4 is taken and closed",
    facts: { open: [sshOn(22, { families: ["ipv4"] })], closes: ["ipv4"] },
    gives: "proven",
    says: /\(IPv4\)/,
  },
  {
    name: "an earlier accept decides nothing",
    facts: { open: [sshOn(22)], hooks: [{ name: "ip early pre (…)", does: ["accept"] }] },
    gives: "proven",
    says: /ip early pre \(…\) accepts first, and a drop here still applies$/,
  },
  {
    name: "another program is asked first",
    facts: { open: [sshOn(22)], hooks: [{ name: "ip q", does: ["queue"] }] },
    gives: "proven",
    says: /ip q passes packets to a program first/,
  },
  {
    name: "a fwd rule takes nothing past us that is for this host",
    facts: { open: [sshOn(22)], hooks: [{ name: "netdev f", does: ["forward"] }] },
    gives: "proven",
    says: /listens here/,
  },
  {
    name: "elsewhere, with another gateway",
    facts: { elsewhere: AWAY },
    gives: "other-network-namespace",
    says: /gateway 172\.17\.0\.1 is not this host/,
  },
  {
    name: "elsewhere, without any way out",
    facts: { elsewhere: { ...AWAY, gateways: [] } },
    gives: "other-network-namespace",
    says: /no route through this host/,
  },
  {
    name: "elsewhere, but whether it writes is not known",
    facts: { elsewhere: { ...AWAY, wrote: false } },
    gives: "unproven",
    says: /^sshd \(pid 90\) runs only in another network namespace, and no failed attempt was read lately/,
  },
  {
    name: "elsewhere, behind this host",
    facts: { elsewhere: { ...AWAY, gatewayHere: "172.17.0.1" } },
    gives: "proven",
    says: /its gateway 172\.17\.0\.1 is this host/,
  },
  {
    name: "elsewhere, with one route of several through this host",
    facts: { elsewhere: { ...AWAY, partlyHere: "172.17.0.1" } },
    gives: "unproven",
    says: /only some of its routes lead through here/,
  },
  {
    name: "behind this host, with a proxy of Docker's on its port",
    facts: {
      elsewhere: { ...AWAY, gatewayHere: "172.17.0.1" },
      open: [sshOn(22, { owner: "other", by: "docker-proxy (pid 3)" })],
    },
    gives: "proven",
    says: /docker-proxy \(pid 3\) listens for it here/,
  },
  {
    name: "behind this host, past our hook",
    facts: {
      elsewhere: { ...AWAY, gatewayHere: "172.17.0.1" },
      hooks: [{ name: "netdev f in", does: ["forward"] }],
    },
    gives: "traffic-bypasses",
    says: /netdev f in forwards packets before bans are checked/,
  },
  {
    name: "behind this host, open connections past our hook",
    facts: {
      elsewhere: { ...AWAY, gatewayHere: "172.17.0.1" },
      flowtables: ["inet filter fast"],
    },
    gives: "open-connections-pass",
    says: /flowtable inet filter fast, so a ban stops only new ones/,
  },
  {
    name: "in a container with its own network",
    facts: { container: "/.dockerenv", failures: 4 },
    gives: "other-network-namespace",
    says: /no process is listening on port 22 here, yet 4 failures came/,
  },
  {
    name: "in a container, before any failure",
    facts: { container: "/.dockerenv" },
    gives: "unproven",
    says: /no process is listening on port 22/,
  },
  {
    name: "in a container with the network of the host",
    facts: { container: "/.dockerenv", failures: 4, open: [sshOn(22, { owner: "unknown" })] },
    gives: "proven",
    says: /listens here/,
  },
  {
    name: "nobody, and nothing known of ports",
    facts: { usual: [], failures: 4 },
    gives: "unproven",
    says: /^no process is listening on this jail's ports, and no process sshd is running$/,
  },
  {
    name: "nobody, and processes named otherwise than in the log",
    facts: { programs: ["postfix/smtpd", "postfix/*/smtpd", "postfix/postscreen"] },
    gives: "unproven",
    says: /^no process is listening on port 22, and no process smtpd or postscreen is running$/,
  },
  {
    name: "nobody, and no program known",
    facts: { programs: [], usual: [], failures: 4 },
    gives: "unproven",
    says: /^the filter lists no program and the jail no port: nothing to look for$/,
  },
];

for (const { name, facts, gives, says } of CASES) {
  test(`the path: ${name}`, () => {
    const [proof, ...more] = judge(facts);
    assert.ok(proof !== undefined);
    assert.deepEqual(more, []);
    assert.equal(proof.kind === "found" ? proof.cause : proof.kind, gives);
    assert.match(proof.evidence, says);
  });
}

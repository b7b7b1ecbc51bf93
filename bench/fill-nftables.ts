/**
 * Fills the table of nftables with bans of other addresses, as a program in its network namespace: fill-nftables.ts BANS
 * JAILS. With one jail bans close all ports, with more each jail closes two other ports.
 */
import { parseSubject } from "../src/domain/cidr.ts";
import type { Change } from "../src/domain/enforcer.ts";
import { instant } from "../src/domain/instant.ts";
import { ALL_PORTS, portScope } from "../src/domain/port-scope.ts";
import { openNftables } from "../src/firewall/nftables.ts";

const [bans = 0, jails = 1] = process.argv.slice(2).map(Number);
const opened = await openNftables({ ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} });
if (!opened.ok) throw new Error(`${opened.error.reason}: ${opened.error.fix}`);
const now = instant(Date.now());
const until = instant(now + 86_400_000);
const prepared = await opened.value.prepare(now);
if (prepared.error !== undefined) throw new Error(prepared.error);
const scopes = Array.from({ length: jails }, (_, jail) =>
  jails === 1
    ? ALL_PORTS
    : portScope([
        { protocol: "tcp", number: 1000 + jail },
        { protocol: "udp", number: 1000 + jail },
      ]),
);
/** Every jail has a ban, so that each has its set. */
const changes = Array.from({ length: Math.max(bans, jails === 1 ? 0 : jails) }, (_, n): Change => {
  const subject = parseSubject(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
  const scope = scopes[n % jails];
  if (subject === undefined || scope === undefined) throw new Error("no address");
  return { kind: "add", subject, scope, until };
});
const refusals = await opened.value.apply(changes, now);
if (refusals.length > 0) throw new Error(refusals[0]?.error);
await opened.value.close();

/**
 * Measures the time of an enforcer to add one ban, as a program in its network namespace: time-bans.ts VARIANT IPSET
 * COUNT. VARIANT is nftables, or nft or legacy of iptables. Prints one line with the milliseconds of each.
 */
import { instant } from "../src/domain/instant.ts";
import { parseSubject } from "../src/domain/cidr.ts";
import { ALL_PORTS } from "../src/domain/port-scope.ts";
import { openIptables } from "../src/firewall/iptables.ts";
import { openNftables } from "../src/firewall/nftables.ts";

const [variant, ipset, count] = process.argv.slice(2);
const common = { verdict: { kind: "drop" }, isAllowed: () => false, emit: () => {} } as const;
const opened =
  variant === "nftables"
    ? await openNftables({ ...common, ipv6Prefixes: [64] })
    : await openIptables({
        ...common,
        variant: variant === "legacy" ? "legacy" : "nft",
        ipset: ipset === "true",
        chains: ["INPUT", "FORWARD"],
      });
if (!opened.ok) throw new Error(`${opened.error.reason}: ${opened.error.fix}`);
const { error } = await opened.value.prepare(instant(Date.now()));
if (error !== undefined) throw new Error(error);
const times: number[] = [];
for (let n = 0; n < Number(count); n++) {
  const subject = parseSubject(`10.0.${n >> 8}.${n & 255}`);
  if (subject === undefined) throw new Error("no address");
  const now = instant(Date.now());
  const until = instant(now + 3_600_000);
  const began = performance.now();
  const refusals = await opened.value.apply(
    [{ kind: "add", subject, scope: ALL_PORTS, until }],
    now,
  );
  times.push(performance.now() - began);
  if (refusals.length > 0) throw new Error(refusals[0]?.error);
}
await opened.value.close();
process.stdout.write(`${times.join(" ")}\n`);

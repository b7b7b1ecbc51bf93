import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubject } from "../../domain/cidr.ts";
import { instant } from "../../domain/instant.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { ALL_PORTS, portScope } from "../../domain/port-scope.ts";
import type { Proof } from "../../domain/proof.ts";
import { explainBanBypass, type BypassFacts } from "./explain-ban-bypass.ts";
import type { BanBypass } from "./ban-bypasses.ts";

const noon = Date.UTC(2026, 0, 1, 12, 1, 10);

function bypass(address = "203.0.113.9"): BanBypass {
  const subject = parseSubject(address);
  const jail = parseJailName("sshd");
  assert.ok(subject !== undefined && jail !== undefined);
  const last = instant(noon + 112_000);
  const since = instant(noon);
  return { jail, subject, scope: ALL_PORTS, since, lines: 7, first: since, last };
}

const LATER = { droppedSinceLine: undefined, jailScope: ALL_PORTS };
const FACTS: BypassFacts = { held: true, trouble: undefined, dropped: 0, ...LATER, path: [] };

test("the evidence begins with the observed numbers", () => {
  assert.ok(
    explainBanBypass(bypass(), FACTS).evidence.startsWith(
      "203.0.113.9 has been banned since 2026-01-01T12:01:10.000Z, and 7 more of its lines came, the last at 2026-01-01T12:03:02.000Z; 0 packets of it were dropped since then: ",
    ),
  );
  const uncounted = explainBanBypass(bypass(), { ...FACTS, dropped: undefined });
  assert.match(uncounted.evidence, /its dropped packets are not counted/);
  assert.equal(uncounted.cause, "ban-bypassed");
});

test("a ban without further lines, and a single packet", () => {
  const { evidence } = explainBanBypass(
    { ...bypass(), lines: 0, last: undefined },
    { ...FACTS, dropped: 1 },
  );
  assert.match(evidence, /and 0 more of its lines came, the last at 2026-01-01T12:01:10\.000Z;/);
  assert.match(evidence, /; 1 packet of it was dropped since then: /);
});

test("a block that is missing in the kernel is the only explanation", () => {
  const found = explainBanBypass(bypass(), { ...FACTS, held: false, trouble: "no right to" });
  assert.equal(found.cause, "ban-bypassed");
  assert.match(found.evidence, /its block is missing from the kernel: no right to/);
  // The firewall works, so another program removes the block.
  const removed = explainBanBypass(bypass(), { ...FACTS, held: false });
  assert.match(removed.why, /another program removes it as fast as it is added$/);
  assert.match(removed.fix, /nft monitor shows who/);
});

test("the proof of the path is the diagnosis, with its fix", () => {
  const found = (cause: "ipv6-open" | "other-network-namespace", evidence: string): Proof => ({
    kind: "found",
    link: "path",
    cause,
    evidence,
    at: instant(noon),
    fix: `mend ${evidence}`,
  });
  const path = [found("ipv6-open", "six"), found("other-network-namespace", "elsewhere")];
  const { evidence, fix } = explainBanBypass(bypass(), { ...FACTS, path });
  assert.match(evidence, /: elsewhere$/);
  assert.equal(fix, "mend elsewhere");
});

test("a path that was proven is mentioned", () => {
  const path: readonly Proof[] = [
    { kind: "proven", link: "path", evidence: "sshd listens here", at: instant(noon) },
  ];
  const { why } = explainBanBypass(bypass(), { ...FACTS, path });
  assert.equal(
    why,
    "its traffic does not pass this firewall, although it seemed to: sshd listens here",
  );
});

test("a ban of some ports can be bypassed through another port of the program", () => {
  const scope = portScope([{ protocol: "tcp", number: 22 }]);
  const path: readonly Proof[] = [
    { kind: "proven", link: "path", evidence: "sshd listens here", at: instant(noon) },
  ];
  const found = explainBanBypass({ ...bypass(), scope }, { ...FACTS, jailScope: scope, path });
  assert.match(found.why, /a port that the ban leaves open.*although it seemed to: sshd listens/);
  assert.match(found.fix, /^in the jail: ports = "all"; .*tcpdump/);
});

test("if some packets are dropped, bans work; without an explanation it says where to look", () => {
  const part = explainBanBypass(bypass(), { ...FACTS, dropped: 12 });
  assert.equal(part.cause, "ban-incomplete");
  assert.match(part.evidence, /12 packets of it were dropped since then: a part/);
  assert.match(explainBanBypass(bypass(), FACTS).fix, /tcpdump -ni any host 203\.0\.113\.9;/);
  assert.match(explainBanBypass(bypass("2001:db8::/64"), FACTS).fix, /any net 2001:db8::\/64;/);
});

test("packets dropped since the last line do not show a bypass", () => {
  for (const [droppedSinceLine, words] of [
    [1, /since that line 1 packet of it was dropped and no other line came: the ban works now/],
    [40, /since that line 40 packets of it were dropped and no other line came/],
  ] as const) {
    const found = explainBanBypass(bypass(), { ...FACTS, dropped: 52, droppedSinceLine });
    assert.match(found.why, words);
    assert.match(found.fix, /^nothing unless more of its lines come/);
  }
  const none = explainBanBypass(bypass(), { ...FACTS, dropped: 12, droppedSinceLine: 0 });
  assert.match(none.why, /^a part of its traffic is dropped/);
});

test("a ban with older ports of the jail is reported as such, with a command that lifts it", () => {
  const scope = portScope([{ protocol: "tcp", number: 22 }]);
  const found = explainBanBypass({ ...bypass(), scope }, FACTS);
  assert.match(
    found.why,
    /^its ban closes only port 22, because it is older than the jail's ports/,
  );
  assert.equal(found.fix, "bailiff ban 203.0.113.9 closes every port to it now");
  const same = explainBanBypass({ ...bypass(), scope }, { ...FACTS, jailScope: scope });
  assert.match(same.fix, /^in the jail: ports = "all"/);
  const gone = explainBanBypass({ ...bypass(), scope }, { ...FACTS, jailScope: undefined });
  assert.match(gone.fix, /^in the jail: ports = "all"/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../../domain/instant.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import type { Proof } from "../../domain/proof.ts";
import { literalSubject } from "../../domain/cidr.ts";
import { createFailingSources, type FailingSources, type SourceSum } from "./failing-sources.ts";
import { judgeProxy, type ProxyFacts } from "./judge-proxy.ts";

/** A midnight, where a half day begins. */
const START = 1_800_000_000_000 - (1_800_000_000_000 % 43_200_000);
const MINUTE = 60_000;

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

interface Failing {
  readonly from: (n: number) => string;
  readonly user: (n: number) => string | undefined;
  readonly count: number;
  /** Minutes between two failures. */
  readonly every?: number;
}

function fill(sources: FailingSources, { from, user, count, every = 1 }: Failing): Instant {
  for (let n = 0; n < count; n++)
    sources.add(ip(from(n)), { user: user(n) }, instant(START + n * every * MINUTE));
  return instant(START + count * every * MINUTE);
}

function judge(traffic: readonly Failing[], more: Partial<ProxyFacts> = {}): Proof | undefined {
  const sources = createFailingSources();
  const at = instant(Math.max(...traffic.map((one) => fill(sources, one))));
  return judgeProxy({
    sum: sources.sum(at),
    isOwn: (address) => address === "127.0.0.1",
    allowedBy: () => undefined,
    accountsOf: () => 0,
    refusesClients: false,
    isHere: () => false,
    suspects: [],
    at,
    ...more,
  });
}

const names = (n: number): string => `user${n % 40}`;

test("one address that tries many names all day is an attack", () => {
  for (const address of ["203.0.113.9", "192.168.1.40"])
    assert.equal(judge([{ from: () => address, user: names, count: 600 }]), undefined);
});

test("an attack from many addresses is not a proxy", () => {
  const from = (n: number): string => `198.51.100.${n % 250}`;
  assert.equal(judge([{ from, user: names, count: 1000, every: 0.5 }]), undefined);
});

test("failures with many names from this host itself mean a local proxy", () => {
  const proof = judge([{ from: () => "127.0.0.1", user: names, count: 60 }]);
  assert.match(
    proof?.evidence ?? "",
    /^60 of the last 60 failures come from 127\.0\.0\.1, this host/,
  );
});

test("several addresses of this host are one proxy", () => {
  const proof = judge(
    [{ from: (n) => (n % 3 === 0 ? "127.0.0.1" : `192.0.2.${n % 3}`), user: names, count: 60 }],
    { isOwn: () => true },
  );
  assert.match(proof?.evidence ?? "", /come from 127\.0\.0\.1 and 2 others, this host itself/);
});

test("failures of one user from this host are not a proxy", () => {
  assert.equal(judge([{ from: () => "127.0.0.1", user: () => "backup", count: 600 }]), undefined);
});

test("without logged names, this host is judged without them", () => {
  const none = { from: () => "127.0.0.1", user: () => undefined, count: 60 };
  assert.equal(judge([none])?.kind, "found");
});

test("most failures from a content delivery network", () => {
  const from = (n: number): string => `162.158.3.${n % 30}`;
  const proof = judge([{ from, user: () => undefined, count: 90 }]);
  assert.match(
    proof?.evidence ?? "",
    /^90 of the last 90 failures come from 30 addresses of Cloudflare/,
  );
  const six = (n: number): string => `2a04:4e42:200::${n % 30}`;
  assert.match(judge([{ from: six, user: names, count: 90 }])?.evidence ?? "", /of Fastly/);
});

test("one account from such a network is not a proxy", () => {
  const from = (n: number): string => `162.158.3.${n % 2}`;
  assert.equal(judge([{ from, user: () => "backup", count: 90 }]), undefined);
  assert.equal(judge([{ from, user: names, count: 90 }])?.kind, "found");
});

test("with a fifth of failures from elsewhere no proxy is reported", () => {
  const cdn = { from: (n: number) => `162.158.3.${n % 30}`, user: names, count: 80 };
  const rest = { from: (n: number) => `198.51.100.${n}`, user: names, count: 20 };
  assert.equal(judge([cdn, rest]), undefined);
});

test("too few failures prove nothing", () => {
  assert.equal(judge([{ from: () => "127.0.0.1", user: names, count: 49 }]), undefined);
});

test("an unbanned private address with many names all day is a proxy", () => {
  const traffic = [{ from: () => "10.0.0.5", user: names, count: 100, every: 5 }];
  const allowedBy = (): string => "ignoreip 10.0.0.0/8";
  const proof = judge(traffic, { allowedBy });
  assert.match(
    proof?.evidence ?? "",
    /over 9 hours, and it is never banned \(ignoreip 10\.0\.0\.0\/8\)/,
  );
});

test("a scanner on the LAN that ends within an hour is not a proxy", () => {
  const traffic = [{ from: () => "10.0.0.5", user: names, count: 600, every: 0.1 }];
  assert.equal(judge(traffic, { allowedBy: () => "ignoreip" }), undefined);
});

test("an address with many failing names and successful logins is a proxy", () => {
  const traffic = [{ from: () => "203.0.113.9", user: names, count: 100, every: 5 }];
  const proof = judge(traffic, { accountsOf: () => 4 });
  assert.match(proof?.evidence ?? "", /4 accounts log in from it too/);
  assert.equal(judge(traffic, { accountsOf: () => 1 }), undefined);
});

/** Failures of clients that came through a proxy. */
function forwardedBy(proxy: string, clients: readonly string[]): SourceSum {
  const sources = createFailingSources();
  const from = { user: undefined, proxy: ip(proxy) };
  for (const client of clients) sources.add(ip(client), from, instant(START));
  sources.add(ip("192.0.2.99"), { user: undefined }, instant(START));
  return sources.sum(instant(START));
}

test("a ban of a client cannot bite where its packets come through a proxy on another host", () => {
  const clients = Array.from({ length: 20 }, () => "203.0.113.7");
  const proof = judge([], { sum: forwardedBy("10.0.0.2", clients), at: instant(START) });
  assert.ok(proof?.kind === "found" && proof.cause === "behind-proxy");
  assert.match(
    proof.evidence,
    /^20 of the last 21 failures came through a proxy on another host: a ban of 203\.0\.113\.7 cannot bite here, because its packets come through proxy 10\.0\.0\.2$/,
  );
  const few = judge([], { sum: forwardedBy("10.0.0.2", clients.slice(18)), at: instant(START) });
  assert.ok(few?.kind === "found" && few.cause === "partly-behind-proxy");
  const here = { sum: forwardedBy("127.0.0.1", clients), isHere: () => true };
  assert.equal(judge([], { ...here, at: instant(START) }), undefined);
  const edge = { sum: forwardedBy("10.0.0.2", clients), refusesClients: true };
  assert.equal(judge([], { ...edge, at: instant(START) }), undefined);
});

test("a peer that looks like a proxy and was not banned is a finding from the first offense on", () => {
  const subject = literalSubject("10.0.0.2");
  const suspects = [
    { subject, because: "its lines name 192.0.2.7 as the client", fix: "trust it" },
  ];
  const own = { from: () => "10.0.0.2", user: names, count: 5 };
  const proof = judge([own], { suspects });
  assert.ok(proof?.kind === "found" && proof.cause === "behind-proxy" && proof.fix === "trust it");
  assert.match(proof.evidence, /^5 of the last 5 failures come from 10\.0\.0\.2, which looks like/);
  const mixed = judge([own, { from: () => "192.0.2.7", user: names, count: 5 }], { suspects });
  assert.ok(mixed?.kind === "found" && mixed.cause === "partly-behind-proxy");
});

test("failures older than a day are dropped", () => {
  const sources = createFailingSources();
  fill(sources, { from: () => "127.0.0.1", user: names, count: 60 });
  assert.equal(sources.sum(instant(START + 13 * 60 * MINUTE)).failures, 60);
  assert.equal(sources.sum(instant(START + 25 * 60 * MINUTE)).failures, 0);
});

test("the tally is bounded, and dropped entries still count in total", () => {
  const sources = createFailingSources();
  const from = (n: number): string => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
  const at = fill(sources, { from, user: names, count: 5000, every: 0.001 });
  const sum = sources.sum(at);
  assert.equal(sum.failures, 5000);
  assert.equal(sum.sources.length, 256);
});

test("different names are counted with sufficient accuracy", () => {
  for (const many of [1, 5, 10, 20, 40]) {
    const sources = createFailingSources();
    fill(sources, { from: () => "192.0.2.1", user: (n) => `user${n % many}`, count: 100 });
    const [first] = sources.sum(instant(START)).sources;
    assert.ok(
      Math.abs((first?.users ?? 0) - many) <= Math.max(1, many * 0.3),
      `${many}: ${first?.users}`,
    );
  }
});

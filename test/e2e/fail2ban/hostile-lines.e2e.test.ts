/**
 * What clients can write into a log to keep a filter busy: sample lines of every stock filter blown up with fragments that
 * its expressions take in many ways, through the whole filter. A line costs a bounded time, whatever it holds.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../../src/domain/instant.ts";
import { buildFilter } from "../../../src/fail2ban/build-filter.ts";
import { createForeignFilter, type ForeignFilter } from "../../../src/fail2ban/foreign-filter.ts";
import { createLayerReader } from "../../../src/fail2ban/layers.ts";
import { readNamedFilter } from "../../../src/fail2ban/read-named-filter.ts";
import { enableLinearRegex } from "../../../src/platform/linear-regex.ts";
import { createRandom } from "../../../bench/random.ts";
import { filtersWithSamples, readSamples } from "./read-samples.ts";

// As the launcher has it for the daemon.
enableLinearRegex();

const DIRECTORY = "/etc/fail2ban";
const NOW = instant(1_124_013_600_000);
const MOST_MS = 50;
/** The longest a source hands on, and the longest that V8 looks at. */
const LENGTHS = [16_384, 512] as const;
const FRAGMENTS = [
  ...[": a", " from 1.2.3.4", "a", "aaaa ", "1.", "::", "(", "[", "]", '"', "'", " user=<a>, "],
  ...[" rhost=1.2.3.4 ", "x@y ", "0", " \t", "<", ">", ",a=b", "\u00e9 ", "- ", "\\", "a:1 ", "\r"],
];
const BASES = 6;

const reader = createLayerReader();

function openFilter(name: string, mode: string): ForeignFilter {
  const args = new Map([
    ["logtype", "file"],
    ["mode", mode],
  ]);
  const { rules } = readNamedFilter({ directory: DIRECTORY, name, args, reader });
  const built = buildFilter({ rules, localOffset: () => 0 });
  assert.ok(built.ok);
  return createForeignFilter(built.value);
}

/** Processor time, so that a busy machine does not count; what code costs when it is compiled is not the line's. */
function timeOf(filter: ForeignFilter, line: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3 && best > MOST_MS / 5; i++) {
    const before = process.threadCpuUsage();
    filter.look({ line, at: undefined, now: NOW, undated: "told" });
    const { user, system } = process.threadCpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

const MODES: Readonly<Record<string, readonly string[]>> = {
  sshd: ["normal", "aggressive"],
  postfix: ["normal", "aggressive"],
  exim: ["normal", "aggressive"],
  dovecot: ["normal", "aggressive"],
  freeswitch: ["normal", "ddos"],
};

test(`every stock filter takes at most ${MOST_MS} ms for a hostile line of 16 KB`, () => {
  const random = createRandom(11);
  const worst: { readonly ms: number; readonly what: string }[] = [];
  let lines = 0;
  let givenUp = 0;
  for (const name of filtersWithSamples(DIRECTORY)) {
    const samples = readSamples(name).map(({ line }) => line);
    for (const mode of MODES[name] ?? ["normal"]) {
      const filter = openFilter(name, mode);
      const bases = Array.from(
        { length: BASES },
        () => samples[random.below(samples.length)] ?? "",
      );
      let ms = 0;
      let what = "";
      for (const base of bases)
        for (const fragment of FRAGMENTS)
          for (const length of LENGTHS) {
            const at = random.below(base.length);
            const repeats = Math.max(1, Math.floor((length - base.length) / fragment.length));
            const line = base.slice(0, at) + fragment.repeat(repeats) + base.slice(at);
            const took = timeOf(filter, line);
            lines++;
            if (took > ms)
              [ms, what] = [took, `${JSON.stringify(fragment)} in ${base.slice(0, 80)}`];
          }
      givenUp += filter.givenUp;
      worst.push({ ms, what: `${name} ${mode}: ${what}` });
    }
  }
  worst.sort((a, b) => b.ms - a.ms);
  const shown = worst.slice(0, 5).map(({ ms, what }) => `${ms.toFixed(1)} ms ${what}`);
  console.log(`${lines} lines, ${givenUp} given up; the worst:\n${shown.join("\n")}`);
  assert.ok((worst[0]?.ms ?? Number.NaN) <= MOST_MS, shown[0]);
  assert.ok(lines > 20_000);
});

/** Lines of the shape of GHSA-33wh-ccjc-p397, at which the expressions of fail2ban 1.0.2 take time without end. */
const DOUBLING = [
  {
    filter: "dovecot",
    line: (n: number) =>
      `Jun 11 13:57:15 main dovecot: auth: ldap(u,192.0.2.1): ${": a".repeat(n)} unknown user x`,
  },
  {
    filter: "dovecot",
    line: (n: number) =>
      `Jul 02 13:49:32 main dovecot[442]: auth: pam(u${": a".repeat(n)},192.0.2.1): pam_authenticate() failed: x`,
  },
  {
    filter: "domino-smtp",
    line: (n: number) =>
      `[28325:00010-3735542592] 22-06-2014 09:56:12   smtp: ${"a ".repeat(n)} [192.0.2.1] authentication failure using internet password${": a".repeat(n)} x`,
  },
] as const;

test("lines that keep fail2ban busy for years cost no more than others", () => {
  for (const { filter: name, line } of DOUBLING) {
    const filter = openFilter(name, "normal");
    for (const repeats of [20, 40, 150, 5000]) {
      const took = timeOf(filter, line(repeats).slice(0, 16_384));
      assert.ok(took <= MOST_MS, `${name}, ${repeats} times: ${took} ms`);
    }
    assert.equal(filter.givenUp, 0);
  }
});

test("an expression that nothing can bound is given up, and that is counted", () => {
  const rules = {
    failregex: [String.raw`^(a*)*(a*)*\1\2(a*)*b<HOST>$`],
    ignoreregex: [],
    prefregex: undefined,
    datepattern: ["{NONE}"],
    maxlines: 1,
    usedns: "no",
    logtimezone: undefined,
  } as const;
  const built = buildFilter({ rules, localOffset: () => 0 });
  assert.ok(built.ok);
  const filter = createForeignFilter(built.value);
  assert.ok(timeOf(filter, `${"a".repeat(3000)}cb`) <= MOST_MS);
  assert.ok(filter.givenUp > 0);
  const [found] = filter.look({ line: "aab192.0.2.1", at: NOW, now: NOW });
  assert.equal(found?.id, "192.0.2.1");
});

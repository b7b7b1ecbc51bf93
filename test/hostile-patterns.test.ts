/**
 * No line makes any pattern hang: the work per line is counted in steps and bounded. V8's work is not counted, so V8
 * only matches short messages, with a few rules. FUZZ_FACTOR generates more.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../bench/random.ts";
import { instant } from "../src/domain/instant.ts";
import { parseIp } from "../src/domain/ip.ts";
import { fuzzCount } from "./fuzz-rounds.ts";
import type { CompiledRule } from "../src/parse/filter/compiled-rule.ts";
import type { Filter } from "../src/parse/filter/compile-filter.ts";
import { type Captures, firstCapture } from "../src/parse/filter/captures.ts";
import type { PrefixVerdict } from "../src/parse/pattern/truncated-line.ts";
import { createLineRouter } from "../src/parse/route/line-router.ts";
import { LONG_MESSAGE_LENGTH } from "../src/parse/route/long-message.ts";
import { createEffort, type Effort, RULES_EFFORT } from "../src/parse/expression/search-effort.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";
import {
  acceptedPattern,
  filterOf,
  hostileLine,
  isLine,
  isRegex,
  lineFor,
  MAX_LINE_LENGTH,
  randomPattern,
  randomRegex,
} from "./hostile-patterns.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));
const ROUNDS = fuzzCount(30);

/** Normalizes optional groups that matched nothing: one engine returns "", the other undefined. */
function told(captures: Captures | null): readonly (string | undefined)[] | null {
  return captures === null ? null : Array.from(captures, (text) => text || undefined);
}

interface Tally {
  /** Number of messages matched by V8, and the longest. */
  quick: number;
  longest: number;
  /** Maximum steps of the matcher for one line. */
  steps: number;
}

/** The same filter, with counters around its rules. */
function watched(filter: Filter, tally: Tally): Filter {
  const watch = (rule: CompiledRule): CompiledRule => {
    const { exact } = rule;
    const expression: RegExp = rule.expression();
    let at = 0;
    const spy = {
      set lastIndex(from: number) {
        at = expression.lastIndex = from;
      },
      exec: (text: string) => note(text, expression.exec(text)),
      test: (text: string) => note(text, expression.test(text)),
    };
    const note = <T>(text: string, result: T): T => {
      tally.quick++;
      tally.longest = Math.max(tally.longest, text.length - 1 - at);
      return result;
    };
    return {
      ...rule,
      expression: () => spy as RegExp,
      exact: (text: string, effort: Effort) => {
        const before = effort.left;
        const found = exact(text, effort);
        tally.steps += before - effort.left;
        return found;
      },
    };
  };
  return { ...filter, rules: filter.rules.map(watch) };
}

function route(filters: readonly Filter[], line: string): { matched: number[]; overLimit: number } {
  const router = createLineRouter(
    filters.map((filter) => ({ filter, accepts: undefined })),
    () => 0,
  );
  const matched: number[] = [];
  const batch = { text: `${line}\n`, fields: undefined, arrival: "backlog", cursor: undefined };
  const { overLimit } = router.route({ ...batch, arrival: "backlog" }, NOW, {
    matched: (entry) => matched.push(entry),
    unrecognized() {},
  });
  return { matched, overLimit };
}

test("generated patterns: a hundred filters use at most one line's effort for 16 KiB", () => {
  const random = createRandom(1);
  for (let round = 0; round < Math.ceil(ROUNDS / 10); round++) {
    const patterns = Array.from({ length: 130 }, () => randomPattern(random));
    const tally = { quick: 0, longest: 0, steps: 0 };
    const filters = patterns.flatMap((pattern, i) => {
      const filter = filterOf(`f${i}`, [isLine(pattern)]);
      return filter === undefined ? [] : [watched(filter, tally)];
    });
    assert.ok(filters.length >= 50, "most patterns are taken");
    const hostile = hostileLine(random.pick(["a", ...patterns]), random, MAX_LINE_LENGTH);
    const { overLimit } = route(filters.slice(0, 100), hostile);
    assert.ok(tally.longest <= LONG_MESSAGE_LENGTH, "V8 is given no long message");
    // The loop may finish its iteration after the limit.
    assert.ok(tally.steps <= RULES_EFFORT + MAX_LINE_LENGTH, `${tally.steps} steps: ${hostile}`);
    assert.ok(overLimit <= 1);
  }
});

test("generated expressions: the same", () => {
  const random = createRandom(2);
  for (let round = 0; round < Math.ceil(ROUNDS / 10); round++) {
    const tally = { quick: 0, longest: 0, steps: 0 };
    const filters = Array.from({ length: 20 }, (_, i) => {
      const filter = filterOf(`f${i}`, [isRegex(randomRegex(random))]);
      return filter === undefined ? [] : [watched(filter, tally)];
    }).flat();
    route(filters, hostileLine(randomPattern(random), random, MAX_LINE_LENGTH));
    assert.ok(tally.longest <= LONG_MESSAGE_LENGTH);
    assert.ok(tally.steps <= RULES_EFFORT + MAX_LINE_LENGTH);
  }
});

test("for a short message V8 runs a few rules, the matcher the others", () => {
  const tally = { quick: 0, longest: 0, steps: 0 };
  const filters = Array.from({ length: 200 }, (_, i) => {
    const filter = filterOf(`f${i}`, [isLine("{a}@{b}")]);
    assert.ok(filter !== undefined);
    return watched(filter, tally);
  });
  const short = "a@".repeat(LONG_MESSAGE_LENGTH / 2 - 1);
  assert.deepEqual(route(filters, `${short}b`).matched.length, 200);
  assert.ok(tally.quick > 0 && tally.quick <= 64, `${tally.quick} runs`);
  assert.ok(tally.longest <= LONG_MESSAGE_LENGTH);
  assert.ok(tally.steps > 0 && tally.steps <= RULES_EFFORT);
});

test("a truncated line gives no address that the complete line does not give", () => {
  const random = createRandom(4);
  let heads = 0;
  for (let round = 0; round < ROUNDS * 2; round++) {
    // One peer in a line, and text beside it that is not part of an address.
    const beside = (): string =>
      randomPattern(random)
        .replace(/\{ip\b/g, "{other:ip")
        .replace(/:ip:/g, ":");
    const peer = random.pick(["{ip}", "{ip}", "{ip:endpoint}"]);
    const pattern = acceptedPattern(
      () => `${beside()}${peer}${random.pick(["", " ", ": "])}${beside()}`,
    );
    const [rule] = filterOf("f", [isLine(pattern)])?.rules ?? [];
    if (rule?.head === undefined || pattern.includes("{host}")) continue;
    for (let i = 0; i < 6; i++) {
      const line = lineFor(pattern, random);
      const expression: RegExp = rule.expression();
      expression.lastIndex = 0;
      const whole: Captures | null = expression.exec(`${line}\n`);
      // Text that only resembles an address is matched again by the strict expression.
      const accused: string = firstCapture(whole ?? [], rule.ipGroups) ?? "";
      if (parseIp(accused) === undefined) continue;
      for (let end = 0; end <= line.length; end++) {
        const verdict: PrefixVerdict = rule.head(line, 0, end, createEffort());
        const context: string = JSON.stringify({ pattern, line, end, verdict, accused });
        assert.notEqual(verdict, "no", context);
        if (typeof verdict === "string") continue;
        assert.equal(verdict.ip, accused, context);
        heads++;
      }
    }
  }
  assert.ok(heads > ROUNDS / 2, `${heads} heads`);
});

test("for long messages the matcher has the same results as V8", () => {
  const random = createRandom(3);
  let matches = 0;
  for (let round = 0; round < ROUNDS * 5; round++) {
    const isPattern = random.below(2) === 0;
    const source = isPattern ? randomPattern(random) : randomRegex(random);
    const [rule] = filterOf("f", [isPattern ? isLine(source) : isRegex(source)])?.rules ?? [];
    if (rule === undefined) continue;
    for (let i = 0; i < 6; i++) {
      const text = `${i < 4 ? lineFor(randomOr(source), random) : hostileLine(source, random, 60)}\n`;
      const expression: RegExp = rule.expression();
      expression.lastIndex = 0;
      const quick: Captures | null = expression.exec(text);
      const exact: Captures | null = rule.exact(text, createEffort());
      assert.deepEqual(told(exact), told(quick), JSON.stringify({ source, text }));
      const strict: RegExp | undefined = rule.strict?.expression();
      if (strict !== undefined) {
        strict.lastIndex = 0;
        const strictly: Captures | null = rule.strict?.exact(text, createEffort()) ?? null;
        assert.deepEqual(told(strictly), told(strict.exec(text)), `strict: ${source} on ${text}`);
        assert.ok(new RegExp(strict.source, "l"), "the linear engine runs it");
      }
      if (quick !== null) matches++;
    }
    function randomOr(pattern: string): string {
      return isPattern ? pattern : randomPattern(random);
    }
  }
  assert.ok(matches > ROUNDS, `${matches} matches`);
});

/**
 * Compares every expression of the stock filters, in all variants of the sample logs, with Python and fail2ban's tags:
 * on sample lines, and on lines with characters that engines treat differently.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../../src/domain/instant.ts";
import { buildFilter } from "../../../src/fail2ban/dialect/build-filter.ts";
import { compileFilterExpression } from "../../../src/fail2ban/dialect/filter-expression.ts";
import { Groups } from "../../../src/fail2ban/dialect/groups.ts";
import { Fail2banMatcher } from "../../../src/fail2ban/dialect/fail2ban-matcher.ts";
import { createLayerReader } from "../../../src/fail2ban/config/layers.ts";
import { readNamedFilter } from "../../../src/fail2ban/config/read-named-filter.ts";
import { isAscii } from "../../../src/parse/is-ascii.ts";
import { createEffort } from "../../../src/parse/expression/search-effort.ts";
import { createRandom } from "../../../bench/random.ts";
import { filtersWithSamples, readSamples } from "./read-samples.ts";
import { type PythonFound, searchWithPython } from "./search-with-python.ts";

const DIRECTORY = "/etc/fail2ban";
const NOW = instant(1_124_013_600_000);
/** Characters that engines treat differently: blanks, newlines, digits, letters, quotes, surrogate pairs. */
const STRANGE = [
  ..."\u00a0\u0085\u2028\u2029\u001c\u001f\ufeff\r\n\t\u0663\u0967\u00e9\u0130\u017f\u212a\u00df\u0301",
  "\u{1f600}",
  "\u{1d7d9}",
  ..."\"' x1]:",
];
const MUTATED = 3000;

interface Stock {
  readonly text: string;
  readonly multiline: boolean;
  readonly where: string;
}

const { expressions, texts } = collect();

test("every stock expression matches the same as in Python, in every group", (t) => {
  const answers = searchWithPython(
    expressions.map(({ text, multiline }) => ({ text, multiline, tags: true })),
    texts,
  );
  const wrong: string[] = [];
  let compared = 0;
  for (const [i, { text, multiline, where }] of expressions.entries()) {
    const { found = [], error } = answers[i] ?? {};
    const compiled = compileFilterExpression(text, { useDns: "warn", everyLine: multiline });
    assert.ok(compiled.ok && error === undefined, `${where}: ${error ?? JSON.stringify(compiled)}`);
    const wanted = new Map(found.map((one) => [one[0], one]));
    for (const [number, line] of texts.entries()) {
      // Text that is not known to be ASCII is only matched by the exact matcher.
      for (const ascii of isAscii(line) ? [true, false] : [false]) {
        const context = { ascii, effort: createEffort() };
        const match = compiled.value.search(line, context);
        const groups = new Groups();
        if (match !== null) compiled.value.capture(match, groups);
        const complaint = compare(match?.[0], groups, wanted.get(number));
        if (complaint !== "") wrong.push(`${where}: ${complaint}: ${JSON.stringify(line)}`);
        assert.equal(context.effort.overLimit, 0);
      }
      compared++;
    }
  }
  assert.deepEqual(wrong.slice(0, 10), []);
  t.diagnostic(
    `compared: ${compared}, of ${expressions.length} expressions and ${texts.length} texts`,
  );
  assert.ok(expressions.length >= 220 && texts.length >= 4000);
});

function compare(
  whole: string | undefined,
  groups: Groups,
  wanted: PythonFound | undefined,
): string {
  if ((whole === undefined) !== (wanted === undefined))
    return whole === undefined ? "not found, Python does" : "found, Python does not";
  for (const [name, value] of Object.entries(wanted?.[3] ?? {})) {
    // fail2ban uses the group of an alternative name; Python does not.
    const lent = value === null || value === "" ? groups.get(name) !== undefined : false;
    if ((groups.get(name) ?? null) !== value && !(lent && hasAlternative(groups, name)))
      return `${name} is ${JSON.stringify(groups.get(name))}, not ${JSON.stringify(value)}`;
  }
  return "";
}

function hasAlternative(groups: Groups, name: string): boolean {
  return [...groups].some(([key]) => key.startsWith(`alt_${name}`));
}

function collect(): { expressions: readonly Stock[]; texts: readonly string[] } {
  const reader = createLayerReader();
  const stock = new Map<string, Stock>();
  const lines = new Set<string>();
  for (const name of filtersWithSamples(DIRECTORY)) {
    const samples = readSamples(name);
    const variants = new Set(samples.flatMap(({ options }) => options.map(argumentsOf)));
    for (const variant of ["[]", ...variants]) {
      const args = new Map<string, string>(JSON.parse(variant));
      const { rules } = readNamedFilter({ directory: DIRECTORY, name, args, reader });
      const multiline = rules.maxlines > 1;
      const { prefregex, failregex, ignoreregex } = rules;
      for (const text of [
        ...(prefregex === undefined ? [] : [prefregex]),
        ...failregex,
        ...ignoreregex,
      ])
        stock.set(`${multiline} ${text}`, { text, multiline, where: `${name} ${variant}` });
      const built = buildFilter({ rules, localOffset: () => 0 });
      assert.ok(built.ok);
      const filter = new Fail2banMatcher(built.value);
      for (const { line } of samples) {
        filter.examine({ line, at: undefined, now: NOW });
        lines.add(`${line}\n`).add(`${filter.last.text}\n`);
        const content = filter.last.prefix?.get("content");
        if (content) lines.add(`${content}\n`);
      }
    }
  }
  const random = createRandom(7);
  const all = [...lines];
  for (let n = 0; n < MUTATED; n++)
    lines.add(mutate(all[random.below(all.length)] ?? "", (n) => random.below(n)));
  return { expressions: [...stock.values()], texts: [...lines] };
}

function argumentsOf(options: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(options).filter(([key]) => !key.startsWith("test.")));
}

/** Replaces up to three characters by such characters, except the newline. */
function mutate(line: string, below: (n: number) => number): string {
  const characters = [...line.slice(0, -1)];
  for (let n = 0; n < 3 && characters.length > 0; n++)
    characters[below(characters.length)] = STRANGE[below(STRANGE.length)] ?? "";
  return `${characters.join("")}\n`;
}

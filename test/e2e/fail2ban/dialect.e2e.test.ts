/**
 * Compares random expressions with Python: the same expressions are refused, and the same matches with the same groups
 * are found. The seed is fixed unless SEED is set.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../bench/random.ts";
import { isAscii } from "../../../src/parse/is-ascii.ts";
import {
  compilePythonExpression,
  type PythonExpression,
} from "../../../src/parse/expression/python-expression.ts";
import { createEffort } from "../../../src/parse/expression/search-effort.ts";
import { generateExpression } from "./generate-expression.ts";
import { searchWithPython } from "./search-with-python.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_123);
const EXPRESSIONS = Number(process.env["EXPRESSIONS"] ?? 4000);

test(`${EXPRESSIONS} random expressions match the same as in Python (seed ${SEED})`, (t) => {
  const random = createRandom(SEED);
  const generated = Array.from({ length: EXPRESSIONS }, () => generateExpression(random));
  const answers = searchWithPython(generated);
  const wrong: string[] = [];
  let [compared, matched, refused] = [0, 0, 0];
  for (const [i, { text, multiline, texts }] of generated.entries()) {
    const { error, found = [] } = answers[i] ?? {};
    const compiled = compilePythonExpression(text, { everyLine: multiline });
    if (error !== undefined || !compiled.ok) {
      refused++;
      if ((error === undefined) !== compiled.ok)
        wrong.push(`${text}: ${error ?? JSON.stringify(compiled)}`);
      continue;
    }
    const wanted = new Map(found.map(([number, whole, groups]) => [number, [whole, ...groups]]));
    for (const [number, line] of texts.entries()) {
      const want = JSON.stringify(wanted.get(number) ?? null);
      for (const ascii of isAscii(line) ? [true, false] : [false]) {
        const got = JSON.stringify(search(compiled.value, line, ascii, wanted.get(number)?.[0]));
        compared++;
        if (got !== "null") matched++;
        if (got !== want)
          wrong.push(
            `${JSON.stringify(text)}${multiline ? " (m)" : ""} ${JSON.stringify(line)}: ${got}, not ${want}`,
          );
      }
    }
  }
  t.diagnostic(`compared: ${compared}, matched ${matched}, expressions refused by both ${refused}`);
  assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} differ`);
  assert.ok(matched > compared / 4 && refused < EXPRESSIONS / 3);
});

function search(
  expression: PythonExpression,
  text: string,
  ascii: boolean,
  whole: string | null = null,
): readonly (string | null)[] | null {
  const match = expression.search(text, { ascii, effort: createEffort() });
  if (match === null) return null;
  const [first, ...groups] = Array.from(match, (one) => one ?? null);
  // V8 includes the newline before which "$" matches.
  return [ascii && first === `${whole}\n` ? whole : (first ?? null), ...groups];
}

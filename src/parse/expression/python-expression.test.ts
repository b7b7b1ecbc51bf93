/** The dialect gives the answers that Python gave (test/expressions/record-answers.py records them). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isAscii } from "../is-ascii.ts";
import { compilePythonExpression, type PythonExpression } from "./python-expression.ts";
import { createEffort } from "./search-effort.ts";

interface Answer {
  readonly text: string;
  readonly multiline?: boolean;
  /** Python's message and position, when it refuses the expression. */
  readonly error?: readonly [string, number | null];
  readonly groups?: number;
  readonly names?: Readonly<Record<string, number>>;
  /** For each text the spans of the match and of its groups, or null. */
  readonly found?: readonly (readonly [string, readonly number[] | null])[];
}

const ANSWERS = join(import.meta.dirname, "../../../test/expressions/answers.jsonl");
const answers = readFileSync(ANSWERS, "utf8")
  .trimEnd()
  .split("\n")
  .map((line): Answer => JSON.parse(line));

function compile({ text, multiline = false }: Answer): PythonExpression {
  const compiled = compilePythonExpression(text, { everyLine: multiline });
  assert.ok(compiled.ok, `${text}: ${JSON.stringify(compiled)}`);
  return compiled.value;
}

function textsOf(text: string, spans: readonly number[] | null): readonly (string | undefined)[] {
  const texts: (string | undefined)[] = [];
  for (let i = 0; i < (spans?.length ?? 0); i += 2) {
    const from = spans?.[i] ?? -1;
    texts.push(from < 0 ? undefined : text.slice(from, spans?.[i + 1]));
  }
  return texts;
}

test("exactly the expressions that Python refuses are refused", () => {
  const different = answers.filter(
    ({ text, multiline = false, error }) =>
      compilePythonExpression(text, { everyLine: multiline }).ok !== (error === undefined),
  );
  assert.deepEqual(different, []);
});

test("an error message of Python has Python's position, or the start of that part", () => {
  const different: string[] = [];
  let same = 0;
  for (const { text, error } of answers) {
    if (error === undefined) continue;
    const compiled = compilePythonExpression(text);
    if (compiled.ok || compiled.error.message !== error[0] || error[1] === null) continue;
    if (compiled.error.at === error[1]) same++;
    if (compiled.error.at > error[1])
      different.push(`${text}: at ${compiled.error.at}, not ${error[1]}`);
  }
  assert.deepEqual(different, []);
  assert.ok(same >= 20, `${same} refusals compared`);
});

test("groups and their names have Python's numbers", () => {
  for (const answer of answers) {
    if (answer.error !== undefined) continue;
    const { groups, names } = compile(answer);
    assert.equal(groups, answer.groups, answer.text);
    assert.deepEqual(Object.fromEntries(names), answer.names, answer.text);
  }
});

test("the exact matcher finds every group where Python does", () => {
  let matched = 0;
  for (const answer of answers) {
    if (answer.error !== undefined) continue;
    const expression = compile(answer);
    for (const [text, spans] of answer.found ?? []) {
      const effort = createEffort();
      const found = expression.locate(text, { ascii: false, effort });
      const where = `${answer.text} in ${JSON.stringify(text)}`;
      assert.deepEqual(found === null ? null : [...found], spans, where);
      assert.equal(effort.overLimit, 0, where);
      if (found !== null) matched++;
    }
  }
  assert.ok(matched > 200, `${matched} matches`);
});

test("a search finds Python's texts, by V8 for short ASCII text and by the exact matcher", () => {
  for (const answer of answers) {
    if (answer.error !== undefined) continue;
    const expression = compile(answer);
    for (const [text, spans] of answer.found ?? [])
      for (const ascii of isAscii(text) ? [true, false] : [false]) {
        const match = expression.search(text, { ascii, effort: createEffort() });
        const where = `${answer.text} in ${JSON.stringify(text)}, ASCII: ${ascii}`;
        const [whole, ...groups] = textsOf(text, spans);
        if (match === null || whole === undefined) {
          assert.equal(match, whole ?? null, where);
          continue;
        }
        assert.equal(match.index, spans?.[0], where);
        assert.deepEqual([...match.slice(1)], groups, where);
        // V8 takes the newline before which "$" matches.
        assert.ok(match[0] === whole || (ascii && match[0] === `${whole}\n`), where);
      }
  }
});

test("a search sees nothing after the end of its range", () => {
  const expression = compile({ text: "^(\\w+)$|b" });
  const locate = (from: number, to: number): readonly number[] | undefined => {
    const spans = expression.locate("abc", { ascii: true, effort: createEffort() }, from, to);
    return spans === null ? undefined : [...spans];
  };
  assert.deepEqual(locate(0, 2), [0, 2, 0, 2]);
  assert.deepEqual(locate(1, 2), [1, 2, -1, -1]);
  assert.equal(locate(2, 3), undefined);
  const anchored = compile({ text: "^a" });
  assert.equal(anchored.locate("aa", { ascii: true, effort: createEffort() }, 1), null);
  const needs = compile({ text: "x+abc" });
  assert.equal(needs.locate("xab", { ascii: true, effort: createEffort() }), null);
});

test("a text too long for V8 is searched by the exact matcher", () => {
  const expression = compile({ text: "(a+)b$" });
  const match = expression.search(`${"a".repeat(600)}b\n`, { ascii: true, effort: createEffort() });
  assert.equal(match?.[0], `${"a".repeat(600)}b`);
  assert.equal(match[1]?.length, 600);
});

test("a search without effort left is stopped", () => {
  const expression = compile({ text: "(?:a|b|ab)*(\\w)\\1c" });
  for (const most of [1, 500, 3000, 20_000]) {
    const effort = createEffort(most);
    assert.equal(expression.locate(`${"ab".repeat(300)}c`, { ascii: true, effort }), null);
    assert.deepEqual(effort, { left: 0, overLimit: 1 });
  }
});

test("an expression whose program is too long is refused", () => {
  for (const text of ["(?:(?:ab){1000}){1000}", "a{4294967294}", "(?:(?:a|b){200,}){300}"]) {
    const compiled = compilePythonExpression(text);
    assert.ok(!compiled.ok);
    assert.deepEqual(compiled.error, { message: "the expression is too long", at: 0 });
  }
  // An upper bound alone refuses nothing.
  assert.ok(compilePythonExpression("(?:a{1000}){1000}").ok);
});

test("a deeply nested expression is refused", () => {
  for (const text of ["(".repeat(101), "(?:a|".repeat(101), `(a)${"(?(1)".repeat(101)}`]) {
    const compiled = compilePythonExpression(text);
    assert.ok(!compiled.ok);
    assert.equal(compiled.error.message, "nested too deep");
  }
});

test("an anchored expression has the beginnings of its matches", () => {
  const cases: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["^abc", ["abc"]],
    ["abc", undefined],
    ["(?m)^abc", undefined],
    ["^(?:ab|c)d", ["abd", "cd"]],
    ["(^a|^b)c", ["ac", "bc"]],
    ["(?>^a)c", undefined],
    ["(?:^a){2}", ["a"]],
    ["(?:^a)?b", undefined],
    ["^(?i:a1)", ["a1", "A1"]],
    ["^[ab]x", ["ax", "bx"]],
    ["^(?i:[a-b])x", ["ax", "Ax", "bx", "Bx"]],
    ["^a[^b]", ["a"]],
    ["^a[a-f]", ["a"]],
    ["^a\\dx", ["a"]],
    ["^ab?c", ["abc", "ac"]],
    ["^a(?:b.)?c", ["ab", "a"]],
    ["^a{1}b", ["ab"]],
    ["^a+b", ["a"]],
    ["^a*b", undefined],
    ["^\\b(?=a)ab", ["ab"]],
    ["^a.b", ["a"]],
    ["^a$b", ["a"]],
    ["^a\\Zb", ["a"]],
    ["^a(?>b)", ["a"]],
    ["^(a)b\\1", ["ab"]],
    ["^(a)b(?(1)c)", ["ab"]],
    [`^${"a".repeat(41)}b`, ["a".repeat(40)]],
  ];
  for (const [text, openings] of cases)
    assert.deepEqual(compile({ text }).openings, openings, text);
  // A fourth character would make 81 of them.
  assert.equal(compile({ text: "^[abc][abc][abc][abc]" }).openings?.length, 27);
});

test("the group before a closing $ is known", () => {
  for (const [text, group] of [
    ["a(b)$", 1],
    ["(a)(b)$", 2],
    ["a(b)", undefined],
    ["(?m)a(b)$", undefined],
    ["(a)b$", undefined],
    ["a", undefined],
  ] as const)
    assert.equal(compile({ text }).closingGroup, group, text);
});

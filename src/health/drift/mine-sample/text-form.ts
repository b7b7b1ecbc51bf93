/** Drafts rules from plain messages: mines them, writes patterns and tests these exactly as drift does. */
import { tokenize } from "../message-tokens.ts";
import { constantText } from "../propose-rule.ts";
import { nameTypesOf, patternOf, sampleOf, sampleText } from "../shape-pattern.ts";
import { testForgery } from "../test-forgery.ts";
import { draftRule, draftSample, type LineForm } from "./line-form.ts";

export const TEXT_FORM: LineForm = {
  name: "plain text",
  reduce: (message) => message,
  tokenize,
  failureWords: () => [],
  idText: constantText,
  candidates(shape, head) {
    const sample = sampleOf(shape, tokenize);
    if (sample === undefined) return [];
    const line = sampleText(shape, sample.values);
    return nameTypesOf(shape).map((type) => ({
      rules: [draftRule(head, { kind: "line", patterns: [patternOf(shape, type)] })],
      samples: [draftSample(line, head.id, sample)],
    }));
  },
  benignLine(shape) {
    if (shape.slots.includes("rest")) return undefined;
    const sample = sampleOf(shape, tokenize);
    return sample === undefined ? undefined : sampleText(shape, sample.values);
  },
  // The longest constant text is the narrowest pattern.
  precision: (shape) => constantText(shape).length,
  testForgery({ base, candidate, shape, shapes }) {
    const [rule] = candidate.rules;
    const [sample] = candidate.samples;
    if (rule?.recognize.kind !== "line" || sample?.expect.kind !== "rule") return undefined;
    const { ip, user } = sample.expect;
    const [line = ""] = rule.recognize.patterns;
    const { id, is } = rule;
    return testForgery({
      base,
      rule: { id, is, counts: "each", line, sample: { line: sample.line, ip, user } },
      examples: shape.examples,
      others: shapes.filter(({ key }) => key !== shape.key),
    });
  },
};

/**
 * Forges lines for a rule of any kind, together with their true peer: fills in patterns (forge.ts), forges values of
 * JSON lines, and puts another address into the account name of a hand-written expression's samples.
 */
import {
  patternsOf,
  type RecordRecognizer,
  type RuleDefinition,
  type SampleDefinition,
} from "../../domain/filter-definition.ts";
import {
  type Forgery,
  type ForgeOptions,
  forge,
  honestLine,
  TRUTH,
  VICTIM,
} from "../pattern/forge.ts";
import { type PatternPart, parsePattern } from "../pattern/pattern.ts";
import { writeRecord } from "../structured/write-record.ts";

export function forgeRule(
  { id, recognize }: RuleDefinition,
  samples: readonly SampleDefinition[],
  options: ForgeOptions = {},
): readonly Forgery[] {
  switch (recognize.kind) {
    case "line":
      return recognize.patterns.flatMap((pattern, i) =>
        forge(partsOf(pattern), { ...options, isFirst: i === 0 }),
      );
    case "record":
      return forgeRecord(recognize, options);
    case "regex":
      return samples.flatMap((sample) => forgeSample(id, sample, options));
  }
}

/** Parses a pattern. An unparsable one is reported separately, and has no parts here. */
function partsOf(pattern: string): readonly PatternPart[] {
  const parts = parsePattern(pattern);
  return parts.ok ? parts.value : [];
}

const IN_VALUES = [
  VICTIM,
  ` ${VICTIM}`,
  `x from ${VICTIM} x`,
  `","ip":"${VICTIM}"`,
  `x\n${VICTIM}`,
];

/** Replaces each field of the record in turn by text that a client may choose, and the text before the object too. */
function forgeRecord(
  recognize: RecordRecognizer,
  { words, texts }: ForgeOptions,
): readonly Forgery[] {
  const patterns = patternsOf(recognize).map(partsOf);
  const keys = recognize.fields.map(({ key }) => key);
  const fields = recognize.before === undefined ? keys : ["before", ...keys];
  const plain = patterns.map(honestLine);
  const forged = victimRecord(recognize);
  const inValues = [...IN_VALUES, forged, `${forged.slice(0, -1)},"x":`];
  return patterns.flatMap((parts, at) => {
    const chosen = words === undefined ? {} : { words };
    const own = texts === undefined ? forge(parts, chosen) : [];
    const others = forge(parts, { ...chosen, texts: texts ?? inValues });
    return [...own, ...others].map(({ line }) => ({
      line: writeRecord(recognize, plain.with(at, line)),
      truth: TRUTH,
      field: fields[at] ?? "",
    }));
  });
}

/** Writes a structured line that a rule recognizes, with the victim's address. */
export function victimRecord(recognize: RecordRecognizer): string {
  const plain = patternsOf(recognize).map((pattern) => honestLine(partsOf(pattern)));
  return writeRecord(
    recognize,
    plain.map((text) => text.replaceAll(TRUTH, VICTIM)),
  );
}

const ACCOUNT = "(?<user>…)";

/** Forges lines from a sample: where it contains the account, a client may write anything. */
function forgeSample(
  rule: string,
  { line, expect }: SampleDefinition,
  { texts }: ForgeOptions,
): readonly Forgery[] {
  if (expect.kind === "none" || expect.rule !== rule) return [];
  const { ip, user } = expect;
  if (ip === undefined || user === undefined || user === "") return [];
  const at = line.indexOf(user);
  if (at < 0) return [];
  const [before, after] = [line.slice(0, at), line.slice(at + user.length)];
  const copy = after.replaceAll(ip, VICTIM);
  const upTo = copy.slice(0, copy.indexOf(VICTIM) + VICTIM.length);
  const own = [copy, upTo, `${user}${copy}`, `${user}${upTo}`, `${user}${upTo} x`, VICTIM];
  const payloads = texts ?? [...own, ` ${VICTIM}`, `x ${VICTIM} x`, `"${upTo}`, `${copy}${copy}`];
  return payloads.map((text) => ({ line: before + text + after, truth: ip, field: ACCOUNT }));
}

/** Formats rules, samples and whole filters as TOML for an administrator's filter files. All texts are escaped. */
import type {
  FilterDefinition,
  Recognizer,
  RuleDefinition,
  SampleDefinition,
} from "../../domain/filter-definition.ts";
import { definitionOf, type ProposedRule } from "./propose-rule.ts";

/** Returns the first lines of a file that extends the filter. */
export function overlayHead(filter: string): string {
  return `# Rules added to the filter "${filter}" on this host; yours to change. bailiff check reads them, bailiff reload uses them.\nextends = ${quote(filter)}\n`;
}

/** Formats one rule; `comment` is one line. */
export function ruleText(proposed: ProposedRule, comment: string): string {
  const { id, sample } = proposed;
  const { line, ip, user } = sample;
  const expect = {
    kind: "rule",
    rule: id,
    ip,
    user: user || undefined,
    counts: undefined,
  } as const;
  return [
    `# ${comment.replace(UNSAFE, " ")}`,
    formatRule(definitionOf(proposed)),
    formatSample({ line, mode: "normal", expect }),
  ].join("\n");
}

/**
 * Formats a filter of native rules, of the keys that drafts use. `comment` is one line. `read`: files that may be its
 * log; they are written as a comment.
 */
export function filterText(
  definition: FilterDefinition,
  comment: string,
  read: readonly string[] = [],
): string {
  const { name, description, programs, files, rules, samples } = definition;
  const list = (key: string, values: readonly string[]): readonly string[] =>
    values.length === 0 ? [] : [`${key} = [${values.map(quote).join(", ")}]`];
  const head = [
    `# ${comment.replace(UNSAFE, " ")}`,
    `name = ${quote(name)}`,
    `description = ${quote(description)}`,
    ...list("programs", programs),
    ...list("files", files),
    ...list("# files", read),
    "",
  ].join("\n");
  return [head, ...rules.map(formatRule), ...samples.map(formatSample)].join("\n");
}

function formatRule({ id, is, counting, recognize, evidence, unverified }: RuleDefinition): string {
  return [
    "[[rule]]",
    `id = ${quote(id)}`,
    ...(evidence === undefined ? [] : [`evidence = ${quote(evidence)}`]),
    `is = ${quote(is)}`,
    ...(counting === "each" ? [] : [`counts = ${quote(counting)}`]),
    ...(unverified === true ? ["unverified = true"] : []),
    formatRecognizer(recognize),
    "",
  ].join("\n");
}

function formatRecognizer(recognize: Recognizer): string {
  switch (recognize.kind) {
    case "line": {
      const [first = "", ...more] = recognize.patterns.map(quote);
      return `line = ${more.length === 0 ? first : `[${[first, ...more].join(", ")}]`}`;
    }
    case "regex":
      return `regex = ${quote(recognize.source)}`;
    case "record": {
      const fields = recognize.fields.map(({ key, pattern }) => {
        const name = /^[\w-]+$/.test(key) ? key : quote(key);
        return `${name} = ${PLAIN_VALUE.test(pattern) ? pattern : quote(pattern)}`;
      });
      return `${recognize.format} = { ${fields.join(", ")} }`;
    }
  }
}

/** Matches a number or a boolean, which TOML writes without quotes. */
const PLAIN_VALUE = /^(?:0|[1-9]\d{0,14}|true|false)$/;

function formatSample({ line, expect }: SampleDefinition): string {
  return ["[[sample]]", `line = ${quote(line)}`, `expect = ${formatExpectation(expect)}`, ""].join(
    "\n",
  );
}

function formatExpectation(expect: SampleDefinition["expect"]): string {
  if (expect.kind === "none") return quote("none");
  const { rule, ip, user } = expect;
  const facts = [
    `rule = ${quote(rule)}`,
    ...(ip === undefined ? [] : [`ip = ${quote(ip)}`]),
    ...(user === undefined ? [] : [`user = ${quote(user)}`]),
  ];
  return `{ ${facts.join(", ")} }`;
}

/** Control characters, and those that change the order of text or hide in it. */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Quotes a text as TOML: as a literal string if that is shorter to read, else with escapes. */
function quote(text: string): string {
  const wellFormed = text.toWellFormed();
  if (/["\\]/.test(wellFormed) && !/'/.test(wellFormed) && wellFormed.search(UNSAFE) < 0)
    return `'${wellFormed}'`;
  const escaped = wellFormed
    .replace(/[\\"]/g, "\\$&")
    .replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${escaped}"`;
}

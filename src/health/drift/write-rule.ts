/** Formats a rule and its sample as TOML for an administrator's filter file. All texts are escaped. */
import type { ProposedRule } from "./propose-rule.ts";

/** Returns the first lines of a file that extends the filter. */
export function overlayHead(filter: string): string {
  return `# Rules added to the filter "${filter}" on this host; yours to change. bailiff check reads them, bailiff reload uses them.\nextends = ${quote(filter)}\n`;
}

/** Formats one rule; `comment` is one line. */
export function ruleText({ id, is, counts, line, sample }: ProposedRule, comment: string): string {
  const expected = [
    `rule = ${quote(id)}`,
    ...(sample.ip === undefined ? [] : [`ip = ${quote(sample.ip)}`]),
    ...(sample.user === undefined || sample.user === "" ? [] : [`user = ${quote(sample.user)}`]),
  ];
  return [
    `# ${comment.replace(CONTROL, " ")}`,
    "[[rule]]",
    `id = ${quote(id)}`,
    `is = ${quote(is)}`,
    ...(counts === "each" ? [] : [`counts = ${quote(counts)}`]),
    `line = ${quote(line)}`,
    "",
    "[[sample]]",
    `line = ${quote(sample.line)}`,
    `expect = { ${expected.join(", ")} }`,
    "",
  ].join("\n");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/g;

/** Quotes a text as a TOML basic string. */
function quote(text: string): string {
  const escaped = text
    .replace(/[\\"]/g, "\\$&")
    .replace(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${escaped}"`;
}

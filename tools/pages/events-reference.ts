/** Generates docs/reference/events.md: every operational event with its level, its fields and what to do about it. */
import { EVENTS } from "../../src/telemetry/events.ts";
import { EVENT_MEANINGS } from "./event-meanings.ts";
import { cell } from "./markdown-cell.ts";
import { readSources } from "./source-text.ts";

const SOURCE = "src/telemetry/events";

const HEAD = `# Events

<!-- Generated from ${SOURCE} by tools/docs.ts. Do not edit. -->

What the daemon writes to its log, and what \`bailiff follow --json\` shows.
\`error\`: something was lost or a person must act.
\`warn\`: unexpected, recovered automatically.
\`info\`: lifecycle, every failure, ban and unban.
\`debug\`: with \`bailiff run --verbose\` and in \`bailiff follow\` only.

In JSON each event is one object: \`time\` and \`level\`, \`event\`, then its fields.
Instants are ISO 8601 in UTC; durations are numbers of milliseconds under a name that ends in \`_ms\`.
A field with \`?\` may be missing.
Text from a log is cut at 300 characters in the other two formats, and control characters are escaped.

| event | level | fields | meaning |
|---|---|---|---|
`;

export function renderEventsReference(): string {
  const fields = readFields();
  const rows = Object.entries(EVENTS).map(([name, { level }]) => {
    const meaning = Object.entries(EVENT_MEANINGS).find(([event]) => event === name)?.[1] ?? "";
    const list = fields.get(name);
    if (list === undefined) throw new Error(`${SOURCE}: the fields of ${name} cannot be read`);
    return `| \`${name}\` | ${level} | ${list} | ${cell(meaning)} |`;
  });
  return `${HEAD}${rows.join("\n")}\n`;
}

/** Reads the fields from the source, because types do not exist at run time. */
function readFields(): ReadonlyMap<string, string> {
  const source = readSources(`${SOURCE}/*.ts`).replaceAll(/\/\*\*[^]*?\*\//g, "");
  const variants = source.matchAll(
    /\{\s*readonly event: "([a-z-]+)";?((?:\s*readonly \w+\??: [^;}]+;?)*)\s*\}/g,
  );
  return new Map(
    [...variants].map(([, name = "", text = ""]) => {
      const parts = [...text.matchAll(/readonly (\w+\??): ([^;}]+)/g)];
      return [
        name,
        parts.map(([, field = "", type = ""]) => describeField(field, type.trim())).join(", "),
      ];
    }),
  );
}

function describeField(field: string, type: string): string {
  const name = field.replace("?", "");
  const isOptional = field.endsWith("?") || type.includes("undefined");
  return `\`${name}${type.includes("Duration") ? "_ms" : ""}${isOptional ? "?" : ""}\``;
}

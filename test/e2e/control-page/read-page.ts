/** Parses docs/reference/control.md: the requests with their answers, and the types. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseShapes, type Shapes } from "./shapes.ts";

export interface PageRequest {
  readonly name: string;
  readonly input: string;
  /** The form of its answer: one value, a list, or parts until it is ended. */
  readonly kind: "one" | "list" | "parts";
  readonly shape: string;
  readonly isForGroup: boolean;
}

export interface Page {
  readonly requests: readonly PageRequest[];
  readonly shapes: Shapes;
}

const PATH = join(import.meta.dirname, "../../../docs/reference/control.md");
const ROW = /^\| `(?<name>\w+)` \| (?<input>.*) \| (?<answer>[^|]*) \| (?<who>[^|]*) \|$/;
const ANSWER = /^(?:(?<kind>list|parts) of )?`(?<shape>\w+)`(?:$|\. )/;

export function readPage(): Page {
  const text = readFileSync(PATH, "utf8");
  const rows = section(text, "### Requests")
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  const [, code = ""] = /```ts\n([^]*?)```/.exec(section(text, "### Shapes")) ?? [];
  return { requests: rows.map(readRow), shapes: parseShapes(code) };
}

/** The section from a heading to the next of the same or a higher level. */
function section(text: string, heading: string): string {
  const [, rest] = text.split(`\n${heading}\n`);
  if (rest === undefined) throw new Error(`the page has no ${heading}`);
  return rest.split(/\n#{2,3} /)[0] ?? "";
}

function readRow(line: string): PageRequest {
  const { name = "", input = "", answer = "", who = "" } = ROW.exec(line)?.groups ?? {};
  const { kind, shape } = ANSWER.exec(answer)?.groups ?? {};
  if (shape === undefined) throw new Error(`no request with an answer: ${line}`);
  const isMany = kind === "list" || kind === "parts";
  return { name, input, kind: isMany ? kind : "one", shape, isForGroup: who === "group" };
}

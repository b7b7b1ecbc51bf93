/** Reads texts of one line, and tables of them. */
import { fail, ok } from "../../domain/result.ts";
import { describeValue } from "./describe-value.ts";
import { isTable, type Kind, mistake, type Reading, within } from "./kind.ts";

const MAX_LENGTH = 500;

export const textKind: Kind<string> = {
  describe: () => "a text of one line",
  read(value, limits) {
    return readText(value, this.describe(limits));
  },
};

export const textsKind: Kind<Readonly<Record<string, string>>> = {
  describe: () => 'a table of texts such as { list = "bailiff" }',
  read(value, limits) {
    if (!isTable(value)) return fail(mistake(describeValue(value), this.describe(limits)));
    const read = Object.entries(value).map(
      ([name, text]) => [name, readText(text, "a text of one line")] as const,
    );
    const wrong = read.flatMap(([name, text]) => (text.ok ? [] : within(name, text.error)));
    if (wrong.length > 0) return fail(wrong);
    return ok(
      Object.fromEntries(read.flatMap(([name, text]) => (text.ok ? [[name, text.value]] : []))),
    );
  },
};

function readText(value: unknown, expected: string): Reading<string> {
  const isText = typeof value === "string" && value !== "" && value.length <= MAX_LENGTH;
  if (isText && !/[^\P{Cc}\t]/u.test(value)) return ok(value);
  return fail(mistake(describeValue(value), expected));
}

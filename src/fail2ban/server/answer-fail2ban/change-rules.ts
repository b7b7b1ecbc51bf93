/** Changes expressions and other options of a running jail's filter of Python expressions. */
import type { FilterDefinition, PythonRules } from "../../../domain/filter-definition.ts";
import { badExpression, badValue, CommandError } from "../command-error.ts";
import type { JailChange } from "../command-port.ts";
import { createDateDetector } from "../../dialect/date-detector.ts";
import { compileFilterExpression } from "../../dialect/filter-expression.ts";
import { pythonRepr } from "../python-text.ts";
import { zoneOffset } from "../../dialect/time-zones.ts";

export function changeRules(
  definition: FilterDefinition,
  { option, how, values }: JailChange,
): FilterDefinition {
  const { python } = definition;
  if (python === undefined)
    throw new CommandError(
      `filter ${definition.name} is a file of bailiff's: its ${option} cannot be changed here`,
    );
  const [value = ""] = values;
  return { ...definition, python: { ...python, ...changedPart(python, option, how, value) } };
}

function changedPart(
  python: PythonRules,
  option: string,
  how: JailChange["how"],
  value: string,
): Partial<PythonRules> {
  switch (option) {
    case "failregex":
    case "ignoreregex":
      return { [option]: changeList(python, option, how, value) };
    case "prefregex":
      if (value !== "") compile(python, value);
      return { prefregex: value === "" ? undefined : value };
    case "datepattern":
      return { datepattern: readDates(value) };
    case "maxlines":
      if (!(Number(value) > 0)) throw badValue("maxlines must be integer greater than zero");
      return { maxlines: Number(value) };
    case "usedns": {
      // fail2ban also accepts Python's "True".
      const said = value.toLowerCase();
      const known = (["yes", "warn", "raw"] as const).find((one) => one === said);
      return { usedns: known ?? (value === "True" ? "yes" : "no") };
    }
    case "logtimezone":
      return { logtimezone: readZone(value) };
  }
  throw new CommandError(`${option} cannot be changed here`);
}

/** Adds or removes an entry of a list. Removing a missing entry is not an error, as in fail2ban. */
function changeList(
  python: PythonRules,
  option: "failregex" | "ignoreregex",
  how: JailChange["how"],
  value: string,
): readonly string[] {
  if (how === "remove") {
    // A negative number counts from the end.
    const place = Number(value) < 0 ? python[option].length + Number(value) : Number(value);
    return python[option].filter((_, index) => index !== place);
  }
  const identifies = compile(python, value);
  const before = python.prefregex === undefined ? false : compile(python, python.prefregex);
  if (option === "failregex" && !identifies && !before)
    throw badExpression(`No failure-id group in ${pythonRepr(value)}`);
  return [...python[option], value];
}

/** Compiles an expression; returns whether it captures a subject. */
function compile({ usedns, maxlines }: PythonRules, text: string): boolean {
  const compiled = compileFilterExpression(text, { useDns: usedns, everyLine: maxlines > 1 });
  if (compiled.ok) return compiled.value.identifies;
  const why = compiled.error.replace(/ at (\d+) of [\s\S]*$/, " at position $1");
  throw badExpression(`Unable to compile regular expression ${pythonRepr(text)}:\n${why}`);
}

function readDates(value: string): readonly string[] {
  const patterns = value.split("\n").filter((line) => line !== "");
  const detector = createDateDetector(patterns);
  if (!detector.ok) throw badValue(detector.error);
  return patterns;
}

function readZone(value: string): string | undefined {
  if (value === "") return undefined;
  if (!zoneOffset(value).ok)
    throw badValue(`Unknown or unsupported time zone: ${pythonRepr(value)}`);
  return value;
}

/** Describes what a filter reads a line as, beside its rules: what was around it, whose it is, its time, its length. Pure. */
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { CUT_MARK } from "../../domain/line-batch.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import { isProgramOf } from "../../domain/program-glob.ts";
import { joinSample } from "../route/sample-batch.ts";
import { readCsvHeader } from "../structured/csv-header.ts";
import { describeWrapper } from "../structured/describe-wrapper.ts";
import { explainJoining } from "./explain-joining.ts";
import { recordStartOf } from "./record-start.ts";
import { createHeader, type Header } from "../header/header.ts";
import { readHeader } from "../header/read-header.ts";
import { scanInnerStamp } from "../header/inner-stamp.ts";
import { compileTimeFormat } from "../header/scan-stamp.ts";
import { createStampContext } from "../header/stamp.ts";

/** Returns sentences, most important first. `isMatch`: whether a rule takes the line in a log of several programs. */
export function describeReading(
  definition: FilterDefinition,
  line: string,
  isMatch: boolean,
): readonly string[] {
  const start = startOf(definition);
  const { text, notes } = describeWrapper(joinSample(line, start));
  const header = headerOf(text, definition);
  return [
    ...notes,
    ...(line.endsWith(CUT_MARK) ? [CUT] : []),
    ...describeRecord(definition, line, start),
    ...(isMatch
      ? []
      : [
          ...describeNames(definition, text),
          ...describeProgram(definition, text, header),
          ...describeTime(definition, text, header),
        ]),
  ];
}

const CUT =
  "The line is longer than the maximum and is cut: nothing that touches the cut is believed, nor what comes behind free text.";

function headerOf(text: string, { time_format: form }: FilterDefinition): Header {
  const format = form === undefined ? undefined : compileTimeFormat(form);
  const header = createHeader(createStampContext(), format?.ok === true ? [format.value] : []);
  readHeader(`${text}\n`, 0, text.length, header);
  return header;
}

function startOf(definition: FilterDefinition): RecordStart | undefined {
  const start = recordStartOf(definition);
  return start?.ok === true ? start.value : undefined;
}

function describeRecord(
  { begins }: FilterDefinition,
  line: string,
  start: RecordStart | undefined,
): readonly string[] {
  const problem =
    begins === undefined || start === undefined ? undefined : explainJoining(line, begins, start);
  return problem === undefined
    ? []
    : [`No rule sees the line: found ${problem.got}, expected ${problem.expected}.`];
}

/** Describes a line of a log that names its columns, which are those of samples here. */
function describeNames(
  { rules, columns = [], columns_by_name: byName }: FilterDefinition,
  text: string,
): readonly string[] {
  const isW3c = rules.some(
    ({ recognize }) => recognize.kind === "record" && recognize.format === "w3c",
  );
  if (isW3c && text.startsWith("#"))
    return [
      "The line is a directive, which says what the columns of the log are. It is no message.",
    ];
  if (byName === true && readCsvHeader(text, columns, columns) !== undefined)
    return ["The line names the columns of the log. It is no message."];
  if (!isW3c && byName !== true) return [];
  const inLog = isW3c ? "its #Fields: directive" : "its header";
  return [
    `The line is read with the columns ${columns.join(", ")}; in a log, ${inLog} says which it has.`,
  ];
}

function describeProgram(
  { programs }: FilterDefinition,
  text: string,
  { programStart, programEnd, hostStart, hostEnd }: Header,
): readonly string[] {
  const program = text.slice(programStart, programEnd);
  const name = program.slice(program.lastIndexOf("/") + 1);
  if (name === "" || hostEnd === hostStart || programs.length === 0) return [];
  return isProgramOf(programs, name)
    ? []
    : [
        `The line is of the program ${JSON.stringify(name)}; the filter's programs are ${programs.join(", ")}.`,
      ];
}

/** A clock near the beginning of a line without a time that can be read. */
const CLOCK = /^.{0,40}?\d{1,2}:\d\d/;

function describeTime(
  { time_format: form, rules }: FilterDefinition,
  text: string,
  { stamped, stamp, format }: Header,
): readonly string[] {
  if (form !== undefined && format === undefined)
    return [
      `The line does not begin with a time in the form ${JSON.stringify(form)} of time_format.`,
    ];
  const matchesText = rules.some(({ recognize }) => recognize.kind !== "record");
  const isKnown = stamped || form !== undefined || scanInnerStamp(text, 0, text.length, stamp);
  return isKnown || !matchesText || !CLOCK.test(text)
    ? []
    : [
        "The line begins with no time that is known, so patterns must match all of it; time_format states another form.",
      ];
}

/**
 * Drafts rules from lines with named fields: JSON objects and logfmt. Ignores fields that say neither what happened nor
 * who did it.
 */
import type { RecordRecognizer } from "../../../domain/filter-definition.ts";
import { writeRecord } from "../../../parse/structured/write-record.ts";
import type { MinedShape } from "../message-miner.ts";
import { nameTypesOf, patternOf, sampleOf, sampleText } from "../shape-pattern.ts";
import { FieldLayout } from "./field-layout.ts";
import { type FieldPiece, fieldPieces, formatFields, tokenizeFields } from "./field-list.ts";
import { draftRule, draftSample, type LineForm } from "./line-form.ts";
import { type DraftedFormat, readFields } from "./read-fields.ts";

/** Creates the form; it learns from all messages of the sample what their fields are. */
export function createRecordForm(format: DraftedFormat, messages: readonly string[]): LineForm {
  const layout = new FieldLayout();
  for (const message of messages) {
    const values = readFields(format, message);
    if (values !== undefined) layout.add(values);
  }
  const recognizer = (
    shape: MinedShape,
    write: (piece: FieldPiece) => string,
  ): RecordRecognizer => ({
    ...{ kind: "record", format, absent: [], before: undefined, columns: [] },
    fields: fieldPieces(shape).map((piece) => ({ key: piece.key, pattern: write(piece) })),
  });
  const sampleLine = (shape: MinedShape, values: readonly string[]): string => {
    const record = recognizer(shape, (piece) =>
      layout.sampleValue(piece.key, sampleText(shape, values, piece)),
    );
    const line = writeRecord(
      record,
      record.fields.map(({ pattern }) => pattern),
    );
    return format === "json" ? withPlainValues(line) : line;
  };
  return {
    name: format === "json" ? "JSON" : "logfmt",
    reduce(message) {
      const values = readFields(format, message);
      return values === undefined ? undefined : formatFields(layout.list(values));
    },
    tokenize: tokenizeFields,
    failureWords: refusedStatus,
    idText: (shape) =>
      fieldPieces(shape)
        .map(({ template }) => template)
        .join(" "),
    candidates(shape, head) {
      const sample = sampleOf(shape, tokenizeFields);
      if (sample === undefined) return [];
      const line = sampleLine(shape, sample.values);
      return nameTypesOf(shape).map((type) => {
        const record = recognizer(shape, (piece) =>
          layout.refine(piece.key, patternOf(shape, type, piece)),
        );
        return {
          rules: [draftRule(head, record)],
          samples: [draftSample(line, head.id, sample)],
        };
      });
    },
    benignLine(shape) {
      const sample = sampleOf(shape, tokenizeFields);
      return sample === undefined ? undefined : sampleLine(shape, sample.values);
    },
    precision: (shape) => fieldPieces(shape).length * PER_FIELD + shape.key.length,
  };
}

/** More than any length of a key, so that a rule of more fields always comes first. */
const PER_FIELD = 1_000_000;

/** Returns the status of a refused login (RFC 9110 section 15.5.2), where the line names an account too. */
function refusedStatus(shape: MinedShape): readonly string[] {
  const isRefused = fieldPieces(shape).some(
    ({ key, template }) => /status|code/i.test(key) && template === "401",
  );
  return isRefused && shape.slots.includes("user") ? ["401"] : [];
}

/** Writes numbers and booleans without quotes, as services do. */
function withPlainValues(line: string): string {
  const isPlain = (value: unknown): value is string =>
    typeof value === "string" && /^(?:0|[1-9]\d{0,14}|true|false)$/.test(value);
  return JSON.stringify(JSON.parse(line), (_, value: unknown): unknown =>
    isPlain(value) ? JSON.parse(value) : value,
  );
}

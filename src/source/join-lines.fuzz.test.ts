import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import type { RecordStart, WrappedLine } from "../domain/record-start.ts";
import { joinLines } from "./join-lines.ts";
import { createLineAssembler } from "./line-assembler.ts";

/** Lines of a container are `SECONDS STREAM EXTENT text`. */
const WRAPPED = /^(\d+) (out|err) (whole|piece|unfinished) (.*)$/;

function unwrap(line: string): WrappedLine | undefined {
  const [whole, seconds, stream = "", extent, text = ""] = WRAPPED.exec(line) ?? [];
  if (whole === undefined) return undefined;
  return {
    ...{ stream, text, at: Number(seconds) * 1000, begins: text.startsWith("* ") },
    extent: extent === "piece" || extent === "unfinished" ? extent : "whole",
    rewrap: (joined) => `${seconds} ${stream} whole ${joined}`,
  };
}

const START: RecordStart = {
  id: "star",
  begins: (line) => unwrap(line)?.begins ?? line.startsWith("* "),
  unwrap,
};

const LINE = fc.tuple(
  fc.constantFrom(0, 0, 0, 1),
  fc.constantFrom("out", "out", "err"),
  fc.constantFrom("whole", "whole", "whole", "whole", "piece", "unfinished"),
  fc.constantFrom("* first", "* other", "later", ""),
);

test("in whatever chunks the mixed lines of streams come, their records are the same", () => {
  fc.assert(
    fc.property(
      fc.array(LINE, { minLength: 1, maxLength: 80 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }),
      (parts, sizes) => {
        let seconds = 0;
        const lines = parts.map(([step, stream, extent, text], i) => {
          seconds += step;
          return `${seconds} ${stream} ${extent} ${text} ${i}`;
        });
        const text = `${lines.join("\n")}\n`;
        const whole = joinLines(text, START, undefined);
        const assembler = createLineAssembler(START);
        const got: string[] = [];
        let [at, round] = [0, 0];
        while (at < text.length) {
          const size = sizes[round++ % sizes.length] ?? 1;
          got.push(assembler.push(Buffer.from(text.slice(at, at + size)))?.text ?? "");
          at += size;
        }
        got.push(assembler.end("complete")?.text ?? "");
        assert.equal(got.join(""), whole.text);
        const count = whole.records.reduce((sum, record) => sum + record.lines, 0);
        assert.equal(count, lines.length, "each line belongs to one record");
      },
    ),
    fuzzRuns(200),
  );
});

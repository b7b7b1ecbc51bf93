/** docs/operating.md shows two events in each format of the log, exactly as rendered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatInstant } from "../../src/domain/instant.ts";
import { fromEventRecord } from "../../src/telemetry/event-record.ts";
import { type LogFormat, renderEvent } from "../../src/telemetry/render-event.ts";
import { readSteps } from "./page-steps.ts";

const shown = readSteps("docs/operating.md").loose.map(({ text }) => text.trimEnd());

test("the log formats show the same events as the JSON example", () => {
  const records = shown.find((text) => text.startsWith('{"time":'))?.split("\n") ?? [];
  assert.equal(records.length, 2);
  const form = (format: LogFormat): string =>
    records
      .map((record) => fromEventRecord(JSON.parse(record)))
      .map(({ event, at }) =>
        renderEvent(event, at, {
          format,
          color: false,
          timeOfDay: (instant) => formatInstant(instant).slice(11, 19),
        }),
      )
      .join("\n");
  for (const format of ["text", "journal", "json"] as const)
    assert.ok(shown.includes(form(format)), form(format));
});

/**
 * A reporter for node:test that writes only the counts of a whole run, as JSON, and the files that passed without
 * holding a test: node:test counts such a file itself as one.
 */
import { resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";

// oxlint-disable-next-line import/no-default-export -- node:test loads a reporter by its default export.
export default async function* countTests(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  const empty: string[] = [];
  for await (const event of events) {
    if (event.type === "test:pass" && resolve(event.data.name) === event.data.file) {
      empty.push(event.data.name);
    }
    if (event.type === "test:summary" && event.data.file === undefined) {
      yield JSON.stringify({ ...event.data.counts, empty: empty.length });
    }
  }
}

/**
 * Reports the counts of a node:test run as JSON, and the number of files that passed without a test. In a shared
 * process, a file is a wrapper test, which is not counted.
 */
import { resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";

// oxlint-disable-next-line import/no-default-export -- node:test loads a reporter by its default export.
export default async function* countTests(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  let empty = 0;
  let nested = 0;
  const wrappers = { tests: 0, passed: 0 };
  for await (const event of events) {
    if (event.type === "test:pass" || event.type === "test:fail") {
      const { name, nesting, file } = event.data;
      if (nesting > 0) {
        nested++;
        continue;
      }
      const isWrapper = name.endsWith(".test.ts") && resolve(name) !== file;
      // A file counts as a test itself only if it contains none.
      const isEmpty = resolve(name) === file || (isWrapper && nested === 0);
      if (isEmpty && event.type === "test:pass") empty++;
      if (isWrapper) {
        wrappers.tests++;
        if (event.type === "test:pass") wrappers.passed++;
      }
      nested = 0;
    }
    if (event.type === "test:summary" && event.data.file === undefined) {
      const { counts } = event.data;
      const tests = counts.tests - wrappers.tests;
      yield JSON.stringify({ ...counts, tests, passed: counts.passed - wrappers.passed, empty });
    }
  }
}

/** Reads a real journald's journal once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { readJournalHistory } from "./journal-history.ts";
import { openJournald } from "./journald.fixture.ts";
import { readJournalEnd } from "./read-journal-end.ts";

test("the journal is read from a time to its present end, by match, and then reading ends", async () => {
  await using journald = await openJournald();
  journald.logAll("logger", ["first", "second"]);
  journald.log("other", "also");
  const read = async (matches: readonly (readonly string[])[], since = 0): Promise<string> => {
    let text = "";
    const history = readJournalHistory({
      matches,
      directory: journald.directory,
      since: instant(since),
      signal: AbortSignal.timeout(60_000),
    });
    for await (const batch of history) {
      assert.equal(batch.arrival, "backlog");
      assert.equal(batch.fields?.length, batch.text.split("\n").length - 1);
      text += batch.text;
    }
    return text;
  };
  // journald stores asynchronously; the newest line is stored last.
  const limit = Date.now() + 60_000;
  while ((await read([["SYSLOG_IDENTIFIER=other"]])) !== "also\n")
    assert.ok(Date.now() < limit, "the last line comes");
  assert.equal(await read([["SYSLOG_IDENTIFIER=logger"]]), "first\nsecond\n");
  assert.equal(await read([["SYSLOG_IDENTIFIER=logger"]], Date.now() + 60_000), "");
  assert.equal(await read([["SYSLOG_IDENTIFIER=nobody"]]), "");
});

test("the end of the journal has its newest entries, also since a time", async () => {
  await using journald = await openJournald();
  journald.logAll(
    "logger",
    Array.from({ length: 50 }, (_, i) => `line ${i}`),
  );
  const end = async (since?: number): Promise<readonly string[]> => {
    const asked = await readJournalEnd({
      ...{ matches: [["SYSLOG_IDENTIFIER=logger"]], directory: journald.directory, lines: 3 },
      ...(since === undefined ? {} : { since: instant(since) }),
    });
    assert.ok(asked.ok);
    return asked.value.map(({ text }) => text);
  };
  const limit = Date.now() + 60_000;
  while ((await end()).at(-1) !== "line 49") assert.ok(Date.now() < limit, "the last line comes");
  const newest = ["line 47", "line 48", "line 49"];
  assert.deepEqual(await end(), newest);
  assert.deepEqual(await end(Date.now() - 60_000), newest);
  assert.deepEqual(await end(Date.now() + 60_000), []);
});

import assert from "node:assert/strict";
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { systemClock } from "../../host/system-clock.ts";
import { findLogSource } from "../../source/find-log-source.ts";
import { describeSearch, describeWaiting } from "./describe-search.ts";

test("places in which nothing was found are named once, and the journal without its matches", async () => {
  using empty = mkdtempDisposableSync(join(tmpdir(), "bailiff-journal-"));
  const { looked } = await findLogSource({
    programs: ["postfix/smtpd"],
    files: ["/nonexistent/mail.log", "/nonexistent/maillog"],
    journal: ["smtpd", "postscreen"].map((program) => [
      "_SYSTEMD_UNIT=postfix.service",
      `_EXE=/usr/lib/postfix/sbin/${program}`,
    ]),
    directory: empty.path,
    clock: systemClock,
  });
  const places = `/nonexistent/mail.log, /nonexistent/maillog (no such file); the journal (none in ${empty.path})`;
  const search = { source: undefined, looked };
  assert.equal(describeSearch(search), `no log found: ${places}`);
  assert.equal(
    describeWaiting(search),
    `no log found yet; reading starts when one appears; looked for: ${places}`,
  );
  assert.equal(describeSearch({ source: undefined, looked: [] }), "no source is configured");
});

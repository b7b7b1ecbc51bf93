import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../domain/instant.ts";
import { createDroppedNotes, DROPPED_MESSAGE_ID } from "./dropped-lines.ts";

const NOW = instant(1_800_000_000_000);

const LINES: readonly (readonly [line: string, expected: string | undefined])[] = [
  [
    "2026-11-23T04:52:01.000000+00:00 host rsyslogd: imuxsock[pid 4711]: begin to drop messages due to rate-limiting",
    "rsyslogd (imuxsock) of pid 4711: 0",
  ],
  [
    "Nov 23 04:52:01 host rsyslogd: imjournal: 2345 messages lost due to rate-limiting (20000 allowed within 600 seconds)",
    "rsyslogd (imjournal) of : 2345",
  ],
  [
    "Nov  3 04:52:01 host rsyslogd[12]: imuxsock[pid 7]: 12 messages lost due to rate-limiting (5 allowed within 5 seconds)",
    "rsyslogd (imuxsock) of pid 7: 12",
  ],
  [
    "Nov 23 04:52:01 host systemd-journald[99]: Suppressed 4711 messages from ssh.service",
    "systemd-journald of ssh.service: 4711",
  ],
  // Text that a client can put into another program's line.
  [
    "Nov 23 04:52:01 host sshd[1]: Invalid user rsyslogd: imjournal: 9 messages lost due to rate-limiting from 192.0.2.1",
    undefined,
  ],
  [
    "Nov 23 04:52:01 host sshd[1]: Invalid user a host systemd-journald[99]: Suppressed 9 messages from ssh.service",
    undefined,
  ],
  ["Nov 23 04:52:01 host rsyslogd: all is well", undefined],
];

test("a writer's report of dropped lines is recorded, that of another program is not", () => {
  for (const [line, expected] of LINES) {
    const notes = createDroppedNotes();
    notes.scan(`Nov 23 04:52:00 host cron[1]: x\n${line}\nNov 23 04:52:02 host cron[1]: y\n`, NOW);
    const [note] = notes.list();
    const told = note && `${note.by} of ${note.of}: ${note.count}`;
    assert.equal(told, expected, line);
    assert.ok((note?.at ?? NOW) === NOW);
  }
});

test("counts add up, and the number of writers is bounded", () => {
  const notes = createDroppedNotes();
  for (let i = 0; i < 20; i++) {
    const line = `Nov 23 04:52:01 host systemd-journald[9]: Suppressed 3 messages from u${i}.service\n`;
    notes.scan(line + line, NOW);
  }
  assert.equal(notes.list().length, 16);
  assert.deepEqual(notes.list().at(-1)?.count, 6);
});

test("an entry of journald counts when its trusted fields prove the sender", () => {
  const notes = createDroppedNotes();
  const entry = (transport: string) => ({
    fields: new Map([
      ["MESSAGE_ID", DROPPED_MESSAGE_ID],
      ["_TRANSPORT", transport],
      ["MESSAGE", "Suppressed 12 messages from ssh.service"],
    ]),
    cutBytes: 0,
  });
  assert.equal(notes.take(entry("journal"), NOW), false);
  assert.deepEqual(notes.list(), []);
  assert.equal(notes.take(entry("driver"), NOW), true);
  assert.equal(notes.list()[0]?.count, 12);
});

import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { type Header, createHeader } from "./header.ts";
import { readHeader } from "./read-header.ts";

interface Told {
  /** The parts of the time; undefined: the line has none. */
  readonly time: readonly number[] | undefined;
  readonly host: string;
  readonly program: string;
  readonly pid: number;
  readonly message: string;
  readonly body: string;
}

function read(line: string, header: Header = createHeader(), before = ""): Told {
  const text = `${before}${line}\n`;
  const start = before.length;
  readHeader(text, start, start + line.length, header);
  const { year, month, day, hour, minute, second, millisecond, offset } = header.stamp;
  const time = [year, month, day, hour, minute, second, millisecond, offset];
  return {
    time: header.stamped ? time : undefined,
    host: text.slice(header.hostStart, header.hostEnd),
    program: text.slice(header.programStart, header.programEnd),
    pid: header.pid,
    message: text.slice(header.messageStart, start + line.length),
    body: text.slice(header.bodyStart, start + line.length),
  };
}

const STAMP = "Nov 23 04:11:05";

/** Line, then host, program, pid and message; undefined: all that follows the time. */
const READ: readonly (readonly [string, string, string, number, string | undefined])[] = [
  // RFC 3164 and what grew around it
  [`${STAMP} web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} web1 sshd: hello`, "web1", "sshd", 0, "hello"],
  [`${STAMP} web1.example.org sshd[42]: hello`, "web1.example.org", "sshd", 42, "hello"],
  [`${STAMP} 2001:db8::1 sshd[42]: hello`, "2001:db8::1", "sshd", 42, "hello"],
  [`${STAMP} web1 sudo:    deploy : TTY`, "web1", "sudo", 0, "deploy : TTY"],
  [`${STAMP} web1 sshd[42]: `, "web1", "sshd", 42, ""],
  [`${STAMP} web1 sshd[42]:`, "web1", "sshd", 42, ""],
  [`${STAMP} sshd[42]: hello`, "", "sshd", 42, "hello"],
  [`${STAMP} sshd: hello`, "", "sshd", 0, "hello"],
  [`${STAMP} web1 sshd[42] hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} web1 [sshd]: hello`, "web1", "sshd", 0, "hello"],
  [`${STAMP} web1 [sshd] hello`, "web1", "sshd", 0, "hello"],
  [`${STAMP} NOTICE [22382] main.c: hello`, "", "", 0, "[22382] main.c: hello"],
  [`${STAMP} sogod [26818]: hello`, "", "", 0, "sogod [26818]: hello"],
  [`${STAMP} web1 sshd(pam_unix)[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} web1 postfix/smtpd[42]: hello`, "web1", "postfix/smtpd", 42, "hello"],
  [`${STAMP} web1 a.b[42]: hello`, "web1", "a.b", 42, "hello"],
  [`${STAMP} web1 my_app@2+x-1[42]: hello`, "web1", "my_app@2+x-1", 42, "hello"],
  [`${STAMP}  web1  sshd[42]:  hello`, "web1", "sshd", 42, "hello"],
  [`<38>${STAMP} web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} web1 auth.info sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} web1 auth.info: sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} auth.info sshd[42]: hello`, "", "sshd", 42, "hello"],
  [`${STAMP} <auth.info> web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} <4.6> web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`<auth.info> ${STAMP} web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} web1 sshd[42]: [ID 800047 auth.info] hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} web1 kernel: [ 970.123456] hello`, "web1", "kernel", 0, "[ 970.123456] hello"],
  [`${STAMP} web1 sshd[42]: kernel: [ 970.7] hello`, "web1", "sshd", 42, "hello"],
  [
    "2026-11-23T04:11:05.123456+01:00 web1 sshd-session[42]: hello",
    "web1",
    "sshd-session",
    42,
    "hello",
  ],
  [`${STAMP} 2026 web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  // As the journal shows it, without a time
  ["web1 sshd[42]: hello", "web1", "sshd", 42, "hello"],
  ["sshd[42]: hello", "", "sshd", 42, "hello"],
  // RFC 5424
  ["<38>1 2026-11-23T04:11:05Z web1 sshd 42 ID47 - hello", "web1", "sshd", 42, "hello"],
  ["<38>1 2026-11-23T04:11:05Z web1 sshd - - - hello", "web1", "sshd", 0, "hello"],
  ["<38>1 - web1 sshd 42 - - hello", "web1", "sshd", 42, "hello"],
  [
    '<38>1 2026-11-23T04:11:05Z web1 sshd 42 - [a@1 k="v ]\\" x"][b@1] hello',
    "web1",
    "sshd",
    42,
    "hello",
  ],
  ["<38>1 2026-11-23T04:11:05Z web1 sshd 42 - - \ufeffhello", "web1", "sshd", 42, "hello"],
  // RFC 5424 without priority
  ["1 2026-11-23T04:11:05Z web1 sshd 42 ID47 - hello", "web1", "sshd", 42, "hello"],
  ['1 2026-11-23T04:11:05Z web1 sshd 42 - [a@1 k="v"] hello', "web1", "sshd", 42, "hello"],
  ["2026-11-23T04:11:05Z web1 sshd 42 - - hello", "web1", "sshd", 42, "hello"],
  [
    '2026-11-23T04:11:05.5+01:00 web1 sshd - ID1 [meta sequenceId="7"] hello',
    "web1",
    "sshd",
    0,
    "hello",
  ],
  // A relay's header before the sender's
  [`${STAMP} relay web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} web1 web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} web1 web1 sshd: hello`, "web1", "sshd", 0, "hello"],
  [`${STAMP} 192.0.2.7 ${STAMP} web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} relay 2026-11-23T04:11:06Z web1 sshd: hello`, "web1", "sshd", 0, "hello"],
  // The sender's priority or version behind the relay's host
  [`${STAMP} relay <38>${STAMP} web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} relay <38>${STAMP} sshd[42]: hello`, "relay", "sshd", 42, "hello"],
  [`${STAMP} web1 <38>sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} relay <38>web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  [`${STAMP} relay 1 2026-11-23T04:11:06Z web1 sshd 42 - - hello`, "web1", "sshd", 42, "hello"],
  [`<38>${STAMP} relay 1 2026-11-23T04:11:06Z web1 sshd 42 - - hello`, "web1", "sshd", 42, "hello"],
  [
    `2026-11-23T04:11:05Z relay <38>1 2026-11-23T04:11:06Z web1 sshd - ID1 [a@1 k="v x"] hello`,
    "web1",
    "sshd",
    0,
    "hello",
  ],
  [`${STAMP} relay 2026-11-23T04:11:06Z web1 sshd 42 - - hello`, "web1", "sshd", 42, "hello"],
  ["relay 1 2026-11-23T04:11:05Z web1 sshd 42 - - hello", "web1", "sshd", 42, "hello"],
  ["<38>relay 1 2026-11-23T04:11:05Z web1 sshd 42 - - hello", "web1", "sshd", 42, "hello"],
  [`192.0.2.7 <38>${STAMP} web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  // Not a header: text of another program
  [`web1 2026-11-23T04:11:05Z web1 sshd[42]: hello`, "", "", 0, undefined],
  [`${STAMP} relay <38>hello sshd: you`, "", "", 0, undefined],
  [`${STAMP} relay 1 2026-11-23T04:11:06Z a b 7 d e`, "", "", 0, undefined],
  [`${STAMP} web1 said hello: you`, "", "", 0, "web1 said hello: you"],
  ["2026-11-23T04:11:05Z a b c d - e", "", "", 0, "a b c d - e"],
  ["1 2026-11-23T04:11:05Z a b 7 d e", "", "", 0, "1 2026-11-23T04:11:05Z a b 7 d e"],
  // Blanks before it
  ["   hello", "", "", 0, "hello"],
  ["\thello", "", "", 0, "hello"],
  [`  ${STAMP} web1 sshd[42]: hello`, "web1", "sshd", 42, "hello"],
  // No header at all: the message is the line
  ["hello", "", "", 0, "hello"],
  ["", "", "", 0, ""],
  ["error: PAM: hello", "", "", 0, "error: PAM: hello"],
  ["sshd: hello", "", "", 0, "sshd: hello"],
  ["web1 hello there: you", "", "", 0, "web1 hello there: you"],
  ["<38>hello", "", "", 0, "hello"],
  ["<1234>hello", "", "", 0, "<1234>hello"],
  ["<x>hello", "", "", 0, "<x>hello"],
  ["<38", "", "", 0, "<38"],
  ["<38>1 now web1 sshd 42 - - hello", "", "", 0, "1 now web1 sshd 42 - - hello"],
  ["<38>1 - web1 sshd", "", "", 0, "1 - web1 sshd"],
  ["[sshd hello", "", "", 0, "[sshd hello"],
  ["sshd[4x]: hello", "", "", 0, "sshd[4x]: hello"],
  ["sshd[42]x hello", "", "", 0, "sshd[42]x hello"],
  // A time, then text: the body is what follows
  [`${STAMP} hello there`, "", "", 0, "hello there"],
  [`${STAMP} hello there you: x`, "", "", 0, "hello there you: x"],
  [`${STAMP} web1 sshd(unclosed: hello`, "", "", 0, "web1 sshd(unclosed: hello"],
  [`${STAMP} web1 sshd[99999999999999]: hello`, "web1", "sshd", 0, "hello"],
  [`${STAMP} [web1] : hello`, "", "web1", 0, ": hello"],
  // A level is not a program name, nor is the word before it
  [`${STAMP} ERROR: hello`, "", "", 0, "hello"],
  [`${STAMP} [error] hello`, "", "", 0, "hello"],
  [`${STAMP} <Warning>: hello`, "", "", 0, "hello"],
  [`${STAMP} INFO[42]: hello`, "", "", 0, "hello"],
  [`${STAMP} error: PAM: hello`, "", "", 0, "PAM: hello"],
  [`${STAMP} web1 ERROR: hello`, "", "", 0, "web1 ERROR: hello"],
  [`${STAMP} web1 NOTICE[42]: hello`, "", "", 0, "web1 NOTICE[42]: hello"],
  ["[2026-11-23 04:11:05] NOTICE[42] chan_sip.c: hello", "", "", 0, "chan_sip.c: hello"],
  ["[2026-11-23 04:11:05] NOTICE[42][C-1a] chan_sip.c: hello", "", "", 0, "chan_sip.c: hello"],
  ["[2026-11-23 04:11:05] SECURITY[42] res_x.c: hello", "", "", 0, "res_x.c: hello"],
  [`${STAMP} WARNING app: hello`, "", "app", 0, "hello"],
  [`${STAMP} WARN app[42]: hello`, "", "app", 42, "hello"],
  ["[2026-11-23 04:11:05] app.ERROR: hello", "", "app", 0, "hello"],
  ["2026-11-23 04:11:05,123 - app - WARNING - hello", "", "", 0, "- app - WARNING - hello"],
  [`${STAMP} web1 errord[42]: hello`, "web1", "errord", 42, "hello"],
  [`${STAMP} error.example.org sshd: hello`, "error.example.org", "sshd", 0, "hello"],
];

test("syslog in its many spellings", () => {
  for (const [line, host, program, pid, message] of READ) {
    const told = read(line);
    assert.deepEqual(
      [told.host, told.program, told.pid, told.message],
      [host, program, pid, message ?? told.body],
      line,
    );
  }
});

test("a line has its relay's time, and without one its sender's", () => {
  for (const [line, second] of [
    [`${STAMP} relay 1 2026-11-23T04:11:09Z web1 sshd 42 - - hello`, 5],
    [`${STAMP} relay <38>Nov 23 04:11:09 web1 sshd[42]: hello`, 5],
    ["relay 1 2026-11-23T04:11:09Z web1 sshd 42 - - hello", 9],
    ["<38>relay 1 2026-11-23T04:11:09Z web1 sshd 42 - - hello", 9],
    ["192.0.2.7 <38>Nov 23 04:11:09 sshd[42]: hello", 9],
    ["192.0.2.7 <38>Nov 23 04:11:09 hello", undefined],
    ["relay 1 2026-11-23T04:11:09Z hello there", undefined],
  ] as const)
    assert.equal(read(line).time?.[5], second, line);
});

test("in a program's own file the message begins after the time", () => {
  assert.equal(read(`${STAMP} web1 sshd[42]: hello`).body, "web1 sshd[42]: hello");
  assert.equal(read("[23/Nov/2026:04:11:05 +0000] GET /").body, "GET /");
  assert.equal(read("GET /").body, "GET /");
  assert.equal(read("<38>1 2026-11-23T04:11:05Z web1 sshd 42 - - hello").body, "hello");
});

test("the header of a line does not depend on the line before", () => {
  const parts = fc.tuple(
    fc.constantFrom(
      STAMP,
      "Nov 23 04:11:06",
      "Nov  3 04:11:05",
      "Nov 23 04:11:60",
      "Nov 23 04:11:61",
      "Nov 23 04:11:05.5",
      "Nov 23 2026 04:11:05",
      "Mon Nov 23 04:11:05 2026",
      "2026-11-23T04:11:05Z",
      "2026-11-23T04:11:06,25Z",
      "2026-11-23T04:11:05.1Z",
      "2026-11-23T04:11:05.123456Z",
      "2026-11-23T04:11:05.Z",
      "2026-11-23T04:11:05.1+01:00",
      "2026-11-23 04:11:05",
      "2026-11-23 04:11:07.9",
      "Dez 31 11:59:59",
      "<38>Nov 23 04:11:05",
      "",
    ),
    fc.constantFrom(" ", "  ", ""),
    fc.constantFrom("web1", "web2", "web1.example.org", "auth.info", "wéb", "web1:", "2026", ""),
    fc.constantFrom(" ", "  "),
    fc.constantFrom(
      "sshd[1]:",
      "sshd[22]:",
      "sshd:",
      "sshd[1]",
      "[sshd]:",
      "sshd(pam)[3]:",
      "mail.err:",
      "a.b[1]:",
      "sshd[]:",
      "sshd[12345678901]:",
      "hello",
    ),
    fc.constantFrom(" ", "  ", ""),
    fc.constantFrom("hello", "", "[ID 8 auth.info] hello", "kernel: [ 1.2] x", "[x"),
  );
  const lines = fc.array(
    parts.map((pieces) => pieces.join("")),
    { minLength: 2, maxLength: 6 },
  );
  fc.assert(
    fc.property(lines, (several) => {
      const reused = createHeader();
      for (const line of several)
        assert.deepEqual(read(line, reused, "before\n"), read(line), line);
    }),
    fuzzRuns(100),
  );
});

test("lines with equal beginnings reuse the parsed header, others do not", () => {
  const header = createHeader();
  const readings = [
    `${STAMP} web1 sshd[1]: a`,
    `${STAMP} web1 sshd[2]: b`,
    `${STAMP} web1 cron[3]: b`,
    `${STAMP} web2 sshd[2]: b`,
    `${STAMP} web2 x`,
    `${STAMP} web2 sshd[2]: b`,
    `${STAMP} ${"h".repeat(100)} sshd[2]: b`,
    `${STAMP} ${"h".repeat(100)} sshd[2]: b`,
    `${STAMP.slice(0, -1)}6 ${"h".repeat(100)} sshd[2]: b`,
  ].map((line) => {
    read(line, header);
    return header.reading;
  });
  assert.deepEqual(readings, [1, 1, 1, 2, 3, 4, 5, 5, 6]);
});

test("for any text, positions are inside the line and in order", () => {
  const piece = fc.constantFrom(
    ..."<>[]:. ()-@0123456789",
    "sshd",
    "Nov 23 04:11:05",
    "auth.info",
    "1 ",
    "\ufeff",
    '"',
    "\\",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const line = pieces.join("");
      const header = createHeader();
      readHeader(`${line}\n`, 0, line.length, header);
      const { hostStart, hostEnd, programStart, programEnd, messageStart, bodyStart } = header;
      for (const [from, to] of [
        [hostStart, hostEnd],
        [programStart, programEnd],
        [messageStart, line.length],
        [bodyStart, line.length],
      ] as const) {
        assert.ok(from >= 0 && from <= to && to <= line.length, line);
      }
    }),
    fuzzRuns(100),
  );
});

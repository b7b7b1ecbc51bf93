import assert from "node:assert/strict";
import { test } from "node:test";
import { CUT_MARK } from "../../domain/line-batch.ts";
import { createJournalLineReader, type JournalLine, type ReadJournalLine } from "./journal-line.ts";
import { formatSavedCursor, parseSavedCursor } from "./journal-position.ts";

const FORGED = "login of bob from 203.0.113.99 failed";
const WEB = { CONTAINER_ID_FULL: "c0ffee", CONTAINER_NAME: "web", _UID: "0" };
const DOCKER = { ...WEB, _COMM: "dockerd", PRIORITY: "6" };
const PODMAN = { ...WEB, _COMM: "conmon", PRIORITY: "6" };
const PARTIAL = { CONTAINER_PARTIAL_MESSAGE: "true" };

type Fields = Readonly<Record<string, string>>;

function line(
  read: ReadJournalLine,
  message: string,
  fields: Fields,
  seconds = 1,
): JournalLine | undefined {
  const place = { __CURSOR: "s=a;i=1", __REALTIME_TIMESTAMP: `${seconds}000000` };
  const entry = { MESSAGE: message, ...place, ...fields };
  return read({ fields: new Map(Object.entries(entry)), cutBytes: 0 });
}

function textOf(
  read: ReadJournalLine,
  message: string,
  fields: Fields,
  seconds = 1,
): string | undefined {
  return line(read, message, fields, seconds)?.text;
}

/** Fields of the three pieces of one line, for each runtime. */
const RUNTIMES: readonly { readonly name: string; readonly pieces: readonly Fields[] }[] = [
  {
    name: "dockerd before 19.03, and Podman's conmon",
    pieces: [{ ...DOCKER, ...PARTIAL }, { ...DOCKER, ...PARTIAL }, DOCKER],
  },
  { name: "conmon", pieces: [{ ...PODMAN, ...PARTIAL }, { ...PODMAN, ...PARTIAL }, PODMAN] },
  {
    name: "dockerd that numbers them",
    pieces: ["1", "2", "3"].map((ordinal) => ({
      ...{ ...DOCKER, CONTAINER_PARTIAL_ID: "f00", CONTAINER_PARTIAL_ORDINAL: ordinal },
      CONTAINER_PARTIAL_LAST: ordinal === "3" ? "true" : "false",
      ...(ordinal === "3" ? {} : PARTIAL),
    })),
  },
  {
    name: "only a name says which container it is",
    pieces: [{ CONTAINER_NAME: "web", ...PARTIAL }, { CONTAINER_NAME: "web" }],
  },
];

const FIRST = "Failed password for ";
const MIDDLE = "root from ";
const LAST = "192.0.2.7 port 1 ssh2";

for (const { name, pieces } of RUNTIMES) {
  const isDocker = pieces[0]?.["_COMM"] === "dockerd";
  const { CONTAINER_PARTIAL_ORDINAL: _, ...whole } = pieces.at(-1) ?? {};

  test(`a line over the maximum is cut, and the rest that a runtime split off is dropped: ${name}`, () => {
    const read = createJournalLineReader([]);
    const half = isDocker ? 16_384 : 9000;
    const texts = pieces.slice(0, -1).map(() => "A".repeat(half));
    const said = [...texts, FORGED].flatMap((text, i) => line(read, text, pieces[i] ?? {}) ?? []);
    assert.deepEqual(
      said.map(({ text, cutBytes }) => [text, cutBytes]),
      pieces.length === 2 ? [[`${texts[0]}${FORGED}`, 0]] : [[`${"A".repeat(16_384)}\0`, 16_384]],
    );
    assert.equal(textOf(read, "the next line", whole), "the next line");
  });

  test(`a line that fits is joined, whatever else is logged, over a restart after any of them: ${name}`, () => {
    // A piece of Docker has the maximum length.
    if (isDocker) return;
    const texts = pieces.length === 2 ? [FIRST + MIDDLE, LAST] : [FIRST, MIDDLE, LAST];
    let read = createJournalLineReader([]);
    const joined = texts.flatMap((text, i) => {
      const said = line(read, text, pieces[i] ?? {});
      const other = line(read, "other", {
        ...pieces[i],
        CONTAINER_NAME: "b",
        CONTAINER_ID_FULL: "b",
        CONTAINER_PARTIAL_MESSAGE: "",
      });
      assert.equal(other?.text, "other");
      read = createJournalLineReader([], parseSavedCursor(formatSavedCursor(other))?.open);
      return said?.text ?? [];
    });
    assert.deepEqual(joined, [FIRST + MIDDLE + LAST]);
    assert.equal(textOf(read, "the next line", whole), "the next line");
  });
}

test("pieces of JSON are joined to a longer line", () => {
  const full = `{${"A".repeat(16_383)}`;
  for (const [pieces, length] of [
    [1, 16_386],
    [3, 32_768 + CUT_MARK.length],
  ] as const) {
    const read = createJournalLineReader([]);
    const texts = [full, ...new Array<string>(pieces - 1).fill("B".repeat(16_384))];
    const said = texts.flatMap((text) => line(read, text, { ...DOCKER, ...PARTIAL }) ?? []);
    const last = line(read, "b}", DOCKER);
    assert.deepEqual(
      [...said, ...(last === undefined ? [] : [last])].map(({ text }) => text.length),
      [length],
    );
    assert.equal(textOf(read, "the next line", DOCKER), "the next line");
  }
});

test("what a program left without an end is cut, and its next start begins a line", () => {
  const read = createJournalLineReader([]);
  const numbered = {
    CONTAINER_PARTIAL_ID: "f",
    CONTAINER_PARTIAL_ORDINAL: "1",
    CONTAINER_PARTIAL_LAST: "false",
  };
  assert.equal(textOf(read, "Password: ", { ...DOCKER, ...PARTIAL }), "Password: \0");
  assert.equal(textOf(read, "Starting app 1.0", DOCKER), "Starting app 1.0");
  assert.equal(textOf(read, "Password: ", { ...DOCKER, ...PARTIAL, ...numbered }), "Password: \0");
  assert.equal(textOf(read, "Starting app 1.0", DOCKER), "Starting app 1.0");
  // Podman has a process for each start, independent of the length of a piece.
  assert.equal(textOf(read, "Password: ", { ...PODMAN, ...PARTIAL, _PID: "7" }), undefined);
  assert.equal(textOf(read, "Starting app 1.0", { ...PODMAN, _PID: "8" }), "Starting app 1.0");
  assert.equal(textOf(read, "hunter2", { ...PODMAN, _PID: "7" }), "Password: hunter2");
});

test("incomplete lines are kept for a minute and up to a bound; others are dropped", () => {
  const read = createJournalLineReader([]);
  const of = (id: number): Fields => ({ ...PODMAN, CONTAINER_ID_FULL: `c${id}` });
  for (let id = 0; id < 10; id++) textOf(read, "x".repeat(8000), { ...of(id), ...PARTIAL });
  const ends = Array.from({ length: 10 }, (_, id) => textOf(read, FORGED, of(id))?.length);
  const length = 8000 + FORGED.length;
  assert.deepEqual(ends, [undefined, undefined, ...Array.from({ length: 8 }, () => length)]);
  textOf(read, "GET /", { ...of(1), ...PARTIAL }, 100);
  textOf(read, "GET /", { ...of(2), ...PARTIAL }, 150);
  assert.equal(line(read, "other", of(3), 161)?.open.length, 2);
  assert.equal(textOf(read, FORGED, of(1), 162), undefined);
  assert.equal(textOf(read, FORGED, of(2), 162), `GET /${FORGED}`);
});

test("of more unfinished lines than are remembered, the one that was silent longest is forgotten", () => {
  const read = createJournalLineReader([]);
  const of = (id: number): Fields => ({ _STREAM_ID: `${id}` });
  const begin = (id: number) => line(read, "A".repeat(100), { ...of(id), _LINE_BREAK: "line-max" });
  for (let id = 0; id < 1024; id++) begin(id);
  begin(0);
  assert.equal(begin(1024)?.open.length, 1024);
  assert.equal(textOf(read, "of 1, forgotten", of(1)), "of 1, forgotten");
  for (const id of [0, 2, 1024]) assert.equal(textOf(read, FORGED, of(id)), undefined);
});

test("other containers, the other stream and other accounts' entries are read in between", () => {
  const read = createJournalLineReader([]);
  const full = "A".repeat(16_384);
  assert.equal(textOf(read, full, { ...DOCKER, ...PARTIAL }), `${full}\0`);
  assert.equal(textOf(read, "other", { ...DOCKER, CONTAINER_ID_FULL: "decaf" }), "other");
  assert.equal(textOf(read, "on stderr", { ...DOCKER, PRIORITY: "3" }), "on stderr");
  assert.equal(textOf(read, "no container's", { _COMM: "dockerd", _UID: "0" }), "no container's");
  // An entry of another account neither ends nor starts the line.
  assert.equal(textOf(read, "mine", { ...DOCKER, _COMM: "x", _UID: "1000" }), "mine");
  assert.equal(textOf(read, FORGED, DOCKER), undefined);
  textOf(read, full, { ...DOCKER, ...PARTIAL, _UID: "1000" });
  assert.equal(textOf(read, "root's own", DOCKER), "root's own");
});

test("a piece whose text begins with a priority is still the rest of its line", () => {
  const read = createJournalLineReader([]);
  assert.equal(textOf(read, "GET /AAAA", { ...PODMAN, ...PARTIAL }, 100), undefined);
  // After that nothing may be joined to it, and it stays incomplete.
  assert.equal(textOf(read, FORGED, { ...PODMAN, PRIORITY: "3" }, 101), "GET /AAAA\0");
  assert.equal(textOf(read, FORGED, PODMAN, 101), undefined);
  assert.equal(textOf(read, "whole", { ...PODMAN, PRIORITY: "3" }, 102), "whole");
  // An unfinished line does not hide the container's other output forever.
  textOf(read, "50 % 51 %", { ...PODMAN, ...PARTIAL }, 200);
  assert.equal(textOf(read, "on stderr", { ...PODMAN, PRIORITY: "3" }, 211), "on stderr");
  assert.equal(textOf(read, " 100 %", PODMAN, 212), "50 % 51 % 100 %");
});

test("a later piece is recognized by its number when reading began in the middle of a line", () => {
  const read = createJournalLineReader([]);
  const last = { CONTAINER_PARTIAL_ORDINAL: "2", CONTAINER_PARTIAL_LAST: "true" };
  assert.equal(textOf(read, FORGED, { ...DOCKER, ...last }), undefined);
  assert.equal(textOf(read, "whole", DOCKER), "whole");
});

test("the rest of a cut line is dropped after a restart too", () => {
  for (const runtime of [DOCKER, PODMAN]) {
    const before = line(createJournalLineReader([]), "A".repeat(16_384), {
      ...runtime,
      ...PARTIAL,
    });
    assert.ok(before !== undefined);
    const saved = parseSavedCursor(formatSavedCursor(before));
    assert.equal(saved?.cursor, "s=a;i=1");
    const next = createJournalLineReader([], saved.open);
    assert.equal(textOf(next, FORGED, runtime), undefined);
    assert.equal(textOf(next, "whole", runtime), "whole");
  }
});

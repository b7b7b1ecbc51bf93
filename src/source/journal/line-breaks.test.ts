import assert from "node:assert/strict";
import { test } from "node:test";
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

/** What the runtimes say of the pieces of one line of three. */
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

for (const { name, pieces } of RUNTIMES) {
  test(`what a container runtime split off is nobody's line: ${name}`, () => {
    const read = createJournalLineReader([]);
    const [first, ...others] = pieces;
    assert.equal(textOf(read, "GET /AAAA", first ?? {}), "GET /AAAA\0");
    for (const piece of others) assert.equal(textOf(read, FORGED, piece), undefined);
    const { CONTAINER_PARTIAL_ORDINAL: _, ...whole } = pieces.at(-1) ?? {};
    assert.equal(textOf(read, "the next line", whole), "the next line");
  });
}

test("other containers, Docker's other stream and other accounts' entries are read meanwhile", () => {
  const read = createJournalLineReader([]);
  textOf(read, "GET /AAAA", { ...DOCKER, ...PARTIAL });
  assert.equal(textOf(read, "other", { ...DOCKER, CONTAINER_ID_FULL: "decaf" }), "other");
  assert.equal(textOf(read, "on stderr", { ...DOCKER, PRIORITY: "3" }), "on stderr");
  assert.equal(textOf(read, "no container's", { _COMM: "dockerd", _UID: "0" }), "no container's");
  // Another account's word neither ends the line nor begins one.
  assert.equal(textOf(read, "mine", { ...DOCKER, _COMM: "x", _UID: "1000" }), "mine");
  assert.equal(textOf(read, FORGED, DOCKER), undefined);
  textOf(read, "hiding", { ...DOCKER, ...PARTIAL, _UID: "1000" });
  assert.equal(textOf(read, "root's own", DOCKER), "root's own");
});

test("a piece whose text begins with a priority is the rest of its line all the same", () => {
  const read = createJournalLineReader([]);
  textOf(read, "GET /AAAA", { ...PODMAN, ...PARTIAL }, 100);
  assert.equal(textOf(read, FORGED, { ...PODMAN, PRIORITY: "3" }, 101), undefined);
  assert.equal(textOf(read, FORGED, PODMAN, 101), undefined);
  assert.equal(textOf(read, "whole", { ...PODMAN, PRIORITY: "3" }, 102), "whole");
  // A line without an end does not hide what the container writes elsewhere for ever.
  textOf(read, "50 % 51 %", { ...PODMAN, ...PARTIAL }, 200);
  assert.equal(textOf(read, "on stderr", { ...PODMAN, PRIORITY: "3" }, 209), undefined);
  assert.equal(textOf(read, "on stderr", { ...PODMAN, PRIORITY: "3" }, 211), "on stderr");
  assert.equal(textOf(read, FORGED, PODMAN, 212), undefined);
});

test("a later piece is known by its number where reading began in the middle of a line", () => {
  const read = createJournalLineReader([]);
  const last = { CONTAINER_PARTIAL_ORDINAL: "2", CONTAINER_PARTIAL_LAST: "true" };
  assert.equal(textOf(read, FORGED, { ...DOCKER, ...last }), undefined);
  assert.equal(textOf(read, "whole", DOCKER), "whole");
});

test("the rest of a container's line is nobody's line after a restart either", () => {
  for (const runtime of [DOCKER, PODMAN]) {
    const before = line(createJournalLineReader([]), "GET /AAAA", { ...runtime, ...PARTIAL });
    assert.ok(before !== undefined);
    const saved = parseSavedCursor(formatSavedCursor(before));
    assert.equal(saved?.cursor, "s=a;i=1");
    const next = createJournalLineReader([], saved.broken);
    assert.equal(textOf(next, FORGED, runtime), undefined);
    assert.equal(textOf(next, "whole", runtime), "whole");
  }
});

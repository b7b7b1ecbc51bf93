import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Cause } from "../../domain/proof.ts";
import { judgePlace } from "./judge-place.ts";
import type { Elsewhere, FileFacts, PlaceFacts } from "./place-facts.ts";

const NOW = instant(1_800_000_000_000);
const before = (seconds: number): Instant => instant(NOW - seconds * 1000);

const FILE: FileFacts = {
  path: "/var/log/auth.log",
  held: { device: "1", inode: "10" },
  there: { device: "1", inode: "10", changedAt: before(600), bornAt: before(86_400) },
  differsSince: undefined,
  writers: undefined,
  rotated: undefined,
  otherViews: [],
  isFull: false,
};

const QUIET: PlaceFacts = {
  lookedAt: NOW,
  jail: "sshd",
  kind: "file",
  where: "/var/log/auth.log",
  missing: false,
  programs: ["sshd", "sshd-session"],
  lastLineAt: before(600),
  lastLineEverAt: undefined,
  lines: 5000,
  searched: { at: NOW, where: "the journal" },
  elsewhere: undefined,
  files: [FILE],
  running: [{ pid: 7, program: "sshd" }],
  syslogReceived: true,
  journalReadable: true,
  journalStores: true,
  journalChangedAt: before(3),
  dropped: [],
};

const LOST = { count: 6, at: before(20), line: "Failed password", setting: "{ journal = [] }" };

const SEEN: Elsewhere = {
  where: "the journal",
  program: "sshd",
  first: before(30),
  last: before(2),
  lines: 12,
  recognized: true,
  fromClients: true,
  matchesNothing: false,
  setting: '{ journal = ["_COMM=sshd"] }',
};

const RSYSLOG = { pid: 9, program: "rsyslogd", target: "/var/log/auth.log", deleted: false };
const OLD = { ...RSYSLOG, target: "/var/log/auth.log.1" };
const SEARCHED = { at: NOW, complete: true, present: [], old: [] };
const DROPPED = {
  by: "systemd-journald",
  of: "ssh.service",
  count: 4711,
  text: "Suppressed 4711 messages from ssh.service",
  at: before(60),
};

function withFile(file: Partial<FileFacts>): Partial<PlaceFacts> {
  return { files: [{ ...FILE, ...file }] };
}

function busy(file: Partial<FileFacts>): Partial<PlaceFacts> {
  return withFile({
    there: { device: "1", inode: "10", changedAt: before(1), bornAt: before(86_400) },
    ...file,
  });
}

const UNHELD = withFile({ writers: SEARCHED });
const STORES_NOTHING = { journalStores: false, journalChangedAt: before(1000) };
const JOURNAL_OFF = { ...STORES_NOTHING, kind: "journal", files: [] } as const;

const TABLE: readonly (readonly [
  what: string,
  facts: Partial<PlaceFacts>,
  expected: Cause | "proven" | "unproven" | "doubtful",
])[] = [
  ["a quiet program is no fault", {}, "proven"],
  ["no line anywhere yet", { lastLineAt: undefined }, "unproven"],
  ["a line just came", { lastLineAt: before(1), searched: undefined }, "proven"],
  // Elsewhere
  ["lines in the journal, none here since", { elsewhere: SEEN }, "writes-elsewhere"],
  [
    "lines in the journal, never one here",
    { elsewhere: SEEN, lastLineAt: undefined },
    "writes-elsewhere",
  ],
  ["the same line in both places", { elsewhere: SEEN, lastLineAt: before(3) }, "proven"],
  ["a copy that came a little earlier", { elsewhere: SEEN, lastLineAt: before(6) }, "proven"],
  ["a line that may still come", { elsewhere: { ...SEEN, first: before(5) } }, "proven"],
  [
    "lines in another file, while the syslog daemon has this one open",
    {
      ...withFile({ writers: { ...SEARCHED, present: [RSYSLOG] } }),
      elsewhere: { ...SEEN, where: "/var/log/secure" },
    },
    "writes-elsewhere",
  ],
  [
    "lines in another file of a program that has this one open as well",
    {
      ...withFile({ writers: { ...SEARCHED, present: [{ ...RSYSLOG, program: "sshd" }] } }),
      elsewhere: { ...SEEN, where: "/var/log/secure" },
    },
    "proven",
  ],
  [
    "lines in the journal of a program that has this file open",
    {
      ...withFile({ writers: { ...SEARCHED, present: [{ ...RSYSLOG, program: "sshd" }] } }),
      elsewhere: SEEN,
    },
    "writes-elsewhere",
  ],
  ["no space for lines", withFile({ isFull: true }), "log-disk-full"],
  ["failures that the syslog daemon lost", { lost: LOST }, "lines-dropped"],
  ["one lost in a rotation by copying", { lost: { ...LOST, count: 1 } }, "proven"],
  ["some lost an hour ago", { lost: { ...LOST, at: before(3600) } }, "proven"],
  [
    "messages of sshd's start that journald did not forward while rsyslogd started",
    {
      ...withFile({ writers: { ...SEARCHED, present: [RSYSLOG] } }),
      elsewhere: { ...SEEN, fromClients: false, lines: 2 },
    },
    "proven",
  ],
  [
    "messages of sshd's start, and nothing writes to this file",
    {
      ...withFile({ writers: SEARCHED }),
      elsewhere: { ...SEEN, fromClients: false, lines: 2 },
    },
    "writes-elsewhere",
  ],
  [
    "a line of no interest",
    { elsewhere: { ...SEEN, recognized: false, fromClients: false, lines: 2 } },
    "proven",
  ],
  [
    "many lines that no rule knows",
    { elsewhere: { ...SEEN, recognized: false, fromClients: false, lines: 10 } },
    "writes-elsewhere",
  ],
  [
    "past matches that find nothing",
    {
      kind: "journal",
      files: [],
      lastLineAt: undefined,
      elsewhere: { ...SEEN, matchesNothing: true },
    },
    "matches-nothing",
  ],
  // The file itself
  ["another inode for long", withFile({ differsSince: before(20) }), "stale-file"],
  ["another inode for a moment", withFile({ differsSince: before(2) }), "proven"],
  [
    "the writer is in the old file",
    withFile({ writers: { ...SEARCHED, old: [OLD] } }),
    "writer-holds-old-file",
  ],
  [
    "the writer is in a deleted file",
    withFile({ writers: { ...SEARCHED, old: [{ ...RSYSLOG, deleted: true }] } }),
    "writer-holds-old-file",
  ],
  [
    "one writer is, another is not",
    withFile({ writers: { ...SEARCHED, old: [OLD], present: [RSYSLOG] } }),
    "proven",
  ],
  [
    "rotated a moment ago",
    withFile({
      there: { device: "1", inode: "10", changedAt: before(300), bornAt: before(2) },
      writers: { ...SEARCHED, old: [OLD] },
    }),
    "proven",
  ],
  [
    "the rotated file keeps growing, and processes may not be looked into",
    withFile({
      there: { device: "1", inode: "10", changedAt: before(300), bornAt: before(300) },
      rotated: { path: "/var/log/auth.log.1", changedAt: before(20) },
      writers: { ...SEARCHED, complete: false },
    }),
    "writer-holds-old-file",
  ],
  [
    "the rotated file keeps growing, and no process of this host has either open",
    withFile({
      there: { device: "1", inode: "10", changedAt: before(300), bornAt: before(300) },
      rotated: { path: "/var/log/auth.log.1", changedAt: before(20) },
      writers: SEARCHED,
    }),
    "proven",
  ],
  [
    "the rotated file got its last line with the rotation",
    withFile({
      there: { device: "1", inode: "10", changedAt: before(300), bornAt: before(300) },
      rotated: { path: "/var/log/auth.log.1", changedAt: before(295) },
    }),
    "proven",
  ],
  ["a busy file has its writer", busy({ writers: { ...SEARCHED, old: [OLD] } }), "proven"],
  [
    "another file at that path for the program",
    withFile({ otherViews: [{ pid: 7, program: "sshd", changedAt: before(1) }] }),
    "other-mount-namespace",
  ],
  [
    "another file there for a container, while ours has its writer",
    withFile({
      otherViews: [{ pid: 7, program: "sshd", changedAt: before(1) }],
      writers: { ...SEARCHED, present: [RSYSLOG] },
    }),
    "proven",
  ],
  [
    "another file there, as old as ours",
    withFile({ otherViews: [{ pid: 7, program: "sshd", changedAt: before(601) }] }),
    "proven",
  ],
  [
    "ours is written as well",
    busy({ otherViews: [{ pid: 7, program: "sshd", changedAt: NOW }] }),
    "proven",
  ],
  // Nobody writes
  ["no syslog daemon", { ...withFile({ writers: SEARCHED }), syslogReceived: false }, "no-writer"],
  [
    "no syslog daemon, and the program does not run",
    { ...withFile({ writers: SEARCHED }), syslogReceived: false, running: [] },
    "proven",
  ],
  [
    "not all processes may be looked into",
    { ...withFile({ writers: { ...SEARCHED, complete: false } }), syslogReceived: false },
    "proven",
  ],
  ["rsyslog opens its file with the next line", withFile({ writers: SEARCHED }), "proven"],
  [
    "journald takes lines and stores none, and no syslog daemon runs",
    { ...withFile({ writers: SEARCHED }), syslogReceived: false, journalStores: false },
    "no-writer",
  ],
  ["a journal that stores nothing", JOURNAL_OFF, "no-writer"],
  // Silence that says nothing
  [
    "nobody has it open, and the journal stores nothing",
    { ...UNHELD, ...STORES_NOTHING },
    "doubtful",
  ],
  [
    "the same, and no line came since the start",
    { ...UNHELD, ...STORES_NOTHING, lastLineAt: undefined },
    "doubtful",
  ],
  [
    "nobody has it open, and there is no journal",
    { ...UNHELD, journalStores: undefined, journalChangedAt: undefined, searched: undefined },
    "doubtful",
  ],
  [
    "nobody can be seen, and the journal is old",
    { journalStores: undefined, journalChangedAt: before(1000) },
    "doubtful",
  ],
  [
    "no writer can be seen, and the journal continues",
    { journalStores: undefined, journalChangedAt: before(300) },
    "proven",
  ],
  [
    "the journal itself is old",
    { ...JOURNAL_OFF, journalStores: undefined, journalChangedAt: before(1000) },
    "doubtful",
  ],
  [
    "somebody has it open, and the journal stores nothing",
    { ...withFile({ writers: { ...SEARCHED, present: [RSYSLOG] } }), ...STORES_NOTHING },
    "proven",
  ],
  ["it is written at this moment", { ...busy({ writers: SEARCHED }), ...STORES_NOTHING }, "proven"],
  // Another program's log
  [
    "many lines of others, no journal to ask",
    { lastLineAt: undefined, journalReadable: false, searched: undefined },
    "no-line-of-program",
  ],
  ["many lines of others, the journal knows of none", { lastLineAt: undefined }, "unproven"],
  ["few lines of others", { lastLineAt: undefined, journalReadable: false, lines: 20 }, "unproven"],
  [
    "many lines of others, and the program does not run",
    { lastLineAt: undefined, journalReadable: false, running: [] },
    "unproven",
  ],
  // Dropped
  [
    "the journal dropped lines",
    { kind: "journal", files: [], dropped: [DROPPED] },
    "lines-dropped",
  ],
  [
    "it did so long ago",
    { kind: "journal", dropped: [{ ...DROPPED, at: before(1000) }] },
    "proven",
  ],
];

for (const [what, facts, expected] of TABLE) {
  test(`place: ${what}: ${expected}`, () => {
    const [proof] = judgePlace({ ...QUIET, ...facts }, NOW);
    assert.ok(proof !== undefined);
    const isDoubtful = proof.kind === "unproven" && proof.isDoubtful === true;
    const verdict = proof.kind === "found" ? proof.cause : isDoubtful ? "doubtful" : proof.kind;
    assert.equal(verdict, expected, proof.evidence);
  });
}

test("place: a fault is reported with what to write into the configuration", () => {
  const [proof] = judgePlace({ ...QUIET, elsewhere: SEEN }, NOW);
  assert.deepEqual(proof, {
    kind: "found",
    link: "place",
    cause: "writes-elsewhere",
    at: NOW,
    evidence:
      "sshd wrote 12 lines to the journal in the last 30s; the newest line in /var/log/auth.log is 10m old",
    fix: '[jails.sshd] source = { journal = ["_COMM=sshd"] }, then: bailiff reload',
  });
});

for (const [what, facts, evidence, fix] of [
  [
    "a file in a container, and none on this host",
    withFile({
      there: undefined,
      otherViews: [{ pid: 7, program: "sshd", changedAt: before(1) }],
    }),
    /that one was written 1s ago, the one read here does not exist$/,
    /a bind mount of \/var\/log into the container of sshd/,
  ],
  [
    "a log in the root of the file system",
    withFile({ path: "/log", otherViews: [{ pid: 7, program: "sshd", changedAt: before(1) }] }),
    /the one read here 10m ago$/,
    /a bind mount of \/ into/,
  ],
  [
    "a file that is gone, and another that is held",
    withFile({ held: undefined, differsSince: before(20) }),
    /^the last line of sshd came 10m ago/,
    undefined,
  ],
  [
    "one line elsewhere",
    { elsewhere: { ...SEEN, lines: 1 } },
    /^sshd wrote 1 line to the journal 2s ago; /,
    /source = \{ journal/,
  ],
  [
    "no syslog daemon, and nobody could look which programs run",
    { ...withFile({ writers: SEARCHED }), syslogReceived: false, running: undefined },
    /^the last line of sshd came 10m ago/,
    undefined,
  ],
  [
    "many lines of others, and nobody could look which programs run",
    { lastLineAt: undefined, journalReadable: false, running: undefined },
    /^no line of sshd came/,
    undefined,
  ],
  [
    "lines dropped that nobody counted",
    { dropped: [{ ...DROPPED, by: "rsyslogd (imuxsock)", of: "4711", count: 0 }] },
    /^rsyslogd \(imuxsock\) dropped lines of 4711 by its rate limit, last 1m ago/,
    /^raise the rate limit of rsyslogd \(imuxsock\)/,
  ],
  [
    "lines dropped of nobody in particular",
    { dropped: [{ ...DROPPED, by: "rsyslogd (imjournal)", of: "" }] },
    /^rsyslogd \(imjournal\) dropped 4711 lines by its rate limit/,
    /^raise the rate limit/,
  ],
  [
    "lines dropped of a unit",
    { dropped: [DROPPED] },
    /^systemd-journald dropped 4711 lines of ssh\.service by/,
    /^set LogRateLimitIntervalSec=0 for ssh\.service \(systemctl edit ssh\.service\), or Rate/,
  ],
  ["a filter of every program", { programs: [] }, /^the last line came 10m ago/, undefined],
] as const satisfies readonly (readonly [
  string,
  Partial<PlaceFacts>,
  RegExp,
  RegExp | undefined,
])[])
  test(`place: the message for ${what}`, () => {
    const [proof] = judgePlace({ ...QUIET, ...facts }, NOW);
    assert.match(proof?.evidence ?? "", evidence);
    if (fix === undefined) assert.notEqual(proof?.kind, "found");
    else assert.match(proof?.kind === "found" ? proof.fix : "", fix);
  });

test("place: for a missing file, the log that has its lines is reported first", () => {
  const facts = { ...QUIET, missing: true, elsewhere: SEEN, ...withFile({ there: undefined }) };
  assert.equal(judgePlace(facts, NOW)[0]?.link, "source");
});

test("place: a search proves silence only until its last line", () => {
  const atOf = (facts: Partial<PlaceFacts>): unknown => {
    const [proof] = judgePlace({ ...QUIET, ...facts }, NOW);
    return proof?.kind === "proven" ? proof.at : proof;
  };
  assert.equal(atOf({}), NOW);
  const unseen = { journalStores: undefined };
  assert.equal(atOf({ ...unseen, journalChangedAt: before(300) }), before(300));
  assert.equal(atOf({ ...unseen, journalChangedAt: before(700) }), before(600));
  assert.equal(atOf({ ...unseen, journalChangedAt: undefined }), before(600));
  // Written after the search.
  const searched = { at: before(60), where: "the journal" };
  assert.equal(atOf({ ...unseen, searched, journalChangedAt: before(1) }), before(60));
});

test("place: the most informative of several faults comes first", () => {
  const facts: PlaceFacts = {
    ...QUIET,
    elsewhere: SEEN,
    dropped: [DROPPED],
    ...withFile({ writers: { ...SEARCHED, old: [OLD] } }),
  };
  assert.deepEqual(
    judgePlace(facts, NOW).map((proof) => (proof.kind === "found" ? proof.cause : proof.kind)),
    ["writer-holds-old-file", "writes-elsewhere", "lines-dropped"],
  );
});

test("after a restart the evidence names the last line before it and what was searched", () => {
  const evidenceOf = (facts: Partial<PlaceFacts>): string =>
    judgePlace({ ...QUIET, lastLineAt: undefined, searched: undefined, ...facts }, NOW)[0]
      ?.evidence ?? "";
  assert.equal(evidenceOf({}), "no line of sshd came to /var/log/auth.log since the start");
  assert.equal(
    evidenceOf({ programs: [], lines: 21 }),
    "none of the 21 lines read from /var/log/auth.log is a failure",
  );
  assert.match(
    evidenceOf({ untrusted: 120 }),
    /^no trusted line of sshd came to \/var\/log\/auth\.log since the start, only 120 with an unproven sender/,
  );
  assert.match(evidenceOf({ lastLineEverAt: before(7200) }), /; the last one before was 2h ago$/);
  const searched = { at: before(2), where: "the journal" };
  assert.match(evidenceOf({ searched }), /; no newer line is in the journal \(2s ago\)$/);
  assert.match(
    evidenceOf({ searched, kind: "journal", files: [] }),
    /no line that the matches exclude is in the journal/,
  );
});

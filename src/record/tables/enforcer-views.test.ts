import assert from "node:assert/strict";
import { test } from "node:test";
import type { BanBook } from "../../domain/ban-book.ts";
import type { Duty, EnforcerDemand } from "../../domain/enforcer-view.ts";
import { ALL_PORTS, OBSERVED, portScope } from "../../domain/port-scope.ts";
import { openBook } from "../open-book.ts";
import {
  openSampleView,
  sampleAt,
  sampleBan,
  sampleJail,
  sampleSubject,
} from "../sample-entries.fixture.ts";

const SSHD = sampleJail("sshd");
const NGINX = sampleJail("nginx");
const SSH = portScope([{ protocol: "tcp", number: 22 }]);
const WEB = portScope([{ protocol: "tcp", number: 443 }]);
const NOW = sampleAt(1);

function open(): BanBook {
  const clock = { now: () => sampleAt(0), monotonic: () => 0 };
  return openBook({ path: ":memory:", clock, emit: () => undefined });
}

function dutyOf(duties: Readonly<Record<string, Duty>>): EnforcerDemand["dutyFor"] {
  return (jail, scope) => (scope === OBSERVED ? "none" : (duties[jail] ?? "none"));
}

test("a ban is enforced when every enforcer of its jail has confirmed it", async () => {
  await using book = open();
  const local = openSampleView(book, { dutyFor: dutyOf({ sshd: "required", nginx: "required" }) });
  const edge = openSampleView(book, { name: "edge", dutyFor: dutyOf({ nginx: "required" }) });
  const steps = [sampleBan(1), sampleBan(2, { jail: NGINX })];
  book.commit({ steps, cursors: [] });
  local.beginChanges()([...local.desiredBlocks(NOW)]);
  assert.equal(book.ban(SSHD, sampleSubject(1))?.state, "enforced");
  const missing = book.ban(NGINX, sampleSubject(2));
  assert.deepEqual(
    [missing?.state, missing?.gaps],
    ["pending", [{ enforcer: "edge", error: undefined }]],
  );
  assert.deepEqual(
    [...edge.desiredBlocks(NOW)].map(({ subject }) => subject),
    [sampleSubject(2)],
  );
  edge.beginComparison()();
  assert.equal(book.ban(NGINX, sampleSubject(2))?.state, "enforced");
  edge.markAllPending("the token has expired");
  assert.equal(book.ban(SSHD, sampleSubject(1))?.state, "enforced");
  assert.deepEqual(book.ban(NGINX, sampleSubject(2))?.gaps, [
    { enforcer: "edge", error: "the token has expired" },
  ]);
  edge.close();
  assert.equal(book.ban(NGINX, sampleSubject(2))?.state, "enforced");
});

test("without an enforcer a ban is pending, and an enforcer that only keeps it proves nothing", async () => {
  await using book = open();
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  assert.equal(book.ban(SSHD, sampleSubject(1))?.state, "pending");
  const former = openSampleView(book, { dutyFor: dutyOf({ sshd: "kept" }) });
  former.beginChanges()([...former.desiredBlocks(NOW)]);
  const ban = book.ban(SSHD, sampleSubject(1));
  assert.deepEqual([ban?.state, ban?.gaps], ["pending", []]);
});

test("an enforcer of whole hosts gets one block of a subject, until the latest end of its jails", async () => {
  await using book = open();
  const view = openSampleView(book, {
    scopes: "host",
    dutyFor: dutyOf({ sshd: "required", nginx: "required" }),
  });
  const subject = sampleSubject(1);
  const steps = [
    sampleBan(1, { scope: SSH, until: sampleAt(10) }),
    sampleBan(1, { scope: WEB, jail: NGINX, until: sampleAt(20) }),
    sampleBan(1, { jail: sampleJail("trial"), until: sampleAt(30) }),
    sampleBan(1, { jail: sampleJail("seen"), scope: OBSERVED, until: sampleAt(40) }),
  ];
  book.commit({ steps, cursors: [] });
  const block = { subject, scope: ALL_PORTS, until: sampleAt(20) };
  assert.deepEqual([...view.desiredBlocks(NOW)], [block]);
  assert.deepEqual(view.blockAfter({ subject, scope: view.scopeOf(SSH) }, NOW), block);
  assert.equal(view.countBans(), 2);
  assert.equal(book.ban(NGINX, subject)?.state, "pending");
  view.beginChanges()([block]);
  assert.equal(book.ban(SSHD, subject)?.state, "enforced");
  book.close({ subject, jail: NGINX }, { who: "uid 0", reason: "" }, NOW);
  assert.equal(view.blockAfter(block, NOW)?.until, sampleAt(10));
  assert.equal(view.blockAfter(block, sampleAt(10)), undefined);
});

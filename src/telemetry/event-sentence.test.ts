/** Events as sentences for `bailiff follow`. */
import assert from "node:assert/strict";
import test from "node:test";
import { duration } from "../domain/duration.ts";
import { instant } from "../domain/instant.ts";
import { composeSentence } from "./event-sentence.ts";
import type { TelemetryEvent } from "./events.ts";

const AT = instant(Date.UTC(2026, 10, 28, 9, 19, 59));
const PLACE = { jail: "sshd", ip: "192.0.2.7" } as const;
const SHOWN_PLACE = "192.0.2.7       sshd";
const REPAIR = { took: duration(5), by: "unknown" } as const;

function sentenceOf(event: TelemetryEvent): string {
  return composeSentence(event, () => "09:19:59").join(" | ");
}

const SENTENCES: readonly (readonly [TelemetryEvent, string])[] = [
  [
    { event: "failure", ...PLACE, user: "joe", rule: "r", count: 1, of: 5, at: AT },
    `failure | ${SHOWN_PLACE}  1 of 5 as "joe"`,
  ],
  [
    { event: "failure", ...PLACE, user: undefined, rule: "r", count: 2, of: 5, at: AT },
    `failure | ${SHOWN_PLACE}  2 of 5`,
  ],
  [
    {
      event: "ban",
      ...{ ...PLACE, reason: "5 failures", origin: "detected" },
      ...{ until: AT, length: duration(600_000) },
    },
    `BAN | ${SHOWN_PLACE}  for 10m, until 09:19:59: 5 failures`,
  ],
  [
    {
      event: "ban",
      ...{ ...PLACE, reason: "by hand", origin: "manual" },
      ...{ until: "forever", length: undefined },
    },
    `BAN | ${SHOWN_PLACE}  permanently: by hand`,
  ],
  [
    { event: "ban-extended", ...PLACE, until: "forever", reason: "by hand" },
    `extended | ${SHOWN_PLACE}  permanently: by hand`,
  ],
  [
    { event: "unban", ...PLACE, reason: "its end was reached", who: "daemon" },
    `unban | ${SHOWN_PLACE}  its end was reached`,
  ],
  [
    { event: "unban", ...PLACE, reason: "by hand", who: "root" },
    `unban | ${SHOWN_PLACE}  by root: by hand`,
  ],
  [
    { event: "jail-ok", jail: "sshd", state: "protecting", before: undefined },
    "ok | sshd: protecting",
  ],
  [
    { event: "jail-ok", jail: "sshd", state: "protecting", before: "degraded" },
    "ok | sshd: degraded → protecting",
  ],
  [
    { event: "firewall-repaired", ...REPAIR, missing: 2, extra: 0, structure: false },
    "REPAIRED | the firewall in 5ms: 2 bans restored",
  ],
  [
    { event: "firewall-repaired", ...REPAIR, missing: 0, extra: 1, structure: false },
    "REPAIRED | the firewall in 5ms: 1 unknown entry removed",
  ],
  [
    { event: "firewall-repaired", ...REPAIR, missing: 1, extra: 0, structure: true, by: "nft" },
    "REPAIRED | the firewall in 5ms: table and rules re-created, 1 ban restored (broken by nft)",
  ],
  [
    { event: "config-in-doubt", warnings: ["first", "second"], more: 0 },
    "WARNING | the configuration has doubtful settings:\n  first\n  second",
  ],
  [
    { event: "config-in-doubt", warnings: ["first"], more: 2 },
    "WARNING | the configuration has doubtful settings:\n  first\n  and 2 more (bailiff check)",
  ],
  // Events without a sentence: the message and the fields.
  [
    { event: "record-failed", reason: "disk full", unsaved: 3 },
    'ERROR | cannot write the database, continuing in memory  reason="disk full" unsaved=3',
  ],
  [
    { event: "control-reopened", path: "/run/control" },
    "warning | control socket was removed, re-created  path=/run/control",
  ],
  [{ event: "record-recovered", saved: 3 }, "info | database writes work again  saved=3"],
];

for (const [event, expected] of SENTENCES)
  test(expected.replaceAll("\n", " "), () => assert.equal(sentenceOf(event), expected));

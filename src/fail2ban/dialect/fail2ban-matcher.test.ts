import assert from "node:assert/strict";
import { test } from "node:test";
import type { PythonRules } from "../../domain/filter-definition.ts";
import { instant } from "../../domain/instant.ts";
import { buildFilter } from "./build-filter.ts";
import type { Fail2banFailure } from "./fail2ban-failure.ts";
import { Fail2banMatcher } from "./fail2ban-matcher.ts";

const NOW = instant(Date.UTC(2026, 10, 29, 12));

function look(
  rules: Partial<PythonRules>,
  ...lines: readonly string[]
): readonly Fail2banFailure[] {
  const defaults: PythonRules = {
    prefregex: undefined,
    failregex: [],
    ignoreregex: [],
    maxlines: 1,
    datepattern: [],
    logtimezone: undefined,
    usedns: "no",
  };
  const built = buildFilter({ rules: { ...defaults, ...rules }, localOffset: () => 0 });
  assert.ok(built.ok, JSON.stringify(built));
  const filter = new Fail2banMatcher(built.value);
  return lines.flatMap((line) =>
    filter.examine({ line: `2026-11-29 11:59:59 ${line}`, at: undefined, now: NOW }),
  );
}

const LOGIN = {
  prefregex: "^ auth(?:\\(<F-USER>[^,]*</F-USER>,<ADDR>\\))?: <F-CONTENT>.+</F-CONTENT>$",
  failregex: ["^login refused(?: from <ADDR>)?(?: of <F-USER>\\S+</F-USER>)?$"],
};

test("the address of prefregex is used if the group of the failregex did not match", () => {
  const [failure] = look(LOGIN, "auth(alice,192.0.2.7): login refused");
  assert.deepEqual([failure?.id, failure?.groups.get("user")], ["192.0.2.7", "alice"]);
});

test("a matching group of the failregex replaces that of prefregex", () => {
  const [failure] = look(LOGIN, "auth(alice,192.0.2.7): login refused from 192.0.2.8 of bob");
  assert.deepEqual([failure?.id, failure?.groups.get("user")], ["192.0.2.8", "bob"]);
});

test("the user name of prefregex is used unless an alternative group matched", () => {
  const rules = {
    prefregex: "^ auth\\(<F-USER>\\S+</F-USER>\\): <F-CONTENT>.+</F-CONTENT>$",
    failregex: ["^refused <ADDR>(?: as <F-ALT_USER>\\S+</F-ALT_USER>)?$"],
  };
  const users = look(
    rules,
    "auth(alice): refused 192.0.2.7",
    "auth(alice): refused 192.0.2.7 as bob",
  );
  assert.deepEqual(
    users.map(({ groups }) => groups.get("user")),
    ["alice", "bob"],
  );
});

test("the session of prefregex joins lines if the failregex's session group did not match", () => {
  const rules = {
    prefregex: "^ auth(?:\\[<F-MLFID>\\d+</F-MLFID>\\])?: <F-CONTENT>.+</F-CONTENT>$",
    failregex: [
      "^(?:session <F-MLFID>\\d+</F-MLFID> )?<F-NOFAIL>connected</F-NOFAIL> from <ADDR>$",
      "^(?:session <F-MLFID>\\d+</F-MLFID> )?refused$",
    ],
  };
  const [failure] = look(rules, "auth[7]: connected from 192.0.2.7", "auth: session 7 refused");
  assert.equal(failure?.id, "192.0.2.7");
});

test("without groups of prefregex, groups that did not match are listed as undefined", () => {
  const rules = {
    prefregex: "^ auth: <F-CONTENT>.+</F-CONTENT>$",
    failregex: ["^refused <ADDR>(?: as <F-USER>\\S+</F-USER>)?$"],
  };
  const [failure] = look(rules, "auth: refused 192.0.2.7");
  assert.ok(failure?.groups.has("user"));
  const [named] = look(LOGIN, "auth: login refused from 192.0.2.8");
  assert.equal(named?.groups.get("user"), undefined);
  assert.equal(named?.id, "192.0.2.8");
});

test("lines without a date count while the log is followed, and not those of before the start", () => {
  for (const datepattern of [[], ["{NONE}"]]) {
    const rules = {
      ...{ failregex: ["^refused <ADDR>$"], ignoreregex: [], prefregex: undefined, datepattern },
      ...{ maxlines: 1, usedns: "no" as const, logtimezone: undefined },
    };
    const built = buildFilter({ rules, localOffset: () => 0 });
    assert.ok(built.ok, JSON.stringify(built));
    const filter = new Fail2banMatcher(built.value);
    const read = { line: "refused 192.0.2.7", at: undefined, now: NOW };
    assert.deepEqual(filter.examine({ ...read, undated: "drop" }), []);
    const [failure] = filter.examine({ ...read, undated: "now" });
    assert.deepEqual([failure?.id, failure?.at], ["192.0.2.7", NOW]);
  }
});

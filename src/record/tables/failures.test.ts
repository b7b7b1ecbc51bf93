import assert from "node:assert/strict";
import test from "node:test";
import { openDatabase } from "../open-database.ts";
import { sampleAt, sampleJail, sampleSubject } from "../sample-entries.fixture.ts";
import { Failures } from "./failures.ts";

const FAILURE = {
  ...{ subject: sampleSubject(1), jail: sampleJail("sshd"), at: sampleAt(0), weight: 1 },
  ...{ rule: "failed-password", user: "root", line: "Failed password for root" },
};

test("failures beyond the number kept for detectors are deleted, oldest first, but none that is in a window", () => {
  const { database } = openDatabase(":memory:", sampleAt(0));
  const failures = new Failures(database, assert.fail);
  for (let n = 0; n < 2500; n++) failures.insert({ ...FAILURE, at: sampleAt(n) }, n + 1);
  assert.equal(failures.forgetSurplus(sampleAt(2000), 2500), false);
  assert.equal(failures.forgetSurplus(sampleAt(2000), 1400), true);
  assert.equal(failures.count(), 1500);
  assert.equal(failures.forgetSurplus(sampleAt(2000), 1400), true);
  assert.deepEqual(
    [failures.count(), [...failures.since(sampleAt(0))][0]?.at],
    [1400, sampleAt(1100)],
  );
  while (failures.forgetSurplus(sampleAt(2000), 10));
  assert.equal(failures.count(), 500);
  database.close();
});

test("what evidence adds is stored with the failure", () => {
  const { database } = openDatabase(":memory:", sampleAt(0));
  const failures = new Failures(database, assert.fail);
  failures.insert({ ...FAILURE, extra: 4, extraBy: "siege: because" }, 1);
  const { subject, jail } = FAILURE;
  assert.equal(failures.ofWindow({ subject, jail, limit: 1 })[0]?.extraBy, "siege: because");
  assert.equal([...failures.since(sampleAt(0))][0]?.extra, 4);
  database.close();
});

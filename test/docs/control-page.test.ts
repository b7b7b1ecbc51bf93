/** docs/reference/control.md lists the possible values of answers, also where a type is only "string". */
import assert from "node:assert/strict";
import { test } from "node:test";
import { JAIL_STATES } from "../../src/health/judge/jail-state.ts";
import { renderControlReference } from "../../tools/pages/control-reference.ts";
import { ERROR_CODES } from "../../tools/pages/error-codes.ts";

const PAGE = renderControlReference();

test("every state of a jail is listed", () => {
  const line = PAGE.split("\n").find((text) => text.startsWith("`state` of a jail is"));
  assert.deepEqual(
    JAIL_STATES.filter((state) => line?.includes(`\`${state}\``) !== true),
    [],
  );
});

test("a reply that is not read ends without an error, and no page promises one", () => {
  assert.match(PAGE, /does not read its reply for as long is closed without an error/);
  const timeout = ERROR_CODES.find(({ code }) => code === "timeout");
  assert.doesNotMatch(timeout?.when ?? "answer", /answer|reply/);
  const lost = ERROR_CODES.find(({ code }) => code === "connection-lost");
  assert.match(lost?.when ?? "", /did not read the answer/);
});

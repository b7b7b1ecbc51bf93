import assert from "node:assert/strict";
import { test } from "node:test";
import { openTerminal } from "../terminal.ts";
import { describeAudit, describePast, printJson } from "./history.ts";

const WIDE = { ...openTerminal(), width: 120 };
const [from, ended] = ["2026-11-29T09:00:00.000Z", "2026-11-29T09:10:00.000Z"];

test("a list that is cut at its limit says so, also in JSON", () => {
  const past = ["192.0.2.7", "192.0.2.8"].map((subject) => ({
    ...{ subject, jail: "sshd", from, ended, until: ended, why: "expired" as const },
    ...{ counts: true, by: "", note: "", reason: "5 failures in 10m", origin: "detected" },
  }));
  assert.match(describePast(past, 1, WIDE), /\nThe newest 1 are listed: --limit lists more\.$/);
  assert.doesNotMatch(describePast(past, 1, WIDE), /192\.0\.2\.8/);
  assert.doesNotMatch(describePast(past, 2, WIDE), /--limit/);
  assert.deepEqual(jsonOf(past, 1), { printed: [{ ...past[0], not_listed: 1 }], isCut: true });
  assert.deepEqual(jsonOf(past, 2).isCut, false);
  const change = { at: from, action: "unban", who: "root", subject: null, jail: null, detail: "" };
  assert.match(
    describeAudit([change, change], 1, WIDE),
    /\nThe newest 1 are listed: --limit lists more\.$/,
  );
});

function jsonOf(entries: readonly object[], limit: number) {
  const [printed, complaints]: [string[], string[]] = [[], []];
  const terminal = {
    ...WIDE,
    print: (text: string) => void printed.push(text),
    complain: (text: string) => void complaints.push(text),
  };
  printJson(entries, limit, terminal);
  return { printed: JSON.parse(printed.join("")) as unknown, isCut: complaints.length > 0 };
}

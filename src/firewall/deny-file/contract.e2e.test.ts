/** Runs the contracts of enforcers on deny lists of each format that holds networks. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { FILE } from "../../config/enforcers/file.ts";
import { duration } from "../../domain/duration.ts";
import { systemClock } from "../../host/system-clock.ts";
import { type DenyFile, type DenyFileOptions, openDenyFile } from "../deny-file.ts";
import { testEnforcerContract } from "../enforcer.contract.ts";
import { testEnforcerSequences } from "../enforcer-sequences.contract.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-deny-"));
after(() => rmSync(FOLDER, { recursive: true }));

let files = 0;
async function open(more: Partial<DenyFileOptions>): Promise<DenyFile> {
  const usual = { format: "plain", clock: systemClock, isAllowed: () => false } as const;
  const path = join(FOLDER, `list-${files++}`);
  const opened = await openDenyFile({ path, emit: () => undefined, ...usual, ...more });
  assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
  return opened.value;
}

const TEMPLATE = { template: "block drop from {ip} to any", comment: ";" };

for (const format of [...FILE.keys.format.of.filter((name) => name !== "nginx-map"), TEMPLATE]) {
  const name = typeof format === "string" ? format : "template";
  testEnforcerContract(`deny list, ${name}`, async (isAllowed) => {
    const enforcer = await open({ format, isAllowed });
    return { enforcer, release: () => enforcer.close() };
  });
}

const path = join(FOLDER, "sequence");
const remove = (): void => rmSync(path, { force: true });
testEnforcerSequences({
  name: "deny list",
  open: () => open({ path, format: "haproxy-map", reload: ["true"], every: duration(0) }),
  clean: async () => remove(),
  damages: {
    "removed file": remove,
    "emptied file": () => writeFileSync(path, ""),
    "removed and foreign lines": () => {
      const [head = "", , ...rest] = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
      writeFileSync(path, [head, "203.0.113.9 1", ...rest].join("\n"));
    },
  },
});

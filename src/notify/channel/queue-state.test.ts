import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../../domain/instant.ts";
import type { Notice } from "../../domain/notifier.ts";
import { createQueueState } from "./queue-state.ts";

const NOTICE: Notice = {
  ...{ what: "jail-failed", level: "error", jail: "sshd", state: undefined, cause: "no-log" },
  ...{ ip: undefined, reason: "no log", fix: undefined, at: instant(7), host: "h" },
  ...{ problem: "jail-failed sshd", phase: "began" },
};

test("what waits is saved when the channel is closed, and restored", () => {
  const saved = new Map<string, string>();
  const store = {
    load: (name: string) => saved.get(name),
    save: (name: string, text: string) => void saved.set(name, text),
  };
  const first = createQueueState({ name: "ops", store, list: () => [NOTICE] });
  assert.deepEqual(first.restored, []);
  first.saveLater();
  assert.equal(saved.size, 0, "it waits for further changes");
  first.close();
  const second = createQueueState({ name: "ops", store, list: () => [] });
  assert.deepEqual(second.restored, [NOTICE]);
  const other = createQueueState({ name: "other", store, list: () => [] });
  assert.deepEqual(other.restored, []);
});

test("what another release or program saved is not restored", () => {
  const store = (text: string) => ({ load: () => text, save: () => undefined });
  for (const text of [
    "",
    "{}",
    "[1]",
    '[{"what":"x"}]',
    `[${JSON.stringify({ ...NOTICE, at: 1e99 })}]`,
  ])
    assert.deepEqual(
      createQueueState({ name: "a", store: store(text), list: () => [] }).restored,
      [],
    );
});

/** Runs every story of `stories/` with the whole daemon in virtual time. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { type Action, readStory, type Step } from "./read-story.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const STORIES = globSync("stories/*.txt", { cwd: import.meta.dirname }).toSorted();

assert.ok(STORIES.length >= 10, "the stories are found");

for (const path of STORIES) {
  test(`story: ${basename(path, ".txt").replaceAll("-", " ")}`, async () => {
    const story = readStory(readFileSync(join(import.meta.dirname, path), "utf8"));
    await using daemon = await openVirtualDaemon(story.config);
    let pid = 50_000;
    for (const step of story.steps) {
      await daemon.passTo(step.at);
      try {
        await take(daemon, step.action, () => ++pid);
      } catch (error) {
        throw new Error(explain(path, step, daemon), { cause: error });
      }
    }
    assert.ok(story.steps.some(({ action }) => action.kind.startsWith("expect")));
    const bugs = daemon.events.filter(({ event }) => event === "bug");
    assert.deepEqual(bugs, []);
  });
}

async function take(daemon: VirtualDaemon, action: Action, nextPid: () => number): Promise<void> {
  switch (action.kind) {
    case "line": {
      const at = new Date(daemon.now() + (action.stamp ?? 0)).toISOString();
      const line = `${at} host sshd[${action.pid ?? nextPid()}]: ${action.text}`;
      // An older line belongs to a backlog.
      await daemon.read([line], (action.stamp ?? 0) < -1000 ? "backlog" : "live");
      return;
    }
    case "expect-ban": {
      const [ban] = daemon.bansOf(action.subject);
      assert.ok(ban !== undefined, "a ban is in the book");
      assert.ok(await daemon.holds(action.subject), "the enforcer holds it");
      if (action.length === undefined) return;
      assert.ok(ban.until !== "forever");
      assert.equal(ban.until - ban.from, action.length);
      return;
    }
    case "expect-no-ban":
      assert.deepEqual(daemon.bansOf(action.subject), []);
      assert.ok(!(await daemon.holds(action.subject)), "the enforcer lets it pass");
      return;
    case "expect-ignored":
      assert.equal(daemon.ignored(action.subject), action.count);
      return;
    case "expect-count":
      assert.equal(daemon.count(action.subject, undefined), action.count);
      return;
    case "expect-event":
      assert.ok(daemon.takeEvent(action.name, action.subject), "the event was emitted");
      return;
    case "expect-no-event":
      assert.ok(!daemon.takeEvent(action.name, action.subject), "the event was not told");
      return;
    case "session":
      daemon.logIn(action.account, action.subject);
      return;
    case "reset-breaker":
      await daemon.resetBreaker();
      return;
    case "clock":
      daemon.stepClock(action.step);
      return;
    case "restart":
      await daemon.restart();
      return;
    case "allow":
      await daemon.allow(action.subject);
      return;
    case "unban":
      await daemon.unban(action.subject);
      return;
  }
}

function explain(path: string, { number, action }: Step, daemon: VirtualDaemon): string {
  const last = daemon.events.slice(-8).map((event) => JSON.stringify(event));
  return `${path}:${number} ${action.kind}\n${last.join("\n")}`;
}

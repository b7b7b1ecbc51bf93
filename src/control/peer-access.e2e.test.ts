/** Real users: children that give up root ask the daemon, and the kernel tells who they are. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { type AnswerCommand, openControlServer } from "./server.ts";

const run = promisify(execFile);
/** nobody and nogroup, the same numbers on every Debian. */
const NOBODY = 65_534;

// Its sources are loaded before it gives up root: the checkout may be closed to others.
const CHILD = `
const { connectControl } = await import("${new URL("./client.ts", import.meta.url).href}");
process.setgroups([]);
process.setgid(${NOBODY});
process.setuid(${NOBODY});
const ask = async (command, input) => {
  try {
    await using client = await connectControl(process.argv[1]);
    return await client.request(command, input);
  } catch (error) {
    return error.code;
  }
};
console.log(JSON.stringify([await ask("version", {}), await ask("stop", { unban: false })]));`;

async function askAsNobody(path: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", CHILD, path]);
  return JSON.parse(stdout);
}

describe("peers of the control socket", () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-peer-${process.pid}-`));
  chmodSync(folder, 0o755);
  after(() => rmSync(folder, { recursive: true, force: true }));
  const asked: string[] = [];
  const answer: AnswerCommand = async (command, _input, who) => {
    asked.push(`${command} by ${who}`);
    return (command === "version" ? { version: "1" } : { stopping: true }) as never;
  };

  it("another user does not get in at all", async () => {
    const path = join(folder, "private.sock");
    await using _server = await openControlServer({
      path,
      group: undefined,
      answer,
      emit: () => undefined,
    });
    assert.deepEqual(await askAsNobody(path), ["permission-denied", "permission-denied"]);
    assert.deepEqual(asked, []);
  });

  it("a member of the group reads, and changes nothing", async () => {
    const path = join(folder, "shared.sock");
    const events: TelemetryEvent[] = [];
    const emit = (event: TelemetryEvent): void => void events.push(event);
    await using _server = await openControlServer({ path, group: String(NOBODY), answer, emit });
    assert.deepEqual(await askAsNobody(path), [{ version: "1" }, "permission-denied"]);
    assert.deepEqual(asked.splice(0), ["version by nobody (uid 65534)"]);
    assert.deepEqual(events, [
      { event: "control-refused", reason: "nobody (uid 65534) may not stop" },
    ]);
  });

  it("unless the group is allowed to", async () => {
    const path = join(folder, "open.sock");
    await using _server = await openControlServer({
      path,
      group: String(NOBODY),
      groupMay: "change",
      answer,
      emit: () => undefined,
    });
    assert.deepEqual(await askAsNobody(path), [{ version: "1" }, { stopping: true }]);
    assert.equal(asked[1], "stop by nobody (uid 65534)");
  });
});

/** How bans end: by the daemon at the book's time, and by the kernel when the daemon is dead. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { failures, openStage, type Stage, untilTrue } from "./stage.ts";

const SHORT = `[defaults]
maxretry = 3
bantime = "8s"
increment = { enabled = false }

[jails.sshd]
`;

/** The kernel keeps a block this much longer than the book, so that the daemon lifts it first. */
const SLACK_SECONDS = 4;

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none", config: SHORT });
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

test("invariant 3: expiry comes from the book, and the kernel's time-out is the backstop", async () => {
  stage.write(failures("192.0.2.7", 3));
  await stage.untilBlocked("192.0.2.7");
  const [ban] = await stage.bans();
  const [element] = await stage.lab.elements();
  assert.equal(ban?.subject, "192.0.2.7");
  const { expires } = element ?? {};
  assert.ok(
    expires !== undefined && expires <= 8 + SLACK_SECONDS,
    `the kernel ends it too: ${expires}`,
  );
  await stage.untilEvent("unban", { ip: "192.0.2.7" });
  const late = Date.now() - Date.parse(ban?.until ?? "");
  assert.ok(late >= 0, `lifted ${-late} ms before its end`);
  await stage.untilFree("192.0.2.7");
  assert.deepEqual(await stage.bans(), []);
  const [past] = await stage.ask("history", { limit: 5 });
  assert.equal(past?.why, "expired");
});

test("many bans that end at nearly the same time all end", async () => {
  const addresses = Array.from({ length: 200 }, (_, i) => `198.51.100.${i + 30}`);
  stage.write(addresses.flatMap((address) => failures(address, 3)));
  await stage.untilBlocked(addresses.at(-1) ?? "");
  await untilTrue(async () => (await stage.blocked()).length === 0, "all are free");
  assert.deepEqual(await stage.bans(), []);
});

test("after the daemon was killed, the kernel expires bans", async () => {
  stage.write(failures("192.0.2.8", 3));
  await stage.untilBlocked("192.0.2.8");
  await stage.stop("SIGKILL");
  assert.deepEqual(await stage.blocked(), ["192.0.2.8"], "the block outlives the daemon");
  await stage.untilFree("192.0.2.8");
  await stage.start();
  assert.deepEqual(await stage.bans(), [], "and the book agrees at the next start");
});

test("a ban that is extended by hand does not end at the old time", async () => {
  stage.write(failures("192.0.2.9", 3));
  await stage.untilBlocked("192.0.2.9");
  const [result] = await stage.ask("ban", { subject: "192.0.2.9", jail: "sshd", for: 3_600_000 });
  assert.equal(result?.outcome, "extended");
  const [element] = await stage.lab.elements();
  assert.ok((element?.expires ?? 0) > 3500, "the kernel keeps it as long");
});

import assert from "node:assert/strict";
import test from "node:test";
import { nextTurn } from "../host/timers.ts";
import { awaitReload } from "./ask-reload.ts";

test("a long reload is reported once, and after five minutes no longer waited for", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const said: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const quick = awaitReload(promise, (text) => said.push(text));
  context.mock.timers.tick(4999);
  resolve("done");
  assert.equal(await quick, "done");
  context.mock.timers.tick(300_000);
  await nextTurn();
  assert.equal(said.length, 0);

  const slow = awaitReload(new Promise(() => undefined), (text) => said.push(text));
  const failure = assert.rejects(slow, { code: "reload-pending" });
  context.mock.timers.tick(5000);
  assert.equal(said.length, 1);
  context.mock.timers.tick(295_000);
  await failure;
  assert.equal(said.length, 1);
});

test("an error of the daemon is passed on", async () => {
  const refused = Promise.reject(new Error("refused"));
  await assert.rejects(
    awaitReload(refused, () => undefined),
    /refused/,
  );
});

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createLateClosing } from "./close-later.ts";
import type { OpenNetlink } from "./kernel/netlink-socket.ts";

/** Fake sockets that count how many are open. */
function countOpen(): { readonly open: OpenNetlink; readonly count: () => number } {
  let count = 0;
  const open: OpenNetlink = () => {
    count++;
    return {
      ok: true,
      value: {
        send: () => ({ ok: true, value: undefined }),
        receive: () => ({ kind: "empty" }),
        onReadable: () => ({ ok: true, value: undefined }),
        close: () => void count--,
      },
    };
  };
  return { open, count: () => count };
}

function useOne(open: OpenNetlink, groups = 0): void {
  const opened = open({ groups, receiveBytes: 0 });
  assert.ok(opened.ok);
  opened.value.close();
}

test("sockets close two seconds after the last use, and none stays open", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { open, count } = countOpen();
  const late = createLateClosing(open);
  useOne(late.open);
  mock.timers.tick(1500);
  useOne(late.open);
  mock.timers.tick(1500);
  assert.equal(count(), 2);
  mock.timers.tick(500);
  assert.equal(count(), 0);
  useOne(late.open);
  late.close();
  late.close();
  assert.equal(count(), 0);
  mock.timers.reset();
});

test("few sockets stay open, and a listening socket closes immediately", () => {
  const { open, count } = countOpen();
  const late = createLateClosing(open);
  for (let n = 0; n < 100; n++) useOne(late.open);
  assert.equal(count(), 16);
  useOne(late.open, 64);
  assert.equal(count(), 16);
  late.close();
  assert.equal(count(), 0);
});

import assert from "node:assert/strict";
import test from "node:test";
import { scanInnerStamp } from "./inner-stamp.ts";
import { createStamp } from "./stamp.ts";
import { resolveStamp } from "./timestamp.ts";
import { instant } from "../../domain/instant.ts";

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));

function read(line: string): string | undefined {
  const stamp = createStamp();
  if (!scanInnerStamp(`${line}\n`, 0, line.length, stamp)) return undefined;
  const at = resolveStamp(stamp, NOW, () => 0);
  return at === undefined ? undefined : new Date(at).toISOString();
}

const AT = "2026-11-28T09:19:59.000Z";
const STAMP = "[28/Nov/2026:09:19:59 +0000]";
const FORGED = "[28/Nov/2020:09:19:59 +0000]";

test("the time inside a message is found", () => {
  for (const line of [
    `192.0.2.7 - - ${STAMP} "GET / HTTP/1.1" 401 12`,
    `192.0.2.7 - alice ${STAMP} "GET / HTTP/1.1" 401 12`,
    `example.org:443 192.0.2.7 - alice ${STAMP} "GET / HTTP/1.1" 401 12`,
    `2001:db8::7 - - ${STAMP} "-" 408 0`,
    `192.0.2.7 - - ${STAMP} GET /`,
    `192.0.2.7:40122 [28/Nov/2026:09:19:59.000] http app/web1 0/0 200`,
    `[2001:db8::7]:40122 [28/Nov/2026:09:19:59.000] http app/web1 "GET /" 200`,
    '192.0.2.7 - root@pam [28/11/2026:09:19:59 +0000] "POST /api2 HTTP/1.1" 401 -',
    'time="2026-11-28T09:19:59Z" level=error msg="login failed"',
    "time=2026-11-28T09:19:59.000Z level=ERROR msg=x",
    "ts=1795857599.000 level=error msg=x",
    "t=2026-11-28T09:19:59+0000 lvl=eror msg=x",
    'timestamp="2026-11-28 09:19:59" x',
    "date=2026-11-28 time=09:19:59 devname=x",
    '<189>date="2026-11-28" time="09:19:59" devname=x',
    "type=USER_AUTH msg=audit(1795857599.000:456): pid=7",
    "node=web1 type=USER_LOGIN msg=audit(1795857599.000:456): pid=7",
  ])
    assert.equal(read(line), AT, line);
});

test("a time in an account or a request is not used", () => {
  for (const user of [
    FORGED,
    `x ${FORGED}`,
    `[[[ ${FORGED} y`,
    `\\" ${FORGED} \\"GET`,
    `${FORGED} \\"`,
    "[".repeat(5000),
  ]) {
    const line = `192.0.2.7 - ${user} ${STAMP} "GET / HTTP/1.1" 401 12`;
    assert.equal(read(line), AT, line);
  }
  for (const line of [
    `192.0.2.7 - - [now] "${FORGED} \\"GET" 401 12`,
    `192.0.2.7 - ${FORGED} GET / 401`,
    `login failed for ${FORGED} from 192.0.2.7`,
    `Auth: user [X]\\${FORGED} from 192.0.2.7`,
    `login failed time=2020-11-28T09:19:59Z`,
    `msg="time=2020-11-28T09:19:59Z"`,
    "time=soon level=error",
    "date=2026-11-28 devname=x",
    "type=USER_AUTH msg=audit(x) x=audit(1795857599.000:456)",
  ])
    assert.equal(read(line), undefined, line);
});

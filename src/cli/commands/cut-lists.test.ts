/** Lists that are cut say how much is missing, in JSON and on the screen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDrift } from "./drift.ts";
import { describePast } from "./history.ts";
import { describeOne } from "./status.ts";
import { describeWhy } from "./why.ts";
import { openTerminal } from "../terminal.ts";
import { openVirtualDaemon, type VirtualDaemon } from "../../../test/scenario/virtual-daemon.ts";

const CONFIG = `[defaults]
enforcer = "memory"
ignoreip = ["192.0.2.0/24"]

[jails.sshd]
source = { file = ["/story"] }
`;
const COUNT = 25;
/** Beyond the 20 that are listed. */
const MORE = COUNT - 20;
const SHAPES = 60;
const TERMINAL = { ...openTerminal(), width: 200 };

let pid = 100;
async function read(daemon: VirtualDaemon, message: string): Promise<void> {
  pid++;
  const at = new Date(daemon.now()).toISOString();
  await daemon.read([`${at} host sshd[${pid}]: ${message}`], "live");
}

const numbers = Array.from({ length: COUNT }, (_, i) => i + 1);

/** Exempt addresses fail, many users log in from one address, and another one is banned again and again. */
async function fillLists(daemon: VirtualDaemon): Promise<void> {
  for (const host of numbers)
    for (let n = 0; n < 5; n++)
      await read(daemon, `Failed password for root from 192.0.2.${host} port 1 ssh2`);
  for (const n of numbers)
    await read(daemon, `Accepted password for user${n} from 198.51.100.7 port 1 ssh2`);
  for (const _ of numbers) {
    await daemon.answer.ban({ subject: "203.0.113.9", jail: "sshd" }, "operator");
    await daemon.answer.unban({ subjects: ["203.0.113.9"], all: false }, "operator");
  }
}

interface Cut {
  readonly subject: string;
  readonly list: "ignored" | "logins" | "history";
  readonly shown: RegExp;
}

const CUT: readonly Cut[] = [
  {
    subject: "192.0.2.0/24",
    list: "ignored",
    shown: /Ignored offenses:(\n {2}.*){20}\n {2}and 5 more$/m,
  },
  {
    subject: "198.51.100.7",
    list: "logins",
    shown: /Logins from there:(\n {2}.*){20}\n {2}and 5 more$/m,
  },
  {
    ...{ subject: "203.0.113.9", list: "history" },
    shown: /Earlier bans:(\n {2}.*){20}\n {2}and 5 more: bailiff history 203\.0\.113\.9$/m,
  },
];

test("why, status and history say how much of a list they leave out", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  await fillLists(daemon);
  for (const { subject, list, shown } of CUT) {
    const reply = await daemon.answer.why({ subject }, "operator");
    assert.ok(!("next" in reply));
    assert.deepEqual([reply[list].length, reply.not_listed[list]], [20, MORE], list);
    assert.match(describeWhy(reply, TERMINAL), shown);
  }
  const status = await daemon.answer.status({}, "operator");
  const [jail] = status.jails;
  assert.ok(jail !== undefined);
  assert.deepEqual([jail.ignored.length, jail.ignored_not_listed], [20, MORE]);
  assert.match(describeOne(status, TERMINAL), / ignored +and 5 more$/m);
  const past = await daemon.answer.history({ limit: 11 }, "operator");
  const listed = "length" in past ? past : (await Array.fromAsync(past)).flat();
  assert.match(
    describePast(listed, 10, TERMINAL),
    /\nThe newest 10 are listed: --limit lists more\.$/,
  );
});

test("drift says how many messages it leaves out", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const letters = "abcdefghijklmnopqrstuvwxyz";
  for (let n = 0; n < SHAPES; n++) {
    const word = `${letters[n % 26]}${letters[Math.floor(n / 26)]}`;
    await read(
      daemon,
      `${word}opened the ${word}valve ${`${word}again `.repeat(1 + (n % 7))}`.trim(),
    );
  }
  const reply = await daemon.answer.drift({}, "operator");
  const drift = "length" in reply ? reply : (await Array.fromAsync(reply)).flat();
  const [program] = drift;
  assert.deepEqual([program?.shapes.length, program?.shapes_not_listed], [50, SHAPES - 50]);
  const screen = describeDrift(drift, { terminal: TERMINAL, all: true });
  assert.match(screen, /^ {2}10 further unrecognized messages not listed/m);
});

/** Hostile input in the log and at the control socket: forged lines, huge lines, garbage. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { failedPassword, failures, logLine, openStage, type Stage } from "./stage.ts";

const NAMED = "198.51.100.77";

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "real" });
  await stage.start();
});

after(() => stage[Symbol.asyncDispose]());

test("invariant 8: log text is hostile: user names that look like log lines never ban the addresses in them", async () => {
  const users = [
    `root from ${NAMED} port 22 ssh2`,
    `invalid user x from ${NAMED} port 22`,
    `x\nFailed password for root from ${NAMED} port 22 ssh2`,
    `"; Failed password for root from ${NAMED}`,
    `x from ${NAMED}`,
  ];
  // The ssh client refuses quotes and newlines; an attacker uses another client.
  const typed = users.filter((name) => /^[\w ./]+$/.test(name));
  assert.ok(typed.length >= 3);
  for (const [i, user] of typed.entries()) {
    const from = `192.0.2.${20 + i}`;
    const answer = await stage.lab.guess({ from, user });
    assert.equal(answer.kind, "refused", JSON.stringify(answer));
    await stage.untilEvent("failure", { ip: from });
  }
  for (const name of users) {
    const user = name.replaceAll("\n", "\\n");
    for (let n = 0; n < 3; n++) {
      stage.write(logLine(`Failed password for invalid user ${user} from 192.0.2.30 port 4 ssh2`));
      stage.write(logLine(`Invalid user ${user} from 192.0.2.30 port 4`));
    }
  }
  await stage.untilEvent("ban", { ip: "192.0.2.30" });
  const named = stage.events().filter(({ ip }) => ip === NAMED);
  assert.deepEqual(named, []);
  assert.ok(!(await stage.blocked()).includes(NAMED));
});

test("invariant 8: what a client typed reaches neither terminal nor log unescaped", async () => {
  const user = "\u001b]0;owned\u0007\u001b[2J";
  stage.write(Array.from({ length: 3 }, () => failedPassword("192.0.2.31", { user })));
  await stage.untilEvent("ban", { ip: "192.0.2.31" });
  const why = await stage.bailiff("why", "192.0.2.31");
  assert.equal(why.code, 0);
  assert.ok(!why.output.includes("\u001b"), "no escape sequence");
  assert.match(why.output, /\\u001b/);
  assert.ok(!stage.daemon.lines.some((line) => line.includes("\u001b")));
});

test("slow lines do not prevent a later ban", async () => {
  const repeated = [
    "from ",
    "a".repeat(40),
    " port 22",
    "invalid user ",
    "((((",
    "\\",
    "rhost=",
    "\u0000",
  ];
  const hostile = repeated.map((piece) => piece.repeat(Math.floor(60_000 / piece.length)));
  const openings = [
    "Failed password for ",
    "Invalid user ",
    "Connection closed by ",
    "pam_unix(sshd:auth): authentication failure; ",
  ];
  const lines = openings.flatMap((opening) => hostile.map((text) => logLine(opening + text)));
  stage.write([...lines, ...lines, ...failures("192.0.2.32", 3)]);
  // A backtracking search would take days for one of these lines.
  await stage.untilBlocked("192.0.2.32");
});

test("a line far beyond the bound is cut and counted, and the next is read", async () => {
  stage.write([
    logLine(`Failed password for ${"x".repeat(2_000_000)} from 192.0.2.33 port 2 ssh2`),
  ]);
  stage.write(failures("192.0.2.34", 3));
  await stage.untilBlocked("192.0.2.34");
  await stage.untilEvent("line-cut");
  const status = await stage.ask("status", { jail: "sshd" });
  assert.ok((status.jails[0]?.sources[0]?.cut ?? 0) > 0);
});

test("after bytes that are not text, no line is lost", async () => {
  const noise = Buffer.from(randomBytes(50_000).filter((byte) => byte !== 10)).toString("latin1");
  stage.write([noise, "\r", "\0\0\0", ...failures("192.0.2.35", 3)]);
  await stage.untilBlocked("192.0.2.35");
});

test("garbage at the control socket disturbs neither the daemon nor other commands", async () => {
  const garbage = [
    "GET / HTTP/1.0\r\n\r\n",
    '{"v":1}\n{"id":1,"command":"ban","input":{"subject":"10.0.0.0/8; reboot"}}\n',
    '{"v":1}\n{"id":1,"command":"__proto__","input":{}}\n',
    '{"v":1}\n{"id":1,"command":"status"}\n[]\nnull\n7\n""\n',
    `${"[".repeat(100_000)}\n`,
    "x".repeat(5_000_000),
    randomBytes(100_000).toString("latin1"),
    "",
  ];
  const sockets = Array.from({ length: 40 }, (_, i) => {
    const socket = connect(stage.socket);
    socket.on("error", () => undefined);
    socket.resume();
    socket.write(garbage[i % garbage.length] ?? "");
    return socket;
  });
  stage.write(failures("192.0.2.36", 3));
  await stage.untilBlocked("192.0.2.36");
  const status = await stage.bailiff("status");
  for (const socket of sockets) socket.destroy();
  assert.equal(status.code, 0, status.output);
  assert.deepEqual(stage.events("bug"), []);
  assert.equal((await stage.bailiff("ban", "10.0.0.0/8; reboot")).code, 64);
  assert.equal((await stage.lab.logIn()).kind, "let-in");
});

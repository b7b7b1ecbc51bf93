/**
 * The promise of drift detection: a changed message of sshd is found within its first 50 lines, with a rule that cannot
 * be forged, and an ordinary busy log is never a finding. Messages are those of the shipped filter, reworded.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openLibrary } from "../src/jails/load-filters.ts";
import type { FilterDefinition } from "../src/domain/filter-definition.ts";
import { instant } from "../src/domain/instant.ts";
import { judgeShape, type ShapeFacts } from "../src/health/drift/drift.ts";
import { compileFilter, createFilterCompiler } from "../src/parse/filter/compile-filter.ts";
import { createLineRouter } from "../src/parse/route/line-router.ts";
import type { LineRouter } from "../src/parse/route/line-sink.ts";
import { MessageMiner, type MinedShape } from "../src/health/drift/message-miner.ts";
import { proposeRule } from "../src/health/drift/propose-rule.ts";
import { testForgery } from "../src/health/drift/test-forgery.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const LIMIT = 50;

async function sshd(): Promise<FilterDefinition> {
  const filter = (await (await openLibrary([])).read(["sshd"])).filters.get("sshd");
  assert.ok(filter !== undefined);
  return filter;
}

function createRouter(definition: FilterDefinition): LineRouter {
  const filter = compileFilter(definition, "normal");
  assert.ok(filter.ok);
  return createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
}

/** Collects unrecognized lines as the daemon does. */
function mineUnknown(router: LineRouter, lines: readonly string[]): MessageMiner {
  const miner = new MessageMiner();
  const text = lines.map((line) => `${line}\n`).join("");
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  router.route(batch, NOW, {
    matched: () => undefined,
    unrecognized: (_entries, { message, end }) => void miner.add(text.slice(message, end), NOW, 0),
  });
  return miner;
}

function factsOf(shape: MinedShape): ShapeFacts {
  const { count, peerSaid, slots, failureWords, saysSuccess } = shape;
  const addresses = shape.addresses();
  return { count, addresses, peerSaid, hasName: slots.includes("user"), failureWords, saysSuccess };
}

const NAMES = ["root", "admin", "oracle", "x y"];

const REWORDED: readonly (readonly [string, string])[] = [
  ["Failed password for @ from % port # ssh2", "Rejected password for @ from % port # ssh2"],
  ["Failed password for @ from % port # ssh2", "Wrong password for @ from % port # ssh2"],
  [
    "Failed password for @ from % port # ssh2",
    "Password authentication failed for @ from % port #",
  ],
  ["Failed password for @ from % port # ssh2", "Failed password for user @ from [%]:#"],
  ["Failed password for @ from % port # ssh2", "Bad credentials: method=password user=@ rhost=%"],
  ["Invalid user @ from % port #", "Unknown user @ from % port #"],
  ["Invalid user @ from % port #", "No such user @, connection from % port #"],
  ["ROOT LOGIN REFUSED FROM % port #", "Root login denied from % port #"],
  [
    "User @ from % not allowed because not listed in AllowUsers",
    "Login of user @ from % rejected: not listed in AllowUsers",
  ],
  [
    "error: maximum authentication attempts exceeded for @ from % port # ssh2 [preauth]",
    "error: too many authentication attempts for @ from % port # ssh2 [preauth]",
  ],
  [
    "Connection closed by authenticating user @ % port # [preauth]",
    "Connection closed after failed authentication of user @ % port # [preauth]",
  ],
];

function written(message: string, n: number): string {
  const text = message
    .replace("@", NAMES[n % NAMES.length] ?? "")
    .replace("%", `198.51.100.${1 + (n % 7)}`)
    .replace("#", String(40_000 + n));
  return `Nov 23 12:00:0${n % 10} web1 sshd[${n + 1}]: ${text}`;
}

test("a changed message is found within its first 50 lines, with a rule that cannot be forged", async () => {
  const base = await sshd();
  const router = createRouter(base);
  const compile = createFilterCompiler();
  const needed: number[] = [];
  for (const [before, after] of REWORDED) {
    const lines = (message: string, count: number) =>
      Array.from({ length: count }, (_, n) => written(message, n));
    assert.deepEqual(mineUnknown(router, lines(before, LIMIT)).shapes(), [], before);
    const found = Array.from({ length: LIMIT }, (_, n) => n + 1).find((count) =>
      mineUnknown(router, lines(after, count))
        .shapes()
        .some((shape) => judgeShape(factsOf(shape)).failures),
    );
    assert.ok(found !== undefined, `found: ${after}`);
    needed.push(found);
    const shapes = mineUnknown(router, lines(after, found)).shapes();
    const [shape] = shapes.toSorted((a, b) => b.count - a.count);
    assert.ok(shape !== undefined);
    const rules = proposeRule(shape, { taken: new Set(), failures: 0 });
    assert.ok(rules.ok, `${after}: ${JSON.stringify(rules)}`);
    const others = shapes.filter((other) => other !== shape);
    const reasons: (string | undefined)[] = [];
    // The first that passes is proposed.
    for (const rule of rules.value) {
      if (reasons.includes(undefined)) break;
      reasons.push(testForgery({ base, compile, rule, examples: shape.examples, others }));
    }
    assert.ok(reasons.includes(undefined), `${after}: ${reasons.join("; ")}`);
  }
  assert.ok(Math.max(...needed) <= LIMIT, needed.join(" "));
});

/** Lines of an ordinary host with addresses, accounts and errors, but without failed logins. */
const BUSY: readonly string[] = [
  "Accepted publickey for @ from % port # ssh2: ED25519 SHA256:abc",
  "pam_unix(sshd:session): session opened for user @(uid=1000) by (uid=0)",
  "pam_unix(sshd:session): session closed for user @",
  "Received disconnect from % port #:11: disconnected by user",
  "Disconnected from user @ % port #",
  "Connection closed by % port #",
  "Connection reset by % port #",
  "error: connect_to % port #: failed.",
  "refused local port forward: originator % port #, target 10.0.0.5 port 25",
  "error: kex_exchange_identification: read: Connection reset by peer",
  "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]",
  "error: Could not get shadow information for @",
  "error: AuthorizedKeysCommand /usr/local/bin/keys @ failed, status 1",
  "fatal: Access denied for user @ by PAM account configuration [preauth]",
  "Timeout, client not responding from user @ % port #",
  "rexec line 22: Deprecated option UsePrivilegeSeparation",
  "error: Bad prime description in line 73",
  "Connection closed by UNKNOWN port 65535 [preauth]",
  "Unable to negotiate with % port #: no matching host key type found. Their offer: ssh-rsa [preauth]",
  "Some module of this site looked up @ at % in # ms",
  "site-audit: @ came from % and stays # minutes",
];

test("an ordinary busy log is not a finding, for any number of clients", async () => {
  const base = await sshd();
  const lines = Array.from({ length: 20_000 }, (_, n) => written(BUSY[n % BUSY.length] ?? "", n));
  const miner = mineUnknown(createRouter(base), lines);
  const findings = miner.shapes().filter((shape) => judgeShape(factsOf(shape)).failures);
  assert.deepEqual(
    findings.map(({ text }) => text),
    [],
  );
});

test("fifty copies of every sample of the filter are not a finding", async () => {
  const base = await sshd();
  const lines = base.samples.flatMap(({ line }) => Array.from({ length: LIMIT }, () => line));
  const findings = mineUnknown(createRouter(base), lines)
    .shapes()
    .filter((shape) => judgeShape(factsOf(shape)).failures);
  assert.deepEqual(
    findings.map(({ text }) => text),
    [],
  );
});

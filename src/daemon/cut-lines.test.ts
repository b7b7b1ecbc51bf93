/** A field that touches the end of a truncated line is not trusted, for every source and every kind of rule. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../domain/instant.ts";
import { CUT_MARK, MAX_LINE_BYTES } from "../domain/line-batch.ts";
import { compilePythonFilter } from "../fail2ban/dialect/python-recognizer.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import { createLineRouter } from "../parse/route/line-router.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { createLineAssembler } from "../source/line-assembler.ts";
import { takeLines } from "../source/take-lines.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { openLibrary } from "../jails/load-filters.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));

interface Read {
  readonly addresses: readonly (string | undefined)[];
  readonly shown: readonly string[];
  readonly unrecognized: number;
}

function read(filter: Filter, text: string): Read {
  const router = createLineRouter([{ filter, accepts: undefined }], () => 0);
  const addresses: (string | undefined)[] = [];
  const shown: string[] = [];
  let unrecognized = 0;
  router.route({ text, fields: undefined, arrival: "live", cursor: undefined }, NOW, {
    matched: (_, { ip }, { start, end }) => {
      addresses.push(ip);
      shown.push(text.slice(start, end));
    },
    unrecognized: () => {
      unrecognized++;
    },
  });
  return { addresses, shown, unrecognized };
}

function taken(log: string): string {
  const bytes = Buffer.from(log);
  return takeLines(bytes, bytes.length)?.text ?? "";
}

async function sshd(): Promise<Filter> {
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const compile = await loadFilterCompiler(filters.values());
  const definition = filters.get("sshd");
  assert.ok(definition !== undefined);
  const compiled = compile(definition, "normal");
  assert.ok(compiled.ok);
  return compiled.value;
}

const HEAD = "2026-11-23T11:59:00Z host sshd[1]: ";

/** A line that is truncated directly after `end`. */
function padded(begin: string, end: string): string {
  return begin + "x".repeat(MAX_LINE_BYTES - begin.length - end.length) + end;
}

test("an address at the end of a truncated line is not trusted", async () => {
  const filter = await sshd();
  const forged = padded(
    `${HEAD}Failed password for invalid user `,
    " from 203.0.113.9 port 1 ssh2",
  );
  assert.deepEqual(read(filter, taken(`${forged} from 192.0.2.1 port 2 ssh2\n`)), {
    ...{ addresses: [], shown: [], unrecognized: 1 },
  });
  assert.deepEqual(read(filter, taken(`${forged}\n`)).addresses, ["203.0.113.9"], "a whole line");
  const half = padded(`${HEAD}Invalid user `, " from 203.0.113.9");
  assert.deepEqual(read(filter, taken(`${half}9 port 1\n`)).addresses, []);
});

test("a line whose writer ended before its newline counts as truncated", async () => {
  const filter = await sshd();
  const lines = createLineAssembler();
  lines.push(Buffer.from(`${HEAD}Invalid user x from 192.0.2.1`));
  assert.deepEqual(read(filter, lines.end("missing")?.text ?? "").addresses, []);
  lines.push(Buffer.from(`${HEAD}Invalid user x from 192.0.2.1`));
  assert.deepEqual(read(filter, lines.end("complete")?.text ?? "").addresses, ["192.0.2.1"]);
});

test("no text makes a complete line look truncated", async () => {
  const line = `${HEAD}Failed password for invalid user \0 from 192.0.2.1 port 1 ssh2`;
  assert.deepEqual(read(await sshd(), taken(`${line}\n`)).addresses, ["192.0.2.1"]);
  assert.ok(!taken(`${line}\0\n`).includes(CUT_MARK));
});

function python(failregex: readonly string[], maxlines = 1): Filter {
  const compiled = compilePythonFilter({
    ...{ name: "web", path: "web.toml", mode: "normal" },
    rules: {
      ...{ failregex, ignoreregex: [], prefregex: undefined, datepattern: [], maxlines },
      ...{ usedns: "no", logtimezone: undefined },
    },
  });
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

test("an address at the beginning of a truncated line counts, so long requests hide nobody", () => {
  const request = "- - [23/Nov/2026:11:59:00 +0000] GET /";
  const web = python(["^<HOST> \\S+ \\S+ \\S* GET "]);
  const line = `192.0.2.1 ${request}${"y".repeat(MAX_LINE_BYTES)}`;
  const { addresses, shown } = read(web, taken(`${line}\n`));
  assert.deepEqual(addresses, ["192.0.2.1"]);
  assert.ok(!shown[0]?.includes(CUT_MARK));
});

test("fail2ban's expressions trust no truncated line, and keep no state of it", () => {
  const any = python(["failed .* from <HOST>"]);
  const forged = padded("2026-11-23T11:59:00Z failed ", " from 203.0.113.9");
  assert.deepEqual(read(any, taken(`${forged} from 192.0.2.1\n`)).addresses, []);
  const end = padded("2026-11-23T11:59:00Z failed ", " from 203.0.113.1");
  assert.deepEqual(read(any, taken(`${end}23\n`)).addresses, []);
  const session = python([
    "^ s=<F-MLFID>\\d+</F-MLFID> <F-NOFAIL>peer</F-NOFAIL> .* <HOST>",
    "^ s=<F-MLFID>\\d+</F-MLFID> failed$",
  ]);
  const peer = padded("2026-11-23T11:59:00Z s=1 peer ", " 203.0.113.9");
  const failed = "2026-11-23T11:59:01Z s=1 failed\n";
  assert.deepEqual(read(session, taken(`${peer} 192.0.2.1\n${failed}`)).addresses, []);
  assert.deepEqual(read(session, taken(`${peer}\n${failed}`)).addresses, ["203.0.113.9"]);
});

/** Expressions of fail2ban that are older than the service, compared with bailiff's filter of the same service. */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { withAutoJails } from "../../../config/auto-jails.ts";
import { parseConfig } from "../../../config/parse-config.ts";
import type { FilterDefinition, PythonRules } from "../../../domain/filter-definition.ts";
import { type Instant, instant } from "../../../domain/instant.ts";
import { parseJailName } from "../../../domain/jail-name.ts";
import type { SourceStatus } from "../../../domain/line-source.ts";
import { enableLinearRegex } from "../../../host/linear-regex.ts";
import { loadFilterCompiler } from "../../../jails/compile-any-filter.ts";
import { compileJails } from "../../../jails/compile-jails.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { WatchedJail } from "../../jail-check.ts";
import { SecondOpinion } from "./second-opinion.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const OLD = "^\\s*\\S+ sshd\\[\\d+\\]: Failed password for .* from <HOST> port \\d+ ssh2$";

function failed(program: string, ip: string): string {
  return `Nov 23 11:59:58 web1 ${program}[812]: Failed password for root from ${ip} port 40222 ssh2\n`;
}

const BY_SESSION = failed("sshd-session", "192.0.2.7").repeat(3);

interface Scene {
  readonly file: string;
  readonly live: LiveJail;
  readonly opinion: SecondOpinion;
  /** Compares, with this number of lines and failures counted by the main path. */
  readonly look: (counted: { lines: number; failures?: number }, at?: Instant) => Promise<void>;
  readonly missed: () => number | undefined;
}

async function withScene(
  change: Partial<FilterDefinition>,
  work: (scene: Scene) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-opinion-"));
  const file = join(folder, "auth.log");
  writeFileSync(file, "");
  const live = await openJail(change, file);
  const opinion = new SecondOpinion();
  try {
    await work({
      ...{ file, live, opinion },
      async look({ lines, failures = 0 }, at = NOW) {
        live.jail.failures = failures;
        await opinion.look([watched(live, file, lines)], at);
      },
      missed: () => opinion.missedBy(live)?.failures,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function openJail(change: Partial<FilterDefinition>, file: string): Promise<LiveJail> {
  const python: PythonRules = {
    ...{ failregex: [OLD], ignoreregex: [], prefregex: undefined, datepattern: [] },
    ...{ maxlines: 1, usedns: "no", logtimezone: undefined },
  };
  const definition: FilterDefinition = {
    ...{ name: "sshd", description: "", path: "sshd.toml", programs: [], journal: [], files: [] },
    ...{ ports: [], rules: [], samples: [], python, compare_with: "sshd", ...change },
  };
  const name = parseJailName("sshd");
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([], { paths, ports: new Map() });
  assert.ok(config.ok && name !== undefined);
  const { jails } = withAutoJails(config.value, [name]);
  const filters = new Map([["sshd", definition]]);
  const compile = await loadFilterCompiler(filters.values());
  const [jail] = compileJails(
    jails.map((one) => ({ ...one, maxretry: 3 })),
    { filters, compile },
    [],
  ).jails;
  assert.ok(jail !== undefined);
  return { ...jail, search: { source: { kind: "file", files: [file] }, looked: [] } };
}

function watched(live: LiveJail, path: string, lines: number): WatchedJail {
  const file = { path, device: "1", inode: "1", size: 1, offset: 1 };
  const status: SourceStatus = {
    ...{ kind: "file", where: path, state: "reading", reason: undefined, lines, cutLines: 0 },
    ...{ lastLineAt: NOW, openFiles: [file] },
  };
  return { live, source: status };
}

test("failures of a renamed program are missed, until the expressions recognize one", async () => {
  await withScene({}, async ({ file, look, missed, opinion, live }) => {
    appendFileSync(file, BY_SESSION);
    await look({ lines: 3 });
    assert.equal(missed(), 3);
    const found = opinion.missedBy(live);
    assert.equal(found?.ip, "192.0.2.7");
    assert.match(found.line, /sshd-session\[812\]: Failed password/);
    assert.equal(found.filter, "sshd");
    // Other lines push them out of the newest.
    writeFileSync(file, "Nov 23 12:00:01 web1 cron[1]: done\n");
    await look({ lines: 4 });
    assert.equal(missed(), 3);
    appendFileSync(file, failed("sshd", "192.0.2.7"));
    await look({ lines: 5, failures: 1 });
    assert.equal(missed(), undefined);
  });
});

test("a recognized failure ends the finding before the next comparison", async () => {
  await withScene({}, async ({ file, look, live, missed }) => {
    appendFileSync(file, BY_SESSION);
    await look({ lines: 3 });
    assert.equal(missed(), 3);
    live.jail.failures = 1;
    assert.equal(missed(), undefined);
  });
});

test("fewer failures than maxretry by each address are none", async () => {
  await withScene({}, async ({ file, look, missed }) => {
    for (const ip of ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
      appendFileSync(file, failed("sshd-session", ip).repeat(2));
    await look({ lines: 6 });
    assert.equal(missed(), undefined);
  });
});

test("connections that sshd refuses are no failed logins", async () => {
  await withScene({}, async ({ file, look, missed }) => {
    const dropped = `Nov 23 11:59:58 web1 sshd[7]: drop connection #0 from [192.0.2.7]:4022 on [198.51.100.4]:22 penalty: failed authentication\n`;
    appendFileSync(file, dropped.repeat(9));
    await look({ lines: 9 });
    assert.equal(missed(), undefined);
  });
});

test("expressions that find some failures leave out others on purpose", async () => {
  await withScene({}, async ({ file, look, missed }) => {
    appendFileSync(file, BY_SESSION + failed("sshd", "192.0.2.8"));
    await look({ lines: 4 });
    assert.equal(missed(), undefined);
  });
});

test("without compare_with nothing is compared", async () => {
  await withScene({ compare_with: "no-such-filter" }, async ({ file, look, missed }) => {
    appendFileSync(file, BY_SESSION);
    await look({ lines: 3 });
    assert.equal(missed(), undefined);
  });
});

test("a log is read again only after new lines", async () => {
  await withScene({}, async ({ file, look, missed }) => {
    await look({ lines: 0 });
    appendFileSync(file, BY_SESSION);
    await look({ lines: 0 });
    assert.equal(missed(), undefined);
    await look({ lines: 3 });
    assert.equal(missed(), 3);
  });
});

test("another configuration of the jail is compared again", async () => {
  await withScene({}, async ({ file, look, live, opinion }) => {
    appendFileSync(file, BY_SESSION);
    await look({ lines: 3 });
    const definition = { ...live.definition };
    assert.equal(opinion.missedBy({ ...live, definition }), undefined);
  });
});

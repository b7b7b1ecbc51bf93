/** Shared by tests of named actions: a real configuration, filters and a book in memory, and bans in them. */
import assert from "node:assert/strict";
import { parseConfig } from "../config/parse-config.ts";
import { duration } from "../domain/duration.ts";
import type { Origin } from "../domain/ban.ts";
import { parseSubject, type Subject } from "../domain/cidr.ts";
import type { AlarmClock } from "../domain/clock.ts";
import { instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import type { JailName } from "../domain/jail-name.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { systemClock } from "../host/system-clock.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { type CompiledJail, compileJails } from "../jails/compile-jails.ts";
import { openLibrary } from "../jails/load-filters.ts";
import { openBook } from "../record/open-book.ts";
import { createStateStore } from "../record/state-store.ts";
import type { Emit, TelemetryEvent } from "../telemetry/events.ts";
import type { BanChange } from "./named/named-action.ts";
import { Actions } from "./run-actions.ts";

enableLinearRegex();

export interface BanMade {
  readonly jail?: string;
  readonly origin?: Origin;
  readonly rule?: string;
  readonly reason?: string;
  /** Lines that led to the ban, with their accounts and addresses. */
  readonly lines?: readonly {
    readonly line: string;
    readonly user?: string;
    readonly ip?: string;
  }[];
}

export interface Ground extends AsyncDisposable {
  readonly actions: Actions;
  readonly book: ReturnType<typeof openBook>;
  readonly events: readonly TelemetryEvent[];
  ban(ip: string, made?: BanMade): void;
  unban(ip: string, jail?: string): void;
  /** Resolves when the condition holds; it is checked after each event, and often. */
  until(condition: () => boolean, what: string): Promise<void>;
  apply(toml: string): Promise<void>;
  /** Returns a change for tests of a single action. */
  change(kind: BanChange["kind"], ip: string, jail?: string): BanChange;
}

const LIMIT_MS = 60_000;

export async function openGround(
  toml: string,
  {
    clock = systemClock,
    book = openBook({ path: ":memory:", clock: systemClock, emit: () => undefined }),
  }: { readonly clock?: AlarmClock; readonly book?: ReturnType<typeof openBook> } = {},
): Promise<Ground> {
  const events: TelemetryEvent[] = [];
  const emit: Emit = (event) => void events.push(event);
  const runShell = (): never => assert.fail("a shell was started");
  const actions = new Actions({
    ...{ book, clock, emit, runShell },
    stateStore: createStateStore(book),
  });

  let compiled: readonly CompiledJail[] = [];

  async function apply(text: string): Promise<void> {
    const { jails, config } = await compile(text);
    compiled = jails;
    await actions.apply(jails, config.actions, "start");
  }

  await apply(toml);
  return {
    ...{ actions, book, events, apply },
    ban(ip, { jail = "sshd", origin = "detected", rule = "failed", reason, lines = [] } = {}) {
      const [subject, name] = [subjectOf(ip), jail as JailName];
      const now = clock.now();
      const failures = lines.map(({ line, user, ip: address = "" }) => ({
        ...({
          kind: "failure",
          subject,
          jail: name,
          at: now,
          weight: 1,
          rule,
          user,
          line,
          ip: parseIp(address),
        } as const),
      }));
      const ban = {
        ...{ subject, jail: name, scope: ALL_PORTS, from: now, until: instant(now + 3_600_000) },
        ...{ origin, rule, failures: Math.max(lines.length, 1), escalation: 0 },
        reason: reason ?? "5 failures in 10m",
      } as const;
      book.commit({ steps: [...failures, { kind: "ban", ban, who: "test" }], cursors: [] });
      const { until, reason: why } = ban;
      const length = duration(3_600_000);
      actions.emit({ event: "ban", jail, ip: subject, until, reason: why, origin, length });
    },
    unban(ip, jail = "sshd") {
      const subject = subjectOf(ip);
      const order = { who: "test", reason: "a mistake" };
      book.close({ subject, jail: jail as JailName }, order, clock.now());
      actions.emit({ event: "unban", jail, ip: subject, ...order });
    },
    change(kind, ip, jail = "sshd") {
      const live = compiled.find((one) => one.jail.name === jail) ?? assert.fail(jail);
      return { kind, subject: subjectOf(ip), live };
    },
    async until(condition, what) {
      const end = performance.now() + LIMIT_MS;
      while (!condition()) {
        assert.ok(performance.now() < end, `${what}: did not come; ${JSON.stringify(events)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async [Symbol.asyncDispose]() {
      await actions.close();
      await book[Symbol.asyncDispose]();
    },
  };
}

async function compile(toml: string): Promise<{
  readonly jails: readonly CompiledJail[];
  readonly config: Extract<Awaited<ReturnType<typeof parseConfig>>, { readonly ok: true }>["value"];
}> {
  const paths = { state: "/state", socket: "/socket" };
  const parsed = await parseConfig([{ path: "test", text: toml }], { paths, ports: new Map() });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const names = parsed.value.jails.map(({ filter }) => filter);
  const { filters } = await (await openLibrary([])).read(names);
  const filterCompiler = await loadFilterCompiler(filters.values());
  const compiled = compileJails(parsed.value.jails, { filters, compile: filterCompiler }, []);
  assert.deepEqual(compiled.problems, []);
  return { jails: compiled.jails, config: parsed.value };
}

function subjectOf(ip: string): Subject {
  return parseSubject(ip) ?? assert.fail(`${ip} is no address`);
}

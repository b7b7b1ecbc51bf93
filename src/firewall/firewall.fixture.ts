/** Makes a Firewall with enforcers in memory, which a test can let fail, for tests of several enforcers. */
import assert from "node:assert/strict";
import type { Config } from "../config/config.ts";
import type { EnforcerConfig } from "../config/enforcers/enforcer-kinds.ts";
import { parseConfig } from "../config/parse-config.ts";
import { completeEnforcer } from "../config/resolve-enforcers.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { AlarmClock } from "../domain/clock.ts";
import type { Change, Enforcer, EnforcerAbilities, Refusal } from "../domain/enforcer.ts";
import type { Instant } from "../domain/instant.ts";
import { fail, ok } from "../domain/result.ts";
import { nextTurn } from "../host/timers.ts";
import { openBook } from "../record/open-book.ts";
import { sampleAt } from "../record/sample-entries.fixture.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { createVirtualClock } from "../../test/scenario/virtual-clock.ts";
import { PLAIN_HOST } from "./choose-enforcer.fixture.ts";
import type { FirewallPort } from "./firewall-port.ts";
import { Firewall } from "./firewall.ts";
import { createMemoryEnforcer } from "./memory.ts";
import type { OpenEnforcerOptions } from "./open-enforcer.ts";

/** The firewalls of a host, which outlive the daemon, and all changes in their order. */
export class FirewallHost {
  readonly log: string[] = [];
  /** The settings with which enforcers were opened, by name, as last opened. */
  readonly opened: Map<string, EnforcerConfig> = new Map();
  readonly clock: AlarmClock & { passTo(elapsed: number): Promise<void> };
  /** What `enforcer = "auto"` means. */
  automatic = "local";
  readonly #enforcers = new Map<string, Enforcer>();
  /** Those of the absent ones that need other settings. */
  readonly misconfigured: Set<string> = new Set();
  /** Enforcers that cannot be opened, whose structure cannot be made, that never answer, and whose removal fails. */
  readonly absent: Set<string> = new Set();
  readonly broken: Set<string> = new Set();
  readonly silent: Set<string> = new Set();
  readonly stuck: Set<string> = new Set();
  /** The drop counter of each block, by the name of the enforcer; missing: it counts nothing. */
  readonly packets: Map<string, number> = new Map();
  /** How many blocks each enforcer takes before it refuses; missing: any number. */
  readonly rooms: Map<string, number> = new Map();
  readonly abilities: Map<string, Partial<EnforcerAbilities>> = new Map();
  /** What the daemon does around a reload of firewalld. */
  aroundReload: OpenEnforcerOptions["aroundReload"];

  constructor() {
    const clock = createVirtualClock(Number(sampleAt(0)));
    this.clock = {
      ...clock,
      passTo: (elapsed) => clock.passTo(elapsed, async () => await nextTurn()),
    };
  }

  enforcer(name: string): Enforcer {
    return this.#enforcers.getOrInsertComputed(name, () => {
      const memory = createMemoryEnforcer({ isAllowed: () => false, clock: this.clock });
      return {
        ...{ ...memory, name, enforcing: true, close: async () => undefined },
        abilities: { ...memory.abilities, ...this.abilities.get(name) },
        prepare: async (now) => {
          if (this.broken.has(name))
            return { error: "the list is read-only", repaired: false, structure: undefined };
          if (name === "firewalld" && (await memory.list()).length === 0) await this.#reload();
          return memory.prepare(now);
        },
        apply: async (changes, now) => {
          if (this.silent.has(name)) await new Promise(() => undefined);
          for (const change of changes) this.log.push(`${name} ${change.kind} ${change.subject}`);
          const room = this.rooms.get(name);
          return room === undefined
            ? memory.apply(changes, now)
            : applyInRoom(memory, room, changes, now);
        },
        count: async (subjects) => {
          const packets = this.packets.get(name);
          return (await memory.count(subjects)).map((block) => ({ ...block, packets }));
        },
        removeAll: async () => {
          if (this.stuck.has(name)) return fail("the token has expired");
          if (name === "firewalld") await this.#reload();
          this.log.push(`${name} removed`);
          return memory.removeAll();
        },
      };
    });
  }

  /** Reloads firewalld, which empties iptables. */
  async #reload(): Promise<void> {
    await this.aroundReload?.(async () => {
      this.log.push(`reload while nftables has ${(await this.subjectsIn("nftables")).length}`);
      await this.enforcer("iptables").removeAll();
    });
  }

  async subjectsIn(name: string): Promise<readonly string[]> {
    return (await this.enforcer(name).list()).map(({ subject }) => subject).sort();
  }
}

/** Applies removals first, and refuses additions for which there is no room, as rules of iptables do. */
async function applyInRoom(
  memory: Enforcer,
  room: number,
  changes: readonly Change[],
  now: Instant,
): Promise<readonly Refusal[]> {
  const removals = changes.filter(({ kind }) => kind === "remove");
  const refusals = [...(await memory.apply(removals, now))];
  for (const change of changes.filter(({ kind }) => kind === "add")) {
    if ((await memory.list()).length < room) refusals.push(...(await memory.apply([change], now)));
    else refusals.push({ change, error: "no room", retryable: true });
  }
  return refusals;
}

export interface FirewallStage {
  readonly host: FirewallHost;
  readonly book: BanBook;
  readonly firewall: Firewall;
  readonly events: TelemetryEvent[];
}

export interface StartedFirewall extends FirewallStage {
  readonly port: FirewallPort;
}

export function startFirewall(host: FirewallHost, book: BanBook): StartedFirewall {
  const events: TelemetryEvent[] = [];
  const port: FirewallPort = {
    lock: async () => ok(undefined),
    choose: async () => ({ name: host.automatic, reason: "the test says so" }),
    readUse: async () => PLAIN_HOST,
    open: async ({ config, aroundReload }) => {
      const { name } = config;
      host.aroundReload = aroundReload;
      if (host.absent.has(name))
        return fail({
          ...{ reason: `${name} is missing`, fix: `install ${name}` },
          isMisconfigured: host.misconfigured.has(name),
        });
      host.opened.set(name, config);
      return ok(host.enforcer(name));
    },
  };
  const firewall = new Firewall({
    ...{ book, clock: host.clock, onChange: () => undefined, state: "/state", lock: undefined },
    allow: { shared: { covers: () => undefined } },
    emit: (event) => void events.push(event),
    port,
  });
  return { host, book, firewall, events, port };
}

export function openSampleBook(host: FirewallHost): BanBook {
  return openBook({ path: ":memory:", clock: host.clock, emit: () => undefined });
}

/** Makes a configuration with the enforcers of each jail and each block list, each in another place. */
export async function configOf(
  jails: Readonly<Record<string, readonly string[]>>,
  lists: Readonly<Record<string, readonly string[]>> = {},
): Promise<Config> {
  const text = [
    ...Object.keys(jails).map((name) => `[jails.${name}]\n`),
    ...Object.keys(lists).map((name) => `[lists.${name}]\nfile = "/list"\n`),
  ];
  const paths = { state: "/state", socket: "/socket" };
  const read = await parseConfig([{ path: "c.toml", text: text.join("") }], {
    paths,
    ports: new Map(),
  });
  assert.ok(read.ok, JSON.stringify(read));
  const names = [...new Set(Object.values({ ...jails, ...lists }).flat())].filter(
    (name) => name !== "memory",
  );
  return {
    ...read.value,
    defaults: { ...read.value.defaults, enforcer: Object.values(jails)[0] ?? [] },
    jails: read.value.jails.map((jail) => ({ ...jail, enforcer: jails[jail.name] ?? [] })),
    lists: read.value.lists.map((list) => ({ ...list, enforcer: lists[list.name] })),
    enforcers: names.map((name) => ({
      ...completeEnforcer(
        name,
        name === "iptables" || name === "firewalld" ? name : "nftables",
        () => undefined,
      ),
      place: name,
    })),
  };
}

export async function settleFirewall({ firewall }: FirewallStage): Promise<void> {
  await firewall.restored;
  for (let turn = 0; turn < 20; turn++) {
    await nextTurn();
    await firewall.settled();
  }
}

export async function useEnforcers(
  stage: FirewallStage,
  jails: Readonly<Record<string, readonly string[]>>,
  lists?: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  await stage.firewall.openFor(await configOf(jails, lists));
  await settleFirewall(stage);
}

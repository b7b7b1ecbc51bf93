/**
 * A machine in memory: a story advances its time, appends to its logs, and logs its users in. Its firewall is a list of
 * blocks.
 */
import type { DaemonPorts, HostPort } from "../../src/daemon/daemon-ports.ts";
import type { JailCheck } from "../../src/health/jail-check.ts";
import { subjectsOverlap } from "../../src/domain/cidr.ts";
import { type Ip, parseIp } from "../../src/domain/ip.ts";
import type { Presence } from "../../src/domain/presence.ts";
import type { Proof } from "../../src/domain/proof.ts";
import { ok } from "../../src/domain/result.ts";
import { PLAIN_HOST } from "../../src/firewall/choose-enforcer.fixture.ts";
import { createMemoryEnforcer } from "../../src/firewall/memory.ts";
import { createMemoryLog, type MemoryLog } from "./memory-log.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

export interface VirtualPorts extends DaemonPorts {
  readonly clock: VirtualClock;
  readonly log: MemoryLog;
  /** Who is logged in. */
  readonly people: Presence[];
  /** Addresses of host names; a name without an entry cannot be resolved. */
  readonly names: Map<string, readonly Ip[]>;
}

const BEGINNING = Date.parse("2026-03-02T08:00:00Z");

/** `place`: the log to which the service of every jail writes. */
export function createVirtualPorts(place: string): VirtualPorts {
  const clock = createVirtualClock(BEGINNING);
  const log = createMemoryLog(clock);
  const people: Presence[] = [];
  const names = new Map<string, readonly Ip[]>();
  return {
    ...{ clock, log, people, names, sources: log.port, chance: () => 0 },
    host: createHost({ clock, log, people, names }, place),
    firewall: {
      lock: async () => ok(undefined),
      choose: async () => ({ name: "nftables", reason: "there is no other" }),
      readUse: async () => PLAIN_HOST,
      open: async ({ isAllowed }) =>
        ok({ ...createMemoryEnforcer({ isAllowed, clock }), name: "nftables", enforcing: true }),
    },
  };
}

function createHost(
  { clock, log, people, names }: Pick<VirtualPorts, "clock" | "log" | "people" | "names">,
  place: string,
): HostPort {
  return {
    name: "story",
    sessions: {
      from: (subject) => people.filter(({ from }) => subjectsOverlap(from, subject)),
      isEstablished: () => false,
    },
    localOffset: () => 0,
    runShell: async () => ({
      ok: true,
      how: "exit code 0",
      timedOut: false,
      output: "",
      error: "",
    }),
    hostAddresses: () => [],
    resolveName: async (name) => {
      const addresses = names.get(name);
      if (addresses === undefined) throw new Error(`${name} has no address`);
      return addresses;
    },
    watchAddresses: async () => ok({ close: () => undefined }),
    watchServices: () => ({ setUnits: () => undefined, close: () => undefined }),
    ownPeer: () => undefined,
    followTimeZone: () => undefined,
    openSpareMemory: async () => ({ giveBack: () => undefined, giveBackIfGrown: () => undefined }),
    listDoubts: async () => [],
    openPrograms: async () => ({
      findProgramFile: () => undefined,
      packageOf: async () => undefined,
    }),
    openPathCheck: () => pathCheck,
    openLineChecks: () => [sourceCheck],
    attemptLogin: async ({ canaries }) => {
      const user = `canary-${clock.monotonic()}`;
      const canary = { user, from: address("198.51.100.200"), address: "own" } as const;
      const flight = canaries.release(canary);
      const at = new Date(clock.now()).toISOString();
      const text = `${at} host sshd[99]: Failed password for invalid user ${user} from ${canary.from} port 9 ssh2\n`;
      await log.append(place, { text, fields: undefined, arrival: "live", cursor: undefined });
      const finding = { outcome: "proven", evidence: "sshd refused it" } as const;
      return { finding, flight, canary, port: undefined };
    },
  };
}

const sourceCheck: JailCheck = {
  name: "source",
  proofs: ({ source }, at): readonly Proof[] =>
    source?.state === "reading"
      ? [{ kind: "proven", link: "source", evidence: `reads ${source.where}`, at }]
      : [{ kind: "unproven", link: "source", evidence: "nothing is read" }],
};

const pathCheck: JailCheck = {
  name: "path",
  proofs: (_jail, at): readonly Proof[] => [
    { kind: "proven", link: "path", evidence: "every packet passes", at },
  ],
};

function address(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`"${text}" is not a valid address`);
  return ip;
}

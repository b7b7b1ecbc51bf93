/** Simulates the host behind the daemon's port: who is logged in, the time zone, and the checks of links. */
import type { Ip } from "../../../src/domain/ip.ts";
import { subjectsOverlap } from "../../../src/domain/cidr.ts";
import type { Presence } from "../../../src/domain/presence.ts";
import type { Proof } from "../../../src/domain/proof.ts";
import { ok } from "../../../src/domain/result.ts";
import type { HostPort } from "../../../src/daemon/daemon-ports.ts";
import { FlowCheck } from "../../../src/health/checks/check-flow.ts";
import { SourceCheck } from "../../../src/health/checks/check-source.ts";
import type { JailCheck } from "../../../src/health/jail-check.ts";
import type { EndedConnection } from "../../../src/host/kernel/ended-connections.ts";
import type { Kernel } from "./kernel.ts";
import { Zones } from "./zones.ts";

export class Host {
  readonly people: Presence[] = [];
  readonly zones: Zones;
  readonly #kernel: Kernel;
  #onEnded: (connections: readonly EndedConnection[]) => void = () => undefined;

  /** `zone`: offset of local time from UTC in milliseconds. */
  constructor(kernel: Kernel, zone: number) {
    this.#kernel = kernel;
    this.zones = new Zones(zone);
  }

  /** Makes the kernel report the end of a connection to a port of this host. */
  endConnection(port: number, peer: Ip): void {
    this.#onEnded([{ port, peer }]);
  }

  port(): HostPort {
    return {
      name: "web1",
      sessions: {
        from: (subject) => this.people.filter(({ from }) => subjectsOverlap(from, subject)),
        isEstablished: () => false,
      },
      localOffset: (at) => this.zones.knownOffsetAt(at),
      runShell: async () => ({
        ...{ ok: true, how: "exit code 0", timedOut: false, output: "", error: "" },
      }),
      hostAddresses: () => [],
      resolveName: async (name) => {
        throw new Error(`${name} has no address`);
      },
      watchAddresses: async () => ok({ close: () => undefined }),
      watchServices: () => ({ setUnits: () => undefined, close: () => undefined }),
      ownPeer: () => undefined,
      followTimeZone: () => this.zones.follow(),
      openSpareMemory: async () => ({
        giveBack: () => undefined,
        giveBackIfGrown: () => undefined,
      }),
      listDoubts: async () => [],
      openPrograms: async () => ({
        findProgramFile: () => undefined,
        packageOf: async () => undefined,
      }),
      openPathCheck: () => this.#pathCheck(),
      openLineChecks: ({ clock, stateStore, statusOf, logins, changed }) => [
        new SourceCheck({ clock, statusOf, onChange: changed }),
        new FlowCheck({
          ...{ stateStore, clock, localOffset: (at: number) => this.zones.knownOffsetAt(at) },
          ...{ statusOf, logins },
          watchEnded: async ({ onEnded }) => {
            this.#onEnded = onEnded;
            return ok({ renew: () => ok(undefined), close: () => this.#stopWatching(onEnded) });
          },
        }),
      ],
      attemptLogin: async () => {
        throw new Error("self-tests are turned off");
      },
    };
  }

  #stopWatching(onEnded: (connections: readonly EndedConnection[]) => void): void {
    if (this.#onEnded === onEnded) this.#onEnded = () => undefined;
  }

  #pathCheck(): JailCheck {
    let accepts = false;
    return {
      name: "path",
      look: async () => {
        accepts = this.#kernel.acceptsBefore;
      },
      proofs: (_jail, at): readonly Proof[] => {
        if (!accepts)
          return [{ kind: "proven", link: "path", evidence: "every packet passes", at }];
        const evidence = "table inet other accepts packets first";
        const fix = "remove its rule";
        return [{ kind: "found", link: "path", cause: "traffic-bypasses", evidence, at, fix }];
      },
    };
  }
}

/** Lists sockets that other hosts can reach, and which process has each open, for the programs of one jail. */
import { basename } from "node:path";
import { familyOf } from "../../../domain/ip.ts";
import type { OpenPort } from "../../judge/judge-path.ts";
import type { Listener, Owner } from "../../../host/services/listeners.ts";
import type { RunningProgram } from "../../../host/process/running-programs.ts";

export interface OpenPortFacts {
  readonly listeners: readonly Listener[];
  readonly owners: ReadonlyMap<number, readonly Owner[]>;
  readonly running: readonly RunningProgram[];
  readonly programs: readonly string[];
  /** TCP ports in the program's own settings: an invisible owner of a socket there is the program. */
  readonly configured: readonly number[];
}

/** Maximum length of a process name: TASK_COMM_LEN of linux/sched.h, without the final NUL. */
const COMM_LENGTH = 15;

export function openPorts(facts: OpenPortFacts): readonly OpenPort[] {
  const { programs, configured } = facts;
  const commands = new Set(programs.map((name) => basename(name).slice(0, COMM_LENGTH)));
  const pids = new Set(
    facts.running.filter(({ program }) => programs.includes(program)).map(({ pid }) => pid),
  );
  return facts.listeners.map((listener): OpenPort => {
    const owners = facts.owners.get(listener.inode) ?? [];
    const own = owners.find(({ pid, command }) => pids.has(pid) || commands.has(command));
    const [first] = owners;
    const isHidden = first === undefined || first.pid === 1;
    const isConfigured =
      isHidden && listener.protocol === "tcp" && configured.includes(listener.port);
    const who = own ?? first;
    const seen =
      who === undefined ? "a program that may not be seen" : `${who.command} (pid ${who.pid})`;
    return {
      protocol: listener.protocol,
      number: listener.port,
      families: familiesOf(listener, facts.listeners),
      owner: own !== undefined || isConfigured ? "program" : isHidden ? "unknown" : "other",
      by: isConfigured && own === undefined ? `${programs[0]} (by its settings)` : seen,
    };
  });
}

/**
 * Returns the address families of a socket. A socket at "::" also accepts IPv4, unless another socket has the port for
 * IPv4.
 */
function familiesOf(listener: Listener, all: readonly Listener[]): OpenPort["families"] {
  if (listener.address !== "::") return [familyOf(listener.address)];
  const apart = all.some(
    ({ protocol, port, address }) =>
      protocol === listener.protocol && port === listener.port && address === "0.0.0.0",
  );
  return apart ? ["ipv6"] : ["ipv4", "ipv6"];
}

/** Reads the `ports` of a jail or filter as the scope of its bans. */
import {
  ALL_PORTS,
  MAX_PORTS,
  type Port,
  type PortScope,
  portScope,
} from "../../domain/port-scope.ts";
import { fail, ok } from "../../domain/result.ts";
import type { PortNames } from "../../host/services/port-names.ts";
import { describeValue } from "./describe-value.ts";
import { didYouMean } from "../../domain/did-you-mean.ts";
import { type Kind, mistake, type Reading } from "./kind.ts";
import { readList } from "../read-list.ts";

const EXPECTED = 'a list of ports such as ["ssh", 2222, "53/udp", "8000-8010"], or "all"';
const EXPECTED_ENTRY = 'a port such as "ssh", 22, "53/udp" or "8000-8010"';

export const portsKind: Kind<PortScope> = {
  describe: () => EXPECTED,
  read: (value, _, names) => (value === "all" ? ok(ALL_PORTS) : parsePorts(value, names)),
};

/**
 * Reads ports. A name means every protocol that the host lists it with; a number or range means TCP. A range is written
 * "8000-8010" or, as in iptables and fail2ban, "8000:8010", and means each of its ports.
 */
export function parsePorts(value: unknown, names: PortNames): Reading<PortScope> {
  if (Array.isArray(value) && value.length === 1 && value[0] === "all") return ok(ALL_PORTS);
  const ports = readList(value, {
    expected: EXPECTED,
    least: 1,
    instead: 'write "all" for every port',
    readOne(entry) {
      const ports = parseRange(entry) ?? parsePort(entry, names);
      return ports === undefined
        ? fail(mistake(describeValue(entry), EXPECTED_ENTRY, suggest(entry, names)))
        : ok(ports);
    },
  });
  return ports.ok ? ok(portScope(ports.value.flat())) : ports;
}

const RANGE = /^(\d{1,5}) *[-:] *(\d{1,5})(?:\/(tcp|udp))?$/i;
const LAST_PORT = 65_535;
const LIMITS = "ports go from 1 to 65535";

/** Reads a range; undefined: it is none, or one with too many ports. */
function parseRange(entry: unknown): readonly Port[] | undefined {
  const [, from, to, protocol] = (typeof entry === "string" ? RANGE.exec(entry) : null) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (!(first >= 1 && first <= last && last <= LAST_PORT)) return undefined;
  if (last - first >= MAX_PORTS) return undefined;
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    protocol: protocol?.toLowerCase() === "udp" ? "udp" : "tcp",
    number: first + i,
  }));
}

function explainRange(entry: string): string | undefined {
  const [, from, to] = RANGE.exec(entry) ?? [];
  if (from === undefined) return undefined;
  const [first, last] = [Number(from), Number(to)];
  if (last > LAST_PORT || first < 1) return LIMITS;
  if (last < first) return "the first port of a range is the smaller one";
  return `this range has ${last - first + 1} ports, and a ban closes at most ${MAX_PORTS}: write "all"`;
}

function parsePort(entry: unknown, names: PortNames): readonly Port[] | undefined {
  if (typeof entry !== "string" && typeof entry !== "number") return undefined;
  const parts = /^([a-z0-9][a-z0-9+._-]*)(?:\/(tcp|udp))?$/i.exec(String(entry));
  const [, word, suffix] = parts ?? [];
  const only = suffix?.toLowerCase();
  if (word === undefined) return undefined;
  const named = names.get(word) ?? names.get(word.toLowerCase());
  if (named !== undefined) {
    const ports = only === undefined ? named : named.filter((port) => port.protocol === only);
    return ports.length > 0 ? ports : undefined;
  }
  const number = /^[1-9]\d{0,4}$/.test(word) ? Number(word) : 0;
  if (number < 1 || number > LAST_PORT) return undefined;
  return [{ protocol: only === "udp" ? "udp" : "tcp", number }];
}

function suggest(entry: unknown, names: PortNames): string | undefined {
  if (entry === "all") return '"all" stands alone, without other ports';
  if (typeof entry === "number") return LIMITS;
  if (typeof entry !== "string") return undefined;
  const [, zeros, digits] = /^(0*)(\d+)(?:\/(?:tcp|udp))?$/i.exec(entry) ?? [];
  if (digits !== undefined)
    return zeros !== "" && Number(digits) > 0
      ? "a port is written without zeros before it"
      : LIMITS;
  if (/^\d+ *[-:]|[-:] *\d+$/.test(entry) && !RANGE.test(entry))
    return 'a range is written "8000-8010": its first port and its last';
  const range = explainRange(entry);
  if (range !== undefined) return range;
  if (/[\s,]/.test(entry)) return "write each port as a separate entry";
  if (/^(?:tcp|udp)\/\w+$/.test(entry)) return `write "${entry.split("/").reverse().join("/")}"`;
  const near = didYouMean(entry, names.keys());
  return near === undefined ? "the host knows no port of this name" : `did you mean "${near}"?`;
}

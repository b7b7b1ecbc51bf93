/** The `ports` of a jail or filter -> the scope of its bans. */
import { ALL_PORTS, type Port, type PortScope, portScope } from "../domain/port-scope.ts";
import { fail, ok } from "../domain/result.ts";
import type { PortNames } from "../platform/port-names.ts";
import { describeValue } from "./describe-value.ts";
import { didYouMean } from "./did-you-mean.ts";
import { type Kind, mistake, type Reading } from "./kind.ts";
import { readList } from "./read-list.ts";

const EXPECTED = 'a list of ports such as ["ssh", 2222, "53/udp"], or "all"';

export const portsKind: Kind<PortScope> = {
  describe: () => EXPECTED,
  read: (value, _, names) => (value === "all" ? ok(ALL_PORTS) : parsePorts(value, names)),
};

/** Names mean every protocol the host lists them with; a bare number means TCP. */
export function parsePorts(value: unknown, names: PortNames): Reading<PortScope> {
  if (Array.isArray(value) && value.length === 1 && value[0] === "all") return ok(ALL_PORTS);
  const ports = readList(value, {
    expected: EXPECTED,
    least: 1,
    instead: 'write "all" for every port',
    readOne(entry) {
      const port = parsePort(entry, names);
      const expected = 'a port such as "ssh", 22 or "53/udp"';
      return port === undefined
        ? fail(mistake(describeValue(entry), expected, suggest(entry, names)))
        : ok(port);
    },
  });
  return ports.ok ? ok(portScope(ports.value.flat())) : ports;
}

function parsePort(entry: unknown, names: PortNames): readonly Port[] | undefined {
  if (typeof entry !== "string" && typeof entry !== "number") return undefined;
  const parts = /^([a-z0-9][a-z0-9+._-]*)(?:\/(tcp|udp))?$/i.exec(String(entry));
  const [, word, only] = parts ?? [];
  if (word === undefined) return undefined;
  const named = names.get(word) ?? names.get(word.toLowerCase());
  if (named !== undefined) {
    const ports = only === undefined ? named : named.filter((port) => port.protocol === only);
    return ports.length > 0 ? ports : undefined;
  }
  const number = /^[1-9]\d{0,4}$/.test(word) ? Number(word) : 0;
  if (number < 1 || number > 65_535) return undefined;
  return [{ protocol: only === "udp" ? "udp" : "tcp", number }];
}

function suggest(entry: unknown, names: PortNames): string | undefined {
  if (entry === "all") return '"all" stands alone, without other ports';
  if (typeof entry === "number") return "ports go from 1 to 65535";
  if (typeof entry !== "string") return undefined;
  if (/^\d+ *[-:] *\d+$/.test(entry)) return "ranges are not taken: name each port";
  if (/[\s,]/.test(entry)) return "write each port as an entry of its own";
  if (/^(?:tcp|udp)\/\w+$/.test(entry)) return `write "${entry.split("/").reverse().join("/")}"`;
  const near = didYouMean(entry, names.keys());
  return near === undefined ? "the host knows no port of this name" : `did you mean "${near}"?`;
}

/** Parses what a list command prints: an address or network on each line, and the ports if they differ from all. Pure. */
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { ALL_PORTS, type PortScope, portScope, portsOf } from "../../domain/port-scope.ts";
import { fail, ok, type Result } from "../../domain/result.ts";

export interface ListedBlock {
  readonly subject: Subject;
  readonly scope: PortScope;
}

const MAX_SHOWN = 60;

/** Ignores empty lines and those that begin with "#". Fails with the first line that is neither. */
export function parseListing(text: string): Result<readonly ListedBlock[], string> {
  const blocks: ListedBlock[] = [];
  for (const line of text.split("\n")) {
    const [first = "", ports, ...rest] = line.trim().split(/\s+/);
    if (first === "" || first.startsWith("#")) continue;
    const subject = parseSubject(first);
    const scope = ports === undefined ? ALL_PORTS : parseScope(ports);
    if (subject === undefined || scope === undefined || rest.length > 0)
      return fail(
        `the list command printed no address: ${JSON.stringify(line.slice(0, MAX_SHOWN))}`,
      );
    blocks.push({ subject, scope });
  }
  return ok(blocks);
}

function parseScope(text: string): PortScope | undefined {
  if (text === ALL_PORTS) return ALL_PORTS;
  if (!/^(?:(?:tcp|udp)\/\d{1,5},?)+$/.test(text)) return undefined;
  // As `portsOf` reads it, which takes any text for a scope.
  return portScope(portsOf(text as PortScope));
}

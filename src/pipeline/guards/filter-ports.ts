/** Reads the ports of filters. Jails without configured ports close these to shared addresses. */
import { parsePorts } from "../../config/kinds/ports-setting.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { ALL_PORTS, type PortScope } from "../../domain/port-scope.ts";
import { readPortNames } from "../../host/services/port-names.ts";
import type { CompiledJail } from "../../jails/compile-jails.ts";

export async function readFilterPorts(
  jails: readonly CompiledJail[],
): Promise<ReadonlyMap<JailName, PortScope>> {
  const wanted = jails.filter(
    ({ jail, definition }) =>
      jail.config.shared === "ports" &&
      jail.config.ports === ALL_PORTS &&
      definition.ports.length > 0,
  );
  if (wanted.length === 0) return new Map();
  const names = await readPortNames();
  return new Map(
    wanted.flatMap(({ jail, definition }) => {
      const scope = parsePorts(definition.ports, names);
      return scope.ok ? [[jail.name, scope.value] as const] : [];
    }),
  );
}

/** Finds the network namespace of the program that wrote a line, and the gateways to it. */
import type { Ip } from "../../../domain/ip.ts";
import type { Elsewhere } from "../../judge/judge-path.ts";
import { ownAddresses } from "../../../host/host.ts";
import { findLineWriter } from "../../../host/logs/line-writer.ts";
import { readGateways, sharesNetwork } from "../../../host/kernel/network-of.ts";

/** "here": the program that wrote a line runs in the daemon's network namespace. */
export type LineOrigin = "here" | Elsewhere;

/** Finds the origin of a line; must be called while the program that wrote it may still run. */
export function originOf(line: string, programs: readonly string[]): LineOrigin | undefined {
  const writer = findLineWriter(line, programs);
  if (writer === undefined) return undefined;
  const here = sharesNetwork(writer.pid);
  if (here !== false) return here === true ? "here" : undefined;
  return describeAway(writer.pid, writer.command, "wrote");
}

/** Returns undefined if the program has ended, since without its gateways nothing is known about its packets. */
export function describeAway(
  pid: number,
  program: string,
  how: "wrote" | "unseen",
): Elsewhere | undefined {
  const gateways = readGateways(pid);
  if (gateways === undefined) return undefined;
  const { forAll, forSome } = gateways;
  const own = new Set<Ip>(ownAddresses());
  const isOurs = (gateway: Ip): boolean => own.has(gateway);
  return {
    program: `${program} (pid ${pid})`,
    wrote: how === "wrote",
    gateways: [...forAll, ...forSome],
    gatewayHere: forAll.find(isOurs),
    partlyHere: forSome.find(isOurs),
  };
}

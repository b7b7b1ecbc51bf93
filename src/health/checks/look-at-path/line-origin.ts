/** A line's origin is the network namespace of the program that wrote it, and the gateways to there. */
import type { Ip } from "../../../domain/ip.ts";
import type { Elsewhere } from "../../judge/judge-path.ts";
import { ownAddresses } from "../../../host/host.ts";
import { findLineWriter } from "../../../host/logs/line-writer.ts";
import { readGateways, sharesNetwork } from "../../../host/kernel/network-of.ts";

/** Where the program that wrote a line runs. */
export type LineOrigin = "here" | Elsewhere;

/** Called while the program that wrote the line may still run. */
export function originOf(line: string, programs: readonly string[]): LineOrigin | undefined {
  const writer = findLineWriter(line, programs);
  if (writer === undefined) return undefined;
  const here = sharesNetwork(writer.pid);
  if (here === undefined) return undefined;
  return here ? "here" : describeAway(writer.pid, writer.command, "wrote");
}

export function describeAway(pid: number, program: string, how: "wrote" | "unseen"): Elsewhere {
  const { forAll, forSome } = readGateways(pid);
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

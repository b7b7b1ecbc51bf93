/** Judges a network of which many addresses fail: it is banned or reported, or not banned for a reason. */
import type { SubnetOffense } from "../../detect/judgment/subnets.ts";
import { amount } from "../../domain/amount.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { Jail } from "../../jails/jail.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Allow } from "../allow/allow.ts";
import type { JudgedOffense, JudgeTurn, OffenseJudge } from "../judge-offenses.ts";
import { explainSubnetRefusal } from "../subnet-refusal.ts";

export interface SubnetParts {
  readonly turn: JudgeTurn;
  readonly jail: Jail;
  readonly judge: OffenseJudge;
  readonly emit: Emit;
  readonly allow: Pick<Allow, "listOf">;
  readonly book: Pick<BanBook, "ban">;
  /** The failure that completed the offense. */
  readonly attempt: Pick<JudgedOffense, "at" | "rule">;
}

export function judgeSubnet(parts: SubnetParts, offense: SubnetOffense): void {
  const { turn, jail, attempt, judge, emit } = parts;
  const { subnet: subject, offenders, failures } = offense;
  const because = `subnets: ${offenders} addresses of the network failed at least twice within a week, ${amount(failures, "failure")} together`;
  const refusal = explainSubnetRefusal(parts, subject);
  const isDemoted = turn.guarded?.isDemoted(jail, because) === true;
  if (jail.config.detect.subnets === "act" && refusal === undefined && !isDemoted) {
    jail.bannedSubnets.add(subject);
    judge.judgeSuspected(turn, jail, { subject, mode: "act", failures, because }, attempt);
    return;
  }
  const reason = refusal === undefined ? because : `${because}; not banned: ${refusal}`;
  emit({ event: "offense-suspected", jail: jail.name, ip: subject, reason });
}

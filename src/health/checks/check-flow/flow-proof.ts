/** Converts the judgment of a source's flow to a proof. */
import { duration, formatDuration } from "../../../domain/duration.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { Proof } from "../../../domain/proof.ts";
import type { FlowJudgment } from "../../judge/judge-flow.ts";
import type { LogPathResult } from "../../../host/logs/probe-log-path.ts";
import type { FoundSource } from "../../../pipeline/sources/source-plan.ts";

export interface FlowFacts {
  /** Time of the look. */
  readonly at: Instant;
  readonly judgment: FlowJudgment;
  /** Current silence divided by the longest plausible one. */
  readonly beyond: number;
  /** Whether a probe line can be sent to the source. */
  readonly probeable: boolean;
  /** The last probe since the silence began; undefined: none. */
  readonly probe: { readonly seen: Instant; readonly result: LogPathResult } | undefined;
  readonly passed: boolean;
}

interface Context {
  readonly where: string;
  readonly source: FoundSource | undefined;
}

const LINK = "flow";
/** Without a probe, `beyond` must reach this value before silence is reported. */
const WITHOUT_PROBE = 2;

export function flowProof(facts: FlowFacts, context: Context): Proof {
  const { verdict, evidence } = facts.judgment;
  const { where } = context;
  const { at } = facts;
  switch (verdict) {
    case "learning":
      return { kind: "unproven", link: LINK, evidence };
    case "usual":
      return { kind: "proven", link: LINK, evidence, at };
    case "far-below": {
      const fix = `check whether something stopped writing to ${where}; if that is intended, it becomes the usual rate in three days`;
      return { kind: "found", link: LINK, cause: "far-fewer-lines", evidence, at, fix };
    }
    case "far-above": {
      const fix = `check what fills it: bailiff scan ${where} shows what is recognized`;
      return { kind: "found", link: LINK, cause: "far-more-lines", evidence, at, fix };
    }
    case "silent":
      return silence(facts, context);
  }
}

function silence(facts: FlowFacts, context: Context): Proof {
  const { judgment, probe, probeable, passed, beyond } = facts;
  const { evidence, sure } = judgment;
  if (probe?.result.kind === "came") {
    const took = formatDuration(duration(probe.result.milliseconds));
    const seen = `quiet, but a probe line arrived in ${took}; ${evidence}`;
    return { kind: "proven", link: LINK, evidence: seen, at: probe.seen };
  }
  if (probe?.result.kind === "lost") {
    const seen = `${evidence}; ${probe.result.reason}`;
    // While the habit is still unknown, the probe line may have gone to another file.
    if (!sure && !passed) return { kind: "unproven", link: LINK, evidence: seen };
    return found(seen, probe.seen, context);
  }
  if (!probeable && sure && beyond >= WITHOUT_PROBE) return found(evidence, facts.at, context);
  return { kind: "unproven", link: LINK, evidence };
}

function found(evidence: string, at: Instant, { where, source }: Context): Proof {
  const fix = fixOf(where, source);
  return { kind: "found", link: LINK, cause: "gone-silent", evidence, at, fix };
}

function fixOf(where: string, source: FoundSource | undefined): string {
  switch (source?.kind) {
    case "journal":
      return "check that the journal runs and the program logs: systemctl status systemd-journald; journalctl -n 5";
    case "file":
      return `check that the program runs, where it logs, and the syslog daemon: systemctl status rsyslog; ls -l ${where}`;
    case "command":
    case "stdin":
    case "none":
    case undefined:
      return `check that it still writes: ${where}`;
  }
}

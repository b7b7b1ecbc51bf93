/** Answers `quality`: rules and detectors, those with most wrong bans first. */
import type { Daemon } from "../../daemon/daemon.ts";
import type { RankedDecider } from "../../detect/judgment/ban-quality.ts";
import { formatInstant, type Instant, instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { describeWrong } from "../../pipeline/quality-watch.ts";
import type { QualityReply } from "../quality-messages.ts";

export function describeQuality(
  { guards }: Pick<Daemon, "guards">,
  now: Instant,
): readonly QualityReply[] {
  const forgotten = guards.quality.forgotten(now);
  return guards.quality.ranking(now).map((one) => describeDecider(one, forgotten));
}

/** Starts the counts of rules and detectors again. Each is audited. Returns what the counts were. */
export function resetQuality(
  { guards, book }: Pick<Daemon, "guards" | "book">,
  { jail, name }: { readonly jail: JailName; readonly name: string | undefined },
  { who, now }: { readonly who: string; readonly now: Instant },
): readonly QualityReply[] {
  const reset = guards.quality.reset(jail, name, now);
  for (const one of reset) {
    const detail = `${one.isDetector ? "detector" : "rule"} ${one.name}: was ${describeWrong(one)}`;
    book.recordAudit({ action: "quality-reset", who, jail, detail });
  }
  const forgotten = guards.quality.forgotten(now);
  return reset.map((one) => describeDecider(one, forgotten));
}

/** Says which detectors only report, in one sentence each. */
export function describeDemoted(
  { guards }: Pick<Daemon, "guards">,
  now: Instant,
): readonly string[] {
  return guards.quality
    .ranking(now)
    .filter(({ isDemoted }) => isDemoted)
    .map(
      (one) =>
        `the detector ${one.name} of jail ${one.jail} only reports, because it was ${describeWrong(one)}; see bailiff quality`,
    );
}

function describeDecider(
  { jail, name, isDetector, bans, wrong, kinds, lastAt, isDemoted }: RankedDecider,
  forgotten: number,
): QualityReply {
  return {
    ...{ jail, name, kind: isDetector ? "detector" : "rule", bans, wrong },
    ...{ unbanned: kinds.unbanned, logins: kinds.login, guarded: kinds.guarded },
    last: lastAt === undefined ? null : formatInstant(instant(lastAt)),
    demoted: isDemoted,
    forgotten,
  };
}

/** Runs programs in turn for several rounds, so that load on the machine affects all of them. */
import type { Setting } from "./section.ts";
import { median } from "./statistics.ts";
import { type ProgramTime, type TimedProgram, timeProgram } from "./time-program.ts";

export interface Competitor extends TimedProgram {
  readonly who: "ours" | "sshguard" | "ripgrep" | "fail2ban";
  /** Name of the log it reads. */
  readonly name: string;
}

/** Runs all rounds; returns medians. The first round only warms caches: files in memory, compiled code on disk. */
export function runInterleaved(
  what: string,
  { quick, say }: Setting,
  programs: readonly Competitor[],
): (who: Competitor["who"], name: string) => ProgramTime {
  const rounds = quick ? 3 : 5;
  const runs: (Competitor & { readonly time: ProgramTime })[] = [];
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? `${what}: warming up` : `${what}: round ${round} of ${rounds}`);
    for (const program of programs) {
      const time = timeProgram(program);
      if (round > 0) runs.push({ ...program, time });
    }
  }
  return (who, name) => {
    const times = runs.filter((run) => run.who === who && run.name === name);
    return {
      wall: median(times.map(({ time }) => time.wall)),
      processor: median(times.map(({ time }) => time.processor)),
    };
  };
}

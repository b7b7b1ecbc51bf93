/** Reads the branch coverage of each file from an lcov report. */

export interface FileCoverage {
  readonly path: string;
  /** Percentage of covered branches; 100 for a file without branches. */
  readonly percent: number;
  readonly covered: number;
  readonly branches: number;
  /** Lines with a branch that was never taken, in order. */
  readonly missedLines: readonly number[];
}

/** Returns the coverage of each file, the least covered first. */
export function readCoverage(lcov: string): readonly FileCoverage[] {
  return lcov
    .split("end_of_record\n")
    .filter((record) => record.includes("SF:"))
    .map(readRecord)
    .toSorted((a, b) => a.percent - b.percent);
}

function readRecord(record: string): FileCoverage {
  const path = /^SF:(.*)$/m.exec(record)?.[1] ?? "";
  // Fields of BRDA: line, block, branch, number of times taken.
  const taken = [...record.matchAll(/^BRDA:(\d+),\d+,\d+,(\d+)$/gm)];
  const missed = taken.filter(([, , times]) => times === "0").map(([, line]) => Number(line));
  const branches = taken.length;
  const covered = branches - missed.length;
  return {
    path,
    percent: branches === 0 ? 100 : (100 * covered) / branches,
    covered,
    branches,
    missedLines: [...new Set(missed)].toSorted((a, b) => a - b),
  };
}

export function formatCoverage({
  path,
  percent,
  covered,
  branches,
  missedLines,
}: FileCoverage): string {
  const share = `${percent.toFixed(1)}%`.padStart(6);
  return `${share}  ${covered}/${branches}  ${path}: lines ${missedLines.join(" ")}`;
}

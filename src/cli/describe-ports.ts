/** Formats the ports of a ban briefly: "tcp/22,tcp/8000,tcp/8001,tcp/8002" becomes "tcp/22,8000-8002". */
export function describePorts(scope: string): string {
  const byProtocol = Map.groupBy(scope.split(","), (port) => port.split("/")[0] ?? "");
  if (scope.split(",").some((port) => !/^(?:tcp|udp)\/\d+$/.test(port))) return scope;
  return [...byProtocol]
    .map(([protocol, ports]) => {
      const numbers = ports.map((port) => Number(port.split("/")[1]));
      return `${protocol}/${joinRanges(numbers)}`;
    })
    .join(",");
}

/** Joins three or more consecutive numbers to a range. */
function joinRanges(numbers: readonly number[]): string {
  const runs: number[][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === number - 1) run.push(number);
    else runs.push([number]);
  }
  return runs.map((run) => (run.length < 3 ? run.join(",") : `${run[0]}-${run.at(-1)}`)).join(",");
}

/** Returns the CPU time of this process in milliseconds, in user and kernel mode. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

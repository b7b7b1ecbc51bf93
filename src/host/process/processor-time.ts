/** Milliseconds of the processor that this process has used, in programs and in the kernel. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

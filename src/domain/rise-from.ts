/** Returns by how much a counter rose between two readings. One that fell has started again at zero. */
export function riseFrom(before: number, after: number): number {
  return after >= before ? after - before : after;
}

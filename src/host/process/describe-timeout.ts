/** Returns what became of a program, or of a request in it, that exceeded its time limit. */
export function describeTimeout(milliseconds: number): string {
  return `took longer than ${milliseconds / 1000} s and was stopped`;
}

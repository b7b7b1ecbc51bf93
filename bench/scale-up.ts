import type { ProgramTime } from "./time-program.ts";

/** Estimates the time for a whole log from the time for one of its `slices`; the start counts once. */
export function scaleUp(slice: ProgramTime, start: ProgramTime, slices: number): ProgramTime {
  const scale = (part: number, fixed: number): number => (part - fixed) * slices + fixed;
  return {
    wall: scale(slice.wall, start.wall),
    processor: scale(slice.processor, start.processor),
  };
}

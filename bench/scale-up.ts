import type { ProgramTime } from "./time-program.ts";

/** The whole log's time from that of one of its `slices`: what starting costs is paid once. */
export function scaleUp(slice: ProgramTime, start: ProgramTime, slices: number): ProgramTime {
  const scale = (part: number, fixed: number): number => (part - fixed) * slices + fixed;
  return {
    wall: scale(slice.wall, start.wall),
    processor: scale(slice.processor, start.processor),
  };
}

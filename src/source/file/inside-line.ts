/** Decides from the text before a position whether it is inside a line. */

/** Takes the last bytes before the position. A line may begin after NULs, which are a hole in the file. */
export function isInsideLine(tail: Buffer): boolean {
  let end = tail.length;
  while (end > 0 && tail[end - 1] === 0) end--;
  return end > 0 && tail[end - 1] !== 10;
}

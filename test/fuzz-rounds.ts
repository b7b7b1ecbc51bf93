/** How many rounds of generated cases: few with every test, as many as FUZZ_ROUNDS says for whoever looks for more. */
export function asRounds(usual: number): number {
  const told = Number(process.env["FUZZ_ROUNDS"] ?? "");
  return Number.isSafeInteger(told) && told > 0 ? told : usual;
}

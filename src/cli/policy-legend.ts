/** Explains columns of the tables of `replay` and `tune` whose headings do not. */
export const POLICY_LEGEND: readonly string[] = [
  "BANNED: addresses and networks. INNOCENT: those of them with a successful login",
  "PEAK: largest number of bans at one time",
];

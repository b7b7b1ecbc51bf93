import type { Ban } from "./ban.ts";

/** What follows from an offence or a request, always with the reason. */
export type Decision =
  | { readonly kind: "ban"; readonly ban: Ban }
  | { readonly kind: "extend"; readonly ban: Ban }
  | { readonly kind: "ignore"; readonly reason: "allow-listed"; readonly entry: string }
  | { readonly kind: "ignore"; readonly reason: "already-banned"; readonly entry: string };

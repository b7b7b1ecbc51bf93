/** Replaces host/logins/records-elsewhere.ts: no container of the simulated machine runs a service. */
export function recordsElsewhere(): boolean {
  return false;
}

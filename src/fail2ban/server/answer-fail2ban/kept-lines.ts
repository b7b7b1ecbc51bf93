/** Number of lines that the book keeps with a ban. fail2ban's maxmatches can show fewer, but not more. */
export const KEPT_LINES = 20;

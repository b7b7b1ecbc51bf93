/** The number of lines that the book keeps with a ban. An option can reduce it, but not increase it. */
export const KEPT_LINES = 20;

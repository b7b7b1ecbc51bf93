/** Lines kept with a ban, as the book keeps them: an option for fewer is met, one for more is not. */
export const KEPT_LINES = 20;

/** So much of a message is looked at when no rule knows it. */
export const MAX_MESSAGE = 1000;

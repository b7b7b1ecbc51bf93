/** Number of characters of an unrecognized message that are mined. */
export const MAX_MESSAGE = 1000;

/** The length of an unrecognized message that is mined. */
export const MAX_MESSAGE = 1000;

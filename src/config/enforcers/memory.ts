/** The name of the enforcer that only observes. It has no table. */
export const MEMORY = "memory";

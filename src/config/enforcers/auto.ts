/** The name by which a jail leaves the choice of its enforcer to bailiff. It has no table. */
export const AUTO = "auto";

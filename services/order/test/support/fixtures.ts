/** Settings with which the background workers do what a commit makes due, and nothing by their clock. */
export const withoutSweeps = { TILL_RECOVERY_MS: "3600000" };
/** Settings with which the background workers look for work all the time. */
export const fastSweeps = { TILL_RECOVERY_MS: "50" };

export const hourMs = 60 * 60_000;
export const dayMs = 24 * hourMs;

/** How many units of a product of `newProduct` there are. */
export const initialStock = 1_000_000;

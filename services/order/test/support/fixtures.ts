/** Settings with which the workers run when a commit notifies them, and practically never by their interval. */
export const withoutRecovery = { TILL_RECOVERY_MS: "3600000" };
/** Settings with which the workers look for due work every 50 ms. */
export const fastRecovery = { TILL_RECOVERY_MS: "50" };

export const hourMs = 60 * 60_000;
export const dayMs = 24 * hourMs;

/** How many units of a product of `newProduct` there are. */
export const initialStock = 1_000_000;

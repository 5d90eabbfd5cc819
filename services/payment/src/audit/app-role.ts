/** The database role the service runs under: it may add to the audit log and to histories, and change neither. */
export const appRole = "till_payment_app";

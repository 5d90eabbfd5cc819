/** The service's database role: it may insert into the audit log and histories, and not change them. */
export const appRole = "till_payment_app";

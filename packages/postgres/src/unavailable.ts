const states = new Set([
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "57P05", // idle_session_timeout
  "25006", // read_only_sql_transaction: a standby, or a primary that is being replaced
  "25P02", // in_failed_sql_transaction
  "25P03", // idle_in_transaction_session_timeout
  "53000", // insufficient_resources, and its kinds
  "53100",
  "53200",
  "53300", // too_many_connections
  "53400",
  "55P03", // lock_not_available
  "57014", // query_canceled: our statement_timeout
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "08000", // connection_exception, and its kinds
  "08001",
  "08003",
  "08004",
  "08006",
  "08007",
  "08P01",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

const messages =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|not queryable/;

/** Whether a failure means that the server is away, restarting, full or stuck: the same call may well work later. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isUnavailable)) return true;
  if ("code" in error && typeof error.code === "string" && states.has(error.code)) return true;
  return messages.test(error.message) || isUnavailable(error.cause);
}

/** Whether no connection of the pool became free, or could be made, in time. */
export function isPoolTimeout(error: unknown): boolean {
  return error instanceof Error && poolTimeouts.test(error.message);
}

const poolTimeouts =
  /^(timeout exceeded when trying to connect|Connection terminated due to connection timeout)/;

/** Whether a lock was not granted within the session's lock_timeout. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "55P03";
}

/** Whether the connection that failed is of no more use, though it may still be open: its server changed its role. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && typeof error.code === "string" && lost.test(error.code)) return true;
  return messages.test(error.message) || isConnectionLost(error.cause);
}

const lost = /^(25006|25P02|25P03|57P0[1235]|08...|E[A-Z]+)$/;

import { AppError } from "@till/rpc/errors";
import type { Role } from "./access.ts";
import { bookingActions } from "./booking-actions.ts";
import { isChange, type Context, type Decision } from "./decision.ts";
import type { BookingStatus, Order, OrderStatus } from "./order.ts";
import { actions, type Action } from "./order-actions.ts";
import type { Policies } from "./policies.ts";

/** The role of a caller, the time and actor of a change by that caller, and the policies of the deployment. */
export type Asker = { readonly role: Role; readonly context: Context; readonly policies: Policies };

/** Whether an action is allowed now, or the reason of its error. `to` is the status that it leads to. */
type Verdict = {
  readonly action: Action;
  readonly to: OrderStatus | undefined;
  readonly allowed: boolean;
  readonly reason: string;
  readonly message: string;
};

/** What a caller may do with an order now, found by trying each rule. An action that would change nothing is not allowed. */
export function explainActions(order: Order, { role, context, policies }: Asker): Verdict[] {
  return actions.map((action) => {
    const to = action.to ?? order.priorStatus;
    const attempt = () => action.try(order, context, policies);
    return { action, to, ...verdictOf(action.roles, role, attempt) };
  });
}

/** The statuses that a caller may bring an order to now, each once. */
export function allowedStatuses(order: Order, asker: Asker): OrderStatus[] {
  const open = explainActions(order, asker).filter(({ allowed }) => allowed);
  return [...new Set(open.flatMap(({ to }) => to ?? []))];
}

/** The statuses that a caller may bring a booking to now. */
export function allowedBookingStatuses(order: Order, bookingId: string, asker: Asker): BookingStatus[] {
  const { role, context, policies } = asker;
  return bookingActions
    .filter((action) => {
      const attempt = () => action.try(order, bookingId, context, policies);
      return verdictOf(action.roles, role, attempt).allowed;
    })
    .map(({ to }) => to);
}

function verdictOf(roles: readonly Role[], role: Role, attempt: () => Decision) {
  if (!roles.includes(role)) return no("PERMISSION_DENIED", `this is for ${roles.join(" and ")} callers`);
  try {
    if (isChange(attempt())) return { allowed: true, reason: "", message: "" };
    return no("NO_CHANGE", "the order is there already");
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return no(error.reason, error.message);
  }
}

function no(reason: string, message: string) {
  return { allowed: false, reason, message };
}

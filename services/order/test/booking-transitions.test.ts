import { expect } from "chai";
import { v7 } from "uuid";
import { ConnectError } from "@connectrpc/connect";
import { factsOf } from "../../../test/support/failure-of.ts";
import {
  clinic,
  courseLine,
  newCourse,
  newUser,
  paymentService,
  sessionLine,
} from "../../../test/support/fixtures.ts";
import type { Role } from "../src/rules/access.ts";
import { bookingTransitions } from "../src/rules/booking.ts";
import { bookingActions as commands } from "../src/rules/booking-actions.ts";
import { routes } from "../src/routes.ts";
import type { BookingStatus } from "../src/rules/order.ts";
import { bookingActions } from "./support/booking-actions.ts";
import { withoutRecovery } from "./support/fixtures.ts";
import { type OrderEnvironment, startOrderEnvironment } from "./support/order-service.ts";

describe("The transitions of a booking, by every command and role", () => {
  let environment: OrderEnvironment;
  before(async () => (environment = await startOrderEnvironment({ env: withoutRecovery })));
  after(() => environment.stop());
  const { pay } = bookingActions(() => environment);

  /** A booking in a status: alone in its order, or beside a course. */
  async function placeBooking(status: BookingStatus, isAlone: boolean) {
    const user = newUser();
    const items = isAlone ? [sessionLine(clinic)] : [sessionLine(clinic), courseLine(newCourse())];
    // The session never becomes full.
    await environment.query(`UPDATE session_seats SET taken = 1`);
    const { order } = await environment.as(user).createOrder({ items, idempotencyKey: v7() });
    const bookingId = order!.items[0]!.id;
    if (status !== "HELD") await pay(user, order!.id);
    await environment.query(`UPDATE order_items SET booking_status = $2 WHERE id = $1`, [bookingId, status]);
    return { user, bookingId };
  }

  async function attempt(rpc: string, role: Role, status: BookingStatus, isAlone: boolean) {
    const { user, bookingId } = await placeBooking(status, isAlone);
    const client = environment.sessionsAs(role === "user" ? user : paymentService, role);
    const request = { bookingId, idempotencyKey: v7() };
    const calls: Record<string, () => Promise<unknown>> = {
      CancelBooking: () => client.cancelBooking(request),
      CompleteBooking: () => client.completeBooking(request),
      MarkNoShow: () => client.markNoShow(request),
    };
    try {
      await calls[rpc]!();
      return { reason: "", metadata: undefined };
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      return factsOf(error);
    }
  }

  for (const status of Object.keys(bookingTransitions) as BookingStatus[]) {
    for (const isAlone of [true, false]) {
      it(`of one that is ${status}${isAlone ? "" : ", beside a course"}: what is allowed succeeds, and nothing else`, async function () {
        this.timeout(60_000);
        for (const role of ["user", "admin", "service"] as const) {
          const allowed = new Set<string>();
          const reported: string[] = [];
          for (const { rpc, to } of commands) {
            const { reason, metadata } = await attempt(rpc, role, status, isAlone);
            if (reason === "" && status !== to) allowed.add(to);
            if (reason === "ILLEGAL_TRANSITION") {
              expect(metadata).to.include({ from: status, to });
              reported.push(metadata!.allowed!);
            }
          }
          for (const list of reported) expect(list, `${status} by ${role}`).to.equal([...allowed].join(","));
        }
      });
    }
  }

  it("are open to the roles that the RPCs are open to", () => {
    const { rpcs } = routes({ policies: {} } as Parameters<typeof routes>[0])[2]!;
    for (const { rpc, roles } of commands) {
      const name = `${rpc[0]!.toLowerCase()}${rpc.slice(1)}`;
      expect(rpcs[name]?.policy, rpc).to.have.members([...roles]);
    }
  });
});

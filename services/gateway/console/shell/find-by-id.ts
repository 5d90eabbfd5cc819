import { isTillError, type OrderFilter, type Till } from "@till/client/web";

/** Where something is shown. */
type Found = { readonly path: string; readonly query?: URLSearchParams };

/** The lists of orders by an id, by the parameter of their address. */
const listsById: Readonly<Record<string, (id: string) => OrderFilter>> = {
  user: (userId) => ({ userId }),
  session: (sessionId) => ({ sessionId }),
  course: (courseId) => ({ courseId }),
  product: (productId) => ({ productId }),
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Finds what has an id: an order, a payment, a refund, a charge of the provider's, a booking; or the orders of a user, a session, a course or a product.
 * Undefined where nothing has it that the caller may see.
 */
export async function findById(till: Till, id: string): Promise<Found | undefined> {
  const orderIds = uuid.test(id)
    ? await Promise.all([
        orderOf(till, id),
        orderOfPayment(till, id),
        orderOfBooking(till, id),
        orderOfReference(till, id),
      ])
    : [await orderOfReference(till, id)];
  const orderId = orderIds.find((found) => found !== undefined);
  if (orderId !== undefined) return { path: `/orders/${orderId}` };
  const names = Object.keys(listsById);
  const isFound = await Promise.all(names.map((name) => hasOrder(till, listsById[name]!(id))));
  const name = names.find((_, index) => isFound[index]);
  return name === undefined ? undefined : { path: "/orders", query: new URLSearchParams({ [name]: id }) };
}

async function orderOf(till: Till, id: string): Promise<string | undefined> {
  return (await till.orders.getMany([id]))[0]?.id;
}

function orderOfPayment(till: Till, id: string): Promise<string | undefined> {
  return orUndefined(async () => (await till.payments.get(id)).orderId);
}

/** An id that the provider knows, or a refund's. */
function orderOfReference(till: Till, reference: string): Promise<string | undefined> {
  return orUndefined(async () => (await first(till.payments.list({ reference, pageSize: 1 })))?.orderId);
}

function orderOfBooking(till: Till, id: string): Promise<string | undefined> {
  return orUndefined(async () => (await till.sessions.get(id)).orderId);
}

async function hasOrder(till: Till, filter: OrderFilter): Promise<boolean> {
  return (await orUndefined(() => first(till.orders.list({ ...filter, pageSize: 1 })))) !== undefined;
}

async function first<Item>(list: AsyncIterable<Item>): Promise<Item | undefined> {
  for await (const item of list) return item;
  return undefined;
}

/** What an id cannot be of, such as another user's for a user, is not found by it. */
async function orUndefined<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isTillError(error, "PAYMENT_NOT_FOUND", "BOOKING_NOT_FOUND", "INVALID_ARGUMENT", "PERMISSION_DENIED"))
      return undefined;
    throw error;
  }
}

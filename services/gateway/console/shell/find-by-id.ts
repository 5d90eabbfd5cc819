import { isTillError, type Order, type OrderFilter, type Till } from "@till/client/web";

/** Where something is shown. */
type Found = { readonly path: string; readonly query?: URLSearchParams };

/** A list of orders by an id, and the ids of an order that it is a list by. */
type ListById = {
  readonly filter: (id: string) => OrderFilter;
  readonly idsOf: (order: Order) => readonly (string | undefined)[];
};

/** By the parameter of the list's address. */
const listsById: Readonly<Record<string, ListById>> = {
  user: { filter: (userId) => ({ userId }), idsOf: ({ userId }) => [userId] },
  session: {
    filter: (sessionId) => ({ sessionId }),
    idsOf: ({ items }) => items.map(({ sessionId }) => sessionId),
  },
  course: {
    filter: (courseId) => ({ courseId }),
    idsOf: ({ items }) => items.map(({ courseId }) => courseId),
  },
  product: {
    filter: (productId) => ({ productId }),
    idsOf: ({ items }) => items.map(({ productId }) => productId),
  },
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
  const matches = await Promise.all(names.map((name) => hasOrder(till, listsById[name]!, id)));
  const name = names.find((_, index) => matches[index]);
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

/** Whether an order is in a list by an id, and has it as the list names it: courses and sessions may share an id. */
async function hasOrder(till: Till, { filter, idsOf }: ListById, id: string): Promise<boolean> {
  const order = await orUndefined(() => first(till.orders.list({ ...filter(id), pageSize: 1 })));
  return order !== undefined && idsOf(order).some((found) => found?.toLowerCase() === id.toLowerCase());
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

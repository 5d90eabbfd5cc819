import { createClient, type Transport } from "@connectrpc/connect";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { CatalogService } from "@till/gen/till/catalog/v1/catalog_service_pb";
import { CourseService, type Session } from "@till/gen/till/course/v1/course_service_pb";
import { UserService } from "@till/gen/till/user/v1/user_service_pb";
import { expectAmount, expectThat, type Check } from "./check.ts";
import { inventoryChecks } from "./inventory-checks.ts";
import type { KnownIds } from "./known-ids.ts";
import { lookupChecks } from "./lookup-checks.ts";

/** The rules of each upstream's contract, by its name on the command line. */
export const upstreamChecks = {
  users: userChecks,
  courses: courseChecks,
  sessions: sessionChecks,
  catalog: catalogChecks,
  inventory: inventoryChecks,
} as const satisfies Record<string, (transport: Transport, known: KnownIds) => Check[]>;

function userChecks(transport: Transport, { user, inactiveUser }: KnownIds): Check[] {
  const users = createClient(UserService, transport);
  const many = async (ids: readonly string[]) => (await users.batchGetUsers({ userIds: [...ids] })).users;
  return [
    ...lookupChecks({
      noun: "user",
      known: user,
      many,
      one: async (userId) => (await users.getUser({ userId })).user,
      inspect: ({ active }) => expectThat(active, () => "expected an active user, who may buy"),
    }),
    {
      rule: "says of a user who may not buy that it is not active",
      needs: "--inactive-user <id>",
      run: inactiveUser === undefined ? undefined : () => expectInactive(many, inactiveUser),
    },
  ];
}

async function expectInactive(
  many: (ids: readonly string[]) => Promise<readonly { readonly active: boolean }[]>,
  id: string,
): Promise<void> {
  const [user] = await many([id]);
  expectThat(user !== undefined, () => `expected ${id}, which is known and not active, and got none`);
  expectThat(!user.active, () => `expected active: false of ${id}`);
}

function courseChecks(transport: Transport, { course }: KnownIds): Check[] {
  const courses = createClient(CourseService, transport);
  return lookupChecks({
    noun: "course",
    known: course,
    many: async (ids) => (await courses.batchGetCourses({ courseIds: [...ids] })).courses,
    one: async (courseId) => (await courses.getCourse({ courseId })).course,
    inspect({ title, price }) {
      expectThat(title !== "", () => "expected a title");
      expectAmount(price, "the price");
    },
  });
}

function sessionChecks(transport: Transport, { session }: KnownIds): Check[] {
  const courses = createClient(CourseService, transport);
  return lookupChecks({
    noun: "session",
    known: session,
    many: async (ids) => (await courses.batchGetSessions({ sessionIds: [...ids] })).sessions,
    one: async (sessionId) => (await courses.getSession({ sessionId })).session,
    inspect: inspectSession,
  });
}

function inspectSession({ title, price, capacity, startsAt, endsAt }: Session): void {
  expectThat(title !== "", () => "expected a title");
  expectAmount(price, "the price");
  expectThat(capacity >= 0, () => `expected a number of seats, and got ${capacity}`);
  if (startsAt && endsAt)
    expectThat(timestampDate(startsAt) <= timestampDate(endsAt), () => "it ends before it begins");
}

function catalogChecks(transport: Transport, { product }: KnownIds): Check[] {
  const { quoteItems } = createClient(CatalogService, transport);
  const unknown = () => ({ productId: crypto.randomUUID(), quantity: 1 });
  return [
    {
      rule: "quotes a product: its offer's id, its name and its price",
      needs: "--product <id>",
      run: product === undefined ? undefined : () => quotes(product),
    },
    {
      rule: "leaves products that are unknown out of a quote",
      async run() {
        const { offers } = await quoteItems({ items: [unknown(), unknown()] });
        expectThat(offers.length === 0, () => `expected no offer, and got ${offers.length}`);
      },
    },
    {
      rule: "quotes 100 lines",
      async run() {
        await quoteItems({ items: Array.from({ length: 100 }, unknown) });
      },
    },
    {
      rule: "has no lines for a cart that is unknown",
      async run() {
        const { cartLines } = await quoteItems({ cartId: crypto.randomUUID() });
        expectThat(cartLines.length === 0, () => `expected no line, and got ${cartLines.length}`);
      },
    },
  ];

  async function quotes(productId: string): Promise<void> {
    const response = await quoteItems({ items: [{ productId, quantity: 2 }, unknown()], regionCode: "DE" });
    const { offers, shippingFee, discount } = response;
    const [offer] = offers;
    expectThat(
      offer?.productId === productId && offers.length === 1,
      () => `expected an offer of ${productId} alone`,
    );
    expectThat(offer.offerId !== "" && offer.name !== "", () => "expected an offer_id and a name");
    expectAmount(offer.unitPrice, "the unit_price");
    for (const [name, amount] of Object.entries({ shippingFee, discount })) {
      if (!amount) continue;
      expectAmount(amount, name);
      const { currencyCode } = offer.unitPrice!;
      expectThat(
        amount.currencyCode === currencyCode,
        () => `${name} is in ${amount.currencyCode}, not ${currencyCode}`,
      );
    }
  }
}

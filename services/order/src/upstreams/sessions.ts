import { timestampDate } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createLookup } from "@till/cache";
import { CourseService } from "@till/gen/till/course/v1/course_service_pb";
import { money } from "@till/money";
import type { Session, Sessions } from "./ports.ts";
import { priceFrom, unavailable, type LookupOptions } from "./upstream-call.ts";

/** Sessions by id, through the cache. */
export function sessionLookup({ transport, store, metrics }: LookupOptions): Sessions {
  const client = createClient(CourseService, transport);
  return createLookup<Session>({
    name: "session",
    store,
    metrics,
    encode: ({ price, ...session }) =>
      JSON.stringify({ ...session, currency: price.currency, minor: String(price.minorUnits) }),
    decode: (text) => {
      const { currency, minor, startsAt, endsAt, ...session } = JSON.parse(text) as CachedSession;
      const price = money(currency, BigInt(minor));
      return { ...session, price, startsAt: dateFrom(startsAt), endsAt: dateFrom(endsAt) };
    },
    async fetchMany(ids) {
      const { sessions } = await client
        .batchGetSessions({ sessionIds: [...ids] })
        .catch(unavailable("courses"));
      return new Map(
        sessions.map((session) => {
          const { id, title, capacity, startsAt, endsAt } = session;
          return [
            id,
            {
              title,
              price: priceFrom(session),
              capacity,
              bookable: session.bookable && !session.cancelled,
              startsAt: startsAt && timestampDate(startsAt),
              endsAt: endsAt && timestampDate(endsAt),
            },
          ];
        }),
      );
    },
  });
}

type CachedSession = {
  title: string;
  currency: string;
  minor: string;
  capacity: number;
  bookable: boolean;
  startsAt?: string;
  endsAt?: string;
};

function dateFrom(time: string | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}

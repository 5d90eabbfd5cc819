import { createClient } from "@connectrpc/connect";
import { createLookup } from "@till/cache";
import { CourseService, type Session as SessionMessage } from "@till/gen/till/course/v1/course_service_pb";
import type { Session, Sessions } from "./ports.ts";
import {
  isTime,
  nameFrom,
  priceFrom,
  timeFrom,
  unavailable,
  type PriceLookupOptions,
} from "./upstream-call.ts";

/** Sessions by id, cached in memory for as long as a price may be old. */
export function sessionLookup({ transport, metrics, priceCacheMs }: PriceLookupOptions): Sessions {
  const client = createClient(CourseService, transport);
  return createLookup<Session>({
    name: "session",
    metrics,
    memoryMs: priceCacheMs,
    unknownMs: Math.min(priceCacheMs, 2_000),
    async fetchMany(ids) {
      const { sessions } = await client
        .batchGetSessions({ sessionIds: [...ids] })
        .catch(unavailable("courses"));
      return new Map(sessions.map((session) => [session.id, sessionFromProto(session)]));
    },
  });
}

/** A session that has a negative number of seats, or a time that is none, cannot be booked. */
function sessionFromProto(session: SessionMessage): Session {
  const { title, price, capacity, startsAt, endsAt, bookable, cancelled } = session;
  const isPossible = capacity >= 0 && isTime(startsAt) && isTime(endsAt);
  return {
    title: nameFrom(title),
    price: priceFrom(price),
    capacity: Math.max(capacity, 0),
    bookable: bookable && !cancelled && isPossible,
    startsAt: isPossible ? timeFrom(startsAt) : undefined,
    endsAt: isPossible ? timeFrom(endsAt) : undefined,
  };
}

import { newSession } from "../../../../test/support/fixtures.ts";
import type { OrderEnvironment } from "./order-service.ts";

/** What PUT /catalog of the sandbox changes of a session. */
type SessionChange = {
  readonly price?: string;
  readonly currency?: string;
  readonly capacity?: number;
  readonly cancelled?: boolean;
  readonly starts_at?: string | null;
  readonly ends_at?: string | null;
};

/** Creates a session of 10 seats at EUR 25.00, or changes it. */
async function putSession(
  { sandbox }: Pick<OrderEnvironment, "sandbox">,
  id: string,
  change: SessionChange = {},
): Promise<void> {
  const response = await fetch(`${sandbox.url}/catalog/${id}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "session", price: "25.00", ...change }),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** A new session of one hour that begins at this time. */
export async function sessionAt(
  environment: Pick<OrderEnvironment, "sandbox">,
  startsAt: Date,
  change: SessionChange = {},
): Promise<string> {
  const id = newSession();
  const endsAt = new Date(startsAt.getTime() + 60 * 60_000);
  const times = { starts_at: startsAt.toISOString(), ends_at: endsAt.toISOString() };
  await putSession(environment, id, { ...times, ...change });
  return id;
}

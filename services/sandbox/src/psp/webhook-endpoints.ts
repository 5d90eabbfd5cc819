import type { RouteHandlerMethod } from "fastify";
import { z } from "zod";
import { HttpError } from "../http-error.ts";
import { parse } from "../parse-request.ts";
import type { Psp } from "./psp.ts";

/** GET /psp/v1/events: the newest events, oldest first, with the number of attempts and deliveries. */
export function listEvents({ events }: Psp): RouteHandlerMethod {
  return ({ query }, reply) => {
    const { payment_id } = parse(eventsQuery, query);
    const found = [...events.all()]
      .filter(({ event }) => payment_id === undefined || event.data.payment.payment_id === payment_id)
      .map(({ event: { id, type, created, data }, attempts, delivered }) => {
        return { id, type, payment_id: data.payment.payment_id, created, attempts, delivered };
      });
    return reply.send({ events: found });
  };
}

/** POST /psp/v1/webhooks/:event_id/resend?times=n: delivers an event again, 1 to 1000 times. */
export function resendWebhook({ events, sender }: Psp): RouteHandlerMethod {
  return ({ params, query }, reply) => {
    const { event_id } = params as { event_id: string };
    const { times } = parse(resendQuery, query);
    const record = events.find(event_id);
    if (!record) throw new HttpError(404, "event_not_found", "there is no such event");
    if (!sender) throw new HttpError(409, "no_webhook", "no webhook is set: TILL_PSP_WEBHOOK_URL");
    for (let time = 0; time < times; time++) void sender.send(record);
    return reply.code(202).send({ event_id, times });
  };
}

const eventsQuery = z.strictObject({ payment_id: z.string().optional() });

const resendQuery = z.strictObject({
  times: z
    .string("give it once")
    .regex(/^\d{1,4}$/, "must be a whole number")
    .transform(Number)
    .refine((times) => times >= 1 && times <= 1_000, "must be 1 to 1000")
    .default(1),
});

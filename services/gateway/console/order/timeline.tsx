import type { OrderEvent } from "@till/client/web";
import { Amount, Card, Status } from "../elements/elements.tsx";
import { formatClockMs, formatDay, formatName, formatSince } from "../elements/format.ts";
import type { OrderModel } from "./order-model.ts";

/** The order's history, newest first: what happened, when, by whom, and why. */
export function Timeline({ model }: { model: OrderModel }) {
  const events = model.events.value;
  const entries = events.map((event, index) => ({ event, previous: events[index - 1] })).reverse();
  return (
    <Card title="Timeline" aside={<span class="quiet">{events.length} entries</span>}>
      <ol class="timeline" aria-live="polite" aria-relevant="additions">
        {entries.map(({ event, previous }) => (
          <Entry key={event.id} event={event} previous={previous} />
        ))}
      </ol>
    </Card>
  );
}

function Entry({ event, previous }: { event: OrderEvent; previous: OrderEvent | undefined }) {
  const { createdAt } = event;
  return (
    <li class={event.from === event.to ? "same" : "changed"}>
      <time dateTime={createdAt.toISOString()} title={createdAt.toISOString()}>
        <span>{formatDay(createdAt)}</span> {formatClockMs(createdAt)}
        <span class="since">{previous && formatSince(previous.createdAt, createdAt)}</span>
      </time>
      <div>
        <p class="what">
          <strong>{formatName(event.type)}</strong>
          {event.amount && <Amount money={event.amount} />}
          {event.from !== event.to && <Status name={event.to} />}
        </p>
        <p class="who">
          by <span class="mono">{event.actor}</span>
          {event.reason && <q>{event.reason}</q>}
        </p>
      </div>
    </li>
  );
}

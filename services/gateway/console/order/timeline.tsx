import type { OrderEvent } from "@till/client/web";
import { Amount, Card, Status } from "../elements/elements.tsx";
import { formatClockMs, formatDay, formatName, formatSince, shortId } from "../elements/format.ts";
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
          <Cause actor={event.actor} />
          {event.reason && <q>{event.reason}</q>}
        </p>
        <Payload payload={event.payload} />
      </div>
    </li>
  );
}

/** What made an entry, where no caller did. */
const causes: Readonly<Record<string, string>> = { event: "caused by the event", worker: "by the worker" };

/** The event that caused the entry, the worker of the order service that made it, or the caller of a command. */
function Cause({ actor }: { actor: string }) {
  const at = actor.indexOf(":");
  const [kind, id] = [actor.slice(0, at), actor.slice(at + 1)];
  return (
    <>
      {causes[kind] ?? `by ${kind}`}{" "}
      <span class="mono" title={actor}>
        {kind in causes ? id : shortId(id)}
      </span>
    </>
  );
}

/** What the amount beside the type says already. */
const shownElsewhere = ["amount", "currency", "total"];

/** The details of an entry, as its type has them. */
function Payload({ payload }: { payload: OrderEvent["payload"] }) {
  const details = Object.entries(payload ?? {}).filter(([name]) => !shownElsewhere.includes(name));
  if (details.length === 0) return null;
  return (
    <ul class="payload">
      {details.map(([name, value]) => {
        const text = typeof value === "string" ? value : JSON.stringify(value);
        return (
          <li key={name} title={text}>
            {formatName(name)} <span class="mono">{name.endsWith("_id") ? shortId(text) : text}</span>
          </li>
        );
      })}
    </ul>
  );
}

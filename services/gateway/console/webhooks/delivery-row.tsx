import { useSignal } from "@preact/signals";
import type { Till, WebhookAttempt, WebhookDelivery } from "@till/client/web";
import { Id, Problem, Status, Time } from "../elements/elements.tsx";
import { shortId } from "../elements/format.ts";
import { addressOf } from "../shell/router.ts";
import { endIfUnauthenticated } from "../sign-in/session.ts";

type DeliveryRowProps = { till: Till; delivery: WebhookDelivery; changed: () => void };

/** One event on its way to an endpoint, with its attempts. It can be sent again. */
export function DeliveryRow({ till, delivery, changed }: DeliveryRowProps) {
  const error = useSignal<unknown>(undefined);
  const isSending = useSignal(false);
  const { id, eventType, eventId, orderId, status, attempts } = delivery;
  const last = attempts.at(-1);

  async function redeliver() {
    [isSending.value, error.value] = [true, undefined];
    try {
      await till.webhooks.deliveries.redeliver(id);
      changed();
    } catch (failure) {
      endIfUnauthenticated(failure);
      error.value = failure;
    } finally {
      isSending.value = false;
    }
  }

  return (
    <tr>
      <td>
        <a
          class="row mono"
          href={addressOf(`/orders/${orderId}`)}
          aria-label={`${eventType}, order ${orderId}`}
        >
          {eventType}
        </a>
        <span class="under">
          order <span class="mono">{shortId(orderId)}</span> · <Id id={eventId} short of="event" />
        </span>
        <Attempts attempts={attempts} />
        {error.value !== undefined && <Problem error={error.value} />}
      </td>
      <td>
        <Status name={status} />
      </td>
      <td>
        {last ? (
          <>
            <Time at={last.sentAt} />
            <span class="under">{resultOf(last)}</span>
          </>
        ) : (
          <span class="quiet">none yet</span>
        )}
      </td>
      <td class="number">
        <button type="button" disabled={isSending.value} onClick={() => void redeliver()}>
          {status === "PENDING" ? "Send now" : "Send again"}
        </button>
      </td>
    </tr>
  );
}

function Attempts({ attempts }: { attempts: readonly WebhookAttempt[] }) {
  if (attempts.length < 2) return null;
  return (
    <details>
      <summary class="quiet">{attempts.length} attempts</summary>
      <ol class="attempts">
        {attempts.map((attempt) => (
          <li key={attempt.sentAt.getTime()}>
            <Time at={attempt.sentAt} /> <span class="quiet">{resultOf(attempt)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function resultOf({ statusCode, error, durationMs }: WebhookAttempt): string {
  return `${statusCode ?? error ?? "no response"} in ${durationMs} ms`;
}

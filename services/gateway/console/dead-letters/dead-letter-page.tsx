import { useSignal } from "@preact/signals";
import type { DeadLetter, Replay, Till } from "@till/client/web";
import { Card, Id, Problem, Time } from "../elements/elements.tsx";
import { shortId } from "../elements/format.ts";
import { Loading } from "../elements/list-page.tsx";
import { useLoad } from "../elements/use-load.ts";
import { addressOf, addressOfList } from "../shell/router.ts";
import { queryOf } from "./dead-letter-list.tsx";
import { DiscardDialog } from "./discard-dialog.tsx";
import { EventCard } from "./event-card.tsx";
import { ReplayDialog } from "./replay-dialog.tsx";
import { opsOf, type ServiceName } from "./service-name.ts";

type DeadLetterPageProps = { till: Till; service: ServiceName; id: string };

/** One event that could not be applied: why, what is in it, and what can be done about it. */
export function DeadLetterPage({ till, service, id }: DeadLetterPageProps) {
  const ops = opsOf(till, service);
  const { value, error, isLoading, reload } = useLoad(id, (signal) => ops.deadLetters.get(id, { signal }));
  const open = useSignal<"replay" | "discard" | undefined>(undefined);
  const replay = useSignal<Replay | undefined>(undefined);
  const discarded = useSignal<DeadLetter | undefined>(undefined);
  const deadLetter = discarded.value ?? replay.value?.deadLetter ?? value;
  const isEnded = deadLetter?.discardedAt !== undefined || (replay.value && !replay.value.deadLetter);
  const close = () => (open.value = undefined);
  return (
    <>
      <p class="crumbs">
        <a href={addressOfList("/dead-letters")} aria-keyshortcuts="Escape">
          Dead letters
        </a>
      </p>
      {error !== undefined && <Problem error={error} retry={reload} />}
      {!value && isLoading && <Loading />}
      {deadLetter && (
        <>
          <div class="heading">
            <h1 class="mono">{deadLetter.eventType ?? "An event without a type"}</h1>
            <span class="quiet">of the {service} service</span>
            {!isEnded && (
              <div class="commands heading-commands">
                <button type="button" class="primary" onClick={() => (open.value = "replay")}>
                  Replay…
                </button>
                <button type="button" class="danger" onClick={() => (open.value = "discard")}>
                  Discard…
                </button>
              </div>
            )}
          </div>
          <div aria-live="polite">
            {replay.value && <Outcome replay={replay.value} />}
            {deadLetter.discardedAt && (
              <p class="result">
                Discarded <Time at={deadLetter.discardedAt} />. Its event is not applied.
              </p>
            )}
          </div>
          <div class="columns">
            <div>
              <EventCard deadLetter={deadLetter} />
            </div>
            <div>
              <Why deadLetter={deadLetter} service={service} />
            </div>
          </div>
        </>
      )}
      {open.value === "replay" && deadLetter && (
        <ReplayDialog {...{ till, ops, deadLetter, close }} done={(result) => (replay.value = result)} />
      )}
      {open.value === "discard" && deadLetter && (
        <DiscardDialog {...{ ops, deadLetter, close }} done={(result) => (discarded.value = result)} />
      )}
    </>
  );
}

const outcomes: Readonly<Record<Replay["outcome"], string>> = {
  HANDLED: "Handled: the event is applied, now or by an earlier delivery. It is no dead letter any more.",
  PARKED: "Parked: its order or payment is not known yet. It is tried again by itself.",
  SKIPPED: "Skipped: the service has no handler for this type any more. It is no dead letter any more.",
  FAILED: "It failed again, and stays a dead letter.",
  UNRECOGNIZED: "It was replayed, with an outcome that this console does not know.",
};

function Outcome({ replay: { outcome } }: { replay: Replay }) {
  return <p class={outcome === "FAILED" ? "problem" : "result"}>{outcomes[outcome]}</p>;
}

function Why({ deadLetter, service }: { deadLetter: DeadLetter; service: ServiceName }) {
  const { eventType, reason, attempts, failedAt, firstSeenAt, consumerGroup, topic, key, eventId } =
    deadLetter;
  return (
    <Card title="Why it is here">
      <ul class="bad-text reason">
        {linesOf(reason).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <dl>
        <dt>Attempts</dt>
        <dd>{attempts}</dd>
        <dt>Came first</dt>
        <dd>
          <Time at={firstSeenAt} />
        </dd>
        <dt>Failed last</dt>
        <dd>
          <Time at={failedAt} />
        </dd>
        <dt>Consumer group</dt>
        <dd class="mono">{consumerGroup}</dd>
        <dt>Topic</dt>
        <dd class="mono">{topic}</dd>
        <dt>Key</dt>
        <dd>
          <a class="mono" href={addressOf(`/find/${encodeURIComponent(key)}`)} title={key}>
            {shortId(key)}
          </a>
        </dd>
        <dt>Event</dt>
        <dd>
          <Id id={eventId} short of="event" />
        </dd>
        {eventType && (
          <>
            <dt>Alike</dt>
            <dd>
              <a href={addressOf("/dead-letters", queryOf(service, eventType))}>All of this type</a>
            </dd>
          </>
        )}
      </dl>
    </Card>
  );
}

/** An error may name several fields. */
function linesOf(reason: string): string[] {
  return reason.replace(/^Error: /, "").split("; ");
}

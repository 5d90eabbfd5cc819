import { isTillError, type Money } from "@till/client/web";
import type { ComponentChildren } from "preact";
import { useSignal } from "@preact/signals";
import { formatAmount, formatName, formatTime, shortId } from "./format.ts";

const tones: Readonly<Record<string, string>> = {
  CREATED: "waiting",
  PAYMENT_PENDING: "waiting",
  PENDING: "waiting",
  REQUIRES_ACTION: "waiting",
  AUTHORIZED: "waiting",
  UNKNOWN: "bad",
  PAYMENT_FAILED: "bad",
  FAILED: "bad",
  PAID: "good",
  PROCESSED: "good",
  SUCCEEDED: "good",
  READY_TO_SHIP: "good",
  SHIPPED: "good",
  COMPLETED: "good",
  REFUND_REQUESTED: "due",
  REQUESTED: "due",
  REFUND_PENDING: "waiting",
  NEEDS_RESPONSE: "due",
  DELIVERED: "good",
  ENABLED: "good",
};

/** A status, with a dot whose colour repeats what the word says. */
export function Status({ name }: { name: string }) {
  return <span class={`status ${tones[name] ?? "ended"}`}>{formatName(name)}</span>;
}

/** An amount, in digits of one width. */
export function Amount({ money, quiet = false }: { money: Money; quiet?: boolean }) {
  return (
    <span class={quiet ? "amount quiet" : "amount"}>
      {formatAmount(money.amount)} <span class="currency">{money.currency}</span>
    </span>
  );
}

/** A time in the browser's zone; its title has it in UTC, to the millisecond. */
export function Time({ at }: { at: Date }) {
  return (
    <time dateTime={at.toISOString()} title={at.toISOString()}>
      {formatTime(at)}
    </time>
  );
}

/** An id, short where there is little room, that a click copies. */
export function Id({ id, short = false, of }: { id: string; short?: boolean; of: string }) {
  const isCopied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(id);
    isCopied.value = true;
  };
  return (
    <button
      type="button"
      class="id"
      title={`${id}: copy`}
      aria-label={`Copy the id of the ${of}, ${id}`}
      onClick={() => void copy()}
      onBlur={() => (isCopied.value = false)}
    >
      {isCopied.value ? "copied" : short ? shortId(id) : id}
    </button>
  );
}

/** Why something failed: the message, and what to name to who runs Till. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const facts = isTillError(error)
    ? [error.reason, error.requestId && `request ${error.requestId}`].filter(Boolean).join(" · ")
    : "";
  return (
    <div class="problem" role="alert">
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {facts && <p class="facts">{facts}</p>}
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** A part of a page with its heading. */
export function Card(props: { title: string; aside?: ComponentChildren; children: ComponentChildren }) {
  const id = `card-${props.title.toLowerCase().replaceAll(/\W+/g, "-")}`;
  return (
    <section class="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

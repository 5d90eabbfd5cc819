import { useSignal } from "@preact/signals";
import type { DeadLetter, Order, Replay, ServiceOps, Till } from "@till/client/web";
import { Dialog } from "../elements/dialog.tsx";
import { Amount, Problem, Status } from "../elements/elements.tsx";
import { shortId } from "../elements/format.ts";
import { useLoad } from "../elements/use-load.ts";
import { ReasonField } from "./reason-field.tsx";

type ReplayDialogProps = {
  till: Till;
  ops: ServiceOps;
  deadLetter: DeadLetter;
  close: () => void;
  done: (replay: Replay) => void;
};

/** Replays one dead letter; before that, what the replay hits. */
export function ReplayDialog({ till, ops, deadLetter, close, done }: ReplayDialogProps) {
  const { id, eventType, key, consumerGroup } = deadLetter;
  const reason = useSignal("");
  const preview = useLoad(id, (signal) => previewOf(till, ops, deadLetter, signal));
  return (
    <Dialog
      title="Replay the event"
      verb="Replay"
      isReady={preview.value !== undefined}
      close={close}
      send={async () => done(await ops.deadLetters.replay(id, { reason: reason.value }))}
    >
      <p>
        Gives <span class="mono">{eventType ?? "the event"}</span> to{" "}
        <span class="mono">{consumerGroup}</span> once more. If it was applied meanwhile, nothing changes.
      </p>
      <section class="preview" aria-label="What the replay hits" aria-live="polite">
        {preview.isLoading && <p class="quiet">Looking up what it hits…</p>}
        {preview.error !== undefined && <Problem error={preview.error} retry={preview.reload} />}
        {preview.value && <Hit orderId={key} {...preview.value} />}
      </section>
      <ReasonField reason={reason} />
    </Dialog>
  );
}

type Preview = { readonly order: Order | undefined; readonly alike: number | undefined };

/** Reads what a replay concerns: the order as it is now, and how many dead letters are of the same type. */
async function previewOf(
  till: Till,
  ops: ServiceOps,
  { key, eventType }: DeadLetter,
  signal: AbortSignal,
): Promise<Preview> {
  const [orders, replays] = await Promise.all([
    isUuid(key) ? till.orders.getMany([key], { signal }) : [],
    eventType === undefined ? undefined : ops.deadLetters.replayAll(eventType, { dryRun: true, signal }),
  ]);
  return { order: orders[0], alike: replays?.matched };
}

function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}

function Hit({ orderId, order, alike }: Preview & { orderId: string }) {
  return (
    <>
      {order ? (
        <p class="spread">
          <span>
            Order <span class="mono">{shortId(order.id)}</span>, <Status name={order.status} />
          </span>
          <Amount money={order.total} />
        </p>
      ) : (
        <p>
          No order has the id <span class="mono">{shortId(orderId)}</span>: an event that needs it is parked
          until it is known.
        </p>
      )}
      {alike !== undefined && alike > 1 && (
        <p class="under">{alike} dead letters are of this type. This replays one of them.</p>
      )}
    </>
  );
}

import { useSignal } from "@preact/signals";
import type { Replays, ServiceOps } from "@till/client/web";
import { Dialog } from "../elements/dialog.tsx";
import { Problem } from "../elements/elements.tsx";
import { useLoad } from "../elements/use-load.ts";
import { ReasonField } from "./reason-field.tsx";

type ReplayAllDialogProps = { ops: ServiceOps; eventType: string; close: () => void };

/** Replays all dead letters of a type; before that, how many these are. */
export function ReplayAllDialog({ ops, eventType, close }: ReplayAllDialogProps) {
  const reason = useSignal("");
  const replays = useSignal<Replays | undefined>(undefined);
  const preview = useLoad(eventType, (signal) =>
    ops.deadLetters.replayAll(eventType, { dryRun: true, signal }),
  );
  const matched = preview.value?.matched;
  return (
    <Dialog
      title={`Replay all ${eventType}`}
      verb={matched === undefined ? "Replay" : `Replay ${matched}`}
      isReady={matched !== undefined && matched > 0 && replays.value === undefined}
      isKept
      close={close}
      send={async () => {
        replays.value = await ops.deadLetters.replayAll(eventType, { reason: reason.value });
      }}
    >
      <div aria-live="polite">
        {preview.error !== undefined && <Problem error={preview.error} retry={preview.reload} />}
        {replays.value ? (
          <p>
            {replays.value.replayed} of {replays.value.matched} are no dead letters any more
            {replays.value.failed > 0 && `; ${replays.value.failed} failed again`}.
          </p>
        ) : (
          <p>
            {matched === undefined ? "Counting…" : `A dry run matches ${matched}.`} They are replayed oldest
            first. What was applied meanwhile is not applied again; what fails again stays a dead letter.
          </p>
        )}
      </div>
      <ReasonField reason={reason} />
    </Dialog>
  );
}

import { useSignal } from "@preact/signals";
import type { DeadLetter, ServiceOps } from "@till/client/web";
import { Dialog } from "../elements/dialog.tsx";
import { ReasonField } from "./reason-field.tsx";

type DiscardDialogProps = {
  ops: ServiceOps;
  deadLetter: DeadLetter;
  close: () => void;
  done: (deadLetter: DeadLetter) => void;
};

/** Takes a dead letter off the list for good. */
export function DiscardDialog({ ops, deadLetter, close, done }: DiscardDialogProps) {
  const reason = useSignal("");
  return (
    <Dialog
      title="Discard the event"
      verb="Discard"
      isDangerous
      isReady={reason.value.trim() !== ""}
      close={close}
      send={async () => done(await ops.deadLetters.discard(deadLetter.id, { reason: reason.value.trim() }))}
    >
      <p>
        Takes the dead letter off the list for good. Its event is never applied: what it would have changed
        stays as it is.
      </p>
      <ReasonField reason={reason} isRequired />
    </Dialog>
  );
}

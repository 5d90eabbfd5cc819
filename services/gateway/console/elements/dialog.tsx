import { useSignal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Problem } from "./elements.tsx";
import { endIfUnauthenticated } from "../sign-in/session.ts";

type DialogProps = {
  title: string;
  verb: string;
  isDangerous?: boolean;
  isReady?: boolean;
  /** Whether it stays open once it is sent, to show what became of it. */
  isKept?: boolean;
  children: ComponentChildren;
  /** Sends the command under a key that stays the same while the dialog is open: a second try does nothing twice. */
  send: (options: { idempotencyKey: string }) => Promise<unknown>;
  close: () => void;
};

/** A command before it is sent: what it does, what it needs, and why it failed. Escape closes it. */
export function Dialog({
  title,
  verb,
  isDangerous = false,
  isReady = true,
  isKept = false,
  children,
  send,
  close,
}: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const idempotencyKey = useRef(crypto.randomUUID());
  const isSending = useSignal(false);
  const error = useSignal<unknown>(undefined);
  const headingId = useId();
  useModal(element);

  async function submit() {
    isSending.value = true;
    error.value = undefined;
    try {
      await send({ idempotencyKey: idempotencyKey.current });
      if (isKept) isSending.value = false;
      else close();
    } catch (failure) {
      endIfUnauthenticated(failure);
      error.value = failure;
      isSending.value = false;
    }
  }

  return (
    <dialog ref={element} aria-labelledby={headingId} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isSending.value) void submit();
        }}
      >
        <h2 id={headingId}>{title}</h2>
        {children}
        {error.value !== undefined && <Problem error={error.value} />}
        <div class="dialog-buttons">
          <button type="button" onClick={close}>
            Close
          </button>
          <button class={isDangerous ? "danger" : "primary"} disabled={!isReady || isSending.value}>
            {isSending.value ? "Sending…" : verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Opens a dialog above the page. Once it is gone, the focus is where it was before. */
export function useModal(ref: RefObject<HTMLDialogElement | null>): void {
  useEffect(() => {
    const [dialog, opener] = [ref.current!, document.activeElement];
    dialog.showModal();
    return () => {
      dialog.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
}

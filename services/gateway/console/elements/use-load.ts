import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { endIfUnauthenticated } from "../sign-in/session.ts";

/** A value that is loaded: there, failed, or on its way, also for another time. */
export type Loaded<Value> = {
  readonly value?: Value;
  readonly error?: unknown;
  readonly isLoading: boolean;
  readonly reload: () => void;
};

/** Loads a value whenever `key` changes; what is on its way for an earlier key is aborted. */
export function useLoad<Value>(key: string, load: (signal: AbortSignal) => Promise<Value>): Loaded<Value> {
  const state = useSignal<Omit<Loaded<Value>, "reload">>({ isLoading: true });
  const reloads = useSignal(0);
  useEffect(() => {
    const leaving = new AbortController();
    state.value = { ...state.peek(), isLoading: true };
    load(leaving.signal).then(
      (value) => {
        if (!leaving.signal.aborted) state.value = { value, isLoading: false };
      },
      (error: unknown) => {
        if (leaving.signal.aborted) return;
        endIfUnauthenticated(error);
        state.value = { error, isLoading: false };
      },
    );
    return () => leaving.abort();
  }, [key, reloads.value]);
  return { ...state.value, reload: () => void reloads.value++ };
}

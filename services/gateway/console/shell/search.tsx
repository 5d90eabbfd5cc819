import { useSignal } from "@preact/signals";
import type { Till } from "@till/client/web";
import { useRef } from "preact/hooks";
import { endIfUnauthenticated } from "../sign-in/session.ts";
import { findById } from "./find-by-id.ts";
import { goTo } from "./router.ts";

/** Finds by any id, and goes to what has it. `/` focuses it. */
export function Search({ till }: { till: Till }) {
  const input = useRef<HTMLInputElement>(null);
  const isBusy = useSignal(false);
  const problem = useSignal<string | undefined>(undefined);

  const typed = () => input.current?.value.trim();

  async function find(id: string) {
    [isBusy.value, problem.value] = [true, undefined];
    try {
      const found = await findById(till, id);
      // Meanwhile something else may be looked for.
      if (typed() !== id) return;
      if (!found) {
        problem.value = "Nothing has this id that you may see.";
        return;
      }
      input.current!.value = "";
      input.current!.blur();
      goTo(found.path, found.query);
    } catch (error) {
      endIfUnauthenticated(error);
      if (typed() === id) problem.value = error instanceof Error ? error.message : String(error);
    } finally {
      isBusy.value = false;
    }
  }

  return (
    <form
      role="search"
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        const id = typed();
        if (id) void find(id);
      }}
    >
      <input
        ref={input}
        type="search"
        aria-label="Find by the id of an order, a payment, a refund, a charge, a booking, a session, an item or a user"
        aria-keyshortcuts="/"
        placeholder="Any id"
        spellcheck={false}
        autocomplete="off"
        aria-busy={isBusy.value}
        onInput={() => (problem.value = undefined)}
      />
      <kbd aria-hidden="true">/</kbd>
      {problem.value && (
        <p class="notice" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

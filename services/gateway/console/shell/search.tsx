import { useSignal } from "@preact/signals";
import { isTillError, type Till } from "@till/client/web";
import { useEffect, useRef } from "preact/hooks";
import { goTo } from "./router.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Finds by any id: an order or a payment opens its order, any other id lists a user's orders. `/` focuses it. */
export function Search({ till }: { till: Till }) {
  const input = useRef<HTMLInputElement>(null);
  const isBusy = useSignal(false);
  const problem = useSignal<string | undefined>(undefined);

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== "/" || isEditing(event.target)) return;
      event.preventDefault();
      input.current!.select();
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, []);

  async function find(id: string) {
    isBusy.value = true;
    problem.value = undefined;
    try {
      const orderId = uuid.test(id) ? await orderIdOf(till, id) : undefined;
      if (orderId === undefined) goTo("/orders", new URLSearchParams({ user: id }));
      else goTo(`/orders/${orderId}`);
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
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
        const id = input.current!.value.trim();
        if (id !== "") void find(id);
      }}
    >
      <input
        ref={input}
        type="search"
        aria-label="Find by the id of an order, a payment or a user"
        placeholder="Id of an order, payment or user"
        spellcheck={false}
        autocomplete="off"
        aria-busy={isBusy.value}
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

/** The order that an id is of, or whose payment it is of. */
async function orderIdOf(till: Till, id: string): Promise<string | undefined> {
  const [order] = await till.orders.getMany([id]);
  if (order) return order.id;
  try {
    return (await till.payments.get(id)).orderId;
  } catch (error) {
    if (isTillError(error, "PAYMENT_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** Whether keys go into a text field. */
export function isEditing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}

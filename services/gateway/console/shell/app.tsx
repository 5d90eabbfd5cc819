import { effect } from "@preact/signals";
import { shortId } from "../elements/format.ts";
import { OrderList } from "../orders/order-list.tsx";
import { OrderPage } from "../order/order-page.tsx";
import { addressOf, openOrderId, place } from "./router.ts";
import { Search } from "./search.tsx";
import { caller, client, signOut } from "../sign-in/session.ts";
import { SignIn } from "../sign-in/sign-in.tsx";

effect(() => {
  const orderId = openOrderId.value;
  document.title = orderId ? `Order ${shortId(orderId)} · Till` : "Orders · Till";
});

/** The console: its header, and the page that the address names. */
export function App() {
  const till = client.value;
  if (!till) return <SignIn />;
  const orderId = openOrderId.value;
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="bar">
        <a class="brand" href={addressOf("/orders")}>
          Till
        </a>
        <Nav />
        <Search till={till} />
        <Caller />
      </header>
      <main id="content" tabIndex={-1}>
        {orderId ? <OrderPage key={orderId} till={till} orderId={orderId} /> : <OrderList till={till} />}
      </main>
    </>
  );
}

function Nav() {
  const isRequests = place.value.query.get("status") === "REFUND_REQUESTED";
  const requests = addressOf("/orders", new URLSearchParams({ status: "REFUND_REQUESTED" }));
  return (
    <nav aria-label="Console">
      <a href={addressOf("/orders")} aria-current={!isRequests ? "page" : undefined}>
        Orders
      </a>
      <a href={requests} aria-current={isRequests ? "page" : undefined}>
        Refund requests
      </a>
    </nav>
  );
}

function Caller() {
  const { id, role } = caller.value!;
  return (
    <div class="caller">
      <span title={`${role}:${id}`}>
        {role} <span class="mono">{shortId(id)}</span>
      </span>
      <button type="button" class="plain" onClick={() => signOut()}>
        Sign out
      </button>
    </div>
  );
}

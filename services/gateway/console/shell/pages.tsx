import type { Till } from "@till/client/web";
import type { ComponentChild } from "preact";
import { AuditPage } from "../audit/audit-page.tsx";
import { DeadLetterList } from "../dead-letters/dead-letter-list.tsx";
import { DeadLetterPage } from "../dead-letters/dead-letter-page.tsx";
import { isServiceName } from "../dead-letters/service-name.ts";
import { OrderPage } from "../order/order-page.tsx";
import { OrderList } from "../orders/order-list.tsx";
import { StuckPage } from "../stuck/stuck-page.tsx";
import { EndpointList } from "../webhooks/endpoint-list.tsx";
import { EndpointPage } from "../webhooks/endpoint-page.tsx";
import { FindPage } from "./find-page.tsx";
import { addressOf } from "./router.ts";

/** Returns the page of a path. What the gateway serves the console at is its list of addresses. */
export function pageOf(path: string, till: Till): ComponentChild {
  const [, page = "", first, second] = path.split("/");
  switch (page) {
    case "orders":
      return first ? <OrderPage key={first} till={till} orderId={first} /> : <OrderList till={till} />;
    case "dead-letters":
      return first && second && isServiceName(first) ? (
        <DeadLetterPage key={path} till={till} service={first} id={second} />
      ) : (
        <DeadLetterList till={till} />
      );
    case "stuck":
      return <StuckPage till={till} />;
    case "webhooks":
      return first ? (
        <EndpointPage key={first} till={till} endpointId={first} />
      ) : (
        <EndpointList till={till} />
      );
    case "find":
      return <FindPage key={path} till={till} id={decodeURIComponent(first ?? "")} />;
    case "audit":
      return <AuditPage till={till} />;
    default:
      return (
        <p class="empty">
          There is no such page. <a href={addressOf("/orders")}>Orders</a>
        </p>
      );
  }
}

import type { Till, WebhookEndpoint } from "@till/client/web";
import { Status, Time } from "../elements/elements.tsx";
import { shortId } from "../elements/format.ts";
import { ListPage, pageInAddress } from "../elements/list-page.tsx";
import { PageHeading } from "../elements/page-heading.tsx";
import { useLoad } from "../elements/use-load.ts";
import { addressOf, place } from "../shell/router.ts";

/** Where webhooks are posted to: a service's own endpoints, all of them for an admin. */
export function EndpointList({ till }: { till: Till }) {
  const list = useLoad(place.value.query.toString(), (signal) =>
    pageInAddress(till.webhooks.endpoints.list({ pageSize: 50, signal })),
  );
  return (
    <>
      <PageHeading title="Webhooks" reload={list.reload} />
      <ListPage list={list} empty="No service has an endpoint. A service creates its own through the API.">
        {(endpoints) => <Rows endpoints={endpoints} />}
      </ListPage>
    </>
  );
}

function Rows({ endpoints }: { endpoints: readonly WebhookEndpoint[] }) {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">Endpoint</th>
          <th scope="col">State</th>
          <th scope="col" class="wide-only">
            Events
          </th>
          <th scope="col" class="wide-only">
            Owner
          </th>
          <th scope="col" class="wide-only">
            Created
          </th>
        </tr>
      </thead>
      <tbody>
        {endpoints.map((endpoint) => (
          <tr key={endpoint.id}>
            <td class="cut">
              <a class="row" href={addressOf(`/webhooks/${endpoint.id}`)} title={endpoint.url}>
                {endpoint.url}
              </a>
              {endpoint.description && <span class="under">{endpoint.description}</span>}
            </td>
            <td>
              <Status name={stateOf(endpoint)} />
            </td>
            <td class="mono wide-only">{endpoint.eventTypes.join(", ")}</td>
            <td class="mono quiet wide-only" title={endpoint.ownerId}>
              {shortId(endpoint.ownerId)}
            </td>
            <td class="time wide-only">
              <Time at={endpoint.createdAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What an endpoint's status is called. */
export function stateOf({ disabled }: WebhookEndpoint): string {
  return disabled ? "DISABLED" : "ENABLED";
}

import { freePort } from "@till/embedded-postgres/free-port";
import { expect } from "chai";
import type { Page } from "playwright-core";
import { startOrderEnvironment, type OrderEnvironment } from "../../order/test/support/order-service.ts";
import { gatewayConfig } from "../src/start.ts";
import { startBrowser, type TestBrowser } from "./support/browser.ts";
import { startTestGateway } from "./support/gateway.ts";
import { startIdentityServer, type IdentityServer } from "./support/identity-server.ts";

describe("Signing in to the operator console by OpenID Connect", function () {
  this.timeout(60_000);
  let identity: IdentityServer;
  let orders: OrderEnvironment;
  let gateway: Awaited<ReturnType<typeof startTestGateway>>;
  let browser: TestBrowser;
  before(async function () {
    browser = await startBrowser(this);
    const port = await freePort();
    identity = await startIdentityServer(`http://127.0.0.1:${port}/console/signed-in`);
    const tokens = { TILL_JWKS_URL: `${identity.issuer}/jwks`, TILL_JWT_ISSUER: identity.issuer };
    orders = await startOrderEnvironment({ env: tokens });
    gateway = await startTestGateway({
      ...tokens,
      TILL_PORT: String(port),
      TILL_ORDER_ADDRESS: orders.address,
      TILL_OIDC_ISSUER: identity.issuer,
      TILL_OIDC_CLIENT_ID: "till-console",
      TILL_OIDC_RESOURCE: "urn:till",
    });
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
    await orders?.stop();
    await identity?.stop();
  });

  /** Opens the console, which sends the browser to the identity server. */
  async function leave(path: string): Promise<Page> {
    const page = await browser.open(`${gateway.url}/console/${path}`);
    await page.getByRole("button", { name: "Sign in with 127.0.0.1" }).click();
    await page.getByPlaceholder("Enter any login").waitFor();
    return page;
  }

  async function signedIn(path = ""): Promise<Page> {
    const page = await leave(path);
    await page.getByPlaceholder("Enter any login").fill("ops-ada");
    await page.getByPlaceholder("and password").fill("any");
    await page.getByRole("button", { name: "Sign-in" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("No order matches these filters.").waitFor();
    return page;
  }

  it("goes on to the page that was opened, as who signed in", async () => {
    const page = await signedIn("orders?status=PAID");
    await page.getByTitle("admin:ops-ada").waitFor();
    expect(new URL(page.url()).search).to.equal("?status=PAID");
    expect(browser.complaints).to.deep.equal([]);
  });

  it("replaces tokens that end, without another sign-in, also after the page is loaded again", async () => {
    const page = await signedIn();
    const before = identity.refreshes();
    await page.reload();
    await page.getByText("No order matches these filters.").waitFor();
    expect(identity.refreshes()).to.be.greaterThan(before);
  });

  it("ends the session once the identity server no longer refreshes it", async () => {
    const page = await signedIn();
    await page.evaluate(() => {
      const key = "till-console-session";
      const session = JSON.parse(sessionStorage.getItem(key)!) as object;
      sessionStorage.setItem(key, JSON.stringify({ ...session, refreshToken: "revoked" }));
    });
    await page.reload();
    await page.getByText("The session has ended: sign in again.").waitFor();
  });

  it("rejects a response to another sign-in than this tab's", async () => {
    const page = await leave("");
    await page.goto(`${gateway.url}/console/signed-in?code=stolen&state=forged&iss=${identity.issuer}`);
    await page.getByText("Not signed in").waitFor();
    await page.getByRole("alert").getByText("state").waitFor();
    await page.goto(`${gateway.url}/console/signed-in?code=stolen&state=forged`);
    await page.getByText("This tab has begun no sign-in.").waitFor();
  });

  it("is not configured without a client, nor with an issuer in the clear on another machine", () => {
    const [issuer, client] = ["https://id.example.com", { TILL_OIDC_CLIENT_ID: "till-console" }];
    expect(() => gatewayConfig({ TILL_OIDC_ISSUER: issuer })).to.throw(/TILL_OIDC_CLIENT_ID/);
    expect(() => gatewayConfig({ ...client, TILL_OIDC_ISSUER: "http://id.example.com" })).to.throw(
      /TILL_OIDC_ISSUER/,
    );
    expect(gatewayConfig({ ...client, TILL_OIDC_ISSUER: issuer }).oidc?.issuer).to.equal(issuer);
  });

  it("lets the page connect to itself and to the identity server alone", async () => {
    const { headers } = await fetch(`${gateway.url}/console/`);
    const policy = headers.get("content-security-policy")!.split("; ");
    expect(policy).to.include(`connect-src 'self' ${identity.issuer}`).and.to.include("script-src 'self'");
  });
});

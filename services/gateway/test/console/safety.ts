import { expect } from "chai";
import type { ConsoleStage } from "../support/console-stage.ts";

/** What everybody may load, and every screen. */
export function safetyStory(stage: ConsoleStage): void {
  it("has no secret in its page and its scripts, and lets no other code into them", async () => {
    const { url } = stage.system;
    const response = await fetch(`${url}/console/`);
    const html = await response.text();
    const names = [...html.matchAll(/"(\/console\/assets\/[^"]+)"/g)].map(([, name]) => name!);
    expect(names).to.have.lengthOf(3);
    const files = await Promise.all(names.map(async (name) => (await fetch(`${url}${name}`)).text()));
    const secrets = /eyJ[\w-]{10,}|whsec_[\w+/]{8,}|sk_(live|test)_|-----BEGIN|client_secret["':=]+\w/;
    for (const text of [html, ...files]) expect(text).to.not.match(secrets);
    expect(html).to.not.match(/<script(?![^>]* src=)|<style|\son\w+=/);
    const policy = response.headers.get("content-security-policy")!;
    expect(policy).to.include("script-src 'self'; style-src 'self'").and.to.include("connect-src 'self';");
    expect(policy).to.not.match(/unsafe|\*|data:|blob:/);
  });

  it("sends its files compressed where the browser takes that, else as they are", async () => {
    const { url } = stage.system;
    const script = /"(\/console\/assets\/main-[^"]+)"/.exec(
      await (await fetch(`${url}/console/`)).text(),
    )![1]!;
    const lengths = await Promise.all(
      ["gzip, br", "identity"].map(async (encoding) => {
        const { headers } = await fetch(url + script, { headers: { "accept-encoding": encoding } });
        expect(headers.get("content-encoding")).to.equal(encoding === "identity" ? null : "gzip");
        expect(headers.get("content-security-policy")).to.include("default-src 'none'");
        return Number(headers.get("content-length"));
      }),
    );
    expect(lengths[0]).to.be.lessThan(lengths[1]! / 2);
  });

  for (const colorScheme of ["light", "dark"] as const)
    it(`fits a screen of 360 pixels, ${colorScheme}`, async () => {
      const { id } = await stage.system.createOrder();
      const page = await stage.signedIn("", "Admin", { colorScheme, viewport: { width: 360, height: 740 } });
      for (const path of ["orders", `orders/${id}`, "dead-letters", "stuck", "webhooks", "audit"]) {
        await page.goto(`${stage.system.url}/console/${path}`);
        await page.locator(".loading").waitFor({ state: "detached" });
        const isTooWide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
        expect(isTooWide, path).to.equal(false);
      }
    });
}

import { expect } from "chai";
import { startTestGateway } from "./support/gateway.ts";

describe("CORS", () => {
  it("lets scripts of listed pages call, and of no others", async () => {
    const gateway = await startTestGateway({ TILL_CORS_ORIGINS: "https://shop.example" });
    try {
      const allowed = async (page: string) => {
        const response = await fetch(`${gateway.url}/orders`, {
          method: "OPTIONS",
          headers: { Origin: page, "Access-Control-Request-Method": "POST" },
        });
        return response.headers.get("Access-Control-Allow-Origin");
      };
      expect(await allowed("https://shop.example")).to.equal("https://shop.example");
      expect(await allowed("https://evil.example")).to.equal(null);
    } finally {
      await gateway.stop();
    }
  });
});

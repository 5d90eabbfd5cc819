import { expect } from "chai";
import { startForeignIssuer, type ForeignIssuer } from "../../../test/support/foreign-issuer.ts";
import { products, type Claims } from "./identity-products.ts";
import { serverWithIssuers, type IssuerServer } from "./issuer-server.ts";

for (const [name, { path, alg, env, claims, bearers, rejected }] of Object.entries(products))
  describe(`A token of ${name}`, () => {
    let issuer: ForeignIssuer;
    let server: IssuerServer;
    before(async () => {
      issuer = await startForeignIssuer({ path, alg });
      server = await serverWithIssuers({ TILL_JWT_ISSUER: issuer.issuer, ...env });
    });
    after(async () => {
      await server.close();
      issuer.close();
    });

    it("names its bearer and the bearer's role by configuration alone", async () => {
      const tokens = await tokensOf(Object.values(bearers).map(({ knownAs: _, ...own }) => own));
      expect(await Promise.all(tokens.map(server.callWith))).to.deep.equal(
        Object.entries(bearers).map(([role, { knownAs }]) => `${role} ${knownAs}`),
      );
      expect(issuer.requests.filter((request) => request.includes("openid-configuration"))).to.have.length(1);
    });

    for (const [claim, own] of rejected)
      it(`is rejected with ${JSON.stringify(own)}, and the log names ${claim} and shows no token`, async () => {
        const [token] = await tokensOf([own]);
        expect(await server.callWith(token!)).to.equal("UNAUTHENTICATED");
        expect(server.logged()).to.match(
          new RegExp(`"claim":"${claim}","problem":"[^"]+","msg":"token rejected"`),
        );
        for (const part of token!.split(".")) expect(server.logged()).not.to.include(part);
      });

    async function tokensOf(given: readonly Claims[]): Promise<string[]> {
      const tokens: string[] = [];
      for (const own of given) tokens.push(await issuer.token({ ...claims, ...own }));
      return tokens;
    }
  });

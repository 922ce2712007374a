// An identity provider of four people, with keys that it makes at each start.
//
//     node provider.mjs PORT REDIRECT_URI in-token|in-userinfo
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.NODE_MODULES}/package.json`);
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));
const [port, redirect, where] = process.argv.slice(2);

const people = {
  alice: ["lab-admins", "staff"],
  bob: ["lab"],
  carol: ["guests"],
  dave: ["staff"],
  admin: ["lab-admins"],
};

function key(alg, options) {
  const { privateKey } = generateKeyPairSync(...options);
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: randomBytes(8).toString("hex") };
}

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "direttore",
      client_secret: "the secret & of: direttore",
      redirect_uris: [redirect],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
    {
      client_id: "public",
      token_endpoint_auth_method: "none",
      id_token_signed_response_alg: "ES256",
      redirect_uris: [redirect],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  jwks: { keys: [key("RS256", ["rsa", { modulusLength: 2048 }]), key("ES256", ["ec", { namedCurve: "P-256" }])] },
  cookies: { keys: [randomBytes(16).toString("hex")] },
  pkce: { methods: ["S256"], required: () => true },
  // Where the standard wants claims of scopes: at the userinfo endpoint. Others put them into the ID token.
  conformIdTokenClaims: where !== "in-token",
  scopes: ["openid", "groups"],
  claims: { openid: ["sub"], profile: ["preferred_username"], groups: ["groups"] },
  async findAccount(_, id) {
    if (!people[id]) return undefined;
    const claims = { sub: `person-${id}`, preferred_username: id, groups: people[id] };
    return { accountId: id, claims: async () => claims };
  },
  ttl: { Session: 600, Interaction: 600, Grant: 600, IdToken: 300, AccessToken: 300, AuthorizationCode: 60 },
});
const server = provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});

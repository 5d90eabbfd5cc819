/** A public client at an OpenID Connect server. */
export type OidcSettings = {
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: string;
  readonly resource?: string;
};

/** How operators sign in here. */
type Settings = {
  /** Whether the sandbox issues tokens of any identity. */
  readonly sandbox: boolean;
  readonly oidc?: OidcSettings;
};

let loading: Promise<Settings> | undefined;

/** Loads the settings of the gateway, once. Throws where they cannot be read; the next call tries again. */
export function loadSettings(): Promise<Settings> {
  loading ??= read();
  loading.catch(() => (loading = undefined));
  return loading;
}

async function read(): Promise<Settings> {
  const response = await fetch("/console/settings");
  if (!response.ok) throw new Error("the console's settings cannot be read");
  return (await response.json()) as Settings;
}

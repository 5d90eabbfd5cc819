/**
 * Returns a function that takes secrets of the environment out of a text: the passwords of URLs, and the values of
 * variables whose names say that they are secret. No check prints one; a driver's message might.
 */
export function redactor(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const secrets = Object.entries(env)
    .flatMap(([name, value = ""]) => (isSecret.test(name) ? [value, ...keysIn(value)] : passwordsIn(value)))
    .filter((secret) => secret.length >= 4);
  const longestFirst = [...new Set(secrets)].sort((one, other) => other.length - one.length);
  return (text) => longestFirst.reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
}

const isSecret = /SECRET|PASSWORD|ENCRYPTION_KEYS/i;

/** The keys of `<id>:<key>,…`, whose ids are no secrets. */
function keysIn(value: string): string[] {
  return value.split(",").map((entry) => entry.slice(entry.indexOf(":") + 1));
}

function passwordsIn(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const { password, searchParams } = new URL(value);
  const parameters = [...searchParams].filter(([name]) => /secret|password|token|key/i.test(name));
  return [password, decodeURIComponent(password), ...parameters.map(([, secret]) => secret)];
}

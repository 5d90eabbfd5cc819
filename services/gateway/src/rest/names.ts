/** postal_code for postalCode. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** postalCode for postal_code. */
export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Names the fields of protos in a dialect, segment by segment: those that it calls otherwise, all others by `form`. */
export function nameFields(own: Readonly<Record<string, string>>, form = (name: string) => name) {
  return (field: string): string =>
    field.replaceAll(/[a-z_0-9]*[a-z_][a-z_0-9]*/g, (name) => own[name] ?? form(name));
}

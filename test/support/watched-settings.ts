type Settings = Readonly<Record<string, string>>;

/** The settings, noting in `read` which of them are looked at. */
export function watchedSettings(given: Settings, read: Set<string>): Settings {
  return new Proxy(given, {
    get(target, name) {
      read.add(String(name));
      return target[String(name)];
    },
  });
}

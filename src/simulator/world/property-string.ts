/** Reads `local:100/disk.raw,size=1G`: the part without a key comes under `first` (`file`, `volume`, `model` …). */
export function readProperties(text: string, first: string): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const part of text.split(',')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    if (equals < 0) properties[first] = part;
    else properties[part.slice(0, equals)] = part.slice(equals + 1);
  }
  return properties;
}

/** Writes what `readProperties` read: the value under `first` comes first and without its key. */
export function writeProperties(properties: Record<string, string>, first: string): string {
  const { [first]: head, ...rest } = properties;
  const parts = Object.entries(rest).map(([key, value]) => `${key}=${value}`);
  return [...(head === undefined ? [] : [head]), ...parts].join(',');
}

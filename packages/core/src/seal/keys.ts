const MIN_LENGTH = 32;

/** @throws TypeError for what is no list of keys, or has one that could be guessed; never quotes it */
export function checkKeys(keys: readonly (string | Uint8Array)[], caller: string, source: string): Uint8Array[] {
  const isList: boolean = Array.isArray(keys);
  if (!isList) throw new TypeError(`${caller}: \`${source}\` must be an array, the newest key first`);
  return keys.map((key: unknown, index) => {
    if (!(typeof key === "string" || key instanceof Uint8Array) || key.length < MIN_LENGTH) {
      throw new TypeError(
        `${caller}: key ${index} of \`${source}\` must have at least ${MIN_LENGTH} characters or bytes; ` +
          "make one with `openssl rand -base64 32`",
      );
    }
    return Buffer.from(key as Uint8Array);
  });
}

/** The least length of a key, in characters or bytes. A shorter key could be guessed. */
const MIN_LENGTH = 32;

/**
 * Checks a list of master keys and converts them to bytes.
 * @param caller - the function that the app called, for the error message
 * @param source - the option or environment variable that holds the keys, for the error message
 * @param former - a key that may be shorter behind the first one, because it encrypted values before the app had keys
 * @throws TypeError where `keys` is no array, or a key is shorter than 32 characters or bytes; it never quotes a key
 */
export function checkKeys(
  keys: readonly (string | Uint8Array)[],
  caller: string,
  source: string,
  former?: string,
): Uint8Array[] {
  const isList: boolean = Array.isArray(keys);
  if (!isList) throw new TypeError(`${caller}: \`${source}\` must be an array of keys, with the newest key first`);
  return keys.map((key: unknown, index) => {
    const isFormer = index > 0 && key !== undefined && key === former;
    if (!(typeof key === "string" || key instanceof Uint8Array) || (key.length < MIN_LENGTH && !isFormer)) {
      throw new TypeError(
        `${caller}: key ${index} of \`${source}\` must be text or bytes with a length of at least ${MIN_LENGTH}; ` +
          "make a key with `openssl rand -base64 32`",
      );
    }
    return Buffer.from(key as Uint8Array);
  });
}

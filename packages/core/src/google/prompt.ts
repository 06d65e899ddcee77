/**
 * Checks a `prompt`, from the options or from a single request, by Google's rules
 * (https://developers.google.com/identity/openid-connect/openid-connect#authenticationuriparameters).
 * @returns the value as given
 * @throws TypeError if the value is not one that Google accepts
 */
export function checkPrompt(prompt: string | undefined): string | undefined {
  if (prompt === undefined) return undefined;
  const words = prompt.split(" ");
  const known = words.every((word) => word === "none" || word === "consent" || word === "select_account");
  if (!known || (words.includes("none") && words.length > 1)) {
    throw new TypeError(
      `googleOAuth: \`prompt\` must be "none" alone, or any of "consent" and "select_account" separated by a space, not ${JSON.stringify(prompt)}.`,
    );
  }
  return prompt;
}

import type { Emulator } from "../emulator/emulator.ts";

/** Returns the text that the command prints once the emulator listens. */
export function startupText(
  { url, endpoints, apis, metadata, users, clients }: Emulator,
  keyFile: string | undefined,
): string {
  const [client] = clients;
  const lines = [
    `The Scopegate emulator listens on ${url}`,
    "",
    ...Object.entries({ ...endpoints, ...apis }).map(([name, address]) => `  ${name.padEnd(16)}${address}`),
    "",
    "Accounts",
    ...users.map(({ name, email }) => `  ${name} <${email}>`),
    "",
    "Set these variables in your app's environment:",
    `  GOOGLE_CLIENT_ID=${client!.clientId}`,
    `  GOOGLE_CLIENT_SECRET=${client!.clientSecret}`,
    `  GOOGLE_REDIRECT_URI=${client!.redirectUris[0]!}`,
    `  GCE_METADATA_HOST=${metadata.host}`,
    ...(keyFile === undefined ? [] : [`  GOOGLE_APPLICATION_CREDENTIALS=${keyFile}`]),
    "",
    "Ctrl+C stops the emulator.",
  ];
  return `${lines.join("\n")}\n`;
}

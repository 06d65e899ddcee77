#!/usr/bin/env node
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Emulator, startEmulator } from "./index.ts";

const usage = `Usage: scopegate-emulator [--port <number>]

Google's OAuth 2.0 endpoints on this machine, for development.

  --port <number>           the port to listen on, on 127.0.0.1 (default 8085)
  --redirect-uri <address>  a redirect URI of the client; may be repeated
                            (default http://localhost:3000/oauth2callback)
  --service-account <file>  writes a service account's key file there; it may
                            act for the users of workspace.example
  --metadata-port <number>  the port of the metadata server (default: a free one)
  --help                    this text
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8085" },
      "redirect-uri": { type: "string", multiple: true },
      "service-account": { type: "string" },
      "metadata-port": { type: "string", default: "0" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const redirectUris = values["redirect-uri"];
  const instance = { port: Number(values["metadata-port"]) };
  const google = await startEmulator({ port: Number(values.port), instance });
  if (redirectUris) google.addClient({ ...google.clients[0]!, redirectUris });
  const path = values["service-account"];
  const keyFile = path === undefined ? undefined : await prepareServiceAccount(google, path);
  process.stdout.write(describe(google, keyFile));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void google.stop());
  }
}

/** The first account acts for Workspace users, with the scopes of the APIs that are here. */
async function prepareServiceAccount(google: Emulator, path: string): Promise<string> {
  const account = google.serviceAccount();
  const names = [
    "calendar",
    "calendar.readonly",
    "calendar.events",
    "calendar.events.readonly",
    "drive",
    "drive.readonly",
  ];
  account.delegate({ scopes: names.map((name) => `https://www.googleapis.com/auth/${name}`) });
  try {
    return await account.writeKeyFile(resolve(path));
  } catch (error) {
    await google.stop();
    throw error;
  }
}

function describe({ url, endpoints, apis, metadata, users, clients }: Emulator, keyFile: string | undefined): string {
  const [client] = clients;
  const lines = [
    `Scopegate emulator: ${url}`,
    "",
    ...Object.entries({ ...endpoints, ...apis }).map(([name, address]) => `  ${name.padEnd(14)}${address}`),
    "",
    "Accounts",
    ...users.map(({ name, email }) => `  ${name} <${email}>`),
    "",
    "For your app's environment:",
    `  GOOGLE_CLIENT_ID=${client!.clientId}`,
    `  GOOGLE_CLIENT_SECRET=${client!.clientSecret}`,
    `  GOOGLE_REDIRECT_URI=${client!.redirectUris[0]!}`,
    `  GCE_METADATA_HOST=${metadata.host}`,
    ...(keyFile === undefined ? [] : [`  GOOGLE_APPLICATION_CREDENTIALS=${keyFile}`]),
    "",
    "Ctrl+C stops it.",
  ];
  return `${lines.join("\n")}\n`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

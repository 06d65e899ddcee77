#!/usr/bin/env node
import { parseArgs } from "node:util";
import { type Emulator, startEmulator } from "./index.ts";

const usage = `Usage: scopegate-emulator [--port <number>]

Google's OAuth 2.0 endpoints on this machine, for development.

  --port <number>           the port to listen on, on 127.0.0.1 (default 8085)
  --redirect-uri <address>  a redirect URI of the client; may be repeated
                            (default http://localhost:3000/oauth2callback)
  --help                    this text
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8085" },
      "redirect-uri": { type: "string", multiple: true },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const redirectUris = values["redirect-uri"];
  const google = await startEmulator({ port: Number(values.port) });
  if (redirectUris) google.addClient({ ...google.clients[0]!, redirectUris });
  process.stdout.write(describe(google));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void google.stop());
  }
}

function describe({ url, endpoints, apis, users, clients }: Emulator): string {
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
    "",
    "Ctrl+C stops it.",
  ];
  return `${lines.join("\n")}\n`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

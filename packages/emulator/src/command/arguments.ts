import { parseArgs } from "node:util";

export const usage = `Usage: scopegate-emulator [--port <number>]

Google's OAuth 2.0 endpoints on this machine, for development.

  --port <number>           the port to listen on, on 127.0.0.1 (default 8085)
  --redirect-uri <address>  a redirect URI of the client; may be repeated
                            (default http://localhost:3000/oauth2callback)
  --service-account <file>  writes a service account's key file there; it may
                            act for the users of workspace.example
  --metadata-port <number>  the port of the metadata server (default: a free one)
  --help                    this text
`;

/** What the command line asks for. */
export interface CommandArguments {
  readonly help: boolean;
  readonly port: number;
  readonly metadataPort: number;
  readonly redirectUris: readonly string[] | undefined;
  /** Where to write the key file. */
  readonly serviceAccount: string | undefined;
}

/** @throws `TypeError` for an argument that the command does not know. */
export function readArguments(args: readonly string[]): CommandArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string", default: "8085" },
      "redirect-uri": { type: "string", multiple: true },
      "service-account": { type: "string" },
      "metadata-port": { type: "string", default: "0" },
      help: { type: "boolean", default: false },
    },
  });
  return {
    help: values.help,
    port: Number(values.port),
    metadataPort: Number(values["metadata-port"]),
    redirectUris: values["redirect-uri"],
    serviceAccount: values["service-account"],
  };
}

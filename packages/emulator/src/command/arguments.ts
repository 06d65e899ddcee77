import { parseArgs } from "node:util";
import { isPort } from "../options/options.ts";

export const usage = `Usage: scopegate-emulator [options]

Emulates Google's OAuth 2.0 endpoints on this machine, for development.

  --port <number>           The port to listen on, on 127.0.0.1 (default 8085).
  --redirect-uri <address>  A redirect URI of the client. You can repeat it
                            (default http://localhost:3000/oauth2callback).
  --service-account <file>  Writes the key file of a service account to this
                            path. The account may act for the users of
                            workspace.example in Calendar and Drive.
  --metadata-port <number>  The port of the metadata server (default: a free
                            port).
  --help                    Prints this text.
`;

/** The arguments of the command. */
export interface CommandArguments {
  readonly help: boolean;
  readonly port: number;
  readonly metadataPort: number;
  readonly redirectUris: readonly string[] | undefined;
  /** The path for the key file. */
  readonly serviceAccount: string | undefined;
}

/** @throws `TypeError` for an unknown or invalid argument. */
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
    port: readPort("--port", values.port),
    metadataPort: readPort("--metadata-port", values["metadata-port"]),
    redirectUris: values["redirect-uri"],
    serviceAccount: values["service-account"],
  };
}

function readPort(option: string, text: string): number {
  const port = Number(text);
  if (!isPort(port)) throw new TypeError(`"${option}" must be an integer from 0 to 65535, not "${text}".`);
  return port;
}

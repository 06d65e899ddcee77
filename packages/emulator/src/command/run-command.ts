import { resolve } from "node:path";
import type { Emulator } from "../emulator/emulator.ts";
import { startEmulator } from "../emulator/start-emulator.ts";
import { readArguments, usage } from "./arguments.ts";
import { startupText } from "./startup-text.ts";

/** Starts the emulator with these arguments. A signal stops it. */
export async function runCommand(args: readonly string[]): Promise<void> {
  const { help, port, metadataPort, redirectUris, serviceAccount } = readArguments(args);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const google = await startEmulator({ port, instance: { port: metadataPort } });
  if (redirectUris) google.addClient({ ...google.clients[0]!, redirectUris });
  const keyFile = serviceAccount === undefined ? undefined : await prepareServiceAccount(google, serviceAccount);
  process.stdout.write(startupText(google, keyFile));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void google.stop());
  }
}

/** Delegates the scopes of the emulated Workspace APIs to the first service account, and writes its key file. */
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

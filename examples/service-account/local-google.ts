import { serviceAccount } from "@scopegate/core/service";
import { startEmulator } from "@scopegate/emulator";
import { CALENDAR } from "./calendar.ts";
import { report } from "./report.ts";

/** Makes the report with the emulator: it has a service account, and its administrator delegates the calendar scope. */
export async function reportFromLocalGoogle(): Promise<string[]> {
  const google = await startEmulator();
  try {
    const account = google.serviceAccount();
    account.delegate({ domain: "workspace.example", scopes: [CALENDAR] });
    const source = serviceAccount({ credentials: account.keyFile(), apiHosts: [new URL(google.url).host] });
    return await report({ source, apis: google.apis, user: "grace@workspace.example" });
  } finally {
    await google.stop();
  }
}

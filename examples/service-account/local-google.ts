import { serviceAccount } from "@scopegate/core/service";
import { startEmulator } from "@scopegate/emulator";
import { CALENDAR } from "./calendar.ts";
import { report } from "./report.ts";

/** The report, with a Google on this machine: a service account, and an administrator who delegates the calendar to it. */
export async function reportFromLocalGoogle(): Promise<string[]> {
  const google = await startEmulator();
  try {
    const robot = google.serviceAccount();
    robot.delegate({ domain: "workspace.example", scopes: [CALENDAR] });
    const source = serviceAccount({ credentials: robot.keyFile(), apiHosts: [new URL(google.url).host] });
    return await report({ source, apis: google.apis, user: "grace@workspace.example" });
  } finally {
    await google.stop();
  }
}

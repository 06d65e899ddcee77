// The emulator's endpoints for servers, tested with Google's own client library. The library uses Google's addresses, and
// its transport leads to the emulator.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "@scopegate/emulator";
import { Compute, DownscopedClient, GoogleAuth, Impersonated, JWT, OAuth2Client } from "google-auth-library";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

const CLOUD = "https://www.googleapis.com/auth/cloud-platform";
const CALENDAR = "https://www.googleapis.com/auth/calendar.readonly";
const grace = { sub: "1002", email: "grace@workspace.example", name: "Grace Hopper", hd: "workspace.example" };
const robot = { email: "robot@garden.iam.gserviceaccount.com" };
const deputy = { email: "deputy@garden.iam.gserviceaccount.com", tokenCreators: [`serviceAccount:${robot.email}`] };

let google: Emulator;
let directory: string;
beforeAll(async () => {
  google = await startEmulator({ users: [grace], serviceAccounts: [robot, deputy] });
  directory = mkdtempSync(join(tmpdir(), "scopegate-"));
});
beforeEach(() => google.reset());
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await google.stop();
});

/** A transport that leads every request for Google's domain to the emulator. */
const transporterOptions = {
  fetchImplementation: (input: string | URL | Request, init?: RequestInit) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const here = url.hostname.endsWith(".googleapis.com") ? `${google.url}${url.pathname}${url.search}` : url;
    return fetch(here, init);
  },
};
const instances = "https://sqladmin.googleapis.com/sql/v1beta4/projects/garden/instances";
interface Instances {
  readonly items: { readonly name: string }[];
}
interface Events {
  readonly summary: string;
}
const events = "https://www.googleapis.com/calendar/v3/calendars/primary/events";

function keyed(options: { scopes?: string[]; subject?: string } = {}): JWT {
  const { client_email: email, private_key: key, private_key_id: keyId } = google.serviceAccount(robot.email).keyFile();
  return new JWT({ email, key, keyId, transporterOptions, ...options });
}

async function verified(token: string, audience: string): Promise<object | undefined> {
  const client = new OAuth2Client({
    issuers: [google.issuer],
    endpoints: { oauth2FederatedSignonPemCertsUrl: `${google.url}/oauth2/v1/certs` },
  });
  return (await client.verifyIdToken({ idToken: token, audience })).getPayload();
}

describe("a key file", () => {
  it("gets a token, and the API's response", async () => {
    const { data } = await keyed({ scopes: [CLOUD] }).request<Instances>({ url: instances });
    expect(data.items.map(({ name }) => name)).toEqual(["orders", "reports"]);
    expect(google.requests.map(({ endpoint, status }) => [endpoint, status])).toEqual([
      ["token", 200],
      ["sqladmin", 200],
    ]);
  });

  it("is found by its path, as Application Default Credentials", async () => {
    const path = await google.serviceAccount(robot.email).writeKeyFile(join(directory, "key.json"));
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", path);
    const auth = new GoogleAuth({ scopes: [CLOUD], clientOptions: { transporterOptions } });
    expect((await auth.request<Instances>({ url: instances })).data.items).toHaveLength(2);
    expect(await auth.getProjectId()).toBe("garden");
  });

  it("acts for a Workspace user after the delegation", async () => {
    const call = () => keyed({ scopes: [CALENDAR], subject: grace.email }).request<Events>({ url: events });
    await expect(call()).rejects.toThrow("unauthorized_client: Unauthorized client or scope in request.");
    google.serviceAccount(robot.email).delegate({ scopes: [CALENDAR] });
    expect((await call()).data.summary).toBe(grace.email);
  });

  it.each([
    ["for the service", []],
    ["with scopes", [CLOUD]],
  ])("signs a JWT %s instead of requesting a token", async (_, scopes) => {
    const jwt = keyed({ scopes });
    jwt.useJWTAccessWithScope = scopes.length > 0;
    if (scopes.length === 0) jwt.defaultServicePath = "sqladmin.googleapis.com";
    expect((await jwt.request<Instances>({ url: instances })).data.items).toHaveLength(2);
    expect(google.requests.of("token")).toHaveLength(0);
  });

  it("gets an ID token that verifies", async () => {
    const token = await keyed().fetchIdToken("https://service.example");
    expect(await verified(token, "https://service.example")).toMatchObject({
      email: robot.email,
      email_verified: true,
    });
  });

  it("gets errors in Google's words", async () => {
    google.serviceAccount(robot.email).disableKey(google.serviceAccount(robot.email).keyFile().private_key_id);
    await expect(keyed({ scopes: [CLOUD] }).authorize()).rejects.toThrow("invalid_grant: Invalid JWT Signature.");
    google.serviceAccount(robot.email).enableKey();
    await expect(keyed({ scopes: [`${CLOUD},${CALENDAR}`] }).authorize()).rejects.toThrow("invalid_scope: ");
  });
});

describe("a machine of Compute Engine", () => {
  beforeEach(() => vi.stubEnv("GCE_METADATA_HOST", google.metadata.host));

  it("has a token and an identity", async () => {
    const compute = new Compute({ transporterOptions });
    expect((await compute.request<Instances>({ url: instances })).data.items).toHaveLength(2);
    const token = await compute.fetchIdToken("https://service.example");
    expect(await verified(token, "https://service.example")).toMatchObject({ email: robot.email });
  });

  it("requests scopes, and is found as Application Default Credentials", async () => {
    vi.stubEnv("HOME", directory);
    vi.stubEnv("METADATA_SERVER_DETECTION", "assume-present");
    const auth = new GoogleAuth({ scopes: [CLOUD], clientOptions: { transporterOptions } });
    expect(await auth.getClient()).toBeInstanceOf(Compute);
    expect((await auth.request<Instances>({ url: instances })).data.items).toHaveLength(2);
    expect(google.requests.of("metadata").at(-1)?.query["scopes"]).toBe(CLOUD);
    expect((await auth.getCredentials()).client_email).toBe(robot.email);
  });
});

describe("impersonation", () => {
  const impersonated = (targetPrincipal = deputy.email) =>
    new Impersonated({
      sourceClient: keyed({ scopes: [CLOUD] }),
      targetPrincipal,
      targetScopes: [CLOUD],
      lifetime: 600,
      transporterOptions,
    });

  it("gets a token, an identity and a signature", async () => {
    const client = impersonated();
    expect((await client.request<Instances>({ url: instances })).data.items).toHaveLength(2);
    const token = await client.fetchIdToken("https://service.example", { includeEmail: true });
    expect(await verified(token, "https://service.example")).toMatchObject({ email: deputy.email });
    expect((await client.sign("text")).signedBlob).toMatch(/^[\w+/]+={0,2}$/);
  });

  it("is refused in Google's words", async () => {
    google.serviceAccount(deputy.email).disallow(`serviceAccount:${robot.email}`);
    await expect(impersonated().getAccessToken()).rejects.toThrow(
      "PERMISSION_DENIED: unable to impersonate: Permission 'iam.serviceAccounts.getAccessToken' denied",
    );
    await expect(impersonated("nobody@garden.iam.gserviceaccount.com").getAccessToken()).rejects.toThrow("NOT_FOUND");
  });
});

describe("workload identity federation", () => {
  const pool = "principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/local/*";
  /** Such a file is used as Application Default Credentials. */
  const clientOf = (options: Parameters<Emulator["externalAccount"]>[0]) => {
    const path = join(directory, "external-account.json");
    writeFileSync(path, JSON.stringify(google.externalAccount(options)));
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", path);
    // Without it the library requests the project's name from the Resource Manager, which the emulator does not have.
    vi.stubEnv("GOOGLE_CLOUD_PROJECT", "garden");
    return new GoogleAuth({ scopes: [CLOUD], clientOptions: { transporterOptions } });
  };

  it("takes the token from a URL", async () => {
    expect((await clientOf({}).request<Instances>({ url: instances })).data.items).toHaveLength(2);
    expect(google.requests.map(({ endpoint }) => endpoint)).toEqual(["subjectToken", "sts", "sqladmin"]);
  });

  it("takes the token from a file, and acts as a service account", async () => {
    const file = join(directory, "subject-token");
    writeFileSync(file, google.subjectToken());
    const client = clientOf({ credentialSource: { file }, impersonate: deputy.email, lifetime: 600 });
    await expect(client.getAccessToken()).rejects.toMatchObject({ status: 403 });
    google.serviceAccount(deputy.email).allow(pool);
    expect((await client.request<Instances>({ url: instances })).data.items).toHaveLength(2);
  });

  it("is refused in Google's words", async () => {
    const file = join(directory, "stale-token");
    writeFileSync(file, google.subjectToken({ exp: 1 }));
    await expect(clientOf({ credentialSource: { file } }).getAccessToken()).rejects.toThrow("is stale to sign-in");
  });
});

describe("downscoping", () => {
  it("returns a token for one bucket", async () => {
    const client = new DownscopedClient({
      authClient: keyed({ scopes: [CLOUD] }),
      credentialAccessBoundary: {
        accessBoundary: {
          accessBoundaryRules: [
            {
              availableResource: "//storage.googleapis.com/projects/_/buckets/invoices",
              availablePermissions: ["inRole:roles/storage.objectViewer"],
            },
          ],
        },
      },
      transporterOptions,
    });
    // The library creates this client itself, without the configured transport.
    client["stsCredential"].transporter.defaults = transporterOptions;
    const objects = async (bucket: string) => {
      const url = `https://storage.googleapis.com/storage/v1/b/${bucket}/o`;
      const { data } = await client.request<{ items: { bucket: string }[] }>({ url });
      return data.items.map((item) => item.bucket);
    };
    expect(new Set(await objects("invoices"))).toEqual(new Set(["invoices"]));
    await expect(objects("payroll")).rejects.toMatchObject({ status: 403 });
    expect(google.requests.of("sts")).toHaveLength(1);
  });
});

// Eight processes that refresh the same expired grants at the same moment.
import { beforeEach, expect, it } from "vitest";
import { RawBrowser } from "../../harness/security/browser.ts";
import { keyOf } from "../../harness/stores/deployment.ts";
import { onEveryStore } from "../../harness/stores/suite.ts";

const HOUR = 3600_000;
const PROCESSES = 8;
const REQUESTS = 50;
const GRANTS = 10;

// No process is killed here, so that leases have their default length.
const options = { count: PROCESSES, leaseMs: 15_000, users: GRANTS + 3 };

onEveryStore("eight processes", options, (suite) => {
  beforeEach(async () => {
    const { google, processes } = suite().deployment;
    google.requests.clear();
    await Promise.all(processes.map((each) => each.forget()));
  });

  const reports = () => Promise.all(suite().deployment.processes.map((each) => each.report()));

  it("S29 send one token request for 50 requests in each process on one expired grant", async () => {
    const { deployment, nextUser } = suite();
    const user = nextUser();
    const browser = await deployment.signIn(user);
    await deployment.advance(HOUR);
    const responses = await deployment.together([browser], REQUESTS);
    expect(responses).toHaveLength(PROCESSES * REQUESTS);
    const { status, json } = responses[0]!.response;
    expect(status).toBe(200);
    expect(await deployment.whose(json["token"])).toBe(user.sub);
    for (const { response } of responses) expect(response.json).toEqual(json);
    expect(deployment.tokenRequests("refresh_token")).toHaveLength(1);
    const told = await reports();
    expect(told.flatMap(({ events }) => events)).toEqual(["refreshed"]);
  });

  it("S29 send one token request for each of ten expired grants, with 50 requests in each process", async () => {
    const { deployment, nextUser } = suite();
    const users = Array.from({ length: GRANTS }, nextUser);
    const browsers: RawBrowser[] = [];
    for (const user of users) browsers.push(await deployment.signIn(user));
    await deployment.advance(HOUR);
    const responses = await deployment.together(browsers, REQUESTS);
    const tokens = users.map((_, index) => responses.find(({ user }) => user === index)!.response.json["token"]);
    for (const { user, response } of responses) expect(response.json).toEqual({ token: tokens[user] });
    expect(await Promise.all(tokens.map(deployment.whose))).toEqual(users.map(({ sub }) => sub));
    const sent = deployment.tokenRequests("refresh_token").map(({ form }) => form["refresh_token"]);
    expect(sent).toHaveLength(GRANTS);
    expect(new Set(sent).size).toBe(GRANTS);
  });

  it("S03 send one token request for 50 identical callbacks", async () => {
    const { deployment, nextUser } = suite();
    const { balancer, google, processes, store } = deployment;
    const user = nextUser();
    const visitor = new RawBrowser(balancer.origin);
    const { location } = await visitor.open("/drive");
    const { pathname, search } = new URL(await google.approve(location, { user: user.sub }));
    const copies = Array.from({ length: REQUESTS }, (_, index) => processes[index % PROCESSES]!.browser(visitor));
    const responses = await Promise.all(copies.map((copy) => copy.open(pathname + search)));
    expect(deployment.tokenRequests("authorization_code")).toHaveLength(1);
    expect(responses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      302,
      ...Array.from({ length: REQUESTS - 1 }, () => 400),
    ]);
    expect(await store.keysOf(keyOf(user).client, user.sub)).toEqual([keyOf(user)]);
    // The one sign-in counts in every process.
    const winner = copies[responses.findIndex(({ status }) => status === 302)]!;
    const { json } = await processes[0]!.browser(winner).call("/token");
    expect(await deployment.whose(json["token"])).toBe(user.sub);
  });

  it("S31 delete a grant once on `invalid_grant`, call one hook, and fail every caller", async () => {
    const { deployment, nextUser } = suite();
    const user = nextUser();
    const browser = await deployment.signIn(user);
    await deployment.advance(HOUR);
    deployment.google.revokeUser(user.sub);
    const responses = await deployment.together([browser], REQUESTS);
    for (const { response } of responses) {
      expect([response.status, response.json]).toEqual([401, { thrown: "reconnect_required" }]);
    }
    expect(deployment.tokenRequests("refresh_token")).toHaveLength(1);
    const told = await reports();
    expect(told.flatMap(({ deletions }) => deletions)).toEqual([true]);
    expect(told.flatMap(({ events }) => events)).toEqual(["failed: reconnect_required"]);
    expect(await deployment.store.get(keyOf(user))).toBeUndefined();

    // After a new consent the grant works in every process.
    const again = await deployment.together([await deployment.signIn(user)], 1);
    expect(again.map(({ response }) => response.status)).toEqual(again.map(() => 200));
  });
});

import type { RequestView } from "../http/request-view.ts";
import type { FlowContext } from "./context.ts";

/** One request as one Scopegate instance sees it. Guards, routes and the flow work on it; apps see `GoogleAuth`. */
export interface RequestScope {
  /** @internal The parts of the instance. */
  readonly context: FlowContext;
  readonly request: RequestView;
}

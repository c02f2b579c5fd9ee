/**
 * Every route, by the name of what it does: `app.ts` registers what is here, and the OpenAPI document is made from it.
 * `Channel` in a name stands for `Room` and `Inbox`.
 */
import { CHANNEL_ROUTES } from "./channel-routes.ts";
import type { Route } from "./route.ts";
import { SERVICE_ROUTES } from "./service-routes.ts";
import { STREAM_ROUTES } from "./stream-routes.ts";
import { USER_ROUTES } from "./user-routes.ts";

export const ROUTES = {
  ...STREAM_ROUTES,
  ...USER_ROUTES,
  ...CHANNEL_ROUTES,
  ...SERVICE_ROUTES,
} satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;

/** What the SDK shows of the protocol. */
export type {
  GapFrame,
  HistoryPage,
  Member,
  Message,
  ServerFrame,
  Signal,
  SignalFrame,
  WelcomeFrame,
} from "../protocol/frames.ts";
export type { Json } from "../protocol/json.ts";

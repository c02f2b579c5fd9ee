/** How much one request may ask for. What a deployment may set is in `config.ts`. */

/** Messages in one array. */
export const MOST_MESSAGES = 100;

/** Channels that one message goes to. */
export const MOST_CHANNELS = 100;

/** Users, and rooms, looked at at once: together they are as many objects as one request may ask. */
export const MOST_LOOKED_AT = 500;

/** Other channels on one event stream. */
export const MOST_STREAMED = 16;

/** Channels that one poll asks about. */
export const MOST_POLLED = 200;

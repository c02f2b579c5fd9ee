export type Query = Record<string, string | number | undefined>;

/** The URL of a channel's endpoint; of the channel itself if that is empty. */
export function channelUrl(origin: string, channel: string, endpoint: string, query: Query = {}): string {
  const [kind, ...id] = channel.split(":");
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, String(value));
  const end = endpoint === "" ? "" : `/${endpoint}`;
  const path = `/v1/${kind}s/${encodeURIComponent(id.join(":"))}${end}`;
  return `${origin}${path}${search.size > 0 ? `?${search}` : ""}`;
}

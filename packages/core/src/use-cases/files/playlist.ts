import { z } from 'zod';

const range = { offset: z.int().nonnegative(), length: z.int().positive() };

/** Where the parts of a packed stream lie inside its one object. */
export const streamFactsSchema = z.object({
  targetSeconds: z.number().positive(),
  head: z.object(range),
  segments: z.array(z.object({ seconds: z.number().nonnegative(), ...range })).min(1),
});
export type StreamFacts = z.infer<typeof streamFactsSchema>;

/** An HLS playlist (RFC 8216, version 7) of byte ranges of one object. */
export function buildPlaylist(facts: StreamFacts, mediaUrl: string): string {
  const { targetSeconds, head, segments } = facts;
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${Math.ceil(targetSeconds)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    `#EXT-X-MAP:URI="${mediaUrl}",BYTERANGE="${head.length}@${head.offset}"`,
    ...segments.flatMap(({ seconds, length, offset }) => [
      `#EXTINF:${seconds.toFixed(6)},`,
      `#EXT-X-BYTERANGE:${length}@${offset}`,
      mediaUrl,
    ]),
    '#EXT-X-ENDLIST',
  ];
  return `${lines.join('\n')}\n`;
}

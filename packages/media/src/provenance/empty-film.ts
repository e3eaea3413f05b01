import { buildManifest } from './manifest.ts';

const box = (type: string, ...content: readonly Buffer[]): Buffer => {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(type, 'latin1'), ...content]);
  bytes.writeUInt32BE(bytes.length);
  return bytes;
};

/** An MP4 that shows nothing; it has what a library must find in order to write a manifest into one: brands, a chunk's offset, `mdat`. */
export const emptyFilm = (): Buffer => {
  const chunk = Buffer.alloc(12);
  chunk.writeUInt32BE(1, 4);
  const nested = ['stbl', 'minf', 'mdia', 'trak', 'moov'].reduce((content, type) => box(type, content), box('stco', chunk));
  return Buffer.concat([box('ftyp', Buffer.from('isom\0\0\x02\0isommp41', 'latin1')), nested, box('mdat', Buffer.alloc(64))]);
};

/** What a manifest may say of it. */
export const emptyDefinition = buildManifest({
  title: 'empty',
  generator: { name: 'empty', version: '0' },
  softwareAgents: ['empty'],
  createdAt: new Date(0),
  watermarkId: '0'.repeat(16),
  fingerprint: '0'.repeat(64),
  hasVisibleMark: true,
  ingredientLabels: [],
  credits: {},
});

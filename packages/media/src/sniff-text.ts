import type { MediaKind } from './media-kinds.ts';

/** Kinds of text by their first words. Text that is not UTF-8 (or UTF-16 with a mark) is not text here. */
export const sniffText = (head: Buffer): MediaKind | undefined => {
  const text = decodeText(head);
  if (text === undefined) return undefined;
  const start = text.trimStart().slice(0, 4096);
  return textKinds.find(([, pattern]) => pattern.test(start))?.[0] ?? 'text';
};

const textKinds: readonly (readonly [MediaKind, RegExp])[] = [
  ['hls', /^#EXT(M3U|-X-)/i],
  ['ffconcat', /^ffconcat\s+version/i],
  // The concat demuxer's own probe takes a list without its header line too.
  ['ffconcat', /^(#[^\n]*\n\s*)*file\s+\S/i],
  ['pls', /^\[playlist\]/i],
  ['sdp', /^v=0\r?\n[a-z]=/],
  ['dash', /<MPD[\s>]/],
  ['svg', /<svg[\s>]/i],
  ['html', /^<(!doctype\s+html|html|head|body|script)[\s>]/i],
  ['xml', /^<\?xml/i],
  ['json', /^[[{]\s*["[{\]}\d]/],
];

const decodeText = (head: Buffer): string | undefined => {
  const encoding =
    head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    // `stream`: the head may end inside a character.
    const text = decoder.decode(head, { stream: true });
    return hasControls(text) ? undefined : text;
  } catch {
    return undefined;
  }
};

const hasControls = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 32 && code !== 9 && code !== 10 && code !== 12 && code !== 13 && code !== 27) return true;
  }
  return false;
};

/** Where the parts of a manifest lie that depend on the film's bytes; each is a view into the store, so writing to it changes the store. */
export interface ManifestParts {
  /** What a claim hashes of an assertion: all of its box but the header. */
  readonly bmffHash: Buffer;
  readonly claim: Buffer;
  readonly signature: Buffer;
}

/** Finds the parts in a manifest store (JUMBF, ISO/IEC 19566-5). Its last manifest is the active one. Throws where one is missing. */
export const findManifestParts = (store: Buffer): ManifestParts => {
  const [root] = childrenOf(store);
  if (root === undefined) throw new Error('a manifest store is empty');
  const manifest = contentsOf(root.content).findLast(({ type }) => type === 'jumb');
  if (manifest === undefined) throw new Error('a manifest store holds no manifest');
  return {
    bmffHash: inside(inside(manifest.content, /^c2pa\.assertions$/), /^c2pa\.hash\.bmff\.v3$/),
    claim: cborOf(inside(manifest.content, /^c2pa\.claim(\.v2)?$/)),
    signature: cborOf(inside(manifest.content, /^c2pa\.signature$/)),
  };
};

interface JumbfBox {
  readonly type: string;
  readonly content: Buffer;
}

const childrenOf = (bytes: Buffer): JumbfBox[] => {
  const boxes: JumbfBox[] = [];
  for (let start = 0; start + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(start);
    if (length < 8 || start + length > bytes.length)
      throw new Error(`a manifest's box at ${start} has an impossible size of ${length}`);
    boxes.push({ type: bytes.toString('latin1', start + 4, start + 8), content: bytes.subarray(start + 8, start + length) });
    start += length;
  }
  return boxes;
};

/** Without the description that every superbox begins with. */
const contentsOf = (content: Buffer): JumbfBox[] => childrenOf(content).slice(1);

/** A description: 16 bytes of type, one of flags, the label to a zero byte. */
const labelOf = (content: Buffer): string => {
  const description = childrenOf(content)[0]?.content ?? Buffer.alloc(0);
  const end = description.indexOf(0, 17);
  return description.toString('utf8', 17, end === -1 ? description.length : end);
};

const inside = (content: Buffer, label: RegExp): Buffer => {
  const found = contentsOf(content).find((box) => box.type === 'jumb' && label.test(labelOf(box.content)));
  if (found === undefined) throw new Error(`a manifest has no part ${label.source}`);
  return found.content;
};

const cborOf = (content: Buffer): Buffer => {
  const found = contentsOf(content).find(({ type }) => type === 'cbor');
  if (found === undefined) throw new Error('a part of a manifest has no content');
  return found.content;
};

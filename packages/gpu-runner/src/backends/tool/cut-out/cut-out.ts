import sharp from 'sharp';
import { openThreadPool, type ThreadPool } from '../thread-pool.ts';
import type { RgbaPicture } from '../rgba.ts';
import type { CutOutMethod, CutOutReply, CutOutRequest, NetworkView } from './cut-out-thread.ts';
import type { SmallPicture } from './ground.ts';
import { personNetworks } from './person-network.ts';

/** A picture with what its mask is found on. */
export interface Prepared {
  readonly picture: RgbaPicture;
  readonly small: SmallPicture;
  readonly view: NetworkView;
}

/** Figure and ground of pictures, in threads of one run. */
export interface CutOutWork {
  choose(prepared: Prepared): Promise<CutOutMethod>;
  mask(prepared: Prepared, method: CutOutMethod): Promise<Float32Array<ArrayBuffer>>;
  matte(prepared: Prepared, mask: Float32Array<ArrayBuffer>): Promise<RgbaPicture>;
  close(): Promise<void>;
}

const SMALL_SIDE = 320;
/** Pictures wider than this go to the network that was trained on wide ones. */
const WIDE = 1.35;

/** Shrinks a picture for the mask. What is transparent already counts as a white ground. */
export const prepare = async (picture: RgbaPicture): Promise<Prepared> => {
  const { width, height, data } = picture;
  const scale = Math.min(1, SMALL_SIDE / Math.max(width, height));
  const size = { width: Math.max(16, Math.round(width * scale)), height: Math.max(16, Math.round(height * scale)) };
  const shrink = (to: { width: number; height: number }): Promise<Buffer> =>
    sharp(data, { raw: { width, height, channels: 4 } })
      .flatten({ background: '#fff' })
      .resize(to.width, to.height, { fit: 'fill' })
      .removeAlpha()
      .raw()
      .toBuffer();
  const network = width > height * WIDE ? 'wide' : 'square';
  const [small, rgb] = await Promise.all([shrink(size), shrink(personNetworks[network])]);
  return { picture, small: { ...size, data: new Uint8Array(small) }, view: { network, rgb: new Uint8Array(rgb) } };
};

export const openCutOutWork = (options: { threads: number; signal: AbortSignal }): CutOutWork => {
  const pool: ThreadPool<CutOutRequest, CutOutReply> = openThreadPool(new URL('./cut-out-thread.ts', import.meta.url), options);
  return {
    async choose({ small, view }) {
      const reply = await pool.run({ type: 'choose', small, view });
      if (reply.type !== 'choose') throw new Error('the thread answered something else');
      return reply.method;
    },
    async mask({ small, view }, method) {
      const reply = await pool.run({ type: 'mask', method, small, view });
      if (reply.type !== 'mask') throw new Error('the thread answered something else');
      return reply.mask;
    },
    async matte({ picture, small }, mask) {
      const reply = await pool.run({ type: 'matte', picture, small, mask }, [picture.data.buffer]);
      if (reply.type !== 'matte') throw new Error('the thread answered something else');
      return reply.picture;
    },
    close: () => pool.close(),
  };
};

/** Told to the caller when nothing but colours was there to go by. */
export const guessWarning = { code: 'cut_out_guessed', details: { reason: 'no person and no plain ground found' } } as const;

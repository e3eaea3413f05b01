/** What flows along the links of a graph, as far as it decides the file that comes out. */
export type GraphValue =
  | { readonly kind: 'token' }
  /** `count` of latent frames: one, and one more for every four pictures. */
  | { readonly kind: 'latents'; readonly width: number; readonly height: number; readonly count: number; readonly seed: string }
  | {
      readonly kind: 'images';
      readonly width: number;
      readonly height: number;
      readonly count: number;
      readonly seed: string;
      readonly hasAlpha: boolean;
    }
  | { readonly kind: 'video'; readonly images: Extract<GraphValue, { kind: 'images' }>; readonly fps: number }
  | { readonly kind: 'audio'; readonly seconds: number; readonly seed: string }
  | { readonly kind: 'number'; readonly value: number };

export type ValueOf<K extends GraphValue['kind']> = Extract<GraphValue, { kind: K }>;

/** A graph that breaks while it runs, as Python would tell it. */
export class NodeFailure extends Error {
  override readonly name = 'NodeFailure';
  readonly exceptionType: string;
  constructor(exceptionType: string, message: string) {
    super(message);
    this.exceptionType = exceptionType;
  }
}

export const token: GraphValue = { kind: 'token' };
/** The video autoencoder's grain, and the size's: what does not fit is cut off. */
export const floorLength = (length: number): number => Math.floor((length - 1) / 4) + 1;
export const floorSide = (side: number): number => Math.floor(side / 8) * 8;
export const picturesOf = (latents: number): number => (latents - 1) * 4 + 1;

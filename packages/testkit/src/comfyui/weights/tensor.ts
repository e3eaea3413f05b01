/** Number formats of safetensors that are used here, with bytes a value. */
export const bytesOfType = { F32: 4, F16: 2, F8_E4M3: 1 } as const;
export type TensorType = keyof typeof bytesOfType;

/**
 * What a tensor holds. `normal`: seeded normals of this deviation. `zeros` take no room on the disk.
 * `constant`: the same value everywhere.
 */
export type Fill =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number };

export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly fill: Fill;
  /** Overrides the type of the file. */
  readonly type?: TensorType;
}

export const zeros: Fill = { kind: 'zeros' };
export const ones: Fill = { kind: 'constant', value: 1 };

export const countOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** A matrix or kernel that keeps the size of what goes through it: normals by the root of their inputs' number. */
export const weight = (name: string, shape: readonly number[]): TensorSpec => ({
  ...{ name: `${name}.weight`, shape },
  fill: { kind: 'normal', deviation: 1 / Math.sqrt(countOf(shape.slice(1))) },
});

/** Weight and bias of a layer with this many outputs; `inputs` may go on with the sides of a kernel. */
export const layer = (name: string, outputs: number, ...inputs: readonly number[]): TensorSpec[] => [
  weight(name, [outputs, ...inputs]),
  { name: `${name}.bias`, shape: [outputs], fill: zeros },
];

/** Scale of a normalisation that has no offset. */
export const scale = (name: string, ...shape: readonly number[]): TensorSpec => ({ name, shape, fill: ones });

/** A normalisation with scale and offset. */
export const norm = (name: string, size: number): TensorSpec[] => [
  scale(`${name}.weight`, size),
  { name: `${name}.bias`, shape: [size], fill: zeros },
];

/** The same tensors with nothing in them: they take no room on the disk, whatever their size. */
export const emptied = (tensors: readonly TensorSpec[]): TensorSpec[] => tensors.map((tensor) => ({ ...tensor, fill: zeros }));

export const bytesOf = ({ shape, type }: TensorSpec, fileType: TensorType): number =>
  countOf(shape) * bytesOfType[type ?? fileType];

/**
 * The same tensors as the publishers scale them to eight bits: matrices as floats of eight bits that use their whole range, each with its factor
 * beside it; everything else at half precision.
 */
export function scaledFloat8(tensors: readonly TensorSpec[], factorSuffix = 'scale_weight'): TensorSpec[] {
  return [
    { name: 'scaled_fp8', shape: [0], fill: zeros, type: 'F8_E4M3' },
    ...tensors.flatMap((tensor): TensorSpec[] => {
      const { name, shape, fill } = tensor;
      const isMatrix = name.endsWith('.weight') && shape.length === 2 && fill.kind === 'normal';
      if (!isMatrix) return [{ ...tensor, type: 'F16' }];
      return [
        { name, shape, fill: { kind: 'normal', deviation: 1 }, type: 'F8_E4M3' },
        {
          ...{ name: name.replace(/weight$/, factorSuffix), shape: [] },
          ...{ fill: { kind: 'constant', value: fill.deviation }, type: 'F32' },
        },
      ];
    }),
  ];
}

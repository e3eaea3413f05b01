/**
 * Reads what is needed of a TensorFlow Lite model: its tensors, their constants and the operators in order. A FlatBuffer by hand, because
 * the official readers need a browser. Field numbers are those of TensorFlow's `schema.fbs`.
 */
export interface LiteTensor {
  readonly shape: readonly number[];
  /** Present for constants: numbers as 32-bit floats, whatever they were stored as. */
  readonly constant: Float32Array | undefined;
}

export interface LiteOperator {
  /** Number of `BuiltinOperator`, or the name of a custom operator. */
  readonly code: number | string;
  readonly inputs: readonly number[];
  readonly output: number;
  /** Byte and word fields of the operator's own options, by field number; 0 where the file leaves the default. */
  option(field: number, kind: 'byte' | 'word'): number;
}

export interface LiteModel {
  readonly tensors: readonly LiteTensor[];
  readonly operators: readonly LiteOperator[];
  readonly input: number;
  readonly output: number;
}

const FLOAT32 = 0;
const FLOAT16 = 1;
const INT32 = 2;
const CUSTOM = 32;

export const parseLiteModel = (file: Uint8Array): LiteModel => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const text = (at: number): string => new TextDecoder().decode(file.subarray(at + 4, at + 4 + view.getUint32(at, true)));
  /** Where a field of a table lies; 0 when it is left out. */
  const field = (table: number, number: number): number => {
    const vtable = table - view.getInt32(table, true);
    const slot = 4 + 2 * number;
    if (slot >= view.getUint16(vtable, true)) return 0;
    const offset = view.getUint16(vtable + slot, true);
    return offset === 0 ? 0 : table + offset;
  };
  const follow = (at: number): number => at + view.getUint32(at, true);
  const elements = (table: number, number: number): number[] => {
    const at = field(table, number);
    if (at === 0) return [];
    const vector = follow(at);
    return Array.from({ length: view.getUint32(vector, true) }, (_, index) => vector + 4 + index * 4);
  };
  const tables = (table: number, number: number): number[] => elements(table, number).map(follow);
  const integers = (table: number, number: number): number[] => elements(table, number).map((at) => view.getInt32(at, true));
  const word = (table: number, number: number): number => {
    const at = field(table, number);
    return at === 0 ? 0 : view.getInt32(at, true);
  };
  const byte = (table: number, number: number): number => {
    const at = field(table, number);
    return at === 0 ? 0 : view.getUint8(at);
  };

  const model = view.getUint32(0, true);
  const [graph] = tables(model, 2);
  if (graph === undefined || text4(file) !== 'TFL3') throw new Error('not a TensorFlow Lite model');
  const buffers = tables(model, 4);
  const codes = tables(model, 1).map((table) => {
    const code = Math.max(byte(table, 0), word(table, 3));
    const name = field(table, 1);
    return code === CUSTOM && name !== 0 ? text(follow(name)) : code;
  });
  const constantOf = (type: number, buffer: number): Float32Array | undefined => {
    const at = field(buffer, 0);
    if (at === 0) return undefined;
    const vector = follow(at);
    const bytes = view.getUint32(vector, true);
    if (bytes === 0) return undefined;
    const start = vector + 4;
    if (type === FLOAT16)
      return Float32Array.from({ length: bytes / 2 }, (_, index) => half(view.getUint16(start + index * 2, true)));
    if (type === INT32) return Float32Array.from({ length: bytes / 4 }, (_, index) => view.getInt32(start + index * 4, true));
    if (type === FLOAT32) return Float32Array.from({ length: bytes / 4 }, (_, index) => view.getFloat32(start + index * 4, true));
    throw new Error(`tensors of type ${type} are not read`);
  };
  const [input] = integers(graph, 1);
  const [output] = integers(graph, 2);
  if (input === undefined || output === undefined) throw new Error('the model has no input or no output');
  return {
    input,
    output,
    tensors: tables(graph, 0).map((table) => {
      const buffer = buffers[word(table, 2)];
      return { shape: integers(table, 0), constant: buffer === undefined ? undefined : constantOf(byte(table, 1), buffer) };
    }),
    operators: tables(graph, 3).map((table) => {
      const [result = -1] = integers(table, 2);
      const custom = field(table, 5);
      const options = field(table, 4);
      return {
        code: codes[word(table, 0)] ?? -1,
        inputs: integers(table, 1),
        output: result,
        option: (number, kind) => {
          // A custom operator's options are plain words, one after the other.
          if (custom !== 0) return view.getInt32(follow(custom) + 4 + number * 4, true);
          if (options === 0) return 0;
          return kind === 'byte' ? byte(follow(options), number) : word(follow(options), number);
        },
      };
    }),
  };
};

const text4 = (file: Uint8Array): string => new TextDecoder().decode(file.subarray(4, 8));

const half = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

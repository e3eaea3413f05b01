import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { loadTensorflow, type Tensorflow } from '../tensorflow.ts';
import { type LiteModel, type LiteOperator, parseLiteModel } from './tflite.ts';

/** The two networks of the package, by the shape of the pictures that they were trained on, and the sizes that they take. */
export const personNetworks = {
  square: { file: 'selfie_segmentation.tflite', width: 256, height: 256 },
  wide: { file: 'selfie_segmentation_landscape.tflite', width: 256, height: 144 },
} as const;
export type PersonNetworkName = keyof typeof personNetworks;

/** How sure the network is of a person, 0..1 a pixel; `rgb` and the answer have the network's size. */
export type FindPeople = (rgb: Uint8Array) => Float32Array;

/**
 * MediaPipe's selfie segmentation (Apache-2.0, weights in `@mediapipe/selfie_segmentation`), run operator by operator on TensorFlow's wasm
 * backend: MediaPipe's own runtime needs a browser. Blocks its thread for about 30 ms a picture.
 */
export const loadPersonNetwork = async (name: PersonNetworkName): Promise<FindPeople> => {
  const { file, width, height } = personNetworks[name];
  const tf = await loadTensorflow();
  const folder = dirname(createRequire(import.meta.url).resolve('@mediapipe/selfie_segmentation/package.json'));
  const model = parseLiteModel(await readFile(join(folder, file)));
  const constants = new Map<number, Tensor>();
  for (const [index, { shape, constant }] of model.tensors.entries())
    if (constant !== undefined) constants.set(index, tf.tensor(constant, [...shape]));
  return (rgb) => {
    const output = tf.tidy(() => {
      const values = new Map(constants);
      values.set(
        model.input,
        tf.tensor4d(
          Float32Array.from(rgb, (value) => value / 255),
          [1, height, width, 3],
        ),
      );
      for (const operator of model.operators) values.set(operator.output, runOperator(tf, model, operator, values));
      return tensorOf(values, model.output);
    });
    const mask = Float32Array.from(output.dataSync());
    output.dispose();
    return mask;
  };
};

const tensorOf = (values: ReadonlyMap<number, Tensor>, index: number | undefined): Tensor => {
  const tensor = index === undefined ? undefined : values.get(index);
  if (tensor === undefined) throw new Error(`the model uses tensor ${index} before it is made`);
  return tensor;
};

/** Numbers of TensorFlow Lite's `BuiltinOperator`. */
const ADD = 0;
const AVERAGE_POOL = 1;
const CONVOLUTION = 3;
const DEPTHWISE_CONVOLUTION = 4;
const DEQUANTIZE = 6;
const LOGISTIC = 14;
const MULTIPLY = 18;
const RELU = 19;
const RESIZE_BILINEAR = 23;
const MEAN = 40;
const HARD_SWISH = 117;

const runOperator = (tf: Tensorflow, model: LiteModel, operator: LiteOperator, values: ReadonlyMap<number, Tensor>): Tensor => {
  const input = (place: number): Tensor => tensorOf(values, operator.inputs[place]);
  const picture = (): Tensor4D => tf.reshape(input(0), fourOf(input(0).shape));
  const padding = operator.option(0, 'byte') === 0 ? 'same' : 'valid';
  const strides = (): [number, number] => [operator.option(2, 'word'), operator.option(1, 'word')];
  switch (operator.code) {
    case DEQUANTIZE:
      // Half floats became floats when the file was read.
      return input(0).clone();
    case ADD:
      return tf.add(input(0), input(1));
    case MULTIPLY:
      return tf.mul(input(0), input(1));
    case RELU:
      return tf.relu(input(0));
    case LOGISTIC:
      return tf.sigmoid(input(0));
    case HARD_SWISH:
      return tf.mul(input(0), tf.div(tf.clipByValue(tf.add(input(0), 3), 0, 6), 6));
    case AVERAGE_POOL:
      return tf.avgPool(picture(), [operator.option(4, 'word'), operator.option(3, 'word')], strides(), padding);
    case MEAN:
      // Over the places given as the second input; the network keeps them as places of size one.
      return tf.mean(picture(), [...(model.tensors[operator.inputs[1] ?? -1]?.constant ?? [])], operator.option(0, 'byte') !== 0);
    case CONVOLUTION: {
      // Stored as output, height, width, input.
      const kernel: Tensor4D = tf.transpose(tf.reshape(input(1), fourOf(input(1).shape)), [1, 2, 3, 0]);
      return tf.add(tf.conv2d(picture(), kernel, strides(), padding), input(2));
    }
    case DEPTHWISE_CONVOLUTION: {
      const [, height, width, channels] = fourOf(input(1).shape);
      const kernel: Tensor4D = tf.reshape(input(1), [height, width, channels, 1]);
      return tf.add(tf.depthwiseConv2d(picture(), kernel, strides(), padding), input(2));
    }
    case RESIZE_BILINEAR: {
      const [, height, width] = fourOf(model.tensors[operator.output]?.shape ?? []);
      return tf.image.resizeBilinear(
        picture(),
        [height, width],
        operator.option(2, 'byte') !== 0,
        operator.option(3, 'byte') !== 0,
      );
    }
    case 'Convolution2DTransposeBias': {
      const [, height, width, channels] = fourOf(input(1).shape);
      const [outputs] = fourOf(input(1).shape);
      const kernel: Tensor4D = tf.transpose(tf.reshape(input(1), [outputs, height, width, channels]), [1, 2, 0, 3]);
      const shape = fourOf(model.tensors[operator.output]?.shape ?? []);
      return tf.add(
        tf.conv2dTranspose(picture(), kernel, shape, [operator.option(1, 'word'), operator.option(2, 'word')], 'same'),
        input(2),
      );
    }
    default:
      throw new Error(`operator ${operator.code} is not known`);
  }
};

const fourOf = ([a = 1, b = 1, c = 1, d = 1]: readonly number[]): [number, number, number, number] => [a, b, c, d];

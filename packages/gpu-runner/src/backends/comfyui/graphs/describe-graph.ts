import type { Canvas, FrameRate } from '@polyreel/core';
import type { BuiltGraph, Graph, GraphInput, GraphNeeds, OutputKind } from './graph.ts';

/** Which input of a loader names a file of which model folder. */
const loaderFolders: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  UNETLoader: { unet_name: 'diffusion_models' },
  CLIPLoader: { clip_name: 'text_encoders' },
  DualCLIPLoader: { clip_name1: 'text_encoders', clip_name2: 'text_encoders' },
  VAELoader: { vae_name: 'vae' },
  LoraLoaderModelOnly: { lora_name: 'loras' },
  CLIPVisionLoader: { clip_name: 'clip_vision' },
  AudioEncoderLoader: { audio_encoder_name: 'audio_encoders' },
  ModelPatchLoader: { name: 'model_patches' },
  CheckpointLoaderSimple: { ckpt_name: 'checkpoints' },
  UpscaleModelLoader: { model_name: 'upscale_models' },
  FrameInterpolationModelLoader: { model_name: 'frame_interpolation' },
  LoadBackgroundRemovalModel: { bg_removal_name: 'background_removal' },
  MMAudioModelLoader: { mmaudio_model: 'mmaudio' },
  MMAudioFeatureUtilsLoader: { vae_model: 'mmaudio', synchformer_model: 'mmaudio', clip_model: 'mmaudio' },
};

/** Node classes and model files that a graph names. */
export function needsOfGraph(graph: Graph): GraphNeeds {
  const nodes = new Set<string>();
  const files = new Map<string, readonly [string, string]>();
  for (const { class_type, inputs } of Object.values(graph)) {
    nodes.add(class_type);
    for (const [input, folder] of Object.entries(loaderFolders[class_type] ?? {})) {
      const file = inputs[input];
      if (typeof file === 'string') files.set(`${folder}/${file}`, [folder, file]);
    }
  }
  return {
    nodes: [...nodes].toSorted(),
    files: [...files.keys()]
      .toSorted()
      .flatMap((key) => [files.get(key) ?? []])
      .filter(isPair),
  };
}

const isPair = (pair: readonly string[]): pair is readonly [string, string] => pair.length === 2;

export interface GraphFacts {
  readonly graph: Graph;
  readonly family: string;
  readonly outputNodeId?: string;
  readonly outputKind: OutputKind;
  readonly outputUse?: BuiltGraph['outputUse'];
  readonly frames?: number;
  readonly size?: Canvas;
  readonly frameRate?: FrameRate;
  readonly seconds?: number;
  readonly skipFrames?: number;
  readonly inputs?: readonly GraphInput[];
}

/** The node that saves has this id in every graph. */
export const saveNodeId = '80';

export const describeGraph = (facts: GraphFacts): BuiltGraph => ({
  graph: facts.graph,
  outputNodeId: facts.outputNodeId ?? saveNodeId,
  outputKind: facts.outputKind,
  outputUse: facts.outputUse ?? 'result',
  frames: facts.frames ?? (facts.outputKind === 'image' ? 1 : null),
  size: facts.size ?? null,
  frameRate: facts.frameRate ?? null,
  seconds: facts.seconds ?? null,
  skipFrames: facts.skipFrames ?? 0,
  family: facts.family,
  needs: needsOfGraph(facts.graph),
  inputs: facts.inputs ?? [],
});

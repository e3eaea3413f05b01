import { type ModelRole, modelFiles } from '../backends/comfyui/graphs/model-files.ts';

export interface Licence {
  readonly key: string;
  readonly name: string;
  readonly address: string;
  /** Whoever takes the file must say that he has read this: it restricts who may use it, or for what. */
  readonly isRestricted: boolean;
}

const licence = (key: string, name: string, address: string, isRestricted = false): Licence => ({
  ...{ key, name, address, isRestricted },
});

export const licences = {
  apache: licence('apache-2.0', 'Apache License 2.0', 'https://www.apache.org/licenses/LICENSE-2.0'),
  mit: licence('mit', 'MIT License', 'https://opensource.org/license/mit'),
  bsd3: licence('bsd-3-clause', 'BSD 3-Clause License', 'https://opensource.org/license/bsd-3-clause'),
  stability: licence(
    'stability-community',
    'Stability AI Community License: free below a yearly revenue, registration for commercial use',
    'https://stability.ai/community-license-agreement',
    true,
  ),
  gemma: licence('gemma', 'Gemma Terms of Use', 'https://ai.google.dev/gemma/terms', true),
  nonCommercial: licence(
    'cc-by-nc-4.0',
    'Creative Commons Attribution-NonCommercial 4.0: not for commercial use',
    'https://creativecommons.org/licenses/by-nc/4.0/',
    true,
  ),
} as const satisfies Readonly<Record<string, Licence>>;

/** A file that ComfyUI loads, and where it comes from. */
export interface ModelFile {
  readonly role: ModelRole;
  readonly folder: string;
  readonly file: string;
  /** As published; rounded where `isExact` is false. */
  readonly bytes: number;
  readonly isExact: boolean;
  /** Where it is known; else the publisher's server is asked for it. */
  readonly sha256: string | null;
  readonly licence: Licence;
  readonly source: { readonly repository: string; readonly path: string };
}

interface Published {
  readonly repository: string;
  /** Folder in the repository, in front of `folder/file`; null: the file lies at its top. */
  readonly under: string | null;
  readonly licence: Licence;
}

const split = (repository: string, under: Licence): Published => ({ repository, under: 'split_files', licence: under });
const wan22 = split('Comfy-Org/Wan_2.2_ComfyUI_Repackaged', licences.apache);
const wan21 = split('Comfy-Org/Wan_2.1_ComfyUI_repackaged', licences.apache);
const ace = split('Comfy-Org/ace_step_1.5_ComfyUI_files', licences.mit);
const zImage = split('Comfy-Org/z_image_turbo', licences.apache);
const stable: Published = { repository: 'Comfy-Org/stable-audio-3', under: '', licence: licences.stability };
const rife: Published = { repository: 'Comfy-Org/frame_interpolation', under: '', licence: licences.mit };
const birefnet: Published = { repository: 'Comfy-Org/BiRefNet', under: '', licence: licences.mit };
const upscaler: Published = { repository: 'Comfy-Org/Real-ESRGAN_repackaged', under: null, licence: licences.bsd3 };
const ears: Published = { repository: 'Kijai/wav2vec2_safetensors', under: null, licence: licences.mit };
const mmaudio: Published = { repository: 'Kijai/MMAudio_safetensors', under: null, licence: licences.nonCommercial };

const gigabyte = 1e9;

/** By role: variants in the order of `modelFiles`, each with its size. */
const rows: readonly (readonly [ModelRole, variant: number, Published, bytes: number, sha256?: string])[] = [
  ['umt5', 0, wan21, 6.74 * gigabyte],
  ['wanVae', 0, wan22, 0.254 * gigabyte],
  ['t2vHigh', 0, wan22, 14.3 * gigabyte],
  ['t2vLow', 0, wan22, 14.3 * gigabyte],
  ['i2vHigh', 0, wan22, 14.3 * gigabyte],
  ['i2vLow', 0, wan22, 14.3 * gigabyte],
  ['t2vHighLora', 0, wan22, 1.23 * gigabyte],
  ['t2vLowLora', 0, wan22, 1.23 * gigabyte],
  ['i2vHighLora', 0, wan22, 1.23 * gigabyte],
  ['i2vLowLora', 0, wan22, 1.23 * gigabyte],
  ['wan5b', 0, wan22, 10 * gigabyte],
  ['wan22Vae', 0, wan22, 1.41 * gigabyte],
  ['wan21Small', 0, wan21, 32.8 * gigabyte],
  ['wan21Small', 1, wan21, 16.4 * gigabyte],
  ['wan21Large', 0, wan21, 32.8 * gigabyte],
  ['wan21Large', 1, wan21, 16.4 * gigabyte],
  ['clipVision', 0, wan21, 1.26 * gigabyte],
  ['s2v', 0, wan22, 16.3 * gigabyte],
  ['s2v', 1, wan22, 32.6 * gigabyte],
  ['s2vEars', 0, wan22, 0.631 * gigabyte],
  ['infiniteTalk', 0, wan21, 5_125_258_232],
  ['infiniteTalkEars', 0, ears, 190_115_368],
  ['aceStep', 0, ace, 4.8 * gigabyte],
  ['aceStep', 1, ace, 9.97 * gigabyte, '86a1afb0a1f711f0e3304ff65d874df3ae6783db683dcf982513fb9b6d14ae71'],
  ['aceTags', 0, ace, 1_191_588_248, 'fd4590c82153b8ddb67e15a2e7aaa8afa8b83a858c8a9b82a4831063156aa7a7'],
  ['aceCodes', 0, ace, 3.71 * gigabyte],
  ['aceCodes', 1, ace, 8.38 * gigabyte],
  ['aceVae', 0, ace, 337_431_732, '6de92e3a862acd287e08b024ac90f0783a8635451b728721a33ff03565bcb2bb'],
  ['stableAudio', 0, stable, 5 * gigabyte],
  ['stableAudioBase', 0, stable, 5 * gigabyte],
  ['stableAudioText', 0, { ...stable, licence: licences.gemma }, 1.2 * gigabyte],
  ['mmaudio', 0, mmaudio, 2.06 * gigabyte],
  ['mmaudioVae', 0, mmaudio, 0.61 * gigabyte],
  ['mmaudioSync', 0, mmaudio, 0.475 * gigabyte],
  ['mmaudioClip', 0, mmaudio, 1.97 * gigabyte],
  ['zImage', 0, zImage, 12.3 * gigabyte],
  ['zImageText', 0, zImage, 8.04 * gigabyte],
  ['zImageVae', 0, zImage, 0.335 * gigabyte],
  ['upscaler', 0, upscaler, 0.067 * gigabyte],
  ['interpolator', 0, rife, 0.011 * gigabyte],
  ['birefnet', 0, birefnet, 444_473_596],
];

/** Every file that a graph can name and that is published where anyone may fetch it. */
export const modelManifest: readonly ModelFile[] = rows.map(
  ([role, variant, { repository, under, licence: terms }, bytes, sha256]) => {
    const [folder, ...files]: readonly [string, ...string[]] = modelFiles[role];
    const file = files[variant];
    if (file === undefined) throw new RangeError(`${role} has no variant ${variant}`);
    const path = under === null ? file : [under, folder, file].filter((part) => part !== '').join('/');
    return {
      ...{ role, folder, file, bytes: Math.round(bytes), isExact: bytes % 1e6 !== 0, sha256: sha256 ?? null },
      ...{ licence: terms, source: { repository, path } },
    };
  },
);

export const modelSets = ['core', 'talking', 'music', 'all'] as const;
export type ModelSet = (typeof modelSets)[number];
export const modelProfiles = ['24gb', '80gb'] as const;
export type ModelProfile = (typeof modelProfiles)[number];

const films: readonly ModelRole[] = [
  'umt5',
  'wanVae',
  't2vHigh',
  't2vLow',
  'i2vHigh',
  'i2vLow',
  't2vHighLora',
  't2vLowLora',
  'i2vHighLora',
  'i2vLowLora',
];
const tools: readonly ModelRole[] = ['upscaler', 'interpolator', 'birefnet'];
const pictures: readonly ModelRole[] = ['zImage', 'zImageText', 'zImageVae'];
const talking: readonly ModelRole[] = ['umt5', 'wanVae', 's2v', 's2vEars'];
const music: readonly ModelRole[] = [
  'aceStep',
  'aceTags',
  'aceCodes',
  'aceVae',
  'stableAudio',
  'stableAudioBase',
  'stableAudioText',
];
const others: readonly ModelRole[] = [
  'wan5b',
  'wan22Vae',
  'wan21Small',
  'wan21Large',
  'clipVision',
  'infiniteTalk',
  'infiniteTalkEars',
];

/** `all` leaves out what may not be used for commerce. */
const roles: Readonly<Record<ModelSet, readonly ModelRole[]>> = {
  core: [...films, ...tools],
  talking,
  music,
  all: [...films, ...tools, ...pictures, ...talking, ...music, ...others],
};

/** Roles whose larger file is worth its room on a card of 80 GB, and those whose smaller one a card of 24 GB needs. */
const second: Readonly<Record<ModelProfile, readonly ModelRole[]>> = {
  '24gb': ['wan21Small', 'wan21Large'],
  '80gb': ['s2v', 'aceStep', 'aceCodes'],
};

/** The files of a set for cards of a size, each once. */
export function filesOfSet(set: ModelSet, profile: ModelProfile): readonly ModelFile[] {
  return [...new Set(roles[set])].map((role) => {
    const variants = modelManifest.filter((model) => model.role === role);
    const model = variants[second[profile].includes(role) ? 1 : 0];
    if (model === undefined) throw new RangeError(`the manifest has no file for ${role}`);
    return model;
  });
}

/** Where to get a file that a server lacks; null: it is not in the manifest. */
export const findModelFile = (folder: string, file: string): ModelFile | null =>
  modelManifest.find((model) => model.folder === folder && model.file === file) ?? null;

/** Address on the publisher's host or a mirror of the same layout. */
export const addressOf = ({ source }: ModelFile, host: string): string =>
  `${host.replace(/\/+$/, '')}/${source.repository}/resolve/main/${source.path.split('/').map(encodeURIComponent).join('/')}`;

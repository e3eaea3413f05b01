import { mountains } from './kinds/mountains.ts';
import { sea } from './kinds/sea.ts';
import type { SceneDefinition } from './scene.ts';
import type { SceneKind } from './words.ts';

const todo = sea;
export const scenes = {
  sea,
  mountains,
  desert: todo,
  meadow: todo,
  snowfield: todo,
  forest: todo,
  clouds: todo,
  sky: todo,
  aurora: todo,
  space: todo,
  fire: todo,
  street: todo,
  skyline: todo,
  underwater: todo,
  flow: todo,
  studio: todo,
} as const satisfies Record<SceneKind, SceneDefinition>;

import { aurora } from './kinds/aurora.ts';
import { clouds } from './kinds/clouds.ts';
import { fire } from './kinds/fire.ts';
import { flow } from './kinds/flow.ts';
import { forest } from './kinds/forest.ts';
import { sky } from './kinds/sky.ts';
import { snowfield } from './kinds/snowfield.ts';
import { space } from './kinds/space.ts';
import { desert } from './kinds/desert.ts';
import { meadow } from './kinds/meadow.ts';
import { mountains } from './kinds/mountains.ts';
import { sea } from './kinds/sea.ts';
import type { SceneDefinition } from './scene.ts';
import type { SceneKind } from './words.ts';

const todo = sea;
export const scenes = {
  sea,
  mountains,
  desert,
  meadow,
  snowfield,
  forest,
  clouds,
  sky,
  aurora,
  space,
  fire,
  street: todo,
  skyline: todo,
  underwater: todo,
  flow,
  studio: todo,
} as const satisfies Record<SceneKind, SceneDefinition>;

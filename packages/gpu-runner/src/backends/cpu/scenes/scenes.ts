import { aurora } from './kinds/aurora.ts';
import { clouds } from './kinds/clouds.ts';
import { desert } from './kinds/desert.ts';
import { fire } from './kinds/fire.ts';
import { flow } from './kinds/flow.ts';
import { forest } from './kinds/forest.ts';
import { meadow } from './kinds/meadow.ts';
import { mountains } from './kinds/mountains.ts';
import { sea } from './kinds/sea.ts';
import { sky } from './kinds/sky.ts';
import { skyline } from './kinds/skyline.ts';
import { snowfield } from './kinds/snowfield.ts';
import { space } from './kinds/space.ts';
import { street } from './kinds/street.ts';
import { studio } from './kinds/studio.ts';
import { underwater } from './kinds/underwater.ts';
import type { SceneDefinition } from './scene.ts';
import type { SceneKind } from './words.ts';

/** How each kind of scene is composed. */
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
  street,
  skyline,
  underwater,
  flow,
  studio,
} as const satisfies Record<SceneKind, SceneDefinition>;

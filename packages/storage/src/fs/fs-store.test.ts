import { inject } from 'vitest';
import { describeObjectStore } from '../conformance/index.ts';
import { openFsTarget } from '../testing/fs-target.ts';
import { roundTripOptions } from '../testing/round-trip-options.ts';

describeObjectStore('files', openFsTarget, roundTripOptions(inject('testScale')));

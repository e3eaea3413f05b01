import { inject } from 'vitest';
import { describeObjectStore } from '../conformance/index.ts';
import { openFsTarget } from '../../test/fs-target.ts';
import { roundTripOptions } from '../../test/round-trip-options.ts';

describeObjectStore('files', openFsTarget, roundTripOptions(inject('testScale')));

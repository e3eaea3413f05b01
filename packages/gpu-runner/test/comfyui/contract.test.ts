import { startFakeComfy } from '@polyreel/testkit/comfyui';
import { describeComfyServer } from './contract.ts';

describeComfyServer('the stand-in for ComfyUI', () => startFakeComfy());

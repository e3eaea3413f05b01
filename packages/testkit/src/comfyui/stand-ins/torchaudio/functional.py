"""Resampling by a polyphase filter."""

from math import gcd

import torch
from scipy.signal import resample_poly


def resample(waveform, orig_freq, new_freq):
    common = gcd(int(orig_freq), int(new_freq))
    up, down = int(new_freq) // common, int(orig_freq) // common
    if up == down:
        return waveform
    samples = resample_poly(waveform.cpu().double().numpy(), up, down, axis=-1)
    return torch.from_numpy(samples).to(waveform)

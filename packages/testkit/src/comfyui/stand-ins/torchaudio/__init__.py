"""Stands in for torchaudio: resampling only."""

from . import functional

__all__ = ["functional"]


def __getattr__(name):
    raise AttributeError(f"the stand-in for torchaudio has no {name}")

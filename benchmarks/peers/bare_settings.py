"""HiWelink's settings, with the address of bare_view.py beside its own."""

from hiwelink.settings import *

ROOT_URLCONF = "benchmarks.peers.bare_view"

"""`python -m benchmarks [PART ...]`: how fast HiWelink is, beside its peers.

A part is a module of this folder that has TITLE, INTRODUCTION and measure(). What it
finds replaces its own section of RESULTS.md, and no other.
"""

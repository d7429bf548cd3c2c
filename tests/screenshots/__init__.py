"""`make screenshots`: pictures of every page, taken of the running product."""

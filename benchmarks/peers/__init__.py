"""One sync each, in a process of its own, told as a line of JSON."""
